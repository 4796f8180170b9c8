import type { ServiceDefinition } from '../container/service-definition.js'
import type { ServiceNode } from '../container/service-graph.js'
import type { CompiledMiddleware } from '../middleware/compose.js'
import type { Route } from '../routing/compile-route.js'
import { usesTransactions } from '../transactions/transactional.js'
import type { AssembledApp } from './app-assembler.js'
import type { ResolvedMiddleware } from './resolve-middleware.js'

/**
 * Finds the routes whose controller or middleware, or anything that they inject, asks for the request that it works for, and the apps
 * whose middleware does where no route is found. The others pay for no scope.
 */
export function markScopedRoutes(
  { apps, routes }: { readonly apps: readonly AssembledApp[]; readonly routes: readonly Route[] },
  nodes: readonly ServiceNode[],
): void {
  const asking = new Set<ServiceDefinition>()
  // Each stands after all that it injects.
  for (const { definition, dependencies } of nodes) {
    const asks =
      definition.boundary !== undefined || (definition.type !== undefined && usesTransactions(definition.type))
    const injectsOne = dependencies.some((one) => one.kind === 'service' && asking.has(one.definition))
    if (asks || injectsOne) asking.add(definition)
  }
  const asks = (around: readonly CompiledMiddleware[]) =>
    around.some((one) => {
      const { definition } = one as Partial<ResolvedMiddleware>
      return definition !== undefined && asking.has(definition)
    })
  for (const route of routes) {
    route.runsInScope = asks(route.middleware) || (route.controller !== undefined && asking.has(route.controller))
  }
  for (const app of apps) app.runsInScope = asks(app.wrapping)
}
