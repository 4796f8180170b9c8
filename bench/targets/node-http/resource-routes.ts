import { resources, type ResourceAnswer } from '../../sample/resources.js'

const known = new Set(resources)

/** `/resource`, `/resource/:id`, `/resource/:id/parts`, `/resource/:id/parts/:part` of one hundred resources. */
export function findResourceRoute(method: string, path: string): ResourceAnswer | undefined {
  const [, resource, id, parts, part, more] = path.split('/')
  if (resource === undefined || !known.has(resource) || more !== undefined) return undefined
  if (method === 'DELETE') {
    return id && parts === undefined ? { resource, operation: 'remove', id: decode(id) } : undefined
  }
  if (method !== 'GET') return undefined
  if (id === undefined) return { resource, operation: 'list' }
  if (parts === undefined) return { resource, operation: 'show', id: decode(id) }
  if (parts !== 'parts') return undefined
  if (part === undefined) return { resource, operation: 'parts', id: decode(id) }
  return { resource, operation: 'part', id: decode(id), part: decode(part) }
}

function decode(text: string): string {
  return text.includes('%') ? decodeURIComponent(text) : text
}
