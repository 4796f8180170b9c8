import { CallTransport } from '../../calls/call-transport.js'
import type { LoadedConfig } from '../../config/load-config.js'
import { formatPath } from '../../config/tree/config-path.js'
import type { ServiceDefinition } from '../../container/service-definition.js'
import { E_CALLS_TRANSPORT } from '../../errors/catalogue/deployments.js'
import { didYouMean } from '../../errors/did-you-mean.js'
import { lokstraError } from '../../errors/lokstra-error.js'
import type { Registry } from '../registry.js'
import type { OwnPolicy } from './call-policies.js'

/** The name of the transport that is built in. */
const builtInTransport = 'http'

/** Configuration and services of this server. */
export interface Surroundings {
  readonly registry: Registry
  readonly loaded: LoadedConfig
}

/** Whether calls of a published service go to an address, and not by the name of the service. */
export function needsAddress(policy: OwnPolicy, surroundings: Surroundings): boolean {
  if (nameOf(policy, surroundings) === builtInTransport) return true
  const transport = findTransport(policy, surroundings)
  return transport !== undefined && !findsByName(transport)
}

/** Whether a transport brings calls in itself, so that it finds who answers by the name of the service: an address says nothing to it. */
export function findsByName(transport: ServiceDefinition): boolean {
  return objectOf(transport)?.serve !== undefined
}

/** The service that carries the calls of another; undefined for HTTP, and where it cannot, which is reported. */
export function findTransport(policy: OwnPolicy, surroundings: Surroundings): ServiceDefinition | undefined {
  const { registry, loaded } = surroundings
  const { definitions, problems } = registry
  const name = nameOf(policy, surroundings)
  if (name === builtInTransport) return undefined
  const found = definitions.find((definition) => definition.name === name)
  if (found && objectOf(found)) return found
  const transports = definitions.filter(({ type }) => type?.prototype instanceof CallTransport)
  const hint = found ? '' : didYouMean(name, [builtInTransport, ...transports.map((one) => one.name)])
  const path = [...(policy.config?.transport === undefined ? ['calls'] : policy.path), 'transport']
  const reason = found ? 'does not extend CallTransport' : 'is no service'
  problems.push(lokstraError(E_CALLS_TRANSPORT, { path: formatPath(path), name, reason, hint }, loaded.locate(path)))
  return undefined
}

function nameOf({ config: own }: OwnPolicy, { loaded }: Surroundings): string {
  return own?.transport ?? loaded.config.calls.transport
}

/** The transport, or what it is made of; undefined for a service that is none. */
function objectOf({ type, value }: ServiceDefinition): CallTransport | undefined {
  const object: unknown = type?.prototype ?? value
  return object instanceof CallTransport ? object : undefined
}
