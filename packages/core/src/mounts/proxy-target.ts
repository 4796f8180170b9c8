import type { RequestOptions } from 'node:https'
import { isIP } from 'node:net'

import { withoutSlash } from './proxy-path.js'

/** The other server of a proxy. */
export interface ProxyTarget {
  readonly isSecure: boolean
  /** Value of the Host header. */
  readonly host: string
  readonly connection: RequestOptions
  /** Without a slash at the end. */
  readonly base: string
  /** Scheme, host and base; undefined for a socket. */
  readonly url: string | undefined
}

/** @param text  matches the pattern of the configuration */
export function parseTarget(text: string): ProxyTarget {
  if (text.startsWith('unix:')) {
    const connection = { socketPath: text.slice('unix:'.length) }
    return { isSecure: false, host: 'localhost', connection, base: '', url: undefined }
  }
  const { protocol, hostname, port, host, pathname, origin } = new URL(text)
  const isSecure = protocol === 'https:'
  const base = withoutSlash(pathname)
  const address = hostname.replace(/^\[|\]$/g, '')
  return {
    isSecure,
    host,
    connection: {
      hostname: address,
      port: port === '' ? (isSecure ? 443 : 80) : Number(port),
      // The certificate would be checked against the Host header otherwise. SNI has no addresses: RFC 6066 §3.
      ...(isSecure ? { servername: isIP(address) ? '' : address } : {}),
    },
    base,
    url: `${origin}${base}`,
  }
}

/** A redirection to the other server leads to this one, which clients can reach. */
export function toOwnLocation(location: string, { url }: ProxyTarget, prefix: string): string {
  if (url === undefined || !location.startsWith(url)) return location
  const rest = location.slice(url.length)
  return rest === '' || /^[/?#]/.test(rest) ? `${withoutSlash(prefix)}${rest}` || '/' : location
}
