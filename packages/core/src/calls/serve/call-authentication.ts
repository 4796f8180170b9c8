import type { Context } from '../../context/context.js'
import { UnauthorizedError } from '../../errors/http-error.js'
import { CallKeys } from '../auth/call-keys.js'
import { verifyCall } from '../auth/verify-call.js'

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
 * @param names  of `signedHeaders`
 * @throws UnauthorizedError
 */
export function assertCall(
  ctx: Context,
  body: Uint8Array | undefined,
  names: readonly string[],
  { keys, isLocalOnly }: CallAuthentication,
): void {
  if (!keys) return
  const { headers, path, search } = ctx
  const complaint =
    isLocalOnly && !isLoopback(ctx.ip)
      ? 'an address of another machine, and calls.secret is not set'
      : verifyCall({ verb: ctx.method, target: search === '' ? path : `${path}?${search}`, headers, body }, names, keys)
  if (complaint === undefined) return
  ctx.log.warn('a call was refused', { reason: complaint, path, ip: ctx.ip })
  throw new UnauthorizedError('The call is not signed by a server of this project')
}

/** Empty for a unix socket, which only this machine has. */
function isLoopback(ip: string): boolean {
  return ip === '' || ip === '::1' || /^127(?:\.\d{1,3}){3}$/.test(ip)
}
