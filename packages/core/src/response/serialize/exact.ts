import { maxBigintDigits } from '../../contract/max-bigint-digits.js'
import { quote } from './json-text.js'
import { describe, OutputMisfit } from './misfit.js'
import type { Scalar } from './scalar.js'

/*
 * Exact writing is that of calls between servers: a value that reading would not give back is refused, where an answer to a client has
 * the nearest that JSON has. Other misfits are the same.
 */

/** Data of which nothing is declared is not followed deeper. */
const maxDepth = 100

/**
 * What stands for a scalar of the declared kind. Null is one of any kind: who reads knows whether it may be.
 * @throws OutputMisfit for everything that is of another kind or has no JSON form
 */
export function exactScalar(value: unknown, field: string, expected: string, kind: string): Scalar {
  if (value === null) return null
  const problem = refusalOf(value, kind)
  if (problem !== undefined) throw new OutputMisfit(field, expected, problem)
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'bigint' ? String(value) : (value as Scalar)
}

/** The JSON text of {@link exactScalar}. */
export function exactText(value: unknown, field: string, expected: string, kind: string): string {
  const scalar = exactScalar(value, field, expected, kind)
  return typeof scalar === 'string' ? quote(scalar) : JSON.stringify(scalar)
}

/** @throws OutputMisfit  for an item that is undefined: a list has no place for it */
export function refuseItem(field: string, expected: string): never {
  throw new OutputMisfit(field, expected, 'undefined')
}

/**
 * A map, or a plain object that stands for one.
 * @throws OutputMisfit for a key that is no text, since it would come back as text, and for one that is refused where it is read
 */
export function assertKeys(value: object, field: string): void {
  for (const key of value instanceof Map ? (value as Map<unknown, unknown>).keys() : Object.keys(value)) {
    if (typeof key !== 'string') throw new OutputMisfit(`a key of ${field}`, 'string', describe(key))
    if (key === '__proto__') throw new OutputMisfit(`a key of ${field}`, 'a name other than __proto__', key)
  }
}

/** @throws OutputMisfit unless the value is what JSON holds: what is an instance here would be none where it is read */
export function assertPlain(value: unknown, field: string, depth = 0): void {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return
  if (typeof value === 'number' && Number.isFinite(value)) return
  if (typeof value === 'object') {
    if (depth > maxDepth) throw new OutputMisfit(field, 'plain data', 'nested without an end')
    if (Array.isArray(value)) return assertPlainItems(value, field, depth)
    if (isPlainObject(value)) return assertPlainMembers(value, field, depth)
  }
  throw new OutputMisfit(field, 'plain data', refusalOf(value, 'any') ?? describe(value))
}

function assertPlainItems(items: readonly unknown[], field: string, depth: number): void {
  for (const item of items) assertPlain(item, `${field}[]`, depth + 1)
}

function assertPlainMembers(object: object, field: string, depth: number): void {
  assertKeys(object, field)
  for (const [key, item] of Object.entries(object) as Iterable<[string, unknown]>) {
    if (key === 'constructor' && typeof item === 'object' && item !== null && Object.hasOwn(item, 'prototype')) {
      throw new OutputMisfit(field, 'data without constructor and prototype', 'an object with both')
    }
    if (item !== undefined) assertPlain(item, field, depth + 1)
  }
}

function isPlainObject(value: object): boolean {
  const prototype = Reflect.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

/** Why a value of the kind cannot be written exactly; undefined where it can. */
function refusalOf(value: unknown, kind: string): string | undefined {
  switch (kind) {
    case 'string':
      return typeof value === 'string' ? illFormed(value) : describe(value)
    case 'number':
    case 'duration':
    case 'size':
      return typeof value === 'number' ? inexact(value) : describe(value)
    case 'boolean':
      return typeof value === 'boolean' ? undefined : describe(value)
    case 'bigint':
      if (typeof value !== 'bigint') return describe(value)
      return String(value).length <= maxBigintDigits ? undefined : `longer than ${maxBigintDigits} digits`
    case 'date':
      return value instanceof Date ? unwritable(value) : describe(value)
    case 'enum':
      if (typeof value === 'string') return illFormed(value)
      return typeof value === 'number' ? inexact(value) : describe(value)
    default:
      return typeof value === 'number' ? inexact(value) : undefined
  }
}

function illFormed(text: string): string | undefined {
  return text.isWellFormed() ? undefined : 'text with half of a surrogate pair'
}

function inexact(number: number): string | undefined {
  if (!Number.isFinite(number)) return String(number)
  return Number.isInteger(number) && !Number.isSafeInteger(number) ? 'an integer beyond ±9007199254740991' : undefined
}

/** Years of other than four digits have another form, which is refused where it is read. */
function unwritable(date: Date): string | undefined {
  const year = date.getUTCFullYear()
  if (Number.isNaN(year)) return 'an invalid date'
  return year >= 0 && year <= 9999 ? undefined : 'a date outside of the years 0 to 9999'
}
