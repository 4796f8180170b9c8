import type { Source } from '../decorators/binding.js'

/**
 * Where in the input a value is: a chain towards the root, so that a valid request builds no paths. Keys are wire names and
 * indices.
 */
export class Place {
  readonly #parent: Place | undefined
  readonly #key: string | number
  readonly source: Source | undefined

  private constructor(parent: Place | undefined, key: string | number, source: Source | undefined) {
    this.#parent = parent
    this.#key = key
    this.source = source
  }

  static root(source?: Source): Place {
    return new Place(undefined, '', source)
  }

  child(key: string | number): Place {
    return new Place(this, key, this.source)
  }

  path(): (string | number)[] {
    if (!this.#parent) return []
    const path = this.#parent.path()
    path.push(this.#key)
    return path
  }

  /** What messages call it: the last name with the indices behind it, such as `tags[1]`. */
  label(): string {
    const path = this.path()
    const start = path.findLastIndex((key) => typeof key === 'string')
    return start < 0
      ? (this.source ? `the ${this.source}` : 'the value') + formatPath(path)
      : formatPath(path.slice(start))
  }
}

/** The place itself without a key: of what takes all that a source holds. */
export function placeAt(parent: Place, key: string | number | undefined): Place {
  return key === undefined ? parent : parent.child(key)
}

/** Clients choose the keys of maps, and each of a hundred errors below one names it. */
const longestName = 100

/** `items[2].price`; of a name that is longer than 100 characters the beginning. */
export function formatPath(path: readonly (string | number)[]): string {
  let text = ''
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`
    else text += `${text === '' ? '' : '.'}${key.length > longestName ? `${key.slice(0, longestName)}…` : key}`
  }
  return text
}
