import type * as cv from 'class-validator'
import fc from 'fast-check'

import { propertiesOf, valuesFor, type ClassDesign, type DesignedClasses } from './random-classes.js'

/** One value as data; what it stands for depends on the decorators of its property. */
export interface ValueSpec {
  readonly from: 'good' | 'any' | 'hostile' | 'nested' | 'plain' | 'absent'
  readonly index: number
  readonly wrap: 'none' | 'array' | 'set' | 'map' | 'lists' | 'holes' | 'promise'
}

/** One validation of one object. */
export interface Case {
  readonly values: readonly ValueSpec[]
  readonly object:
    'Subject' | 'Base' | 'extra keys' | 'frozen' | 'proxy' | 'getters' | 'plain' | 'no prototype' | 'no object'
  readonly options: cv.ValidatorOptions | undefined
  readonly call: 'validateSync' | 'validate' | 'validateOrReject'
}

const hostile: readonly unknown[] = [
  NaN,
  -0,
  Infinity,
  2 ** 53 + 2,
  'x'.repeat(3_000),
  '\ud800',
  '$& $1 $value $property',
  '__proto__',
  Symbol('s'),
  10n,
  () => 1,
  class Some {},
  Object.create(null),
  Object.assign(Object.create(null), { a: 1 }),
  new Proxy({}, {}),
  new Proxy([1], {}),
  new Date(NaN),
  /x/g,
  Object('text'),
  Object(1),
  Buffer.from('a'),
  new Map<unknown, unknown>([[1, 'a']]),
  new Map<unknown, unknown>([[Symbol('key'), {}]]),
  new Map<unknown, unknown>([[null, 1]]),
  JSON.parse('{"__proto__":{"a":1},"constructor":{"name":"x"}}'),
  { constructor: null },
  { constructor: 'text' },
  { constructor: { name: 'Fake', prototype: {} } },
  { then: 1 },
  { toString: null, valueOf: null },
  Object.freeze([1]),
  new Error('an error'),
]

const spec: fc.Arbitrary<ValueSpec> = fc.record(
  {
    from: fc.constantFrom<ValueSpec['from'][]>(
      'good',
      'good',
      'good',
      'good',
      'any',
      'hostile',
      'nested',
      'nested',
      'plain',
      'absent',
    ),
    index: fc.nat(63),
    wrap: fc.constantFrom<ValueSpec['wrap'][]>(
      'none',
      'none',
      'none',
      'none',
      'none',
      'none',
      'array',
      'array',
      'set',
      'map',
      'lists',
      'holes',
      'promise',
    ),
  },
  { noNullPrototype: true },
)

const options: fc.Arbitrary<cv.ValidatorOptions | undefined> = fc.oneof(
  { weight: 2, arbitrary: fc.constant(undefined) },
  {
    weight: 3,
    arbitrary: fc.record<cv.ValidatorOptions, never>(
      {
        skipUndefinedProperties: fc.boolean(),
        skipNullProperties: fc.boolean(),
        skipMissingProperties: fc.boolean(),
        whitelist: fc.boolean(),
        forbidNonWhitelisted: fc.boolean(),
        groups: fc.constantFrom(['g'], ['h'], ['none'], [], ['h', 'g'], 'g' as unknown as string[], [
          1 as unknown as string,
        ]),
        always: fc.boolean(),
        strictGroups: fc.boolean(),
        dismissDefaultMessages: fc.boolean(),
        validationError: fc.constantFrom({}, { target: false }, { value: false }, { target: false, value: false }),
        forbidUnknownValues: fc.boolean(),
        stopAtFirstError: fc.boolean(),
      },
      { requiredKeys: [], noNullPrototype: true },
    ),
  },
)

export const oneCase: fc.Arbitrary<Case> = fc.record(
  {
    values: fc.array(spec, { minLength: 1, maxLength: 6 }),
    object: fc.constantFrom<Case['object'][]>(
      ...new Array<'Subject'>(18).fill('Subject'),
      'extra keys',
      'extra keys',
      'Base',
      'frozen',
      'proxy',
      'getters',
      'plain',
      'no prototype',
      'no object',
    ),
    options,
    call: fc.constantFrom<Case['call'][]>('validateSync', 'validateSync', 'validate', 'validateOrReject'),
  },
  { noNullPrototype: true },
)

/** The object of a case. */
export function build({ values, object }: Case, design: ClassDesign, classes: DesignedClasses): unknown {
  const own = fill(new (object === 'Base' ? classes.Base : classes.Subject)(), values, 0)
  switch (object) {
    case 'Subject':
    case 'Base':
      return own
    case 'extra keys':
      return Object.assign(own, { extra: 1, constructors: [own], hasOwnProperty: 2, toString: 3 })
    case 'frozen':
      return Object.freeze(Object.assign(own, { extra: 1 }))
    case 'proxy':
      return new Proxy(own, {})
    case 'getters':
      return withGetters(own)
    case 'plain':
      return { ...own }
    case 'no prototype':
      return Object.assign(Object.create(null) as object, own)
    case 'no object':
      return hostile[values[0]!.index % hostile.length]
  }

  function fill(target: object, specs: readonly ValueSpec[], depth: number): object {
    for (const [index, name] of propertiesOf(design).entries()) {
      const value = wrapped(specs[(index + depth) % specs.length]!, name, depth)
      // Not assigned: `__proto__` is to be a key.
      if (value !== absent)
        Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true })
    }
    return target
  }

  function wrapped(one: ValueSpec, name: string, depth: number): unknown {
    const make = (offset: number) => single({ ...one, index: one.index + offset }, name, depth)
    const first = make(0)
    if (first === absent && one.wrap !== 'holes') return absent
    switch (one.wrap) {
      case 'none':
        return first
      case 'array':
        return [first, make(1)]
      case 'set':
        return new Set([first])
      case 'map':
        return new Map<unknown, unknown>([
          ['k', first],
          [keys[one.index % keys.length], make(1)],
        ])
      case 'lists':
        return [[first], new Set([first]), []]
      case 'holes':
        return new Array<unknown>(1).concat([first === absent ? undefined : first], new Array<unknown>(1))
      case 'promise':
        return Promise.resolve(first)
    }
  }

  function single({ from, index }: ValueSpec, name: string, depth: number): unknown {
    const { good, any } = valuesFor(design, name)
    switch (from) {
      case 'good':
        return good.length > 0 ? good[index % good.length] : index
      case 'any':
        return any.length > 0 ? any[index % any.length] : String(index)
      case 'hostile':
        return hostile[index % hostile.length]
      case 'absent':
        return index % 2 === 0 ? absent : null
      case 'nested':
        if (depth > 1) return undefined
        return fill(new (index % 3 === 0 ? classes.Base : classes.Subject)(), values, depth + 1)
      case 'plain':
        return depth > 1 ? {} : fill({}, values, depth + 1)
    }
  }
}

const absent = Symbol('absent')
/** class-validator writes keys as text, which some refuse. */
const keys: readonly unknown[] = ['other', 1, null, Symbol('key'), {}, 2n]

function withGetters(object: object): object {
  const target = Object.create(Object.getPrototypeOf(object) as object) as object
  for (const [name, value] of Object.entries(object) as [string, unknown][]) {
    Object.defineProperty(target, name, { get: () => value, enumerable: true, configurable: true })
  }
  return target
}
