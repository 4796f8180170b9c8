import { setProperty } from '../../objects/set-property.js'
import type { UnionType } from '../../contract/value-type.js'
import { refuse } from './misfit.js'
import { readShadowed } from './output-fields.js'

/** A `Map`, or the plain object that stands for one, as an object: each key once, in the order in which JSON writes them. */
export function toRecord(value: object, field: string, expected: string): Readonly<Record<string, unknown>> {
  if (!(value instanceof Map)) {
    return isPlain(value) ? (value as Record<string, unknown>) : refuse(value, field, expected)
  }
  const record: Record<string, unknown> = {}
  for (const [key, item] of value) {
    // An object as a key would become text by a method of its own.
    if (typeof key === 'object' && key !== null) refuse(key, `a key of ${field}`, 'string')
    setProperty(record, String(key), item)
  }
  return record
}

/** No list, and no instance of a class, whose properties are more than a map's data. */
function isPlain(value: object): boolean {
  const prototype = Reflect.getPrototypeOf(value)
  return prototype === null || Reflect.getPrototypeOf(prototype) === null
}

/** A `Set`, or the list that stands for one, as a list. */
export function toItems(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value as unknown[]
  return value instanceof Set ? [...(value as Set<unknown>)] : undefined
}

type VariantOf = (value: object) => string | undefined

const pickers = new WeakMap<UnionType, VariantOf>()

/**
 * The function that tells as which variant an object is written: that of its class, or of the nearest class that it extends, since a
 * handler may return what extends the declared class; for an object of no such class, and for a class with several names, the one
 * that its discriminator names.
 */
export function nearestVariant(union: UnionType): VariantOf {
  let picker = pickers.get(union)
  if (!picker) {
    picker = createPicker(union)
    pickers.set(union, picker)
  }
  return picker
}

function createPicker({ discriminator, variants }: UnionType): VariantOf {
  const byPrototype = new Map<object, string[]>()
  for (const [name, plan] of variants) {
    const prototype = plan().type.prototype as object
    byPrototype.set(prototype, [...(byPrototype.get(prototype) ?? []), name])
  }
  const isShadowed = discriminator in Object.prototype
  return (value) => {
    const named = isShadowed
      ? readShadowed(value, discriminator)
      : (value as Readonly<Record<string, unknown>>)[discriminator]
    for (let type = Reflect.getPrototypeOf(value); type !== null; type = Reflect.getPrototypeOf(type)) {
      const names = byPrototype.get(type)
      if (names) return names.includes(named as string) ? (named as string) : names[0]
    }
    return variants.has(named as string) ? (named as string) : undefined
  }
}
