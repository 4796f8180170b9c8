import type { ConfigMap } from '../tree/config-node.js'
import { childOf } from '../tree/find-node.js'

/** A deployment by its name, with those of its servers, in the order in which they are written. */
export interface DeploymentNames {
  readonly name: string
  readonly servers: readonly string[]
}

/** The deployments of a configuration, whatever is wrong with them. */
export function listDeployments(merged: ConfigMap): readonly DeploymentNames[] {
  const deployments = childOf(merged, 'deployments')
  if (deployments?.kind !== 'map') return []
  return [...deployments.entries].map(([name, node]) => {
    const servers = childOf(node, 'servers')
    return { name, servers: servers?.kind === 'map' ? [...servers.entries.keys()] : [] }
  })
}
