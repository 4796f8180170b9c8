const redacted = '[redacted]'
const maxDepth = 8
const maxCachedNames = 5_000

/**
 * Makes plain copies of log fields in which the values of secret names are replaced, and errors are spelt out.
 * A walk of our own, because path lists (`*.password`, `*.*.password` …) end at a fixed depth and know one spelling each.
 */
export class Redaction {
  readonly #names: ReadonlySet<string>
  readonly #verdicts = new Map<string, boolean>()

  constructor(names: readonly string[]) {
    this.#names = new Set(names.map((name) => words(name).join('')))
  }

  /** Never throws: a getter or a `toJSON` that does costs its fields, not the caller. */
  apply(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
    try {
      return this.#object(fields, [])
    } catch (error) {
      return { unreadableFields: String(error) }
    }
  }

  #object(source: object, above: readonly object[]): Record<string, unknown> {
    const copy: Record<string, unknown> = {}
    const here = [...above, source]
    for (const [key, value] of Object.entries(source)) {
      // A key such as __proto__ must become a property of the copy, not its prototype.
      Object.defineProperty(copy, key, {
        value: this.#isSecret(key) && value !== undefined && value !== null ? redacted : this.#value(value, here),
        enumerable: true,
        writable: true,
        configurable: true,
      })
    }
    return copy
  }

  #value(value: unknown, above: readonly object[]): unknown {
    if (typeof value === 'bigint') return String(value)
    if (typeof value !== 'object' || value === null) return value
    if (above.includes(value)) return '[circular]'
    if (above.length >= maxDepth) return '[too deep]'
    if (value instanceof Error) return this.#error(value, above)
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
    if (Array.isArray(value)) return value.map((item) => this.#value(item, [...above, value]))
    if (value instanceof Set) return this.#value([...value], above)
    if (value instanceof Map) return this.#object(Object.fromEntries(value as Map<string, unknown>), above)
    const { toJSON } = value as { toJSON?: unknown }
    if (typeof toJSON !== 'function') return this.#object(value, above)
    return this.#value(Reflect.apply(toJSON, value, ['']), [...above, value])
  }

  /** Type, message, stack, code and causes; not the other properties, in which libraries keep requests, parameters and credentials. */
  #error(error: Error, above: readonly object[]): Record<string, unknown> {
    const here = [...above, error]
    return {
      type: error.name,
      message: error.message,
      stack: error.stack,
      ...('code' in error && { code: this.#value(error.code, here) }),
      ...(error.cause !== undefined && { cause: this.#value(error.cause, here) }),
      ...(error instanceof AggregateError && { errors: error.errors.map((one) => this.#value(one, here)) }),
    }
  }

  #isSecret(key: string): boolean {
    let verdict = this.#verdicts.get(key)
    if (verdict === undefined) {
      const parts = words(key)
      verdict = parts.some((_, index) => this.#names.has(parts.slice(index).join('')))
      // Keys can come from clients, as header names do: what is remembered must not grow with them.
      if (this.#verdicts.size < maxCachedNames) this.#verdicts.set(key, verdict)
    }
    return verdict
  }
}

/** `set-cookie`, `setCookie` and `SET_COOKIE` are all `set, cookie`. */
function words(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
}
