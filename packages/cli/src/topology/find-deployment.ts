import type { DeploymentDescription } from '@lokstra/core'

import { E_TOPOLOGY_EMPTY, E_TOPOLOGY_UNKNOWN } from '../catalogue/topology.js'

/**
 * The deployment of a name, which has servers.
 * @throws E_TOPOLOGY_UNKNOWN · E_TOPOLOGY_EMPTY
 */
export async function findDeployment(
  all: readonly DeploymentDescription[],
  name: string,
): Promise<DeploymentDescription> {
  const found = all.find((deployment) => deployment.name === name)
  if (found && found.servers.length > 0) return found
  const { didYouMean, lokstraError } = await import('@lokstra/core')
  if (found) throw lokstraError(E_TOPOLOGY_EMPTY, { deployment: name })
  const known = all.map((deployment) => deployment.name)
  throw lokstraError(E_TOPOLOGY_UNKNOWN, { deployment: name, hint: didYouMean(name, known), known })
}
