import { isDeepStrictEqual } from 'node:util'

import type { ConfigPath } from '../config/tree/config-path.js'
import type { ServerConfig } from '../config/classes/server-config.js'

/** Values of a configuration: objects, arrays and scalars. */
export type PlainConfig = Readonly<Record<string, unknown>>

/** One value that differs between two configurations. */
export interface ValueChange {
  /** Apps by name: `['apps', 'api', 'limits', 'body']`. */
  readonly path: ConfigPath
  /** Undefined where there was none. */
  readonly previous: unknown
  /** Undefined where there is none any more. */
  readonly next: unknown
}

/**
 * The values of a configuration as it counts: with the defaults of the server's own keys, times in milliseconds, sizes in bytes, and
 * apps by name. What services and middleware are configured with is as it was written.
 */
export function plainConfig(config: ServerConfig): PlainConfig {
  const plain = toPlain(config) as Record<string, unknown>
  return { ...plain, apps: Object.fromEntries(config.apps.map((app) => [app.name, toPlain(app)])) }
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

/** Whether the value at `path` is, or is part of, that at `around`. */
export function isWithin(path: ConfigPath, around: ConfigPath): boolean {
  return around.every((step, index) => path[index] === step)
}

/** Every value that differs. Lists of different lengths differ as a whole, as do maps that one side lacks. */
export function changesBetween(previous: unknown, next: unknown, path: ConfigPath = []): readonly ValueChange[] {
  if (isDeepStrictEqual(previous, next)) return []
  if (isRecord(previous) && isRecord(next)) {
    const keys = new Set([...Object.keys(previous), ...Object.keys(next)])
    return [...keys].flatMap((key) => changesBetween(own(previous, key), own(next, key), [...path, key]))
  }
  // A list of scalars is one value: which of its items changed says little.
  if (isListOfMaps(previous) && isListOfMaps(next) && previous.length === next.length) {
    return previous.flatMap((item, index) => changesBetween(item, next[index], [...path, index]))
  }
  return [{ path, previous, next }]
}

function toPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toPlain)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  const { locate, at: _, ...entry } = value as Record<string, unknown>
  const { refs, type, name, config, ...more } = entry
  // As middleware, services and what has a name are written.
  if (Array.isArray(refs)) return toPlain(refs)
  if (locate !== undefined && typeof type === 'string') return toPlain({ type, ...more, ...(config as object) })
  if (locate !== undefined && typeof name === 'string') return { [name]: toPlain(config) }
  const given = Object.entries(entry).filter(([, inner]) => inner !== undefined)
  return Object.fromEntries(given.map(([key, inner]) => [key, toPlain(inner)]))
}

function own(record: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}

function isListOfMaps(value: unknown): value is readonly Record<string, unknown>[] {
  return Array.isArray(value) && value.every(isRecord)
}
