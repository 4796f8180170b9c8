import { maxBigintDigits } from '../contract/max-bigint-digits.js'
import { parseDuration, parseSize } from '../contract/units.js'
import type { ScalarType } from '../contract/value-type.js'

/** Given instead of a value where the input does not have the type that is asked for. */
export const invalid = Symbol('invalid')
/** An integer outside ±(2^53−1): it would be, or has been, rounded without notice. */
const unsafeInteger = Symbol('unsafeInteger')
/** Text with half of a surrogate pair, which JSON can write: no encoder, URI or regular expression copes with it. */
export const illFormedText = Symbol('illFormedText')

/** Given instead of a value that could not be converted to its type. */
export type Unconverted = typeof invalid | typeof unsafeInteger | typeof illFormedText

export function isUnconverted(value: unknown): value is Unconverted {
  return value === invalid || value === unsafeInteger || value === illFormedText
}

/** `strict` keeps JSON types apart; `convert` reads numbers and booleans from text as well. */
export type TextMode = 'strict' | 'convert'

/** A number as JSON writes it: no `0x10`, `+1`, `.5`, `1_000`, no spaces. RFC 8259 §6. */
const numberText = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const integerText = /^-?(?:0|[1-9]\d*)$/

export function convertScalar(type: ScalarType, raw: unknown, text: TextMode): unknown {
  switch (type.kind) {
    case 'any':
      return raw
    case 'string':
      return typeof raw !== 'string' ? invalid : raw.isWellFormed() ? raw : illFormedText
    case 'number':
      return toNumber(raw, text)
    case 'boolean':
      return text === 'convert' ? textToBoolean(raw) : typeof raw === 'boolean' ? raw : invalid
    case 'bigint':
      return toBigint(raw)
    case 'date':
      return toDate(raw)
    case 'duration':
      return toDuration(raw)
    case 'size':
      return toSize(raw)
    case 'enum':
      return text === 'convert'
        ? textToMember(raw, type.values)
        : type.values.includes(raw as string | number)
          ? raw
          : invalid
  }
}

export function textToMember(raw: unknown, values: readonly (string | number)[]): unknown {
  if (values.includes(raw as string | number)) return raw
  const number = typeof raw === 'string' ? toNumber(raw, 'convert') : invalid
  return typeof number === 'number' && values.includes(number) ? number : invalid
}

export function textToBoolean(raw: unknown): unknown {
  return typeof raw === 'boolean' ? raw : (booleans.get(raw) ?? invalid)
}

const booleans: ReadonlyMap<unknown, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
])

/** A number, or why there is none. */
export function toNumber(raw: unknown, text: TextMode): unknown {
  const number = typeof raw === 'string' && text === 'convert' && numberText.test(raw) ? Number(raw) : raw
  if (typeof number !== 'number' || !Number.isFinite(number)) return invalid
  return Number.isInteger(number) && !Number.isSafeInteger(number) ? unsafeInteger : number
}

export function toBigint(raw: unknown): unknown {
  if (typeof raw === 'bigint') return raw
  if (typeof raw === 'number')
    return Number.isSafeInteger(raw) ? BigInt(raw) : Number.isInteger(raw) ? unsafeInteger : invalid
  return typeof raw === 'string' && raw.length <= maxBigintDigits && integerText.test(raw) ? BigInt(raw) : invalid
}

export function toDuration(raw: unknown): unknown {
  return toUnit(raw, parseDuration)
}

export function toSize(raw: unknown): unknown {
  return toUnit(raw, parseSize)
}

function toUnit(raw: unknown, parse: (text: string) => number | undefined): unknown {
  if (typeof raw === 'string') return parse(raw) ?? invalid
  return typeof raw === 'number' && Number.isFinite(raw) && raw >= 0 ? raw : invalid
}

const dateText =
  /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,9}))?)?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)?)?$/

/** ISO 8601 as RFC 3339 narrows it. Without an offset it is UTC, so that no result depends on the server's time zone. */
export function toDate(raw: unknown): unknown {
  if (typeof raw !== 'string') return raw instanceof Date && !Number.isNaN(raw.getTime()) ? raw : invalid
  const usual = usualDate(raw)
  if (usual) return usual
  const match = dateText.exec(raw)
  if (!match) return invalid
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', offset = 'Z'] = match
  const days = new Date(0)
  // `setUTCFullYear` takes years below 100 as they are, and rolls the 30th of February over to March.
  days.setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  if (days.getUTCMonth() !== Number(month) - 1 || days.getUTCDate() !== Number(day)) return invalid
  const millisecond = fraction.slice(0, 3).padEnd(3, '0')
  return new Date(`${year!}-${month!}-${day!}T${hour}:${minute}:${second}.${millisecond}${offset.toUpperCase()}`)
}

/**
 * The three commonest forms by their digits, in a tenth of the time that the pattern takes: a date, and a time of day in UTC with
 * or without milliseconds. Undefined for all else, also for the last days of a month and for the first century.
 */
function usualDate(text: string): Date | undefined {
  const { length } = text
  if (length !== 10 && length !== 20 && length !== 24) return undefined
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2)
  const month = twoDigits(text, 5)
  const day = twoDigits(text, 8)
  const isDay = year >= 100 && month >= 1 && month <= 12 && day >= 1 && day <= 28
  if (!isDay || text.charCodeAt(4) !== dash || text.charCodeAt(7) !== dash) return undefined
  if (length === 10) return new Date(Date.UTC(year, month - 1, day))
  const hour = twoDigits(text, 11)
  const minute = twoDigits(text, 14)
  const second = twoDigits(text, 17)
  const isTime =
    hour >= 0 &&
    hour <= 23 &&
    minute >= 0 &&
    minute <= 59 &&
    second >= 0 &&
    second <= 59 &&
    text.charCodeAt(10) === letterT
  if (!isTime || text.charCodeAt(13) !== colon || text.charCodeAt(16) !== colon) return undefined
  if (text.charCodeAt(length - 1) !== letterZ) return undefined
  if (length === 20) return new Date(Date.UTC(year, month - 1, day, hour, minute, second))
  const millisecond = twoDigits(text, 20) * 10 + digit(text, 22)
  if (text.charCodeAt(19) !== dot || millisecond < 0) return undefined
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second, millisecond))
}

const [dash, dot, colon, letterT, letterZ] = [45, 46, 58, 84, 90] as const

function twoDigits(text: string, at: number): number {
  return digit(text, at) * 10 + digit(text, at + 1)
}

/** What is no digit makes every sum that it is in negative; NaN would do as well, and make all of them floating-point numbers. */
function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - 48
  return value >= 0 && value <= 9 ? value : -1_000_000
}
