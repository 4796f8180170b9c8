import type { FieldError } from '../errors/http-error.js'
import { splitName } from './names.js'
import { malformed, type Pairs } from './parse-pairs.js'

/** What a form says, nested: text, lists, and objects without a prototype. */
export type FormValue = string | FormValue[] | { [key: string]: FormValue }

/**
 * Builds objects and lists from names with brackets. `a[]` appends; `a[0]`, `a[1]` … without a gap make a list too.
 * @param limits `items`: most of one list
 * @throws ValidationError code `malformed` for a name that is both a text and an object, such as `a=1&a[b]=2`, and for too long a
 * list
 */
export function nestPairs(
  pairs: Pairs,
  limits: { readonly items: number },
  source: FieldError['in'],
): Record<string, FormValue> {
  const root = new Branch()
  for (const name in pairs) {
    const segments = splitName(name)
    let branch = root
    for (const segment of segments.slice(0, -1)) {
      const next = branch.child(segment)
      if (!next) throw malformed(source, segments[0]!, `${segments[0]!} is given as a text and as an object`)
      branch = next
    }
    const value = pairs[name]!
    const last = segments.at(-1)!
    if (last === '' && segments.length > 1) branch.append(value)
    else if (!branch.set(last, value)) {
      throw malformed(source, segments[0]!, `${segments[0]!} is given as a text and as an object`)
    }
  }
  const nested = root.toObject()
  for (const [name, value] of Object.entries(nested)) {
    if (hasLongList(value, limits.items)) {
      throw malformed(source, name, `${name} has a list with more than ${limits.items} items`)
    }
  }
  return nested
}

/** Numbered names with gaps are read as a list as well. */
function hasLongList(value: FormValue, most: number): boolean {
  if (typeof value === 'string') return false
  const items = Object.values(value)
  if (items.length > most && Object.keys(value).every((key) => /^\d+$/.test(key))) return true
  return items.some((item) => hasLongList(item, most))
}

class Branch {
  readonly #children = new Map<string, Branch | string | string[]>()
  readonly #appended: FormValue[] = []

  /** The branch below a key; undefined where the key has a text. `a[][b]` always starts a new one. */
  child(key: string): Branch | undefined {
    const name = key === '' ? String(this.#children.size) : key
    const known = this.#children.get(name)
    if (known !== undefined) return known instanceof Branch ? known : undefined
    const branch = new Branch()
    this.#children.set(name, branch)
    return branch
  }

  set(key: string, value: string | string[]): boolean {
    if (this.#children.has(key)) return false
    this.#children.set(key, value)
    return true
  }

  append(value: string | string[]): void {
    this.#appended.push(...(typeof value === 'string' ? [value] : value))
  }

  toObject(): Record<string, FormValue> {
    const object = Object.create(null) as Record<string, FormValue>
    for (const [key, value] of this.#children) object[key] = value instanceof Branch ? value.toValue() : value
    return object
  }

  toValue(): FormValue {
    if (this.#children.size === 0) return this.#appended
    const object = this.toObject()
    // Integer keys come first and ascending, so a list without gaps reads 0, 1, 2 …
    const keys = Object.keys(object)
    if (keys.every((key, index) => key === String(index))) return [...Object.values(object), ...this.#appended]
    if (this.#appended.length > 0) object[''] = this.#appended
    return object
  }
}
