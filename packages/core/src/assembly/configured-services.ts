import { defaultName } from '../container/service-definition.js'
import type { Class } from '../decorators/metadata.js'
import { readService } from '../decorators/service.js'
import { E_SERVICE_TYPE_UNKNOWN } from '../errors/catalogue/container.js'
import { didYouMean } from '../errors/did-you-mean.js'
import { lokstraError } from '../errors/lokstra-error.js'
import type { LoadedConfig } from '../config/load-config.js'
import type { Offers } from './offers.js'
import type { Registry } from './registry.js'

/** Defines the services that the configuration lists: a name, a type, and the type's own typed configuration. */
export async function defineConfiguredServices(
  { config }: LoadedConfig,
  registry: Registry,
  offers: Offers,
): Promise<void> {
  for (const [name, { type: typeName, dependsOn, config: values, locate }] of Object.entries(config.services)) {
    const known = registry.typeNamed(typeName, locate(['type']))
    const offered = known ? [] : await offers.load('services', typeName, locate(['type']))
    if (!offered) {
      registry.doubts.add('services')
      continue
    }
    const type = known ?? chooseService(offered, typeName)
    if (!type) {
      const hint = didYouMean(typeName, [...registry.types.keys(), ...offers.names('services')])
      const params = { name, type: typeName, hint }
      const details = { isNearMiss: hint !== '' }
      registry.problems.push(lokstraError(E_SERVICE_TYPE_UNKNOWN, params, locate(['type']), details))
      registry.doubts.add('services')
      continue
    }
    const after = dependsOn.map((target, index) => ({ name: target, where: locate(['dependsOn', index]) }))
    const label = `services.${name}`
    const definition = registry.define({ type, name, values, after, where: locate([]), locate, label })
    registry.configured.push({ at: ['services', name], definition })
  }
}

/** Of what a package exports, the class that an offer of this name means. */
export function chooseService(offered: readonly Class[], name: string): Class | undefined {
  const types = offered.filter((type) => readService(type) !== undefined)
  return types.find((type) => defaultName(type) === name) ?? (types.length === 1 ? types[0] : undefined)
}
