import { bindObject } from '../binding/bind-object.js'
import { readObjectPlan } from '../contract/read-input-plan.js'
import { throwProblems } from '../errors/boot-error.js'
import type { LokstraError } from '../errors/lokstra-error.js'
import type { Locate } from './config-path.js'
import { ConfigReport } from './config-report.js'
import { EntryReader } from './read-entries.js'
import { AppConfig, ServerConfig } from './server-config.js'

/** A checked configuration, and where its values stand. */
export interface BoundConfig {
  readonly config: ServerConfig
  readonly locate: Locate
}

/**
 * Checks a configuration that is written in code. Durations and sizes may be numbers or text.
 * @param where  the place that errors name
 * @throws E_CONFIG_KEY_UNKNOWN, E_CONFIG_VALUE_MISSING, E_CONFIG_VALUE_INVALID; several as one E_BOOT
 */
export function bindServerConfig(values: object, where: string): BoundConfig {
  const problems: LokstraError[] = []
  const locate = () => where
  const config = readServerConfig(values, locate, new ConfigReport(problems, locate))
  throwProblems(problems)
  return { config, locate }
}

/** Checks plain values and makes the configuration of them. Mistakes go to the report; with any, the result is not to be used. */
export function readServerConfig(values: unknown, locate: Locate, report: ConfigReport): ServerConfig {
  const bound = bindObject(readObjectPlan(ServerConfig, []), values, { unknown: 'reject', text: 'convert' })
  report.issues(bound.issues)
  const config = bound.value as ServerConfig
  const entries = new EntryReader(report, locate)
  const { modules, services, middleware, apps } = toRecord(values)
  config.modules = entries.modules(modules, ['modules'])
  config.services = entries.services(services, ['services'])
  config.middleware = entries.middleware(middleware, ['middleware'], 'server')
  for (const [index, app] of (Array.isArray(apps) ? apps : []).entries()) {
    const target = config.apps[index] ?? new AppConfig()
    const own = toRecord(app)
    target.middleware = entries.middleware(own.middleware, ['apps', index, 'middleware'], 'app')
    target.mounts = entries.mounts(own.mounts, ['apps', index, 'mounts'])
  }
  checkNames(Array.isArray(apps) ? apps : [], report)
  return config
}

function checkNames(apps: readonly unknown[], report: ConfigReport): void {
  const first = new Map<unknown, number>()
  for (const [index, app] of apps.entries()) {
    const { name } = toRecord(app)
    const other = first.get(name)
    if (typeof name !== 'string' || other === undefined) first.set(name, index)
    else
      report.invalid(
        ['apps', index, 'name'],
        `must differ from that of apps[${other}]`,
        name,
        'Give every app a name of its own.',
      )
  }
}

function toRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
