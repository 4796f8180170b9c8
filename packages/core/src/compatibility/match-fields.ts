import type { FieldContract, ObjectContract } from './contract.js'

/** What a field is found by on the other side. */
export type WireKey = (property: string, field: FieldContract) => string

/** A field of the consumer, and what of the provider answers to it. */
export interface FieldMatch {
  readonly property: string
  readonly field: FieldContract
  /** Those that the same value on the wire fills; empty where nothing does. */
  readonly found: readonly FieldContract[]
  /** Where nothing is found: the field of the same property, which is filled by something else. */
  readonly namesake: FieldContract | undefined
}

/** A field of the provider, and what it is found by. */
interface Provided {
  readonly property: string
  readonly field: FieldContract
  readonly key: string
}

/** @returns the consumer's fields in their order, and those of the provider that answer to none of them */
export function matchFields(
  consumer: ObjectContract,
  provider: ObjectContract,
  keyOf: WireKey,
): { readonly matches: readonly FieldMatch[]; readonly added: readonly Provided[] } {
  const provided = Object.entries(provider).map(([property, field]) => {
    return { property, field, key: keyOf(property, field) }
  })
  const byKey = new Map<string, Provided[]>()
  for (const one of provided) {
    const sharing = byKey.get(one.key)
    if (sharing) sharing.push(one)
    else byKey.set(one.key, [one])
  }
  const unmatched = new Map(provided.map((one) => [one.property, one]))
  const keys = new Map(Object.entries(consumer).map(([property, field]) => [property, keyOf(property, field)]))
  const matches = Object.entries(consumer).map(([property, field]): FieldMatch => {
    const key = keys.get(property)!
    // One name on the wire may fill several fields: each is then compared with its namesake, and with those that have none.
    const sharing = byKey.get(key) ?? []
    const own = sharing.filter((other) => other.property === property || keys.get(other.property) !== key)
    const found = own.length > 0 ? own : sharing
    for (const other of found) unmatched.delete(other.property)
    if (found.length > 0) return { property, field, found: found.map((other) => other.field), namesake: undefined }
    const namesake = unmatched.get(property)?.field
    unmatched.delete(property)
    return { property, field, found: [], namesake }
  })
  return { matches, added: [...unmatched.values()] }
}
