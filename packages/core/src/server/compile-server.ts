import type { Assembly } from '../assembly/assemble.js'
import type { Container } from '../container/container.js'
import { afterResponseCallbacks } from '../container/hooks.js'
import type { Logger } from '../logging/logger.js'
import type { MiddlewareHandler } from '../middleware/middleware.js'
import { compileRoute } from '../routing/compile-route.js'
import type { Started } from './lifecycle.js'
import { Listener } from './listener.js'

/** What has started, and what a server that is compiled takes from it. */
export interface StartedParts {
  readonly container: Container
  /** In start order. */
  readonly started: readonly Started[]
  /** The one that counts; each app logs to a child of it. */
  readonly log: Logger
}

/**
 * Makes what was assembled ready for requests, now that its services have started: loggers of apps, middleware and routes as functions.
 * @returns the listeners, not yet open
 */
export function compileServer(assembly: Assembly, { container, started, log }: StartedParts): readonly Listener[] {
  for (const app of assembly.apps) {
    const ofApp = log.child({ app: app.scope.name })
    app.scope.log = ofApp
    if (app.callScope) app.callScope.log = ofApp
  }
  for (const middleware of assembly.middleware) {
    if (!middleware.definition) continue
    const instance = container.resolve(middleware.definition) as MiddlewareHandler
    middleware.run = (ctx, next) => instance.handle(ctx, next)
  }
  for (const route of assembly.apps.flatMap((app) => app.routes)) compileRoute(route, container)
  // Those of a controller are for its own routes.
  const afterEveryResponse = started.flatMap(({ definition, instance }) =>
    assembly.controllers.has(definition) || definition.value ? [] : afterResponseCallbacks(instance),
  )
  return assembly.listeners.map((listener) => new Listener({ ...listener, afterEveryResponse }))
}
