/** Lists up to this length are searched as quickly without an index. */
const shortList = 32

/** A copy of a list, holes included, that finds an item in constant time: which class-validator looks for once per item. */
class IndexedList extends Array<unknown> {
  #firstAt: Map<unknown, number> | undefined

  override indexOf(item: unknown): number {
    this.#firstAt ??= this.#index()
    // To a map NaN is itself; `indexOf` never finds it.
    return Number.isNaN(item) ? -1 : (this.#firstAt.get(item) ?? -1)
  }

  #index(): Map<unknown, number> {
    const firstAt = new Map<unknown, number>()
    this.forEach((item, index) => {
      if (!firstAt.has(item)) firstAt.set(item, index)
    })
    return firstAt
  }
}

/**
 * `@ArrayUnique` in linear time. What it compares by is out of sight, so it still goes through the list itself: what its `map` makes of
 * the list has an index as well.
 */
export function withIndex<Args>(
  validate: (value: unknown, args: Args) => unknown,
): (value: unknown, args: Args) => unknown {
  return (value, args) => {
    const isLong = Array.isArray(value) && value.length > shortList
    return validate(isLong ? new IndexedList().concat(value) : value, args)
  }
}
