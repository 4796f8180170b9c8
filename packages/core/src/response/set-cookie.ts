import cookie = require('cookie')

import { E_RESPONSE_HEADER } from '../errors/catalogue/response.js'
import { lokstraError } from '../errors/lokstra-error.js'
import type { CookieOptions } from './result.js'

/**
 * One `Set-Cookie` value: HttpOnly, Secure, SameSite=Lax and Path=/ unless told otherwise; the value is percent-encoded. RFC 6265.
 * @throws E_RESPONSE_HEADER when the name or an option may not stand in a cookie
 */
export function formatSetCookie(name: string, value: string, options: CookieOptions): string {
  const { maxAgeSeconds: maxAge, ...others } = options
  try {
    return cookie.stringifySetCookie({
      path: '/',
      httpOnly: true,
      secure: true,
      sameSite: 'lax',
      ...others,
      maxAge,
      name,
      value,
    })
  } catch (cause) {
    // The library's message may repeat the value, which can be a session's secret.
    const reason = `the name, the value or an option of the cookie ${JSON.stringify(name)} is not valid`
    throw lokstraError(E_RESPONSE_HEADER, { reason }, undefined, cause instanceof URIError ? undefined : { cause })
  }
}
