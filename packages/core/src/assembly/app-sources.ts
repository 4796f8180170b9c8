import { bindServerConfig } from '../config/bind/bind-server-config.js'
import { locateBelow, type Locate } from '../config/tree/config-path.js'
import { AppConfig, LimitsConfig, TimeoutsConfig } from '../config/classes/server-config.js'
import type { Doubt } from '../errors/follow-ups.js'
import type { LokstraError } from '../errors/lokstra-error.js'
import type { AppOptions } from '../server/server-options.js'
import type { LoadedConfig } from '../config/load-config.js'

/** One app, wherever it was described. */
export interface AppSource {
  readonly config: AppConfig
  /** What code adds to the app of this name. */
  readonly options: AppOptions
  readonly locate: Locate
}

interface AppInCode {
  readonly options: AppOptions
  /** What the options give of what a configuration could say. */
  readonly given: Record<string, unknown>
  readonly config: AppConfig
}

/**
 * The apps of the configuration, each with what code says of the app of the same name laid over it, then those that only code
 * knows. Without any, one app on the default address.
 * @param place  what errors name for the apps in code
 * @param doubts  receives what is incomplete because of mistakes
 */
export function readAppSources(
  { config, locate, runs }: LoadedConfig,
  apps: readonly AppOptions[],
  place: string,
  problems: LokstraError[],
  doubts: Set<Doubt>,
): readonly AppSource[] {
  const isDefault = config.apps.length === 0 && apps.length === 0
  const inCode = bindApps(isDefault ? [{}] : apps, place, problems, doubts)
  const configured = config.apps.map((app, index): AppSource => {
    const below = locateBelow(locate, ['apps', index])
    const code = inCode.get(app.name)
    inCode.delete(app.name)
    if (!code) return { config: app, options: {}, locate: below }
    const isGiven = (key: unknown) => typeof key === 'string' && key in code.given
    return {
      config: layOver(app, code),
      options: code.options,
      locate: (path, part) => (isGiven(path[0]) ? place : below(path, part)),
    }
  })
  const added = [...inCode.values()]
    .filter(({ config: app }) => runs?.includes(app.name) ?? true)
    .map(({ options, config: app }): AppSource => ({ options, config: app, locate: () => place }))
  return [...configured, ...added]
}

function bindApps(
  apps: readonly AppOptions[],
  place: string,
  problems: LokstraError[],
  doubts: Set<Doubt>,
): Map<string, AppInCode> {
  const given = apps.map((options, index) => ({
    name: options.name ?? (index === 0 ? 'app' : `app${index}`),
    ...valuesOf(options),
  }))
  const bound = bindServerConfig({ apps: given }, place, problems)
  for (const doubt of bound.doubts) doubts.add(doubt)
  return new Map(
    bound.config.apps.map((app, index) => [app.name, { options: apps[index]!, given: given[index]!, config: app }]),
  )
}

/** What a configuration could say as well; middleware, controllers and mounts are objects of code and stay apart. */
function valuesOf(options: AppOptions): Record<string, unknown> {
  const { listen, tls, http2, socketMode, prefix, formatter, unknownKeys, limits, timeouts } = options
  const values = {
    listen,
    tls,
    http2,
    socketMode,
    prefix,
    formatter: typeof formatter === 'string' ? formatter : undefined,
    unknownKeys,
    limits,
    timeouts,
  }
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}

/** Code goes over configuration value by value; `limits` and `timeouts` one level deeper. */
function layOver(app: AppConfig, { given, config, options }: AppInCode): AppConfig {
  const limits = Object.assign(new LimitsConfig(), app.limits, pick(config.limits, options.limits))
  const timeouts = Object.assign(new TimeoutsConfig(), app.timeouts, pick(config.timeouts, options.timeouts))
  return Object.assign(new AppConfig(), app, pick(config, given), { limits, timeouts })
}

/** What `source` holds under the keys of `keys`. */
function pick<T extends object>(source: T, keys: object = {}): Partial<T> {
  return Object.fromEntries(Object.entries(source).filter(([key]) => key in keys)) as Partial<T>
}
