import { E_TOPOLOGY_UNKNOWN } from '../catalogue/topology.js'

/** @throws E_TOPOLOGY_UNKNOWN */
export async function findDeployment<D extends { readonly name: string }>(all: readonly D[], name: string): Promise<D> {
  const found = all.find((deployment) => deployment.name === name)
  if (found) return found
  const { didYouMean, lokstraError } = await import('@lokstra/core')
  const known = all.map((deployment) => deployment.name)
  throw lokstraError(E_TOPOLOGY_UNKNOWN, { deployment: name, hint: didYouMean(name, known), known })
}
