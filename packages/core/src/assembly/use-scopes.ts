import type { ServiceDefinition } from '../container/service-definition.js'
import type { ServiceNode } from '../container/service-graph.js'
import { usesTransactions } from '../transactions/transactional.js'
import type { Route } from '../routing/compile-route.js'
import type { ResolvedMiddleware } from './resolve-middleware.js'

/** Finds the routes whose controller or middleware, or anything that they inject, asks for the request that it works for. The others pay for no scope. */
export function useScopes(routes: readonly Route[], nodes: readonly ServiceNode[]): void {
  const asking = new Set<ServiceDefinition>()
  // Each stands after all that it injects.
  for (const { definition, dependencies } of nodes) {
    const asks =
      definition.boundary !== undefined || (definition.type !== undefined && usesTransactions(definition.type))
    const injectsOne = dependencies.some((one) => one.kind === 'service' && asking.has(one.definition))
    if (asks || injectsOne) asking.add(definition)
  }
  for (const route of routes) {
    const around = route.middleware.flatMap((one) => (one as Partial<ResolvedMiddleware>).definition ?? [])
    route.runsInScope = [...around, ...(route.controller ? [route.controller] : [])].some((one) => asking.has(one))
  }
}
