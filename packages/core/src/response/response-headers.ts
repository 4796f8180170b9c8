import type { Context } from '../context/context.js'
import { formatSetCookie } from './set-cookie.js'
import type { Result } from './result.js'

export type HeaderValue = string | number | readonly string[]
export type ResponseHeaders = Record<string, HeaderValue | undefined>

/**
 * The headers of one answer. What is nearer to the handler wins: defaults, `ctx.setHeader`, `own` (formatter or file), the result.
 * Names are in lower case throughout. `own` may lack what is only known later, such as `content-length`.
 */
export function responseHeaders(
  ctx: Context,
  type: string | undefined,
  own: Readonly<Record<string, string>> | undefined,
  result: Pick<Result, 'headers' | 'cookies'> | undefined,
): ResponseHeaders {
  const shared = ctx.responseHeaders
  const headers: ResponseHeaders = { 'x-content-type-options': 'nosniff' }
  if (shared !== undefined) Object.assign(headers, shared)
  if (type !== undefined) headers['content-type'] = type
  if (own !== undefined) Object.assign(headers, own)
  if (result?.headers !== undefined) {
    Object.assign(headers, result.headers)
    // Losing one of two reasons to vary would let a cache serve the wrong variant.
    if (shared?.vary !== undefined && result.headers.vary !== undefined) {
      headers.vary = `${String(shared.vary)}, ${String(result.headers.vary)}`
    }
  }
  if (result?.cookies !== undefined) {
    const present = headers['set-cookie']
    headers['set-cookie'] = [
      ...(present === undefined ? [] : Array.isArray(present) ? (present as readonly string[]) : [String(present)]),
      ...result.cookies.map(({ name, value, options }) => formatSetCookie(name, value, options)),
    ]
  }
  return headers
}
