import { projectProtocol, type CallProtocol } from '../../calls/proxy/call-protocol.js'
import type { PeerServer } from '../../config/layers/peers.js'
import type { ServiceDefinition } from '../../container/service-definition.js'
import { describeService } from '../../compatibility/describe-contracts.js'
import type { BoundaryParts } from './boundary-parts.js'
import type { CallIdentity } from './call-identity.js'
import type { CallPlanInput } from './call-plan-input.js'
import { ownPolicyOf } from './call-policies.js'
import { callRoutes, localCallScope } from './call-routes.js'
import type { PublishedService } from './find-published.js'
import { findTransport } from './find-transport.js'
import { publisherEndpoints } from './publisher-endpoints.js'
import { refuseUnsigned } from './refuse-unsigned.js'

/** Puts a boundary in front of each published service that other servers run, or that is called here as if they did. */
export function placeBoundaries(parts: BoundaryParts): void {
  const { input, published } = parts
  const { config, environment } = input.loaded
  const mode = config.calls.boundary ?? (environment === 'production' ? 'direct' : 'checked')
  for (const service of published.all) {
    const definition = input.registry.definitionOf(service.type)
    // A test override stands in for it.
    if (definition && definition.type !== service.type) continue
    const publishers = published.isOwn(service) ? [] : published.publishersOf(service)
    if (publishers.length > 0) placeRemote(service, definition, publishers, parts)
    else if (mode === 'checked' && definition) placeChecked(service, definition, parts)
  }
}

function placeRemote(
  service: PublishedService,
  definition: ServiceDefinition | undefined,
  publishers: readonly PeerServer[],
  { input, identity, proxies }: BoundaryParts,
): void {
  const { loaded, registry } = input
  const { problems } = registry
  const { type, name, operations } = service
  const names = publishers.map((publisher) => publisher.name)
  const runsOn = `${names.length > 1 ? 'the servers' : 'server'} ${names.join(', ')} of ${loaded.topology.deployment}`
  const policy = ownPolicyOf(loaded.config.calls, name)
  const transport = findTransport(policy, input)
  const endpoints = publisherEndpoints(publishers, transport, { loaded, registry })
  proxies.add({
    service,
    boundary: { mode: 'remote', type, lifetime: definition?.lifetime ?? 'singleton', runsOn },
    definition,
    protocol: protocolOf(service, input, identity),
    policy,
    way: { endpoints, expected: () => describeService(operations), transport },
  })
  // Authorities alone say who the others are, and not who calls.
  if (identity.keys || loaded.config.calls.tls?.cert !== undefined) return
  const why = `${name} is called on ${runsOn}, and calls are signed in production`
  refuseUnsigned(problems, why, publishers[0]!.where)
}

function placeChecked(
  service: PublishedService,
  definition: ServiceDefinition,
  { input, identity, proxies }: BoundaryParts,
): void {
  const { loaded, registry, runtime } = input
  const authentication = { keys: undefined, isLocalOnly: false }
  proxies.add({
    service,
    boundary: {
      mode: 'checked',
      type: service.type,
      lifetime: definition.lifetime,
      runsOn: 'this server, behind a checked boundary',
      behind: definition,
    },
    definition,
    protocol: protocolOf(service, input, identity),
    policy: ownPolicyOf(loaded.config.calls, service.name),
    way: { routes: callRoutes(service, { scope: localCallScope(), authentication, registry, runtime }) },
  })
}

function protocolOf(
  { name }: PublishedService,
  { loaded }: CallPlanInput,
  { caller, keys }: CallIdentity,
): CallProtocol {
  const baggage = new Set(loaded.config.calls.baggage)
  return projectProtocol({ service: name, caller, keys, baggage })
}
