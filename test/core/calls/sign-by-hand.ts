import { createHash, createHmac } from 'node:crypto'

export interface Signing {
  /** Unix time in milliseconds. Default now. */
  readonly at?: number
  /** Default GET. */
  readonly verb?: string
  /** What the call says of itself. Default `shop.orders`. */
  readonly metadata?: string
  /** Those that the signature covers, names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/**
 * Written out here, so that the code that is tested is no measure of itself.
 * @returns the headers with the metadata and their signature
 */
export function signByHand(target: string, key: string, signing: Signing = {}): Record<string, string> {
  const { at = Date.now(), verb = 'GET', metadata = 'shop.orders', headers = {}, body = '' } = signing
  const lines = Object.entries(headers)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}:${value}\n`)
    .join('')
  const id = createHash('sha256').update(key).digest('hex').slice(0, 8)
  const head = `${metadata};at=${at};key=${id}`
  const mac = createHmac('sha256', key)
    .update(`lokstra-call-1\n${head}\n${verb}\n${target}\n${lines}\n${body}`)
    .digest('base64url')
  return { ...headers, 'lokstra-call': `${head};mac=${mac}` }
}
