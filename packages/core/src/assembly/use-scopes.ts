import type { ServiceDefinition } from '../container/service-definition.js'
import type { ServiceNode } from '../container/service-graph.js'
import { usesTransactions } from '../transactions/transactional.js'
import type { AssembledApp } from './app-assembler.js'

/** Finds the routes whose controller, or anything that it injects, asks for the request that it works for. The others pay for no scope. */
export function useScopes(apps: readonly AssembledApp[], nodes: readonly ServiceNode[]): void {
  const asking = new Set<ServiceDefinition>()
  // Each stands after all that it injects.
  for (const { definition, dependencies } of nodes) {
    const asks = definition.type !== undefined && usesTransactions(definition.type)
    const injectsOne = dependencies.some((one) => one.kind === 'service' && asking.has(one.definition))
    if (asks || injectsOne) asking.add(definition)
  }
  for (const route of apps.flatMap(({ routes }) => routes)) {
    route.runsInScope = route.controller !== undefined && asking.has(route.controller)
  }
}
