import { types } from 'node:util'

/** The own properties of all objects that can be reached from one, to be put back, or to be compared. */
export class Snapshot {
  readonly #objects = new Map<object, PropertyDescriptorMap>()

  constructor(root: unknown) {
    this.#add(root)
  }

  /** Keys of all objects, in order. */
  get text(): string {
    return [...this.#objects.values()].map((properties) => Object.keys(properties).join()).join(' | ')
  }

  /** Puts back what was taken away. */
  restore(): void {
    for (const [object, properties] of this.#objects) {
      const names = Object.keys(properties)
      if (names.join() === Object.keys(object).join()) continue
      for (const name of names) Reflect.deleteProperty(object, name)
      Object.defineProperties(object, properties)
    }
  }

  #add(value: unknown): void {
    if (typeof value !== 'object' || value === null || this.#objects.has(value)) return
    if (types.isPromise(value) || Buffer.isBuffer(value)) return
    const properties = Object.getOwnPropertyDescriptors(value)
    this.#objects.set(value, Object.fromEntries(Object.entries(properties).filter(([, own]) => own.enumerable)))
    for (const own of Object.values(properties)) this.#add(own.get ? own.get.call(value) : own.value)
    if (value instanceof Set || value instanceof Map) for (const item of value.values()) this.#add(item)
  }
}
