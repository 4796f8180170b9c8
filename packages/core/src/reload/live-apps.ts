import { isDeepStrictEqual } from 'node:util'

import type { AssembledApp } from '../assembly/app-assembler.js'
import type { Assembly } from '../assembly/assemble.js'
import { sharedLiveBounds, sharedTimeouts } from '../assembly/build-listeners.js'
import { formatPath } from '../config/tree/config-path.js'
import { useAppScope, type Route } from '../routing/compile-route.js'
import type { Listener } from '../server/listener.js'
import type { LoadedTls } from '../server/load-tls.js'

/** The app of a name. */
export function appNamed({ apps }: Assembly, name: unknown): AssembledApp | undefined {
  return apps.find(({ scope }) => scope.name === name)
}

/** Paths of certificates whose files, or the configuration of them, have another content now. */
export function changedCertificates(running: Assembly, next: Assembly): readonly string[] {
  const ofApps = running.apps.flatMap(({ tls, scope: { name } }) =>
    isReplaced(tls, appNamed(next, name)?.tls) ? formatPath(['apps', name, 'tls', 'cert']) : [],
  )
  const { tls } = next.calls ?? {}
  return isReplaced(running.calls?.tls, tls) ? [...ofApps, `calls.tls.${tls.context.cert ? 'cert' : 'ca'}`] : ofApps
}

function isReplaced(tls: LoadedTls | undefined, other: LoadedTls | undefined): other is LoadedTls {
  return tls !== undefined && other !== undefined && !isDeepStrictEqual(tls.context, other.context)
}

/**
 * Gives the running apps, their listeners and the calls of others what they can take of new ones. Without a pause: no request sees a part of it.
 * @param compile  makes what runs for a route anew
 */
export function reconfigureApps(
  running: Assembly,
  next: Assembly,
  listeners: readonly Listener[],
  compile: (route: Route) => void,
): void {
  for (const app of running.apps) {
    const other = appNamed(next, app.scope.name)
    if (!other) continue
    const { unknownKeys } = app.scope
    app.scope = { ...other.scope, log: app.scope.log }
    if (app.callScope && other.callScope) app.callScope = { ...other.callScope, log: app.scope.log }
    app.timeouts = other.timeouts
    const { connections, requestsPerConnection } = other.bounds
    app.bounds = { ...app.bounds, connections, requestsPerConnection }
    for (const route of app.routes) {
      useAppScope(route, (route.isInternal ? app.callScope : undefined) ?? app.scope)
      // The code that reads bodies is made for what it does with unknown keys.
      if (app.scope.unknownKeys !== unknownKeys) compile(route)
    }
  }
  for (const listener of listeners) {
    const sharing = running.apps.filter((app) => listener.apps.includes(app))
    listener.reconfigure(sharedTimeouts(sharing), sharedLiveBounds(sharing))
    useCertificates(sharing, next, listener)
  }
  const tls = next.calls?.tls
  if (isReplaced(running.calls?.tls, tls)) running.calls!.useTls(tls)
}

/** Apps of one address have the same certificate. */
function useCertificates(sharing: readonly AssembledApp[], next: Assembly, listener: Listener): void {
  const [first] = sharing
  const other = first && appNamed(next, first.scope.name)?.tls
  if (!isReplaced(first?.tls, other)) return
  listener.useTls(other)
  for (const app of sharing) app.tls = other
}
