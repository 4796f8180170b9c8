import type { CallEndpoint } from '../../calls/client/endpoint.js'
import type { PeerServer } from '../../config/layers/peers.js'
import type { LoadedConfig } from '../../config/load-config.js'
import { E_PUBLISH_ADDRESS } from '../../errors/catalogue/deployments.js'
import { lokstraError, type LokstraError } from '../../errors/lokstra-error.js'
import { ownPolicyOf } from './call-policies.js'
import { needsAddress } from './find-transport.js'

const inProduction = 'in production it is not taken from the address of the app'

interface Surroundings {
  readonly loaded: LoadedConfig
  readonly problems: LokstraError[]
}

/**
 * Where other servers of the deployment answer the calls of a service. One without an address is reported.
 * @param publishers  with the apps that publish the service
 * @param isCarried  a service carries the calls, which finds the publisher by the name of what it publishes
 */
export function publisherEndpoints(
  publishers: readonly PeerServer[],
  isCarried: boolean,
  { loaded, problems }: Surroundings,
): readonly CallEndpoint[] {
  const { environment, topology } = loaded
  return publishers.flatMap(({ name, urls, apps, where }) => {
    const server = `${topology.deployment}.${name}`
    if (urls.length > 0) return urls.map((url) => ({ server, url }))
    if (isCarried) return [{ server, url: '' }]
    const isProduction = environment === 'production'
    const local = isProduction ? [] : apps.flatMap(({ localUrl }) => localUrl ?? [])
    if (local.length === 0) refuse(server, isProduction ? inProduction : 'the system chooses its port', where, problems)
    return local.map((url) => ({ server, url }))
  })
}

/**
 * Reports a server of a deployment that publishes and that the others would not find.
 * @param published  names of its services
 */
export function refuseWithoutUrl(published: readonly string[], { loaded, problems }: Surroundings): void {
  const { environment, topology } = loaded
  const { deployment, server, hasOwnUrl, where } = topology
  if (environment !== 'production' || server === undefined || hasOwnUrl) return
  if (!published.some((name) => needsAddress(ownPolicyOf(loaded.config.calls, name), loaded))) return
  refuse(`${deployment}.${server}`, inProduction, where, problems)
}

/** Once for each server, whatever it publishes, and in the same words by those that call it. */
function refuse(server: string, reason: string, where: string | undefined, problems: LokstraError[]): void {
  const error = lokstraError(E_PUBLISH_ADDRESS, { server, reason }, where)
  if (!problems.some(({ message }) => message === error.message)) problems.push(error)
}
