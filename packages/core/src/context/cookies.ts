import cookie = require('cookie')

const none: Readonly<Record<string, string | undefined>> = Object.freeze(
  Object.create(null) as Record<string, string | undefined>,
)

/** Cookies by name, decoded, without a prototype; the first of a name wins, and what cannot be decoded stays as it was sent. */
export function parseCookies(header: string | undefined): Readonly<Record<string, string | undefined>> {
  return header === undefined ? none : cookie.parseCookie(header)
}
