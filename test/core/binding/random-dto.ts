import { Body, Cookie, Duration, Header, Query, Size, type Class, type Source } from '@lokstra/core'
import { Transform, Type } from 'class-transformer'
import * as cv from 'class-validator'
import fc from 'fast-check'

/** What a user's rule was asked, in order. */
export const asked: string[] = []

class NotOdd {
  validate(value: unknown, args?: cv.ValidationArguments) {
    asked.push(`${args!.property} ${describe(value)}`)
    return typeof value !== 'string' || value.length % 2 === 0
  }
  defaultMessage() {
    return '$property must not be odd, as $value is'
  }
}
class Later {
  validate(value: unknown, args?: cv.ValidationArguments) {
    asked.push(`later ${args!.property} ${describe(value)}`)
    return Promise.resolve(value !== 'b')
  }
}

/** In the storage of the moment. */
function registerRules(): void {
  cv.ValidatorConstraint({ name: 'notOdd' })(NotOdd)
  cv.ValidatorConstraint({ name: 'later', async: true })(Later)
}

/** Without the order of keys, which is fixed only where the class declares its fields. */
function describe(value: unknown): string {
  const plain = (_: string, inner: unknown): unknown => {
    if (typeof inner === 'bigint') return `${inner}n`
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner
    return Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))
  }
  return JSON.stringify(value, plain) ?? 'undefined'
}

const scalarKinds = ['string', 'number', 'boolean', 'bigint', 'date', 'enum', 'any', 'duration', 'size'] as const
type Scalar = (typeof scalarKinds)[number]
type Kind = Scalar | 'object' | 'union' | 'self'
type Container = 'array' | 'set' | 'map' | undefined

/** One property as data, so that a failing class shrinks and prints. */
export interface FieldDesign {
  readonly property: string
  readonly wire: string | undefined
  readonly kind: Kind
  readonly container: Container
  readonly nullable: boolean
  readonly initial: number
  readonly optional: boolean
  readonly rules: readonly number[]
  readonly options: number
  readonly condition: number
  readonly transform: number
  readonly own: number
  readonly source: Source
}
export interface DtoDesign {
  readonly fields: readonly FieldDesign[]
  readonly inner: readonly FieldDesign[]
  readonly isDefined: boolean
  readonly hasSetter: boolean
}

const hostile = [
  'two words',
  'a"];throw 0//',
  '__proto__',
  'constructor',
  'toString',
  'undefined',
  'raw',
  'target',
  'wrong',
  'l\u2028ine',
  '1',
  '`${x}`',
]
const propertyName = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('a', 'b', 'c', 'd', 'e') },
  { weight: 2, arbitrary: fc.constantFrom(...hostile) },
)
const field: fc.Arbitrary<FieldDesign> = fc.record({
  property: propertyName,
  wire: fc.oneof(
    { weight: 6, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom(...hostile, 'w') },
  ),
  kind: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom<Kind>(...scalarKinds, 'string', 'number') },
    { weight: 3, arbitrary: fc.constantFrom<Kind>('object', 'union', 'self') },
  ),
  container: fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom<Container>('array', 'set', 'map') },
  ),
  nullable: fc.boolean(),
  initial: fc.integer({ min: 0, max: 7 }),
  optional: fc.boolean(),
  rules: fc.array(fc.nat(40), { maxLength: 3 }),
  options: fc.nat(11),
  condition: fc.nat(9),
  transform: fc.nat(14),
  own: fc.nat(9),
  source: fc.constantFrom<Source>('body', 'body', 'query', 'header', 'cookie'),
})
export const dtoDesign: fc.Arbitrary<DtoDesign> = fc.record({
  fields: fc.uniqueArray(field, { minLength: 1, maxLength: 5, selector: ({ property }) => property }),
  inner: fc.uniqueArray(field, { minLength: 1, maxLength: 3, selector: ({ property }) => property }),
  isDefined: fc.boolean(),
  hasSetter: fc.integer({ min: 0, max: 12 }).map((value) => value === 0),
})

type Decorate = (options?: cv.ValidationOptions) => PropertyDecorator
const common: readonly Decorate[] = [
  cv.IsDefined,
  cv.IsNotEmpty,
  (o) => cv.NotEquals('ab', o),
  (o) => cv.IsNotIn([1, 'x'], o),
]
const ofKind: Readonly<Record<Kind, readonly Decorate[]>> = {
  string: [
    cv.IsString,
    (o) => cv.Length(1, 4, o),
    (o) => cv.MinLength(2, o),
    (o) => cv.MaxLength(5, o),
    (o) => cv.IsEmail({}, o),
    (o) => cv.IsUUID('all', o),
    (o) => cv.Matches(/^[a-c]/, o),
    (o) => cv.Contains('a', o),
    (o) => cv.IsAlphanumeric('en-US', o),
  ],
  number: [
    (o) => cv.IsNumber({}, o),
    cv.IsInt,
    (o) => cv.Min(0, o),
    (o) => cv.Max(10, o),
    cv.IsPositive,
    (o) => cv.IsDivisibleBy(2, o),
  ],
  boolean: [cv.IsBoolean, (o) => cv.Equals(true, o)],
  bigint: [(o) => cv.NotEquals(1n, o)],
  date: [cv.IsDate, (o) => cv.MinDate(new Date(0), o), (o) => cv.MaxDate(new Date('2030-01-01'), o)],
  enum: [],
  any: [cv.IsString, cv.IsObject, (o) => cv.IsIn(['a', 1, null], o)],
  duration: [(o) => cv.Min(10, o), (o) => cv.Max(100_000, o)],
  size: [(o) => cv.Max(1_000_000, o)],
  object: [cv.IsObject, (o) => cv.IsNotEmptyObject({}, o)],
  union: [cv.IsObject],
  self: [cv.IsObject],
}
const ofArray: readonly Decorate[] = [
  cv.IsArray,
  (o) => cv.ArrayMinSize(1, o),
  (o) => cv.ArrayMaxSize(2, o),
  (o) => cv.ArrayUnique(o),
  cv.ArrayNotEmpty,
]
const ruleOptions: readonly (cv.ValidationOptions | undefined)[] = [
  ...Array.from({ length: 8 }, () => undefined),
  { message: '$property `${x}` $value $target $constraint1' },
  { groups: ['g'] },
  { validateIf: (object: Record<string, unknown>, value) => value !== 0 && object.b !== 'a' },
  { always: true, message: ({ property }) => `no ${property}"` },
]
const members = ['a', 'b', '"];x', 'l\u2028', 1, 2]
const conditions: readonly ((object: Record<string, unknown>, value: unknown) => boolean)[] = [
  (object) => object.a !== 'a',
  (_, value) => value !== 0 && value !== undefined,
]
const transforms: readonly ((value: { value: unknown; obj: unknown; key: string }) => unknown)[] = [
  ({ value }) => (typeof value === 'string' ? value.trim() : value),
  ({ value }) => (value as string).toLowerCase(),
  ({ value }) => (value === '' ? undefined : value),
  ({ value, obj, key }) => ((obj as Record<string, unknown>).b === 'a' && key === 'a' ? '1' : value),
]

/** A class with the decorators that its design asks for. */
export function declareDto(design: DtoDesign, isInput: boolean): Class {
  registerRules()
  const Inner = declare(
    'In`ner',
    design.inner.filter(({ kind }) => kind !== 'union'),
    design,
    undefined,
    false,
  )
  const Other = declare(
    'Other',
    [design.inner[0]!].map((own) => ({ ...own, kind: 'string' as const, container: undefined })),
    design,
    undefined,
    false,
  )
  const Dto = declare('Dto "', design.fields, design, [Inner, Other], isInput)
  if (design.hasSetter) {
    const { property } = design.fields[0]!
    if (property !== '__proto__' && property !== 'constructor') {
      const kept = Symbol('kept')
      Object.defineProperty(Dto.prototype, property, {
        set(this: Record<symbol, unknown>, value: unknown) {
          this[kept] = typeof value === 'string' ? `${value}!` : value
        },
        get(this: Record<symbol, unknown>) {
          return this[kept]
        },
        configurable: true,
      })
    }
  }
  return Dto
}

function declare(
  name: string,
  fields: readonly FieldDesign[],
  design: DtoDesign,
  nested: readonly Class[] | undefined,
  isInput: boolean,
): Class {
  const Dto = {
    [name]: class {
      constructor() {
        for (const { property, initial, container, kind } of fields) {
          const value = initialValue(initial, container, kind, nested?.[0])
          if (design.hasSetter && nested && property === fields[0]!.property) continue
          if (value !== undefined || design.isDefined) define(this, property, value)
        }
      }
    },
  }[name] as Class
  for (const own of fields) decorate(Dto, own, nested, isInput)
  return Dto
}

function define(target: object, property: string, value: unknown) {
  Object.defineProperty(target, property, { value, writable: true, enumerable: true, configurable: true })
}

function initialValue(initial: number, container: Container, kind: Kind, nested: Class | undefined): unknown {
  if (initial > 2) return undefined
  if (initial === 2) return kind === 'any' ? {} : null
  if (container === 'array') return initial === 0 ? [] : ['a']
  if (container === 'set') return new Set(['b'])
  if (container === 'map') return new Map([['k', 'v']])
  switch (kind) {
    case 'string':
    case 'enum':
      return 'ab'
    case 'number':
    case 'duration':
    case 'size':
      return initial === 0 ? 0 : 5
    case 'boolean':
      return false
    case 'bigint':
      return 7n
    case 'date':
      return new Date(1_000)
    case 'object':
      return nested ? new nested() : undefined
    default:
      return undefined
  }
}

const designTypes: Readonly<Partial<Record<Kind, unknown>>> = {
  string: String,
  number: Number,
  boolean: Boolean,
  bigint: BigInt,
  date: Date,
  enum: String,
  duration: Number,
  size: Number,
  any: Object,
}
const containers = { array: Array, set: Set, map: Map } as const
const sources = { body: Body, query: Query, header: Header, cookie: Cookie, path: Query } as const

function decorate(Dto: Class, design: FieldDesign, nested: readonly Class[] | undefined, isInput: boolean): void {
  const { property, container } = design
  const kind = !nested && (design.kind === 'object' || design.kind === 'union') ? 'string' : design.kind
  const isUnit = kind === 'duration' || kind === 'size'
  const prototype = Dto.prototype as object
  const apply = (decorator: PropertyDecorator) => decorator(prototype, property)
  const own = kind === 'self' ? Dto : nested?.[0]
  const holder = isUnit ? undefined : container
  const isNested = kind === 'object' || kind === 'union' || kind === 'self'
  Reflect.defineMetadata(
    'design:type',
    holder ? containers[holder] : (designTypes[kind] ?? (kind === 'union' ? Object : own)),
    prototype,
    property,
  )
  const each = holder !== undefined
  if (kind === 'duration') apply(Duration() as PropertyDecorator)
  if (kind === 'size') apply(Size() as PropertyDecorator)
  if (kind === 'union') {
    const subTypes = nested!.map((value, index) => ({ name: index === 0 ? 'in"' : 'other', value }))
    apply(Type(() => Object, { discriminator: { property: 'type', subTypes } }))
  } else if (isNested) apply(Type(() => own!))
  else if (each) apply(Type(() => designTypes[kind === 'enum' ? 'any' : kind] as never))
  if (isNested && design.options % 2 === 0) apply(cv.ValidateNested({ each }))
  if (kind === 'enum') apply(cv.IsIn(members, { each }))
  if (design.optional) apply(cv.IsOptional())
  const pool = each
    ? [
        ...ofArray.filter(() => holder === 'array'),
        ...ofKind[kind].map(
          (rule): Decorate =>
            (options) =>
              rule({ ...options, each: true }),
        ),
        ...common,
      ]
    : [...ofKind[kind], ...common]
  for (const index of design.rules) apply(pool[index % pool.length]!(ruleOptions[design.options]))
  if (design.condition < conditions.length) apply(cv.ValidateIf(conditions[design.condition]!))
  if (design.transform < transforms.length) apply(Transform(transforms[design.transform]! as never))
  if (design.own < 2) apply(cv.Validate(NotOdd, each ? { each: true } : {}))
  if (design.own === 2 && isInput) apply(cv.Validate(Later))
  const bind = sources[nested && isInput ? design.source : 'body']
  apply(bind(design.wire ?? property, design.nullable ? { nullable: true } : {}) as PropertyDecorator)
}

const text = fc.constantFrom(
  'a',
  'ab',
  'b',
  'abc',
  ' a ',
  '',
  '1',
  '2',
  '-5',
  '1e3',
  'true',
  'false',
  '0',
  '2024-02-27',
  '2024-02-30',
  '2024-02-27T12:30:00Z',
  '2024-12-31T23:59:59.999Z',
  '2024-02-29T12:30:00.5+02:00',
  '30s',
  '1KiB',
  'a@example.com',
  '0b0c9a3e-3f7a-4f3f-9d9b-6a1b7f0c2d11',
  'a,b',
  '1,2',
  '\ud800',
  '"];x',
  '0099-01-01',
)
const scalarValue = fc.oneof(
  { weight: 5, arbitrary: text },
  { weight: 4, arbitrary: fc.constantFrom<unknown>(0, 1, 2, 5, 10, 11, -1, 1.5, 2 ** 53, NaN, -0, true, false) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(null, undefined, 1n, new Date(0), new Date(NaN), Symbol.iterator) },
)

/** Values near what a field of the kind takes, and some that are not. */
function valueFor(
  design: FieldDesign,
  dto: DtoDesign,
  fields: readonly FieldDesign[],
  depth: number,
): fc.Arbitrary<unknown> {
  const scalar: Readonly<Record<Scalar, fc.Arbitrary<unknown>>> = {
    string: text,
    number: fc.constantFrom<unknown>(0, 1, 2, 5, 10, '1'),
    boolean: fc.constantFrom<unknown>(true, false, 'true', '0'),
    bigint: fc.constantFrom<unknown>(1, 2, '12345678901234567890'),
    date: fc.constantFrom<unknown>('2024-02-27', '2024-02-27T12:30:00Z', '1999-12-31T23:59:59.999Z', '2024-02-30'),
    enum: fc.constantFrom<unknown>(...members, '1'),
    any: fc.oneof(scalarValue, fc.array(scalarValue, { maxLength: 2 }), fc.constant({ k: 1 })),
    duration: fc.constantFrom<unknown>('30s', 5, 50, '1h'),
    size: fc.constantFrom<unknown>('1KiB', 5, '3mb'),
  }
  // Classes inside have no others.
  const kind = fields === dto.inner && (design.kind === 'object' || design.kind === 'union') ? 'string' : design.kind
  const one =
    kind === 'self'
      ? depth > 1
        ? fc.constant(undefined)
        : rawFor(dto, fields, depth + 1)
      : kind === 'object' || kind === 'union'
        ? fc
            .tuple(rawFor(dto, dto.inner, depth + 1), fc.constantFrom('in"', 'other', 'other', 5, undefined))
            .map(([raw, type]) => (isObject(raw) ? { ...raw, type } : raw))
        : scalar[kind]
  const near = fc.oneof({ weight: 14, arbitrary: one }, { weight: 1, arbitrary: scalarValue })
  const held =
    design.container === 'map'
      ? fc.dictionary(fc.constantFrom('k', 'constructor', '0', '"'), near, { maxKeys: 2 })
      : design.container
        ? fc.array(near, { maxLength: 3 })
        : near
  return fc.oneof(
    { weight: 12, arbitrary: held },
    { weight: 1, arbitrary: scalarValue },
    { weight: 1, arbitrary: fc.constantFrom<unknown>([], {}, [['a']], { __proto__: null, a: 'a' }) },
  )
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A raw object for a class: most keys are there and near to right. */
export function rawFor(dto: DtoDesign, fields: readonly FieldDesign[], depth = 0): fc.Arbitrary<unknown> {
  const entries = fields.map((design) =>
    fc.tuple(
      fc.constant(design.wire ?? design.property),
      fc.oneof(
        { weight: 7, arbitrary: valueFor(design, dto, fields, depth) },
        { weight: 1, arbitrary: fc.constant(undefined) },
      ),
    ),
  )
  const record = fc
    .tuple(
      fc.tuple(...entries),
      fc.oneof({ weight: 6, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: fc.constant([['extra', 1]]) }),
    )
    .map(([own, extra]) => {
      const raw = {}
      for (const [name, value] of [...own, ...(extra as unknown as [string, unknown][])])
        if (value !== undefined) define(raw, name, value)
      return raw
    })
  return fc.oneof(
    { weight: 20, arbitrary: record },
    { weight: 1, arbitrary: scalarValue },
    { weight: 1, arbitrary: fc.constantFrom<unknown>([], {}) },
  )
}
