import type { LoadedConfig } from '../config/load-config.js'
import type { ServiceNode } from '../container/service-graph.js'
import type { Class } from '../decorators/metadata.js'
import type { AppOptions, GroupOptions } from '../server/server-options.js'
import type { AssembledApp } from './app-assembler.js'

/** What says which controllers are served. */
export interface ServedParts {
  readonly loaded: LoadedConfig
  /** The apps of this server. */
  readonly apps: readonly AssembledApp[]
  /** Every app in code, those of the other servers of a deployment too. */
  readonly inCode: readonly AppOptions[]
  /** Classes that are there to be called by other servers. */
  readonly called: Iterable<Class>
}

/** Names of the controllers that no app serves, here or on another server of the deployment. */
export function findUnserved(
  controllers: Iterable<Class>,
  { loaded, apps, inCode, called }: ServedParts,
): readonly string[] {
  const served = new Set<Class>(called)
  for (const { routes } of apps) for (const { operation } of routes) if (operation) served.add(operation.controller)
  for (const app of loaded.runs ? inCode : []) for (const type of controllersOf(app)) served.add(type)
  return [...controllers]
    .filter((type) => !served.has(type) && !loaded.servedElsewhere.has(type.name))
    .map(({ name }) => name)
}

/** Names of the services of the configuration that nothing injects; none for a server of a deployment. */
export function findUnused({ config, topology }: LoadedConfig, needed: readonly ServiceNode[]): readonly string[] {
  // What all servers share, each uses in part only.
  if (topology.server !== undefined) return []
  const names = new Set(needed.map(({ definition }) => definition.name))
  return Object.keys(config.services).filter((name) => !names.has(name))
}

/** The controllers that an app in code serves. */
function controllersOf({ controllers = [], routes = [], groups = [] }: GroupOptions): readonly Class[] {
  return [...controllers, ...routes.map(({ handler: [type] }) => type), ...groups.flatMap(controllersOf)]
}
