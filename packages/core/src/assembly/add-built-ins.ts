import { satisfies, tokenName, type ServiceDefinition, type Token } from '../container/service-definition.js'
import type { CallSite } from '../errors/call-site.js'
import { E_OVERRIDE_UNKNOWN } from '../errors/catalogue/container.js'
import { didYouMean } from '../errors/did-you-mean.js'
import { lokstraError } from '../errors/lokstra-error.js'
import { Logger } from '../logging/logger.js'
import { ServerRuntime } from '../server/server-runtime.js'
import type { Registry } from './registry.js'

/** What tests may replace before anything is constructed. */
export interface Override {
  readonly token: Token
  readonly value: object
  /** Where the test names it. */
  readonly site?: CallSite
}

/**
 * Adds what every server has, and puts what a test overrides in the place of everything else.
 * @param log  stands in for a logger where none is configured
 */
export function addBuiltIns(
  registry: Registry,
  runtime: ServerRuntime,
  log: Logger,
  overrides: readonly Override[],
): void {
  const value = (object: object, provides: typeof Logger | typeof ServerRuntime): ServiceDefinition => ({
    name: provides.name,
    lifetime: 'singleton',
    eager: false,
    provides: [provides],
    value: object,
    where: '@lokstra/core',
  })
  registry.definitions.push(value(runtime, ServerRuntime))
  const hasLogger = registry.definitions.some((definition) => satisfies(definition, Logger))
  if (!hasLogger) registry.definitions.push(value(log, Logger))
  for (const override of overrides) replace(registry, override)
}

function replace(registry: Registry, { token, value, site }: Override): void {
  const replaced = registry.definitions.filter((definition) => satisfies(definition, token))
  if (replaced.length === 0) {
    const names = registry.definitions.flatMap((definition) => [
      definition.name,
      definition.type?.name ?? definition.name,
    ])
    const hint = didYouMean(typeof token === 'string' ? token : token.name, names)
    registry.problems.push(lokstraError(E_OVERRIDE_UNKNOWN, { token: tokenName(token), hint }, site))
    return
  }
  for (const definition of replaced) {
    const types = [...definition.provides, ...(definition.type ? [definition.type] : [])]
    registry.definitions.splice(registry.definitions.indexOf(definition), 1, {
      name: definition.name,
      lifetime: 'singleton',
      eager: false,
      provides: typeof token === 'string' || types.includes(token) ? types : [...types, token],
      value,
      where: 'a test override',
      module: definition.module,
    })
  }
}
