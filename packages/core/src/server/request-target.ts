import type { IncomingMessage } from 'node:http'

import { BadRequestError, HttpError } from '../errors/http-error.js'

/** The path and query of a request target. The absolute form (RFC 9112 §3.2.2) loses scheme and host. */
export function targetOf(target: string): string {
  if (target.startsWith('/')) return target
  const match = /^https?:\/\/[^/?#]*(.*)$/i.exec(target)
  if (!match) return target
  return match[1]!.startsWith('/') ? match[1]! : `/${match[1]!}`
}

/**
 * At most `limit` headers, and of HTTP/1.1 exactly one Host: proxies and caches that see another one than we do could be made to mix
 * up sites. RFC 9112 §3.2.
 * @throws HttpError 431, BadRequestError
 */
export function assertHeaders({ httpVersionMinor, rawHeaders }: IncomingMessage, limit: number): void {
  if (rawHeaders.length > 2 * limit) throw new HttpError(431, `A request may have ${limit} headers`)
  let count = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!
    if (name.length === 4 && (name === 'Host' || name === 'host' || name.toLowerCase() === 'host')) count++
  }
  if (count > 1 || (count === 0 && httpVersionMinor === 1))
    throw new BadRequestError('A request needs exactly one Host header')
}
