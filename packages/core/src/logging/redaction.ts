import { secretMask } from '../secrecy/secret-mask.js'
import { secretNames } from '../secrecy/secret-names.js'
import type { LogFields } from './logger.js'

/** Names of fields whose values never reach a log, unless other ones are given. */
export const defaultRedaction: readonly string[] = [
  ...secretNames,
  'jwt',
  'cookie',
  'apiKey',
  'privateKey',
  'otp',
  'ssn',
  'card',
  'cardNumber',
  'cvc',
  'cvv',
]

/** Keys that a line has of its own. */
const lineKeys = ['level', 'time', 'msg']
const redacted = '[redacted]'
const maxDepth = 8
/** Some hundred kilobytes of short values. */
const maxValues = 10_000
const cut = `[more than ${maxValues} values]`
const maxCachedNames = 5_000
const maxCachedChars = 100

/** One pass over the fields of one line. */
interface Walk {
  /** The objects that hold the present one, outermost first. */
  readonly above: object[]
  valuesLeft: number
}

/**
 * What a logger makes of the fields of a line: plain copies that JSON holds, in which the values of secret names are replaced, as are the
 * texts of known secrets, and errors are spelt out. A field that is called `level`, `time` or `msg` is written as `field.level` and so on,
 * as the line has these of its own.
 */
export class Redaction {
  readonly #names: ReadonlySet<string>
  /** Letters and digits of a key that decide: one more than the longest name has in the plural. */
  readonly #decisive: number
  readonly #verdicts = new Map<string, boolean>()

  /**
   * @param names  each counts at the end of a longer one, and in the plural; case, `_`, `-` and `.` do not. Default passwords, tokens
   * and the like
   */
  constructor(names: readonly string[] = defaultRedaction) {
    // A walk of our own: path lists (`*.password`, `*.*.password` …) end at a fixed depth and know one spelling each.
    this.#names = new Set(names.map((name) => singular(words(name).join(''))).filter((name) => name !== ''))
    this.#decisive = Math.max(0, ...Array.from(this.#names, ({ length }) => length)) + 2
  }

  /** Never throws: a getter or a `toJSON` that does costs its fields, not the caller. */
  apply(fields: LogFields): Record<string, unknown> {
    try {
      return besideLineKeys(this.#object(fields, { above: [fields], valuesLeft: maxValues }))
    } catch (error) {
      return { unreadableFields: secretMask.apply(textOf(error)) }
    }
  }

  #value(value: unknown, walk: Walk): unknown {
    if (typeof value === 'string') return secretMask.apply(value)
    if (typeof value === 'bigint') return secretMask.apply(String(value))
    if (typeof value === 'number') return secretMask.applyToNumber(value)
    // What JSON leaves out; a toJSON hung on a function would be called later, outside of this pass.
    if (typeof value === 'function' || typeof value === 'symbol') return undefined
    if (typeof value !== 'object' || value === null) return value
    if (walk.above.includes(value)) return '[circular]'
    if (walk.above.length >= maxDepth) return '[too deep]'
    walk.above.push(value)
    const copy = this.#copy(value, walk)
    walk.above.pop()
    return copy
  }

  #copy(value: object, walk: Walk): unknown {
    if (value instanceof Error) return this.#error(value, walk)
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
    if (Array.isArray(value) || value instanceof Set) return this.#list(value as Iterable<unknown>, walk)
    if (value instanceof Map) return this.#object(Object.fromEntries(value as Map<string, unknown>), walk)
    const { toJSON } = value as { toJSON?: unknown }
    if (typeof toJSON !== 'function') return this.#object(value, walk)
    return this.#value(Reflect.apply(toJSON, value, ['']), walk)
  }

  #object(source: object, walk: Walk): Record<string, unknown> {
    const copy: Record<string, unknown> = {}
    for (const key of Object.keys(source)) {
      if (walk.valuesLeft-- <= 0) {
        define(copy, '…', cut)
        break
      }
      const value = (source as Record<string, unknown>)[key]
      const isHidden = value !== undefined && value !== null && this.#isSecret(key)
      define(copy, secretMask.apply(key), isHidden ? redacted : this.#value(value, walk))
    }
    return copy
  }

  #list(items: Iterable<unknown>, walk: Walk): unknown[] {
    const copy: unknown[] = []
    for (const item of items) {
      if (walk.valuesLeft-- <= 0) {
        copy.push(cut)
        break
      }
      copy.push(this.#value(item, walk))
    }
    return copy
  }

  /** Type, message, stack, code and causes; not the other properties, in which libraries keep requests, parameters and credentials. */
  #error(error: Error, walk: Walk): Record<string, unknown> {
    return {
      type: this.#value(error.name, walk),
      message: this.#value(error.message, walk),
      stack: this.#value(error.stack, walk),
      ...('code' in error && { code: this.#value(error.code, walk) }),
      ...(error.cause !== undefined && { cause: this.#value(error.cause, walk) }),
      ...(error instanceof AggregateError && { errors: this.#value(error.errors, walk) }),
    }
  }

  #isSecret(key: string): boolean {
    let verdict = this.#verdicts.get(key)
    if (verdict === undefined) {
      const parts = words(endOf(key, this.#decisive))
      verdict = parts.some((_, index) => this.#names.has(singular(parts.slice(index).join(''))))
      // Keys can come from clients, as header names do: what is remembered must not grow with them.
      if (key.length <= maxCachedChars && this.#verdicts.size < maxCachedNames) this.#verdicts.set(key, verdict)
    }
    return verdict
  }
}

/** Readers take the last of two equal keys, or the first: an error could pass for something else. */
function besideLineKeys(fields: Record<string, unknown>): Record<string, unknown> {
  for (const key of lineKeys) {
    if (!Object.hasOwn(fields, key)) continue
    fields[`field.${key}`] = fields[key]
    delete fields[key]
  }
  return fields
}

/** A key such as __proto__ must become a property of the copy, not its prototype. */
function define(copy: object, key: string, value: unknown): void {
  Object.defineProperty(copy, key, { value, enumerable: true, writable: true, configurable: true })
}

/** A letter or a digit, or half of what two halves make. */
const letter = /[\p{L}\p{N}\p{Cs}]/u

/** As much of a key as has so many letters and digits: a client can send one of a megabyte, and to split it takes a second and more. */
function endOf(key: string, count: number): string {
  let start = key.length
  while (start > 0 && count > 0) if (letter.test(key[--start]!)) count--
  return key.slice(start)
}

/**
 * `set-cookie`, `setCookie` and `SET_COOKIE` are all `set, cookie`. Where capitals run into a word, as in `XAPIKey`, each of them
 * may begin one: `x, a, p, i, key`.
 */
function words(name: string): string[] {
  return name
    .replace(/(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}+\p{Ll})/gu, ' ')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
}

function singular(name: string): string {
  return name.endsWith('s') ? name.slice(0, -1) : name
}

/** What is thrown need not be an error, nor be made to become text. */
function textOf(thrown: unknown): string {
  try {
    return String(thrown)
  } catch {
    return 'no reason given'
  }
}
