import type { Class } from '@lokstra/core'
import { expect } from 'chai'
import fc from 'fast-check'

import { compileSerializer, planOf, toJson, type FieldSpec, type Transform, type ValueType } from './internals.js'

const types = 2_500
const valuesPerType = 10

/** In every key and value that no plan declares. */
const secret = 'S3CRET'

const hostileNames = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'toJSON',
  'length',
  'value',
  'object',
  'text',
  '"',
  '\\',
  '\u2028',
  '\ud800',
  "');throw 1//",
  '`${1}`',
  '0',
  '10',
  '2',
  '-1',
  '4294967295',
  '',
  ' ',
]
const nameArb = fc.oneof(fc.constantFrom('id', 'name', 'a', 'b'), fc.constantFrom(...hostileNames), fc.string())

const stringArb = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.constantFrom('', '"', '\\', '\n', '\u0000', '\u2028', 'é', '😀', '\ud800', 'a\udc00b', 'x'.repeat(5_000)),
)
const numberArb = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(-0, NaN, Infinity, 1e21, 2 ** 53))
const dateArb = fc.oneof(fc.date({ noInvalidDate: false }), fc.constantFrom(new Date(NaN), new Date(8.64e15)))
const scalarArb = fc.oneof(stringArb, numberArb, fc.boolean(), fc.bigInt(), fc.constantFrom(null, undefined))

class Decimal {
  constructor(readonly plain: unknown) {}
  toJSON(): unknown {
    return this.plain
  }
}
class LooseDate extends Date {
  override toJSON(): string {
    return 'loose'
  }
}

class Entity {
  S3CRET = secret
}

const wildArb = fc.oneof(
  scalarArb,
  dateArb,
  scalarArb.map((plain) => new Decimal(plain)),
  fc.constantFrom<unknown>(
    new Decimal({ [secret]: secret }),
    new LooseDate(0),
    new Entity(),
    () => secret,
    Symbol(secret),
    Object.create(null),
  ),
)
/** What is data where a list or a map is declared. */
const wildContainerArb = fc.constantFrom<unknown>(
  { [secret]: secret },
  [secret],
  new Set([secret]),
  new Map([[secret, secret]]),
  new Map([[{ [secret]: 1 }, 1]]),
)

const transforms: readonly Transform[] = [
  ({ value }) => value,
  () => undefined,
  ({ value }) => (typeof value === 'string' ? value.toUpperCase() : value),
  ({ key }) => key,
  ({ type, options }) => `${type} ${JSON.stringify(options)}`,
  ({ obj, key }) => typeof (obj as Record<string, unknown>)[key],
  () => [1],
  () => ({ [secret]: secret }),
]

let classes = 0
function newClass(name: string): Class {
  return { [name]: class {} }[name] ?? class {}
}

function typeArb(depth: number): fc.Arbitrary<ValueType> {
  const scalar = fc.oneof(
    fc
      .constantFrom('string', 'number', 'boolean', 'bigint', 'date', 'any', 'duration', 'size')
      .map((kind) => ({ kind })),
    fc.constant<ValueType>({ kind: 'enum', values: ['open', 2] }),
  )
  if (depth === 0) return scalar
  const inner = typeArb(depth - 1)
  return fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.tuple(fc.constantFrom('array', 'set', 'map'), inner).map(([kind, element]) => ({ kind, element })),
    planArb(depth).map((made): ValueType => ({ kind: 'object', plan: () => made })),
    fc
      .tuple(nameArb, fc.dictionary(nameArb, planArb(depth), { minKeys: 1, maxKeys: 3 }))
      .map(([discriminator, plans]): ValueType => {
        const variants = new Map(Object.entries(plans).map(([name, made]) => [name, () => made]))
        return { kind: 'union', discriminator, variants }
      }),
  )
}

function planArb(depth: number) {
  const field: fc.Arbitrary<FieldSpec> = fc
    .record({
      property: nameArb,
      name: nameArb,
      type: typeArb(depth - 1),
      transforms: fc.oneof({ weight: 5, arbitrary: fc.constant([]) }, fc.subarray([...transforms], { maxLength: 2 })),
    })
    .map((spec) => (spec.type.kind === 'any' || spec.type.kind === 'map' ? { ...spec, transforms: [] } : spec))
  return fc
    .tuple(fc.uniqueArray(field, { selector: ({ property }) => property, maxLength: 6 }), nameArb)
    .map(([fields, name]) => planOf(newClass(`${name}${classes++ % 3}`), fields))
}

function valueArb(type: ValueType): fc.Arbitrary<unknown> {
  // All of it is declared.
  if (type.kind === 'any') return fittingArb(type)
  const isContainer = type.kind === 'array' || type.kind === 'set' || type.kind === 'map'
  const wild = isContainer ? wildArb : fc.oneof(wildArb, wildContainerArb)
  return fc.oneof({ weight: 30, arbitrary: fittingArb(type) }, { weight: 1, arbitrary: wild })
}

function fittingArb(type: ValueType): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'string':
      return stringArb
    case 'number':
    case 'duration':
    case 'size':
      return numberArb
    case 'boolean':
      return fc.boolean()
    case 'bigint':
      return fc.bigInt()
    case 'date':
      return dateArb
    case 'any':
      return fc.oneof(fc.jsonValue(), scalarArb)
    case 'enum':
      return fc.constantFrom(...type.values)
    case 'array':
      return fc.array(valueArb(type.element), { maxLength: 4 })
    case 'set':
      return fc
        .tuple(fc.array(valueArb(type.element), { maxLength: 4 }), fc.boolean())
        .map(([items, isSet]) => (isSet ? new Set(items) : items))
    case 'map':
      return fc
        .tuple(
          fc.array(fc.tuple(fc.oneof(nameArb, fc.integer(), fc.bigInt()), valueArb(type.element)), { maxLength: 4 }),
          fc.boolean(),
        )
        .map(([entries, isMap]) => (isMap ? new Map<unknown, unknown>(entries) : Object.fromEntries(entries)))
    case 'object':
      return objectArb(type.plan())
    case 'union':
      return fc
        .tuple(fc.constantFrom(...type.variants.entries()), fc.boolean())
        .chain(([[name, made], isNamed]) =>
          objectArb(made()).map((value) =>
            isNamed && Object.isExtensible(value)
              ? Object.defineProperty(value, type.discriminator, { value: name, configurable: true, enumerable: true })
              : value,
          ),
        )
  }
}

/** Instances, instances of subclasses, plain objects, objects without a prototype; with getters; with more than the plan knows. */
function objectArb({ type, fields }: ReturnType<typeof planOf>): fc.Arbitrary<object> {
  const values = fc.tuple(...fields.map((field) => fc.option(valueArb(field.type), { nil: undefined, freq: 8 })))
  const shape = fc.constantFrom('instance', 'subclass', 'plain', 'bare', 'child')
  return fc.tuple(values, shape, fc.boolean()).map(([given, kind, hasGetters]) => {
    const object = emptyObject(kind, type)
    fields.forEach(({ property }, index) => {
      const value = given[index]
      if (value === undefined && index % 2 === 0) return
      const descriptor = hasGetters ? { get: () => value } : { value, writable: true }
      Object.defineProperty(object, property, { ...descriptor, enumerable: true, configurable: true })
    })
    return Object.assign(object, { [secret]: secret, [`${secret}2`]: { [secret]: [secret] } })
  })
}

function emptyObject(kind: string, type: Class): object {
  switch (kind) {
    case 'instance':
      return new type() as object
    case 'subclass': {
      class Sub extends (type as Class<object>) {
        S3CRETown = secret
        get S3CRETgetter() {
          return secret
        }
      }
      return new Sub()
    }
    case 'bare':
      return Object.create(null) as object
    case 'child':
      return Object.create({ [secret]: secret }) as object
    default:
      return {}
  }
}

function attempt(run: () => unknown): unknown {
  try {
    return run()
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`
  }
}

describe('a compiled serialiser', function () {
  this.timeout(240_000)

  it(`writes what the interpreter gives, and nothing that is not declared (${types * valuesPerType} cases)`, () => {
    const seed = process.env.FC_SEED === undefined ? Date.now() & 0x7fffffff : Number(process.env.FC_SEED)
    const counts = { cases: 0, refused: 0 }
    const typeAndValues = typeArb(3).chain((type) =>
      fc.tuple(
        fc.constant(type),
        fc.array(valueArb(type), { minLength: valuesPerType, maxLength: valuesPerType, size: 'max' }),
      ),
    )
    try {
      fc.assert(
        fc.property(typeAndValues, ([type, values]) => {
          const serializer = compileSerializer(type)
          for (const value of values) {
            counts.cases++
            const expected = attempt(() => toJson(serializer.project(value)))
            const written = attempt(() => serializer.write(value))
            expect(written).to.equal(expected)
            expect(String(written)).to.not.contain(secret)
            if (typeof written === 'string' && written.startsWith('OutputMisfit')) counts.refused++
            else if (written !== undefined) JSON.parse(written as string)
          }
        }),
        { numRuns: types, seed },
      )
    } finally {
      console.log(`      seed ${seed}: ${counts.cases} cases, ${counts.refused} refused`)
    }
    expect(counts.cases).to.be.at.least(20_000)
    expect(counts.refused).to.be.within(counts.cases * 0.02, counts.cases * 0.7)
  })
})
