/** One hundred resources of five operations each: the 500 routes. */
export const resources: readonly string[] = Array.from({ length: 100 }, (_, index) => `resource-${index}`)

export const resourceOperations = [
  { name: 'list', verb: 'GET', path: '' },
  { name: 'show', verb: 'GET', path: '/:id' },
  { name: 'remove', verb: 'DELETE', path: '/:id' },
  { name: 'parts', verb: 'GET', path: '/:id/parts' },
  { name: 'part', verb: 'GET', path: '/:id/parts/:part' },
] as const

/** What each of the routes answers. */
export interface ResourceAnswer {
  readonly resource: string
  readonly operation: string
  readonly id?: string | undefined
  readonly part?: string | undefined
}
