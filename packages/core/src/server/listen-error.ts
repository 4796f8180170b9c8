import { existsSync } from 'node:fs'
import { dirname } from 'node:path'

import { formatAddress, type ListenAddress } from '../config/classes/listen-address.js'
import { E_LISTEN_FAILED, E_LISTEN_IN_USE } from '../errors/catalogue/lifecycle.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import type { DispatchedApp } from './fallbacks.js'

/** What could not be opened. */
interface Unopened {
  readonly address: ListenAddress
  readonly apps: readonly DispatchedApp[]
}

/** Why an address could not be opened, out of what the system says. */
export function listenError(unopened: Unopened, error: NodeJS.ErrnoException): LokstraError {
  if (error.code === 'EADDRINUSE') return addressInUse(unopened, 'the address is in use', error)
  const { address } = unopened
  // libuv tells of a missing folder as of a missing permission.
  const hasNoFolder = address.kind === 'unix' && !existsSync(dirname(address.path))
  const details: Record<string, string> = {
    EACCES: hasNoFolder ? 'its folder does not exist' : 'permission denied',
    EADDRNOTAVAIL: 'this machine has no such address',
    ENOTFOUND: 'the host name is unknown',
  }
  const detail = details[error.code ?? ''] ?? error.message
  return lokstraError(E_LISTEN_FAILED, { ...named(unopened), detail }, [], { cause: error })
}

export function addressInUse(unopened: Unopened, detail: string, cause?: Error): LokstraError {
  return lokstraError(E_LISTEN_IN_USE, { ...named(unopened), detail }, [], { cause })
}

function named({ apps, address }: Unopened): { readonly app: string; readonly address: string } {
  return { app: apps.map(({ scope }) => scope.name).join(', '), address: formatAddress(address) }
}
