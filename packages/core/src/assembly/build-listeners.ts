import { addressKey } from '../config/classes/listen-address.js'
import { E_LISTENER_CONFLICT } from '../errors/catalogue/listeners.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import type { Route } from '../routing/compile-route.js'
import { Router } from '../routing/router.js'
import type { ListenerOptions, Timeouts } from '../server/listener.js'
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
    const largest = (read: (app: AssembledApp) => number) => Math.max(...sharing.map(read))
    // Of these, 0 is no limit.
    const loosest = (read: (app: AssembledApp) => number) =>
      sharing.some((app) => read(app) === 0) ? 0 : largest(read)
    return {
      address: first.address,
      apps: sharing,
      router: new Router<Route>(
        sharing.flatMap((app) => app.routes),
        problems,
      ),
      timeouts: sharedTimeouts(sharing),
      bounds: {
        headerBytes: largest((app) => app.bounds.headerBytes),
        headerCount: largest((app) => app.bounds.headerCount),
        connections: loosest((app) => app.bounds.connections),
        requestsPerConnection: loosest((app) => app.bounds.requestsPerConnection),
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
