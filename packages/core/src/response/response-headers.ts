import type { Context } from '../context/context.js'
import { formatSetCookie } from './set-cookie.js'
import type { Result } from './result.js'

export type HeaderValue = string | number | readonly string[]
export type ResponseHeaders = Record<string, HeaderValue | undefined>

/**
 * The headers of one answer. What is nearer to the handler wins: defaults, `ctx.setHeader`, `own` (formatter or file), the result.
 * `own` may lack what is only known later, such as `content-length`.
 */
export function responseHeaders(
  ctx: Context,
  type: string | undefined,
  own: Readonly<Record<string, string>> | undefined,
  result: Pick<Result, 'headers' | 'cookies'> | undefined,
): ResponseHeaders {
  const ofContext = ctx.responseHeaders
  // What calls is no browser, and takes half a microsecond to read one more header.
  const { isInternal = false } = ctx.route
  if (ofContext === undefined && own === undefined && result?.headers === undefined && result?.cookies === undefined) {
    // Most answers: one literal, of which the engine knows the shape beforehand.
    if (isInternal) return type === undefined ? {} : { 'content-type': type }
    return type === undefined
      ? { 'x-content-type-options': 'nosniff' }
      : { 'x-content-type-options': 'nosniff', 'content-type': type }
  }
  const headers: ResponseHeaders = isInternal ? {} : { 'x-content-type-options': 'nosniff' }
  if (ofContext !== undefined) Object.assign(headers, ofContext)
  if (type !== undefined) headers['content-type'] = type
  if (own !== undefined) addHeaders(headers, own)
  if (result?.headers !== undefined) addHeaders(headers, result.headers)
  if (result?.cookies !== undefined) {
    addCookies(
      headers,
      result.cookies.map(({ name, value, options }) => formatSetCookie(name, value, options)),
    )
  }
  return headers
}

/**
 * Adds `more`, whose names may be in any case, in lower case. It replaces what is there, except for `vary` and `set-cookie`: losing one of
 * two reasons to vary would let a cache serve the wrong variant, and cookies have nothing in common but the name of their header.
 */
export function addHeaders(headers: ResponseHeaders, more: Readonly<Record<string, HeaderValue | undefined>>): void {
  for (const name of Object.keys(more)) {
    const key = name.toLowerCase()
    const value = more[name]
    const present = headers[key]
    if (present === undefined || value === undefined) headers[key] = value
    else if (key === 'vary') headers.vary = [...listOf(present), ...listOf(value)].join(', ')
    else if (key === 'set-cookie') addCookies(headers, listOf(value))
    else headers[key] = value
  }
}

function addCookies(headers: ResponseHeaders, cookies: readonly string[]): void {
  const present = headers['set-cookie']
  headers['set-cookie'] = present === undefined ? cookies : [...listOf(present), ...cookies]
}

function listOf(value: HeaderValue): readonly string[] {
  return typeof value === 'object' ? value : [String(value)]
}
