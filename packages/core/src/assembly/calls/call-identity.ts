import type { CallKeys } from '../../calls/auth/call-keys.js'
import { authenticationFor } from '../../calls/serve/call-authentication.js'
import { TlsConfig } from '../../config/classes/tls-config.js'
import { fullNameOf } from '../../config/layers/peers.js'
import type { LoadedConfig } from '../../config/load-config.js'
import { locateBelow } from '../../config/tree/config-path.js'
import type { LokstraError } from '../../errors/lokstra-error.js'
import type { LoadedTls, TlsFiles } from '../../server/load-tls.js'

/** How a server shows those that it calls who it is. */
export interface CallIdentity {
  /** `shop.orders`, or the name of a server without deployment. */
  readonly caller: string
  /** Undefined where nothing is signed. */
  readonly keys: CallKeys | undefined
  /** The certificate that is shown, if any, and the authorities that are trusted; undefined where neither is configured. */
  readonly tls: LoadedTls | undefined
}

/** @param problems  receives what is wrong with the files of `calls.tls` */
export async function readCallIdentity(loaded: LoadedConfig, problems: LokstraError[]): Promise<CallIdentity> {
  const { topology, config, environment } = loaded
  return {
    caller: fullNameOf(topology, config.name),
    keys: authenticationFor(config.calls.secret, environment === 'production', false).keys,
    tls: await readTls(loaded, problems),
  }
}

async function readTls(
  { config, folder, locate }: LoadedConfig,
  problems: LokstraError[],
): Promise<LoadedTls | undefined> {
  const { tls } = config.calls
  if (!tls) return undefined
  const { loadTls } = await import('../../server/load-tls.js')
  const { cert, key, ca } = tls
  const { clientCertificate, minVersion } = new TlsConfig()
  const files: TlsFiles = { cert, key, ca, clientCertificate, minVersion }
  return loadTls('calls', files, folder, locateBelow(locate, ['calls', 'tls']), problems)
}
