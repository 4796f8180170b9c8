import { externalProtocol } from '../../calls/proxy/call-protocol.js'
import type { ExternalConfig } from '../../config/classes/calls-config.js'
import { operationName, type Operation } from '../../contract/operation.js'
import { refuseRemotable } from '../../contract/remotable.js'
import type { Class } from '../../decorators/metadata.js'
import { E_EXTERNAL_INVALID } from '../../errors/catalogue/deployments.js'
import { didYouMean } from '../../errors/did-you-mean.js'
import { lokstraError } from '../../errors/lokstra-error.js'
import type { OwnPolicy } from './call-policies.js'
import { readServiceOperations } from './find-published.js'
import { findTransport } from './find-transport.js'
import type { BoundaryParts } from './place-boundaries.js'

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
  { input, published, standIns }: BoundaryParts,
): Class | undefined {
  const { registry, loaded } = input
  const { problems } = registry
  const policy: OwnPolicy = { config, path: ['external', name] }
  const where = loaded.locate(policy.path, 'key')
  const refuse = (reason: string, advice = fix): undefined => {
    problems.push(lokstraError(E_EXTERNAL_INVALID, { name, reason, fix: advice }, where))
  }

  const type = registry.types.get(name) ?? registry.controllers.get(name) ?? registry.exported.get(name)
  if (!type) return refuse(`there is no such class.${didYouMean(name, registry.types.keys())}`)
  if (published.types.has(type)) return refuse('it is published by a server of this project', 'Keep one of the two.')
  const definition = registry.definitionOf(type)
  if (!definition) return refuse('its class carries no @Service')
  // A test override stands in for it.
  if (definition.type !== type) return type
  const operations = readServiceOperations(type, where, problems)
  refuseRemotable(operations, problems)
  for (const operation of operations) {
    const reason = dividedBody(operation)
    if (reason === undefined) continue
    const advice = 'Keep the field that takes the whole body, or those that take parts of it.'
    problems.push(lokstraError(E_EXTERNAL_INVALID, { name, reason, fix: advice }, operation.site))
  }
  const endpoints = config.url.map((url) => ({ server: name, url }))
  standIns.add({
    service: { type, name, operations },
    boundary: { mode: 'remote', type, lifetime: definition.lifetime, runsOn: config.url.join(', ') },
    definition,
    protocol: externalProtocol(config.headers),
    policy,
    way: { endpoints, transport: findTransport(policy, input), isExternal: true },
  })
  return type
}

/** One body is written of one field, or of several; a call to a server of the project carries each field by itself. */
function dividedBody(operation: Operation): string | undefined {
  const { input } = operation
  const fields = input?.fields.filter(({ source }) => source === 'body') ?? []
  const whole = fields.find(({ isWildcard }) => isWildcard)
  if (!input || !whole || fields.length === 1) return undefined
  const others = fields.filter((field) => field !== whole).map(({ property }) => `${input.type.name}.${property}`)
  return `the input of ${operationName(operation)} has ${input.type.name}.${whole.property}, which takes the whole body, beside ${others.join(', ')}`
}
