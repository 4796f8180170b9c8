import type { ValueType } from '../contract/input-plan.js'
import { parseDuration, parseSize } from './units.js'

/** Given instead of a value where the input does not have the type that is asked for. */
export const invalid = Symbol('invalid')
/** An integer outside ±(2^53−1): it would be, or has been, rounded without notice. */
export const unsafeInteger = Symbol('unsafeInteger')
/** Text with half of a surrogate pair, which JSON can write: no encoder, URI or regular expression copes with it. */
export const illFormedText = Symbol('illFormedText')

/** Given instead of a value that was refused. */
export type Refusal = typeof invalid | typeof unsafeInteger | typeof illFormedText

export function isRefusal(value: unknown): value is Refusal {
  return value === invalid || value === unsafeInteger || value === illFormedText
}

export type ScalarType = Extract<
  ValueType,
  { kind: Exclude<ValueType['kind'], 'array' | 'set' | 'map' | 'object' | 'union'> }
>

/** `strict` keeps JSON types apart; `convert` reads numbers and booleans from text as well. */
export type TextMode = 'strict' | 'convert'

export function isScalar(type: ValueType): type is ScalarType {
  return (
    type.kind !== 'array' &&
    type.kind !== 'set' &&
    type.kind !== 'map' &&
    type.kind !== 'object' &&
    type.kind !== 'union'
  )
}

/** A number as JSON writes it: no `0x10`, `+1`, `.5`, `1_000`, no spaces. RFC 8259 §6. */
const numberText = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const integerText = /^-?(?:0|[1-9]\d*)$/
/** The time to read a big integer grows faster than its length. */
const maxBigintDigits = 1_000

export function convertScalar(type: ScalarType, raw: unknown, text: TextMode): unknown {
  switch (type.kind) {
    case 'any':
      return raw
    case 'string':
      return typeof raw !== 'string' ? invalid : raw.isWellFormed() ? raw : illFormedText
    case 'number':
      return toNumber(raw, text)
    case 'boolean':
      return typeof raw === 'boolean' ? raw : text === 'convert' ? (booleans.get(raw) ?? invalid) : invalid
    case 'bigint':
      return toBigint(raw)
    case 'date':
      return toDate(raw)
    case 'duration':
      return toUnit(raw, parseDuration)
    case 'size':
      return toUnit(raw, parseSize)
    case 'enum': {
      if (type.values.includes(raw as string | number)) return raw
      const number = text === 'convert' && typeof raw === 'string' ? toNumber(raw, text) : invalid
      return typeof number === 'number' && type.values.includes(number) ? number : invalid
    }
  }
}

const booleans: ReadonlyMap<unknown, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
])

function toNumber(raw: unknown, text: TextMode): unknown {
  const number = typeof raw === 'string' && text === 'convert' && numberText.test(raw) ? Number(raw) : raw
  if (typeof number !== 'number' || !Number.isFinite(number)) return invalid
  return Number.isInteger(number) && !Number.isSafeInteger(number) ? unsafeInteger : number
}

function toBigint(raw: unknown): unknown {
  if (typeof raw === 'bigint') return raw
  if (typeof raw === 'number')
    return Number.isSafeInteger(raw) ? BigInt(raw) : Number.isInteger(raw) ? unsafeInteger : invalid
  return typeof raw === 'string' && raw.length <= maxBigintDigits && integerText.test(raw) ? BigInt(raw) : invalid
}

function toUnit(raw: unknown, parse: (text: string) => number | undefined): unknown {
  if (typeof raw === 'string') return parse(raw) ?? invalid
  return typeof raw === 'number' && Number.isFinite(raw) && raw >= 0 ? raw : invalid
}

const dateText =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,9}))?)?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)?)?$/

/** ISO 8601 as RFC 3339 narrows it. Without an offset it is UTC, so that no result depends on the server's time zone. */
function toDate(raw: unknown): unknown {
  if (raw instanceof Date) return Number.isNaN(raw.getTime()) ? invalid : raw
  const match = typeof raw === 'string' ? dateText.exec(raw) : null
  if (!match) return invalid
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', offset = 'Z'] = match
  const days = new Date(0)
  // `setUTCFullYear` takes years below 100 as they are, and rolls the 30th of February over to March.
  days.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  if (days.getUTCMonth() !== Number(month) - 1 || days.getUTCDate() !== Number(day)) return invalid
  const millisecond = fraction.slice(0, 3).padEnd(3, '0')
  return new Date(`${year!}-${month!}-${day!}T${hour}:${minute}:${second}.${millisecond}${offset.toUpperCase()}`)
}

/** What the client is told the value must be. */
export function describeType(type: ValueType): string {
  switch (type.kind) {
    case 'any':
      return 'a value'
    case 'string':
      return 'a string'
    case 'number':
      return 'a number'
    case 'boolean':
      return 'a boolean'
    case 'bigint':
      return 'an integer'
    case 'date':
      return 'an ISO 8601 date'
    case 'duration':
      return 'a duration such as 500ms or 30s'
    case 'size':
      return 'a size such as 512KiB or 1MiB'
    case 'enum':
      return `one of ${type.values.join(', ')}`
    case 'array':
    case 'set':
      return 'an array'
    case 'map':
    case 'object':
    case 'union':
      return 'an object'
  }
}
