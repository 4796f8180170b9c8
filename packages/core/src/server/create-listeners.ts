import type { Assembly } from '../assembly/assemble.js'
import type { Container } from '../container/container.js'
import { afterResponseCallbacks } from '../container/hooks.js'
import type { MiddlewareHandler } from '../middleware/middleware.js'
import { compileRoute } from '../routing/compile-route.js'
import type { Started } from './lifecycle.js'
import { Listener } from './listener.js'

/** Makes what was assembled ready for requests, now that its services have started: middleware and routes as functions, and listeners. */
export function createListeners(
  assembly: Assembly,
  container: Container,
  started: readonly Started[],
): readonly Listener[] {
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
