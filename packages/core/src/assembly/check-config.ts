import { isComplete } from '../config/bind/bind-config.js'
import { formatPath, type ConfigPath } from '../config/tree/config-path.js'
import type { ServiceDefinition } from '../container/service-definition.js'
import { lokstraError, type ErrorDefinition, type LokstraError } from '../errors/lokstra-error.js'

/** What a configuration can be compared with before anything is constructed. */
export interface ConfigCheck {
  /** Name of the environment that the server starts in; `development` where none is chosen. */
  readonly environment: string
  /**
   * The configuration of the service of a class.
   * @returns undefined when there is no such service, something else stands in for it, or its configuration has mistakes of its own
   */
  configOf<C extends object>(type: new (config: C, ...dependencies: never[]) => object): C | undefined
  /** Reports a mistake. `path` leads to the value below the configuration that is checked; default: to all of it. */
  refuse<P>(definition: ErrorDefinition<P>, params: P, path?: ConfigPath): void
}

/**
 * A class of a service or middleware whose configuration has to fit that of others. It is asked for each configuration when a server is
 * checked and started, and when a changed configuration is read.
 */
export interface ChecksConfig<C extends object> {
  checkConfig(config: C, check: ConfigCheck): void
}

/** @param definitions  all that `configOf` finds */
export function checkConfig(
  { type, name, config, locate, label = name, configuredAt }: ServiceDefinition,
  definitions: readonly ServiceDefinition[],
  environment: string,
  problems: LokstraError[],
): void {
  if (!type || !config || !isComplete(config)) return
  const { checkConfig: check } = type as Partial<ChecksConfig<object>>
  check?.call(type, config, {
    environment,
    configOf<C extends object>(wanted: new (config: C, ...dependencies: never[]) => object) {
      const found = definitions.find((definition) => definition.type === wanted)?.config
      return found && isComplete(found) ? (found as C) : undefined
    },
    refuse(definition, params, path = []) {
      const below = formatPath(path)
      const details = { path: [label, below].filter((part) => part !== '').join('.') }
      problems.push(lokstraError(definition, params, locate?.(path) ?? configuredAt, details))
    },
  })
}
