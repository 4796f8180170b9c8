import { bindObject } from '../../binding/bind.js'
import { readObjectPlan } from '../../contract/read-input-plan.js'
import type { Class } from '../../decorators/metadata.js'
import type { Doubt } from '../../errors/follow-ups.js'
import type { LokstraError } from '../../errors/lokstra-error.js'
import { isRecord } from '../../objects/is-record.js'
import { fromObject } from '../tree/config-node.js'
import type { ConfigPath, Locate } from '../tree/config-path.js'
import { locateIn } from '../tree/find-node.js'
import { ConfigReport } from './config-report.js'
import { EntryReader } from './read-entries.js'
import { AppConfig, GroupConfig, RouteConfig, ServerConfig } from '../classes/server-config.js'

/** A checked configuration, and where its values stand. */
export interface BoundConfig {
  readonly config: ServerConfig
  readonly locate: Locate
  /** What is incomplete, because of mistakes that are reported. */
  readonly doubts: ReadonlySet<Doubt>
}

/** Where mistakes in these keys of an app lead to others in its routes. */
const placingKeys = ['name', 'listen', 'prefix', 'controllers', 'routes', 'groups'] as const

/**
 * Checks a configuration that is written in code. Durations and sizes may be numbers or text.
 * @param where  the place that errors name
 * @param problems  receives every mistake; what is wrong has its default then, or is left out
 */
export function bindServerConfig(values: object, where: string, problems: LokstraError[]): BoundConfig {
  return readServerConfig(values, locateIn(fromObject(values, { key: where, value: where })), problems)
}

/**
 * Checks plain values and makes the configuration of them, as {@link bindServerConfig} does.
 */
export function readServerConfig(values: unknown, locate: Locate, problems: LokstraError[]): BoundConfig {
  const report = new ConfigReport(problems, locate)
  const { modules, secrets, services, middleware, apps } = toRecord(values)
  const config = bindPart(ServerConfig, values, [], report)
  const entries = new EntryReader(report, locate)
  config.modules = entries.modules(modules, ['modules'])
  config.secrets = entries.secrets(secrets, ['secrets'])
  config.services = entries.services(services, ['services'])
  config.middleware = entries.middleware(middleware, ['middleware'])
  config.apps = toList(apps).map((app, index) => readApp(app, index, entries, report))
  checkNames(config.apps, report)
  return { config, locate, doubts: readDoubts(config, report) }
}

function readApp(values: unknown, index: number, entries: EntryReader, report: ConfigReport): AppConfig {
  const path = ['apps', index]
  const app = bindPart(AppConfig, values, path, report)
  app.name ??= `apps[${index}]`
  app.mounts = entries.mounts(toRecord(values).mounts, [...path, 'mounts'])
  readGroup(app, values, path, entries, report)
  return app
}

/** Fills what an app and a group have in common. */
function readGroup(
  group: GroupConfig,
  values: unknown,
  path: ConfigPath,
  entries: EntryReader,
  report: ConfigReport,
): void {
  const { middleware, routes, groups } = toRecord(values)
  group.middleware = entries.middleware(middleware, [...path, 'middleware'], group.override)
  group.routes = toList(routes).map((item, index) => {
    const at = [...path, 'routes', index]
    const route = bindPart(RouteConfig, item, at, report)
    route.middleware = entries.middleware(toRecord(item).middleware, [...at, 'middleware'], route.override)
    return route
  })
  group.groups = toList(groups).map((item, index) => {
    const at = [...path, 'groups', index]
    const inner = bindPart(GroupConfig, item, at, report)
    readGroup(inner, item, at, entries, report)
    return inner
  })
}

/** Lists whose items are bound one by one: of a list with one mistake nothing would be left. */
const partLists = ['apps', 'groups', 'routes'] as const

/** Binds one object of the configuration; what is wrong in it is reported, and has its default. */
function bindPart<T extends object>(type: Class<T>, values: unknown, path: ConfigPath, report: ConfigReport): T {
  const parts = partLists.filter((key) => Array.isArray(toRecord(values)[key]))
  const own = parts.length > 0 ? { ...toRecord(values), ...Object.fromEntries(parts.map((key) => [key, []])) } : values
  const { value, issues } = bindObject(readObjectPlan(type, []), own, { unknown: 'reject', text: 'convert' })
  report.issues(issues, path)
  const bound = value as Record<string, unknown>
  const defaults = new type() as Record<string, unknown>
  for (const { place, code } of issues) {
    const [key] = place.path()
    if (code !== 'unknown' && typeof key === 'string') bound[key] = defaults[key]
  }
  return bound as T
}

function checkNames(apps: readonly AppConfig[], report: ConfigReport): void {
  const first = new Map<string, number>()
  for (const [index, app] of apps.entries()) {
    const { name } = app
    const other = first.get(name)
    if (other === undefined) {
      first.set(name, index)
      continue
    }
    const rule = `must differ from that of apps[${other}]`
    report.invalid(['apps', index, 'name'], rule, name, 'Give every app a name of its own.')
    app.name = `apps[${index}]`
  }
}

function readDoubts({ apps }: ServerConfig, report: ConfigReport): ReadonlySet<Doubt> {
  const areRoutesInDoubt =
    report.isReported(['apps']) ||
    apps.some((_, index) => placingKeys.some((key) => report.isReportedWithin(['apps', index, key])))
  return new Set<Doubt>([
    ...(report.isReportedWithin(['discover']) ? (['classes'] as const) : []),
    ...(['modules', 'services'] as const).filter((key) => report.isReportedWithin([key])),
    ...(areRoutesInDoubt ? (['routes'] as const) : []),
    ...(report.isReportedWithin(['calls', 'secret']) ? (['secret'] as const) : []),
  ])
}

function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function toRecord(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {}
}
