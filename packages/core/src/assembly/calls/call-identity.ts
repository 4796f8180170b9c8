import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

import type { CallKeys } from '../../calls/auth/call-keys.js'
import type { CallTls } from '../../calls/http/http-transport.js'
import { authenticationFor } from '../../calls/serve/call-authentication.js'
import type { LoadedConfig } from '../../config/load-config.js'
import { formatPath } from '../../config/tree/config-path.js'
import { E_CALLS_FILE } from '../../errors/catalogue/deployments.js'
import { lokstraError, type LokstraError } from '../../errors/lokstra-error.js'
import { reasonOf } from '../../errors/reason-of.js'

/** How a server shows those that it calls who it is. */
export interface CallIdentity {
  /** `shop.orders`, or the name of a server without deployment. */
  readonly caller: string
  /** Undefined where nothing is signed. */
  readonly keys: CallKeys | undefined
  readonly tls: CallTls | undefined
}

export function readCallIdentity(loaded: LoadedConfig, problems: LokstraError[]): CallIdentity {
  const { topology, config, environment } = loaded
  return {
    caller: topology.server === undefined ? config.name : `${topology.deployment}.${topology.server}`,
    keys: authenticationFor(config.calls.secret, environment === 'production', false).keys,
    tls: readTls(loaded, problems),
  }
}

/** A file that cannot be read is reported. */
function readTls({ config, folder, locate }: LoadedConfig, problems: LokstraError[]): CallTls | undefined {
  const { tls } = config.calls
  if (!tls) return undefined
  const read = (key: 'cert' | 'key' | 'ca'): string | undefined => {
    const value = tls[key]
    if (value === undefined) return undefined
    const file = resolve(folder, value)
    try {
      return readFileSync(file, 'utf8')
    } catch (error) {
      const path = ['calls', 'tls', key]
      const reason = reasonOf(error).replace(/, open '.*'$/s, '')
      problems.push(lokstraError(E_CALLS_FILE, { path: formatPath(path), file, reason }, locate(path)))
      return undefined
    }
  }
  return { cert: read('cert'), key: read('key'), ca: read('ca') }
}
