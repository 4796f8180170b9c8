import type { Socket } from 'node:net'

import type { Context } from '../../context/context.js'
import { UnauthorizedError } from '../../errors/http-error.js'
import { CallKeys } from '../auth/call-keys.js'
import { verifyCall } from '../auth/verify-call.js'
import type { CallMetadata } from '../call-metadata.js'

/** No secret: outside production calls are taken from the same machine, and a call is told from other requests by its form. */
const developmentSecret = 'calls from the same machine, outside production'

/** How calls of other servers are told from those of anybody else. */
export interface CallAuthentication {
  /** Signs and verifies; undefined where certificates alone tell who calls. */
  readonly keys: CallKeys | undefined
  /** Only from the same machine, because the key is known to everybody. */
  readonly isLocalOnly: boolean
}

/**
 * @param secrets  of the configuration
 * @param showsCertificates  the connection itself tells who calls
 */
export function authenticationFor(
  secrets: readonly string[],
  isProduction: boolean,
  showsCertificates: boolean,
): CallAuthentication {
  if (secrets.length > 0) return { keys: new CallKeys(secrets), isLocalOnly: false }
  if (isProduction) return { keys: undefined, isLocalOnly: false }
  return { keys: new CallKeys([developmentSecret]), isLocalOnly: !showsCertificates }
}

/**
 * Refuses a request that is no call of a server of the project. Its sender is not told why; the log is.
 * @param metadata  undefined where the header is none
 * @param names  of `signedHeaders`
 * @throws UnauthorizedError
 */
export function assertCall(
  ctx: Context,
  metadata: CallMetadata | undefined,
  body: Uint8Array | undefined,
  names: readonly string[],
  authentication: CallAuthentication,
): asserts metadata is CallMetadata {
  const complaint = metadata ? complaintOf(ctx, metadata, body, names, authentication) : 'malformed metadata'
  if (complaint === undefined) return
  ctx.log.warn('call refused', { reason: complaint, path: ctx.path, caller: metadata?.caller, ip: ctx.ip })
  throw new UnauthorizedError('The call is not signed by a server of this project')
}

function complaintOf(
  ctx: Context,
  metadata: CallMetadata,
  body: Uint8Array | undefined,
  names: readonly string[],
  { keys, isLocalOnly }: CallAuthentication,
): string | undefined {
  if (!keys) return undefined
  const { method: verb, headers, path, search } = ctx
  const target = search === '' ? path : `${path}?${search}`
  const origin = isLocalOnly ? foreignOrigin(ctx) : undefined
  return origin ?? verifyCall(metadata, { verb, target, headers, body }, names, keys)
}

/** Headers of requests that something has passed on, or a web page has made. No server of a project sends them. */
const foreignHeaders = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-real-ip',
  'via',
  'origin',
  'sec-fetch-site',
]

/**
 * What says that a request may come from elsewhere, where a key that everybody knows is all that it needs; undefined where nothing
 * does. The address alone does not tell: tunnels, proxies and browsers of this machine send what others have thought up.
 */
function foreignOrigin({ ip, headers, req: { socket } }: Context): string | undefined {
  const origin = !isLoopback(ip, socket)
    ? 'an address of another machine'
    : foreignHeaders.some((name) => headers[name] !== undefined)
      ? 'a request that was passed on'
      : !isLocalHost(headers.host ?? String(headers[':authority']))
        ? 'a host name of another machine'
        : undefined
  return origin && `${origin}, and calls.secret is not set`
}

function isLoopback(ip: string, { destroyed, localAddress }: Socket): boolean {
  // A unix socket, which only this machine has. A connection that its client has reset has forgotten whose it was, and not where it was.
  if (ip === '') return !destroyed && localAddress === undefined
  return ip === '::1' || loopback.test(ip)
}

/** A page whose host name was made to lead to this machine says that name. */
function isLocalHost(host: string): boolean {
  const name = host.replace(/:\d*$/, '')
  return name === 'localhost' || name === '[::1]' || loopback.test(name)
}

const loopback = /^127(?:\.\d{1,3}){3}$/
