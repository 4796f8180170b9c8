import querystring = require('fast-querystring')

import { ValidationError, type FieldError } from '../errors/http-error.js'
import { isPoisoned, splitName } from './names.js'

/** Decoded names and values; a repeated name has an array. Without a prototype. */
export type Pairs = Record<string, string | string[]>

export interface PairLimits {
  /** Most pairs. */
  readonly keys: number
  /** Deepest nesting of bracketed names. */
  readonly depth: number
}

/**
 * Parses `a=1&b[c]=2` as the URL standard does: `+` is a space, and a percent sign that encodes nothing stands for itself, so
 * that `?q=100%` finds what the user typed.
 * @throws ValidationError code `malformed` for too many pairs, names nested too deeply, and names that reach for prototypes
 */
export function parsePairs(text: string, limits: PairLimits, source: FieldError['in']): Pairs {
  const isEncoded = text.includes('%') || text.includes('+')
  return (isEncoded ? undefined : parsePlain(text, limits.keys)) ?? parseAny(text, limits, source)
}

/** Its prototype has none itself: an object that is made so is faster than one of `Object.create(null)`. */
const Bare = function () {} as unknown as new () => Pairs
Bare.prototype = Object.create(null) as Pairs

/**
 * A text with nothing to decode in it, in two thirds of the time. Undefined where a name has brackets or dots or reaches for a
 * prototype, and where there are too many.
 */
function parsePlain(text: string, mostPairs: number): Pairs | undefined {
  const pairs = new Bare()
  const { length } = text
  let start = 0
  let equals = -1
  let count = 0
  for (let at = 0; at <= length; at++) {
    const code = at === length ? ampersand : text.charCodeAt(at)
    if (code === ampersand) {
      if (++count > mostPairs) return undefined
      const name = text.slice(start, equals < 0 ? at : equals)
      if (name === '__proto__') return undefined
      if (at > start) addPair(pairs, name, equals < 0 ? '' : text.slice(equals + 1, at))
      start = at + 1
      equals = -1
    } else if (equals >= 0) continue
    else if (code === equalsSign) equals = at
    else if (code === dot || code === bracket) return undefined
  }
  return pairs
}

const [ampersand, dot, equalsSign, bracket] = [38, 46, 61, 91] as const

function addPair(pairs: Pairs, name: string, value: string): void {
  const present = pairs[name]
  if (present === undefined) pairs[name] = value
  else if (typeof present === 'string') pairs[name] = [present, value]
  else present.push(value)
}

function parseAny(text: string, limits: PairLimits, source: FieldError['in']): Pairs {
  // Before parsing: a list of a million pairs is not worth a million strings.
  let count = 1
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) {
    if (++count > limits.keys) throw malformed(source, '', `The ${source} has more than ${limits.keys} values`)
  }
  const pairs = parseEncoded(text)
  for (const name in pairs) {
    const first = name.charCodeAt(0)
    // Most names are plain words: no bracket, no dot, and neither `__proto__` nor `constructor`.
    if (first !== 95 && first !== 99 && !name.includes('[') && !name.includes('.')) continue
    const segments = splitName(name)
    if (isPoisoned(segments)) throw malformed(source, name, `The ${source} has a forbidden name`)
    if (segments.length > limits.depth) {
      throw malformed(source, segments[0]!, `The ${source} is nested deeper than ${limits.depth} levels`)
    }
  }
  return pairs
}

/**
 * fast-querystring decodes nothing of a name or value with an escape that is malformed. Only where a percent sign is left is it worth
 * looking for those.
 */
function parseEncoded(text: string): Pairs {
  const pairs = querystring.parse(text) as Pairs
  return text.includes('%') && hasPercent(pairs) ? (querystring.parse(withoutMalformed(text)) as Pairs) : pairs
}

function hasPercent(pairs: Pairs): boolean {
  for (const name in pairs) {
    const value = pairs[name]!
    if (name.includes('%')) return true
    if (typeof value === 'string' ? value.includes('%') : value.some((one) => one.includes('%'))) return true
  }
  return false
}

/** Bytes that are no UTF-8 become U+FFFD, and a percent sign that encodes nothing is encoded itself. */
function withoutMalformed(text: string): string {
  return text.replace(/(?:%[\da-f]{2})+|%/gi, (part) =>
    part === '%' ? '%25' : encodeURIComponent(Buffer.from(part.replaceAll('%', ''), 'hex').toString()),
  )
}

export function malformed(source: FieldError['in'], field: string, message: string): ValidationError {
  return new ValidationError([{ in: source, field, code: 'malformed', message }])
}
