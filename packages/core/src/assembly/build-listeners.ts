import { addressKey } from '../config/classes/listen-address.js'
import { E_LISTENER_CONFLICT } from '../errors/catalogue/listeners.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import type { Route } from '../routing/compile-route.js'
import { Router } from '../routing/router.js'
import type { ListenerOptions, LiveBounds, Timeouts } from '../server/listener.js'
import type { AssembledApp } from './app-assembler.js'

/** Apps with one address share a listener and a router; of their time-outs and limits the largest counts. */
export function buildListeners(
  apps: readonly AssembledApp[],
  problems: LokstraError[],
): readonly Omit<ListenerOptions, 'afterEveryResponse'>[] {
  const byAddress = new Map<string, AssembledApp[]>()
  for (const app of apps) {
    const key = addressKey(app.address, app.scope.name)
    byAddress.set(key, [...(byAddress.get(key) ?? []), app])
  }
  return [...byAddress.values()].map((sharing) => {
    const first = sharing[0]!
    for (const app of sharing.slice(1)) refuseDisagreement(first, app, problems)
    return {
      address: first.address,
      apps: sharing,
      router: new Router<Route>(
        sharing.flatMap((app) => app.routes),
        problems,
      ),
      timeouts: sharedTimeouts(sharing),
      bounds: {
        headerBytes: Math.max(...sharing.map(({ bounds }) => bounds.headerBytes)),
        headerCount: Math.max(...sharing.map(({ bounds }) => bounds.headerCount)),
        ...sharedLiveBounds(sharing),
      },
      mounts: [...new Set(sharing.flatMap((app) => app.routes.flatMap(({ mount }) => mount ?? [])))],
      tls: first.tls,
      http2: first.http2,
      socketMode: first.socketMode,
    }
  })
}

/** One address has one certificate and one set of protocols. */
function refuseDisagreement(first: AssembledApp, second: AssembledApp, problems: LokstraError[]): void {
  for (const what of ['tls', 'http2', 'socketMode'] as const) {
    if (first.agreement[what] === second.agreement[what]) continue
    const params = { first: first.scope.name, second: second.scope.name, address: second.listen, what }
    problems.push(lokstraError(E_LISTENER_CONFLICT, params, [second.locate([what]), first.locate([what])]))
  }
}

/** The time-outs of an address that apps share. */
export function sharedTimeouts(apps: readonly AssembledApp[]): Timeouts {
  const largest = (key: keyof Timeouts) => Math.max(...apps.map(({ timeouts }) => timeouts[key]))
  return { headersMs: largest('headersMs'), requestMs: largest('requestMs'), keepAliveMs: largest('keepAliveMs') }
}

/** The limits of an address that apps share, as far as they can change while it is open. */
export function sharedLiveBounds(apps: readonly AssembledApp[]): LiveBounds {
  // 0 is no limit.
  const loosest = (key: keyof LiveBounds) => {
    const limits = apps.map(({ bounds }) => bounds[key])
    return limits.includes(0) ? 0 : Math.max(...limits)
  }
  return { connections: loosest('connections'), requestsPerConnection: loosest('requestsPerConnection') }
}
