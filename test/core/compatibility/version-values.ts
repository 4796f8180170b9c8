import fc from 'fast-check'

import type { Declared } from './version-classes.js'
import { isOfObjects, membersOf, type Direction, type FieldVersion, type Kind, type Version } from './version.js'

const some: Readonly<Record<Exclude<Kind, 'object' | 'other' | 'union'>, readonly unknown[]>> = {
  string: ['', 'a', 'ab', 'abc', 'abcd', 'b1', 'a@b.co', '1', 'true', '2020-01-01'],
  number: [-1, 0, 1, 2, 2.5, 2.55, 5, 6, 8],
  boolean: [true, false],
  bigint: [0n, 1n, -5n, 10n ** 30n],
  date: [new Date(0), new Date('2020-02-29T12:00:00.123Z')],
  duration: [0, 1, 5, 6, 1_500],
  size: [0, 1, 5, 6, 2_048],
  texts: [],
  levels: [],
  mixed: [],
  any: ['', 'a', 1, true, ['a', 'a'], { a: 'a' }],
}

/** Values that a version may send or answer with, each an instance; not all of them keep to the rules. */
export function valuesOf(design: Version, declared: Declared, direction: Direction): fc.Arbitrary<object> {
  const instance = (which: keyof Declared, depth: number): fc.Arbitrary<object> => {
    const fields = which === 'root' ? design.fields : design[which]
    const entries = fields.map((one) => valueOf(one, depth))
    return fc.tuple(...entries).map((values) => {
      const made = new declared[which]() as Record<string, unknown>
      for (const [index, value] of values.entries()) made[fields[index]!.property] = value
      return made
    })
  }
  const item = (one: FieldVersion, depth: number): fc.Arbitrary<unknown> => {
    const { kind } = one
    if (kind === 'object') return instance('inner', depth + 1)
    if (kind === 'other') return instance('other', depth + 1)
    // Of two variants of one class the first is written.
    if (kind === 'union')
      return fc.oneof(...[...new Set(Object.values(design.variants))].map((which) => instance(which, depth + 1)))
    return fc.constantFrom(...(membersOf(one) ?? some[kind]))
  }
  const valueOf = (one: FieldVersion, depth: number): fc.Arbitrary<unknown> => {
    const { holder } = one
    const isEnd = isOfObjects(one) && depth > 1
    const single = isEnd ? fc.constant(undefined) : item(one, depth)
    const list = isEnd ? fc.constant([]) : fc.array(item(one, depth), { maxLength: 3 })
    const value: fc.Arbitrary<unknown> =
      holder === 'array'
        ? list
        : holder === 'set'
          ? list.map((items) => new Set(items))
          : holder === 'map'
            ? list.map((items) => new Map(items.map((one, index) => [`k${index}`, one])))
            : single
    const mayBeAbsent = direction === 'input' || one.presence === 'optional'
    return fc.oneof(
      { weight: 6, arbitrary: value },
      ...(mayBeAbsent ? [{ weight: 1, arbitrary: fc.constant(undefined) }] : []),
      ...(one.nullable ? [{ weight: 1, arbitrary: fc.constant(null) }] : []),
    )
  }
  return instance('root', 0)
}
