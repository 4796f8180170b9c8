import type { CallEndpoint } from '../../calls/client/endpoint.js'
import type { PeerServer } from '../../config/layers/peers.js'
import type { ServiceDefinition } from '../../container/service-definition.js'
import { E_PUBLISH_ADDRESS } from '../../errors/catalogue/deployments.js'
import { lokstraError, type LokstraError } from '../../errors/lokstra-error.js'
import { ownPolicyOf } from './call-policies.js'
import { findsByName, needsAddress, type Surroundings } from './find-transport.js'

const inProduction = 'in production it is not taken from the address of the app'
const unknownAddress = 'the system chooses its port, or no URL can have its host'

/**
 * Where other servers of the deployment answer the calls of a service. One without an address is reported.
 * @param publishers  with the apps that publish the service
 * @param transport  undefined for HTTP. Where it finds the publishers itself they are one endpoint: nobody here knows which of them was
 *   asked, so that what one failed at would count against another
 */
export function publisherEndpoints(
  publishers: readonly PeerServer[],
  transport: ServiceDefinition | undefined,
  { loaded, registry: { problems } }: Surroundings,
): readonly CallEndpoint[] {
  const { environment, topology } = loaded
  const nameOf = ({ name }: PeerServer): string => `${topology.deployment}.${name}`
  if (transport && findsByName(transport)) return [{ server: publishers.map(nameOf).join(', '), url: '' }]
  return publishers.flatMap((publisher) => {
    const { urls, apps, where } = publisher
    const server = nameOf(publisher)
    if (urls.length > 0) return urls.map((url) => ({ server, url }))
    const isProduction = environment === 'production'
    const local = isProduction ? [] : apps.flatMap(({ localUrl }) => localUrl ?? [])
    if (local.length === 0) refuse(server, isProduction ? inProduction : unknownAddress, where, problems)
    return local.map((url) => ({ server, url }))
  })
}

/**
 * Reports a server of a deployment that publishes and that the others would not find.
 * @param published  names of its services
 */
export function refuseWithoutUrl(published: readonly string[], surroundings: Surroundings): void {
  const { loaded, registry } = surroundings
  const { environment, topology } = loaded
  const { deployment, server, hasOwnUrl, where } = topology
  if (environment !== 'production' || server === undefined || hasOwnUrl) return
  if (!published.some((name) => needsAddress(ownPolicyOf(loaded.config.calls, name), surroundings))) return
  refuse(`${deployment}.${server}`, inProduction, where, registry.problems)
}

/** Once for each server, whatever it publishes, and in the same words by those that call it. */
function refuse(server: string, reason: string, where: string | undefined, problems: LokstraError[]): void {
  const error = lokstraError(E_PUBLISH_ADDRESS, { server, reason }, where)
  if (!problems.some(({ message }) => message === error.message)) problems.push(error)
}
