import { createHash } from 'node:crypto'

import { isRecord } from '../objects/is-record.js'

/** JSON with sorted keys: equal texts exactly for equal data. */
export function canonicalText(data: unknown): string {
  return JSON.stringify(data, (_key, value: unknown) => (isRecord(value) ? sortedKeys(value) : value))
}

/** SHA-256 of the canonical text, base64url. */
export function contractHash(data: unknown): string {
  return createHash('sha256').update(canonicalText(data)).digest('base64url')
}

export function sortedKeys<T>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Sorted by canonical text. */
export function sortedItems<T>(items: readonly T[]): readonly T[] {
  const texts = items.map((item) => [canonicalText(item), item] as const)
  return texts.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, item]) => item)
}
