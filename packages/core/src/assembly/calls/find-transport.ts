import { CallTransport } from '../../calls/call.js'
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

/** Whether calls go to an address, and not by the name of the service. */
export function needsAddress({ config: own }: OwnPolicy, { config }: LoadedConfig): boolean {
  return (own?.transport ?? config.calls.transport) === builtInTransport
}

/** The service that carries the calls of another; undefined for HTTP, and where it cannot, which is reported. */
export function findTransport(
  { config: own, path: ownPath }: OwnPolicy,
  { registry, loaded }: { readonly registry: Registry; readonly loaded: LoadedConfig },
): ServiceDefinition | undefined {
  const { definitions, problems } = registry
  const name = own?.transport ?? loaded.config.calls.transport
  if (name === builtInTransport) return undefined
  const found = definitions.find((definition) => definition.name === name)
  if (found && (found.type?.prototype ?? found.value) instanceof CallTransport) return found
  const transports = definitions.filter(({ type }) => type?.prototype instanceof CallTransport)
  const hint = found ? '' : didYouMean(name, [builtInTransport, ...transports.map((one) => one.name)])
  const path = [...(own?.transport === undefined ? ['calls'] : ownPath), 'transport']
  const reason = found ? 'does not extend CallTransport' : 'is no service'
  problems.push(lokstraError(E_CALLS_TRANSPORT, { path: formatPath(path), name, reason, hint }, loaded.locate(path)))
  return undefined
}
