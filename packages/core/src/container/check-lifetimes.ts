import { E_SERVICE_CAPTIVE } from '../errors/catalogue/container.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import type { ServiceDefinition } from './service-definition.js'
import type { ServiceNode } from './service-graph.js'

/**
 * The error of a service that would keep what lives for one request.
 * @param path  names, from what is needed whatever else is to what would be kept
 */
export function captive({ name: holder, lifetime, where }: ServiceDefinition, path: readonly string[]): LokstraError {
  const params = { holder, holderLifetime: lifetime, held: path.at(-1)!, heldLifetime: 'request' as const }
  return lokstraError(E_SERVICE_CAPTIVE, { ...params, path: path.join(' -> ') }, where)
}

/** A singleton may hold a transient, but not one that itself holds something of a request. */
export function checkTransients(nodes: readonly ServiceNode[], problems: LokstraError[]): void {
  const byDefinition = new Map(nodes.map((node) => [node.definition, node]))
  const findRequestScoped = (node: ServiceNode, path: string[]): string[] | undefined => {
    for (const dependency of node.dependencies) {
      if (dependency.kind !== 'service') continue
      const next = [...path, dependency.definition.name]
      if (dependency.definition.lifetime === 'request') return next
      if (dependency.definition.lifetime !== 'transient') continue
      const found = findRequestScoped(byDefinition.get(dependency.definition)!, next)
      if (found) return found
    }
    return undefined
  }
  for (const node of nodes) {
    if (node.definition.lifetime !== 'singleton') continue
    for (const dependency of node.dependencies) {
      if (dependency.kind !== 'service' || dependency.definition.lifetime !== 'transient') continue
      const path = findRequestScoped(byDefinition.get(dependency.definition)!, [
        node.definition.name,
        dependency.definition.name,
      ])
      if (path) problems.push(captive(node.definition, path))
    }
  }
}
