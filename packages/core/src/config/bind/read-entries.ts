import { bindObject } from '../../binding/bind.js'
import { splitListText } from '../../binding/list-text.js'
import { readObjectPlan } from '../../contract/read-input-plan.js'
import { isRecord } from '../../objects/is-record.js'
import { locateBelow, type ConfigPath, type Locate } from '../tree/config-path.js'
import type { ConfigReport } from './config-report.js'
import {
  ModuleAllowance,
  type MiddlewareConfig,
  type ModuleConfig,
  type NamedConfig,
  type ServiceConfig,
} from '../classes/server-config.js'

/** Reads the parts of the configuration that have short forms, or keys of the user's choice. What is wrong is reported and left out. */
export class EntryReader {
  readonly #report: ConfigReport
  readonly #locate: Locate

  constructor(report: ConfigReport, locate: Locate) {
    this.#report = report
    this.#locate = locate
  }

  /** A list of `name` or `{ name: config }`. */
  middleware(value: unknown, path: ConfigPath, override = false): MiddlewareConfig {
    return { override, refs: this.#list(value, path, (item, at) => this.#middleware(item, at)) }
  }

  /** A list of `{ kind: config }`. */
  mounts(value: unknown, path: ConfigPath): NamedConfig[] {
    const rule = 'must be one kind with its configuration, such as { static: { dir: public } }'
    return this.#list(value, path, (item, at) => this.#single(item, at, rule))
  }

  /** A list of `name` or `{ use: name, allow, config }`. */
  modules(value: unknown, path: ConfigPath): ModuleConfig[] {
    return this.#list(value, path, (item, at) => {
      const locate = locateBelow(this.#locate, at)
      if (typeof item === 'string' && item !== '') return { use: item, allow: undefined, config: {}, at, locate }
      if (!isRecord(item)) {
        this.#report.invalid(at, 'must be the name of a package, or { use: name, allow: { … }, config: { … } }', item)
        return undefined
      }
      this.#rejectUnknown(item, ['use', 'allow', 'config'], at)
      const use = this.#text(item, 'use', at, 'the name of a package')
      const allow = item.allow === undefined ? undefined : this.#allowance(item.allow, [...at, 'allow'])
      const config = item.config ?? {}
      if (!isRecord(config)) this.#report.invalid([...at, 'config'], 'must be an object', config)
      return use === undefined || !isRecord(config) ? undefined : { use, allow, config, at, locate }
    })
  }

  /** A map of `{ type, … }`, which are checked when they are opened. */
  secrets(value: unknown, path: ConfigPath): Record<string, unknown> {
    if (value === undefined) return {}
    if (isRecord(value)) return value
    this.#report.invalid(path, 'must be an object of providers by name, such as { vault: { type: vault } }', value)
    return {}
  }

  services(value: unknown, path: ConfigPath): Record<string, ServiceConfig> {
    const services: Record<string, ServiceConfig> = {}
    if (value === undefined) return services
    if (!isRecord(value)) {
      this.#report.invalid(path, 'must be an object of services by name, such as { db: { type: postgres } }', value)
      return services
    }
    for (const [name, entry] of Object.entries(value)) {
      const at = [...path, name]
      if (!isRecord(entry)) {
        this.#report.invalid(at, 'must be an object with a type, such as { type: postgres }', entry)
        continue
      }
      const type = this.#text(entry, 'type', at, 'the type of the service')
      const { type: _, dependsOn, ...config } = entry
      const listed = typeof dependsOn === 'string' ? (splitListText(dependsOn) ?? dependsOn) : dependsOn
      const names = this.#list(listed, [...at, 'dependsOn'], (item, itemAt) => this.#name(item, itemAt))
      if (type !== undefined) services[name] = { type, dependsOn: names, config, locate: locateBelow(this.#locate, at) }
    }
    return services
  }

  #middleware(item: unknown, at: ConfigPath): NamedConfig | undefined {
    if (typeof item === 'string' && item !== '') {
      const path = [...at, item]
      const label = this.#report.nameOf(path)
      return { name: item, config: {}, at: path, label, locate: locateBelow(this.#locate, at) }
    }
    return this.#single(
      item,
      at,
      'must be a name, or one name with its configuration, such as { cors: { origins: [] } }',
    )
  }

  /** `{ name: config }`; without a value for the name, an empty configuration. */
  #single(item: unknown, at: ConfigPath, rule: string): NamedConfig | undefined {
    const keys = isRecord(item) ? Object.keys(item) : []
    const name = keys[0]
    if (!isRecord(item) || name === undefined || keys.length > 1) {
      const fix = `Give each of ${keys.join(', ')} an entry of its own, the configuration indented below its name.`
      this.#report.invalid(at, rule, item, keys.length > 1 ? fix : undefined)
      return undefined
    }
    const config = item[name] ?? {}
    const path = [...at, name]
    if (isRecord(config)) {
      return { name, config, at: path, label: this.#report.nameOf(path), locate: locateBelow(this.#locate, path) }
    }
    this.#report.invalid(path, 'must be an object', config)
    return undefined
  }

  #allowance(value: unknown, path: ConfigPath): ModuleAllowance | undefined {
    const bound = bindObject(readObjectPlan(ModuleAllowance, []), value, { unknown: 'reject', text: 'convert' })
    this.#report.issues(bound.issues, path)
    // What a mistake allows or not is not known.
    return bound.issues.length > 0 ? undefined : (bound.value as ModuleAllowance)
  }

  #text(entry: Record<string, unknown>, key: string, at: ConfigPath, what: string): string | undefined {
    const value = entry[key]
    if (typeof value === 'string' && value !== '') return value
    if (value === undefined) this.#report.missing([...at, key], `Set it to ${what}.`)
    else this.#report.invalid([...at, key], `must be ${what}`, value)
    return undefined
  }

  #name(item: unknown, at: ConfigPath): string | undefined {
    if (typeof item === 'string' && item !== '') return item
    this.#report.invalid(at, 'must be the name of a service', item)
    return undefined
  }

  #list<T>(value: unknown, path: ConfigPath, read: (item: unknown, at: ConfigPath) => T | undefined): T[] {
    if (value === undefined) return []
    if (Array.isArray(value))
      return value.map((item, index) => read(item, [...path, index])).filter((item) => item !== undefined)
    this.#report.invalid(path, 'must be an array', value)
    return []
  }

  #rejectUnknown(value: Record<string, unknown>, known: readonly string[], path: ConfigPath): void {
    for (const key of Object.keys(value)) if (!known.includes(key)) this.#report.unknownKey([...path, key], known)
  }
}
