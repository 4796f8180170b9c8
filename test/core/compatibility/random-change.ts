import { Body, Cookie, Duration, Field, Header, Query, Size, type Class } from '@lokstra/core'
import { Expose, Type } from 'class-transformer'
import * as cv from 'class-validator'
import fc from 'fast-check'

const kinds = [
  ...([
    'string',
    'number',
    'boolean',
    'bigint',
    'date',
    'duration',
    'size',
    'texts',
    'levels',
    'mixed',
    'any',
  ] as const),
  ...(['object', 'other', 'union'] as const),
] as const
type Kind = (typeof kinds)[number]
type Holder = 'array' | 'set' | 'map' | undefined

/** One field of one version. */
interface FieldVersion {
  readonly property: string
  readonly wire: string | undefined
  readonly kind: Kind
  readonly holder: Holder
  readonly place: 'body' | 'query' | 'header' | 'cookie'
  /** Of an enum. */
  readonly members: number
  readonly presence: 'required' | 'optional' | 'default' | 'undecided'
  readonly nullable: boolean
  readonly rules: readonly number[]
  /** The rules hold on a condition: each by itself, or all of them. */
  readonly condition: 'none' | 'rule' | 'field'
}

/** The classes of one operation, as one version of the code declares them. */
export interface Version {
  readonly fields: readonly FieldVersion[]
  readonly inner: readonly FieldVersion[]
  readonly other: readonly FieldVersion[]
  readonly by: string
  /** Which classes there are for names of variants. */
  readonly variants: Readonly<Record<string, 'inner' | 'other'>>
}

type Direction = 'input' | 'output'

const field: fc.Arbitrary<FieldVersion> = fc.record({
  property: fc.constantFrom('a', 'b', 'c', 'd'),
  wire: fc.option(fc.constantFrom('v', 'w'), { nil: undefined, freq: 4 }),
  kind: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom<Kind>('string', 'number', 'texts') },
    { weight: 4, arbitrary: fc.constantFrom(...kinds) },
  ),
  holder: fc.constantFrom<Holder>(undefined, undefined, undefined, 'array', 'set', 'map'),
  place: fc.constantFrom('body', 'body', 'body', 'query', 'header', 'cookie'),
  members: fc.nat(3),
  presence: fc.constantFrom('required', 'optional', 'default', 'undecided'),
  nullable: fc.boolean(),
  rules: fc.uniqueArray(fc.nat(40), { maxLength: 2 }),
  condition: fc.constantFrom('none', 'none', 'none', 'rule', 'field'),
})

const variants = fc.constantFrom<Version['variants']>(
  { x: 'inner' },
  { x: 'inner', y: 'other' },
  { y: 'other', x: 'inner', z: 'inner' },
  { x: 'other', y: 'inner' },
)
const by = fc.constantFrom('kind', 'type')
const version: fc.Arbitrary<Version> = fc
  .record({
    fields: fc.array(field, { minLength: 1, maxLength: 3 }),
    inner: fc.array(field, { minLength: 1, maxLength: 2 }),
    other: fc.array(field, { minLength: 1, maxLength: 2 }),
    by,
    variants,
  })
  .map(withDifferentNames)

/** Two fields of one name are a mistake that the start reports. */
function withDifferentNames(design: Version): Version {
  const different = (fields: readonly FieldVersion[]): readonly FieldVersion[] =>
    fields.filter((one, index) => {
      return !fields.slice(0, index).some((other) => other.property === one.property || wireOf(other) === wireOf(one))
    })
  return { ...design, fields: different(design.fields), inner: different(design.inner), other: different(design.other) }
}

const patch: fc.Arbitrary<Partial<FieldVersion>> = field.chain((whole) =>
  fc.subarray(Object.keys(whole) as (keyof FieldVersion)[], { minLength: 1, maxLength: 2 }).map((keys) => {
    return Object.fromEntries(keys.map((key) => [key, whole[key]]))
  }),
)

/** A version and the next one, which is the same but for one or two changes. */
export const change: fc.Arbitrary<readonly [Version, Version]> = fc
  .tuple(
    version,
    fc.array(
      fc.oneof(
        { weight: 8, arbitrary: fc.record({ do: fc.constant('patch' as const), patch }) },
        { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const) }) },
        { weight: 2, arbitrary: fc.record({ do: fc.constant('add' as const), field }) },
        { weight: 1, arbitrary: fc.record({ do: fc.constant('reverse' as const) }) },
        { weight: 1, arbitrary: fc.record({ do: fc.constant('variants' as const), by, variants }) },
      ),
      { minLength: 1, maxLength: 2 },
    ),
    fc.array(fc.tuple(fc.constantFrom<'fields' | 'inner' | 'other'>('fields', 'fields', 'inner', 'other'), fc.nat(2)), {
      minLength: 3,
      maxLength: 3,
    }),
  )
  .map(([was, changes, places]) => {
    let is = was
    for (const [index, one] of changes.entries()) {
      const [where, position] = places[index]!
      const fields = [...is[where]]
      const at = position % fields.length
      if (one.do === 'patch') fields[at] = { ...fields[at]!, ...one.patch }
      else if (one.do === 'remove' && fields.length > 1) fields.splice(at, 1)
      else if (one.do === 'add') fields.push(one.field)
      else if (one.do === 'reverse') fields.reverse()
      is = { ...is, [where]: fields, ...(one.do === 'variants' ? { by: one.by, variants: one.variants } : {}) }
    }
    return [was, withDifferentNames(is)] as const
  })

function wireOf({ wire, property }: FieldVersion): string {
  return wire ?? property
}

const texts = [['a'], ['a', 'ab'], ['a', 'ab', 'abc'], ['', 'ab']] as const
const levels = [[1], [1, 2], [1, 2, 5], [0, 2]] as const
const mixed = [
  ['a', 1],
  ['a', 1, 2],
  ['ab', 1],
  ['a', 'ab'],
] as const
const membersOf = ({ kind, members }: FieldVersion): readonly (string | number)[] | undefined =>
  (({ texts, levels, mixed }) as Partial<Record<Kind, readonly (readonly (string | number)[])[]>>)[kind]?.[members]

type Decorate = (options?: cv.ValidationOptions) => PropertyDecorator
const ofText: readonly Decorate[] = [
  (o) => cv.Length(0, 3, o),
  (o) => cv.Length(1, 3, o),
  (o) => cv.Length(2, 5, o),
  (o) => cv.MinLength(0, o),
  (o) => cv.MinLength(1, o),
  (o) => cv.MinLength(2, o),
  (o) => cv.MaxLength(3, o),
  (o) => cv.MaxLength(4, o),
  (o) => cv.IsNotEmpty(o),
  (o) => cv.Matches(/^a/, o),
  (o) => cv.Matches(/^[ab]/, o),
  (o) => cv.IsIn(['a', 'ab'], o),
  (o) => cv.IsIn(['a', 'ab', 'abc'], o),
  (o) => cv.IsNotIn(['a'], o),
  (o) => cv.IsNotIn(['a', 'ab'], o),
  (o) => cv.IsAlpha('en-US', o),
  (o) => cv.IsByteLength(1, 4, o),
  (o) => cv.Contains('a', o),
  (o) => cv.IsEmail({}, o),
  (o) => cv.IsString(o),
]
const ofNumber: readonly Decorate[] = [
  (o) => cv.Min(0, o),
  (o) => cv.Min(1, o),
  (o) => cv.Max(5, o),
  (o) => cv.Max(7, o),
  (o) => cv.IsPositive(o),
  (o) => cv.IsNegative(o),
  (o) => cv.IsInt(o),
  (o) => cv.IsNumber({}, o),
  (o) => cv.IsNumber({ maxDecimalPlaces: 1 }, o),
  (o) => cv.IsIn([0, 1, 5], o),
  (o) => cv.IsIn([1, 5], o),
  (o) => cv.IsDivisibleBy(2, o),
  (o) => cv.IsNotEmpty(o),
]
const none: readonly Decorate[] = [(o) => cv.IsNotEmpty(o)]
const rules: Readonly<Record<Kind, readonly Decorate[]>> = {
  string: ofText,
  number: ofNumber,
  boolean: [(o) => cv.Equals(true, o), (o) => cv.IsBoolean(o), ...none],
  bigint: none,
  date: [(o) => cv.IsDate(o), ...none],
  duration: ofNumber.slice(0, 6),
  size: ofNumber.slice(0, 6),
  texts: ofText.slice(0, 11),
  levels: ofNumber.slice(0, 9),
  mixed: none,
  any: [
    (o) => cv.IsIn(['a', 1, null], o),
    (o) => cv.MinLength(0, o),
    (o) => cv.Min(0, o),
    (o) => cv.IsString(o),
    (o) => cv.IsNumber({}, o),
    ...none,
  ],
  object: [(o) => cv.ValidateNested(o), (o) => cv.IsObject(o), ...none],
  other: [(o) => cv.ValidateNested(o), ...none],
  union: [(o) => cv.ValidateNested(o), ...none],
}
const ofList: readonly Decorate[] = [
  (o) => cv.ArrayMinSize(0, o),
  (o) => cv.ArrayMinSize(1, o),
  (o) => cv.ArrayMaxSize(1, o),
  (o) => cv.ArrayMaxSize(2, o),
  (o) => cv.ArrayNotEmpty(o),
  (o) => cv.ArrayUnique(o),
]

const designTypes: Readonly<Partial<Record<Kind, unknown>>> = {
  ...{ string: String, number: Number, boolean: Boolean, bigint: BigInt, date: Date, duration: Number, size: Number },
  ...{ texts: String, levels: Number, mixed: Object, any: Object, union: Object },
}
const holders = { array: Array, set: Set, map: Map } as const
const places = { body: Body, query: Query, header: Header, cookie: Cookie } as const

/** The classes of one version. */
export interface Declared {
  readonly root: Class
  readonly inner: Class
  readonly other: Class
}

/** Two of the classes have one name. */
export function declareClasses(design: Version, direction: Direction): Declared {
  const declared: Declared = { root: named('Subject'), inner: named('Part'), other: named('Part') }
  for (const [type, fields, isRoot] of [
    [declared.inner, design.inner, false],
    [declared.other, design.other, false],
    [declared.root, design.fields, true],
  ] as const) {
    for (const one of fields) declareField(type, one, isRoot, design, declared, direction)
  }
  return declared
}

/** Instances have the defaults that {@link defaults} says. */
function named(name: string): Class {
  return {
    [name]: class {
      constructor() {
        Object.assign(this, defaults.get(new.target))
      }
    },
  }[name] as Class
}
const defaults = new WeakMap<object, Record<string, unknown>>()

/** Recursion that nothing ends cannot be filled. */
function presenceOf(one: FieldVersion, isRoot: boolean, direction: Direction): FieldVersion['presence'] {
  const isObject = one.kind === 'object' || one.kind === 'other' || one.kind === 'union'
  if (isObject && !isRoot && !one.holder) return 'optional'
  const isSimple = (one.kind === 'string' || one.kind === 'number') && !one.holder && one.rules.length === 0
  if (one.presence === 'default') return isSimple && direction === 'input' ? 'default' : 'undecided'
  return one.presence
}

function holderOf({ kind, holder }: FieldVersion): Holder {
  return kind === 'duration' || kind === 'size' ? undefined : holder
}

function declareField(
  type: Class,
  one: FieldVersion,
  isRoot: boolean,
  design: Version,
  declared: Declared,
  direction: Direction,
): void {
  const { property, kind, condition, nullable, wire } = one
  const prototype = type.prototype as object
  const apply = (decorator: unknown) => (decorator as PropertyDecorator)(prototype, property)
  const holder = holderOf(one)
  const each = holder !== undefined
  const nested = kind === 'object' ? declared.inner : kind === 'other' ? declared.other : undefined
  const element = designTypes[kind] ?? nested
  Reflect.defineMetadata('design:type', holder ? holders[holder] : element, prototype, property)
  if (kind === 'duration') apply(Duration())
  if (kind === 'size') apply(Size())
  if (kind === 'union') {
    const subTypes = Object.entries(design.variants).map(([name, which]) => ({ name, value: declared[which] }))
    apply(Type(() => Object, { discriminator: { property: design.by, subTypes } }))
  } else if (nested) apply(Type(() => nested))
  else if (each || kind === 'any') apply(Type(() => (membersOf(one) ? Object : element) as never))
  const members = membersOf(one)
  if (members) apply(cv.IsIn([...members], { each }))
  if (direction === 'input') {
    const pool =
      holder === 'array' ? [...rules[kind].map(ofEach), ...ofList] : each ? rules[kind].map(ofEach) : rules[kind]
    const options = condition === 'rule' ? { validateIf: () => true } : {}
    for (const index of one.rules) apply(pool[index % pool.length]!(options))
    if (condition === 'field') apply(cv.ValidateIf(() => true))
  }
  const presence = presenceOf(one, isRoot, direction)
  if (presence === 'required') apply(cv.IsDefined())
  if (presence === 'optional') apply(cv.IsOptional())
  if (presence === 'default') {
    defaults.set(type, { ...defaults.get(type), [property]: kind === 'string' ? 'default' : 7 })
  }
  if (direction === 'output' || !isRoot) {
    apply(Field({ nullable }))
    if (wire !== undefined) apply(Expose({ name: wire }))
  } else apply(places[one.place](wireOf(one), { nullable }))
}

function ofEach(rule: Decorate): Decorate {
  return (options) => rule({ ...options, each: true })
}

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
    const entries = fields.map((one) => valueOf(one, which === 'root', depth))
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
  const valueOf = (one: FieldVersion, isRoot: boolean, depth: number): fc.Arbitrary<unknown> => {
    const isObject = one.kind === 'object' || one.kind === 'other' || one.kind === 'union'
    const holder = holderOf(one)
    const isEnd = isObject && depth > 1
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
    const mayBeAbsent = direction === 'input' || presenceOf(one, isRoot, direction) === 'optional'
    return fc.oneof(
      { weight: 6, arbitrary: value },
      ...(mayBeAbsent ? [{ weight: 1, arbitrary: fc.constant(undefined) }] : []),
      ...(one.nullable ? [{ weight: 1, arbitrary: fc.constant(null) }] : []),
    )
  }
  return instance('root', 0)
}

/** What a value says, by the names on the wire: the same of two versions where they understand each other. */
export function meaningOf(value: unknown, design: Version, declared: Declared, direction: Direction): unknown {
  const meaning = (inner: unknown, isText = false): unknown => {
    if (typeof inner === 'bigint') return String(inner)
    if (inner instanceof Date) return inner.toISOString()
    if (inner instanceof Set) return [...inner].map((one) => meaning(one))
    if (inner instanceof Map) return Object.fromEntries([...inner].map(([key, one]) => [key, meaning(one)]))
    if (Array.isArray(inner)) return inner.map((one) => meaning(one))
    if (typeof inner !== 'object' || inner === null)
      return isText && inner !== null && inner !== undefined ? String(inner) : inner
    const which = (Object.keys(declared) as (keyof Declared)[]).find((key) => inner.constructor === declared[key])
    if (!which) return Object.fromEntries(Object.entries(inner).map(([key, one]) => [key, meaning(one)]))
    const fields = which === 'root' ? design.fields : design[which]
    return Object.fromEntries(
      fields.map((one) => {
        const isOfText = which === 'root' && direction === 'input' && one.place !== 'body' && !holderOf(one)
        const place = which === 'root' && direction === 'input' ? `${one.place} ` : ''
        return [place + wireOf(one), meaning((inner as Record<string, unknown>)[one.property], isOfText)]
      }),
    )
  }
  return meaning(value)
}

/**
 * What of a meaning is not in another one. What is undefined has no meaning.
 * @returns undefined where all of it is
 */
export function lostOf(meaning: unknown, arrived: unknown, path = 'it'): string | undefined {
  if (meaning === undefined) return undefined
  if (typeof meaning !== 'object' || meaning === null) {
    return meaning === arrived ? undefined : `${path} is ${JSON.stringify(arrived)}, and was ${JSON.stringify(meaning)}`
  }
  if (typeof arrived !== 'object' || arrived === null) return `${path} is ${JSON.stringify(arrived)}, and was an object`
  if (Array.isArray(meaning) && meaning.length !== (arrived as unknown[]).length) return `${path} has another length`
  for (const [key, one] of Object.entries(meaning)) {
    const lost = lostOf(one, (arrived as Record<string, unknown>)[key], `${path}.${key}`)
    if (lost !== undefined) return lost
  }
  return undefined
}

/** What of a value is not as its classes say; undefined where all of it is. */
export function misfitOf(value: unknown, design: Version, declared: Declared): string | undefined {
  const ofObject = (inner: object, which: keyof Declared): string | undefined => {
    if (!(inner instanceof declared[which])) return `it is no ${which}`
    const fields = which === 'root' ? design.fields : design[which]
    for (const one of fields) {
      const misfit = ofField((inner as Record<string, unknown>)[one.property], one, which === 'root')
      if (misfit !== undefined) return `${which}.${one.property} ${misfit}`
    }
    return undefined
  }
  const ofField = (inner: unknown, one: FieldVersion, isRoot: boolean): string | undefined => {
    if (inner === undefined) return presenceOf(one, isRoot, 'output') === 'optional' ? undefined : 'is absent'
    if (inner === null) return one.nullable || one.kind === 'any' ? undefined : 'is null'
    const holder = holderOf(one)
    if (!holder) return ofItem(inner, one)
    if (!(inner instanceof holders[holder])) return `is no ${holder}`
    const items: Iterable<unknown> = inner.values()
    for (const item of items) {
      const misfit = ofItem(item, one)
      if (misfit !== undefined) return `holds one that ${misfit}`
    }
    return undefined
  }
  const ofItem = (inner: unknown, one: FieldVersion): string | undefined => {
    const { kind } = one
    const members = membersOf(one)
    if (members) return members.includes(inner as string) ? undefined : `is no member: ${String(inner)}`
    if (kind === 'any') return undefined
    if (kind === 'object') return ofObject(inner as object, 'inner')
    if (kind === 'other') return ofObject(inner as object, 'other')
    if (kind === 'union') {
      const classes = Object.values(design.variants)
      const which = classes.find((name) => inner instanceof declared[name])
      return which ? ofObject(inner as object, which) : 'is no variant'
    }
    if (kind === 'date') return inner instanceof Date ? undefined : 'is no date'
    const type = kind === 'duration' || kind === 'size' ? 'number' : kind
    return typeof inner === type ? undefined : `is no ${type}: ${String(inner)}`
  }
  return ofObject(value as object, 'root')
}
