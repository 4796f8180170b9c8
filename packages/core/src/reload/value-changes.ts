import { isDeepStrictEqual } from 'node:util'

import type { ConfigPath } from '../config/tree/config-path.js'
import { isRecord } from '../objects/is-record.js'

/** One value that differs between two configurations. */
export interface ValueChange {
  /** Apps by name: `['apps', 'api', 'limits', 'body']`. */
  readonly path: ConfigPath
  /** Undefined where there was none. */
  readonly previous: unknown
  /** Undefined where there is none any more. */
  readonly next: unknown
}

/** Every value that differs. Lists of different lengths differ as a whole, as do maps that one side lacks. */
export function changesBetween(previous: unknown, next: unknown, path: ConfigPath = []): readonly ValueChange[] {
  if (isDeepStrictEqual(previous, next)) return []
  if (isMap(previous) && isMap(next)) {
    const keys = new Set([...Object.keys(previous), ...Object.keys(next)])
    return [...keys].flatMap((key) => changesBetween(own(previous, key), own(next, key), [...path, key]))
  }
  // A list of scalars is one value: which of its items changed says little.
  if (isListOfMaps(previous) && isListOfMaps(next) && previous.length === next.length) {
    return previous.flatMap((item, index) => changesBetween(item, next[index], [...path, index]))
  }
  return [{ path, previous, next }]
}

/** Whether the value at `path` is, or is part of, that at `around`. */
export function isWithin(path: ConfigPath, around: ConfigPath): boolean {
  return around.every((step, index) => path[index] === step)
}

function own(record: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined
}

function isMap(value: unknown): value is Record<string, unknown> {
  return isRecord(value) && !(value instanceof Date)
}

function isListOfMaps(value: unknown): value is readonly Record<string, unknown>[] {
  return Array.isArray(value) && value.every(isMap)
}
