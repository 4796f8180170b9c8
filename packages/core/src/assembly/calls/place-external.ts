import { externalProtocol } from '../../calls/proxy/call-protocol.js'
import type { ExternalConfig } from '../../config/classes/calls-config.js'
import { refuseExternal } from '../../contract/remotable.js'
import type { Class } from '../../decorators/metadata.js'
import { E_EXTERNAL_INVALID } from '../../errors/catalogue/deployments.js'
import { didYouMean } from '../../errors/did-you-mean.js'
import { lokstraError } from '../../errors/lokstra-error.js'
import type { BoundaryParts } from './boundary-parts.js'
import type { OwnPolicy } from './call-policies.js'
import { readServiceOperations } from './find-published.js'
import { refuseHeaders } from './external-headers.js'
import { findsByName, findTransport } from './find-transport.js'

const fix = 'Export a class of this name with @Service, @Route and methods with @Get, @Post … from a discovered file.'

/** Puts boundaries in front of the classes that describe services of other systems. @returns those classes */
export function placeExternal(parts: BoundaryParts): ReadonlySet<Class> {
  const placed = [...parts.input.loaded.config.external].flatMap(
    ([name, config]) => placeOne(name, config, parts) ?? [],
  )
  return new Set(placed)
}

function placeOne(
  name: string,
  config: ExternalConfig,
  { input, published, proxies }: BoundaryParts,
): Class | undefined {
  const { registry, loaded } = input
  const { problems } = registry
  const policy: OwnPolicy = { config, path: ['external', name] }
  const where = loaded.locate(policy.path, 'key')
  const refuse = (reason: string, advice = fix): undefined => {
    problems.push(lokstraError(E_EXTERNAL_INVALID, { name, reason, fix: advice }, where))
  }

  const type = registry.typeNamed(name, where) ?? registry.controllers.get(name) ?? registry.exported.get(name)
  if (!type) return refuse(`there is no such class.${didYouMean(name, registry.types.keys())}`)
  if (published.types.has(type)) return refuse('it is published by a server of this project', 'Keep one of the two.')
  const definition = registry.definitionOf(type)
  if (!definition) return refuse('its class carries no @Service')
  // A test override stands in for it.
  if (definition.type !== type) return type
  const operations = readServiceOperations(type, where, problems)
  refuseExternal(operations, problems)
  refuseHeaders(name, { config, operations, loaded, problems })
  const transport = findTransport(policy, input)
  if (transport && findsByName(transport)) {
    const reason = `${transport.name} carries calls between servers of the project, and finds them without an address`
    const at = loaded.locate([...policy.path, 'transport'])
    problems.push(lokstraError(E_EXTERNAL_INVALID, { name, reason, fix: 'Leave transport out, for HTTP.' }, at))
  }
  const endpoints = config.url.map((url) => ({ server: name, url }))
  proxies.add({
    service: { type, name, operations },
    boundary: { mode: 'remote', type, lifetime: definition.lifetime, runsOn: config.url.join(', ') },
    definition,
    protocol: externalProtocol(config.headers),
    policy,
    way: { endpoints, transport, isExternal: true },
  })
  return type
}
