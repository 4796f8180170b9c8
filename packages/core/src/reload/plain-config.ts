import type { ConfigPath } from '../config/tree/config-path.js'
import type { GroupConfig, MiddlewareConfig, NamedConfig, ServerConfig } from '../config/classes/server-config.js'

/** Values of a configuration: objects, arrays and scalars. */
export type PlainConfig = Readonly<Record<string, unknown>>

/**
 * The values of a configuration as it counts: with the defaults of the server's own keys, times in milliseconds, sizes in bytes, and
 * apps by name. What services and middleware are configured with is as it was written.
 */
export function plainConfig(config: ServerConfig): PlainConfig {
  const services = Object.entries(config.services).map(
    ([name, { type, dependsOn, config: own }]) => [name, { type, dependsOn, ...own }] as const,
  )
  const apps = config.apps.map(
    (app) => [app.name, withShortForms(app, { mounts: app.mounts.map(writtenName) })] as const,
  )
  const written = {
    modules: config.modules.map(({ use, allow, config: own }) => ({ use, allow, config: own })),
    services: Object.fromEntries(services),
    middleware: writtenMiddleware(config.middleware),
    apps: Object.fromEntries(apps),
  }
  return toPlain(Object.assign({}, config, written)) as PlainConfig
}

/** The path of a value of the configuration among those of {@link plainConfig}. */
export function toPlainPath(path: ConfigPath, { apps }: ServerConfig): ConfigPath {
  const [section, index, ...below] = path
  return section === 'apps' && typeof index === 'number' ? [section, apps[index]?.name ?? index, ...below] : path
}

export function valueAt(values: unknown, path: ConfigPath): unknown {
  return path.reduce<unknown>((value, step) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    return (value as Record<string | number, unknown>)[step]
  }, values)
}

/** A group, or an app, with its middleware as it is written. */
function withShortForms(group: GroupConfig, more: object = {}): object {
  const written = {
    middleware: writtenMiddleware(group.middleware),
    routes: group.routes.map((route) => Object.assign({}, route, { middleware: writtenMiddleware(route.middleware) })),
    groups: group.groups.map((inner) => withShortForms(inner)),
  }
  return Object.assign({}, group, written, more)
}

function writtenMiddleware({ refs }: MiddlewareConfig): readonly object[] {
  return refs.map(writtenName)
}

function writtenName({ name, config }: NamedConfig): object {
  return { [name]: config }
}

/** Plain objects in place of the classes, without keys that have no value. */
function toPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toPlain)
  if (value instanceof Map) return toPlain(Object.fromEntries(value))
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  const given = Object.entries(value).filter(([, inner]) => inner !== undefined)
  return Object.fromEntries(given.map(([key, inner]) => [key, toPlain(inner)]))
}
