import {
  Body,
  Cookie,
  Duration,
  Field,
  Get,
  Header,
  Path,
  Post,
  Query,
  Returns,
  Route,
  Size,
  type Class,
} from '@lokstra/core'
import { Expose, Type } from 'class-transformer'
import * as cv from 'class-validator'
import fc from 'fast-check'

const scalarKinds = [
  'string',
  'number',
  'boolean',
  'bigint',
  'date',
  'names',
  'levels',
  'any',
  'duration',
  'size',
] as const
type Scalar = (typeof scalarKinds)[number]
type Kind = Scalar | 'object' | 'union' | 'self'
type Container = 'array' | 'set' | 'map' | undefined
type Place = 'path' | 'query' | 'header' | 'cookie' | 'body'

/** One property as data, so that a failing class shrinks and prints. */
interface FieldDesign {
  readonly property: string
  readonly wire: string | undefined
  readonly kind: Kind
  readonly container: Container
  readonly nullable: boolean
  readonly hasDefault: boolean
  readonly place: Place
}

/** The classes of one operation. */
export interface ContractDesign {
  readonly fields: readonly FieldDesign[]
  readonly inner: readonly FieldDesign[]
  /** The compiler gives an instance all of its properties. */
  readonly isDefined: boolean
}

export interface DesignedContract {
  readonly controller: Class
  readonly type: Class
  /** Instances, and values that are not there. */
  readonly values: fc.Arbitrary<object>
}

const property = fc.constantFrom('a', 'b', 'userId', 'user_id', 'constructor', '1', 'two words', 'größe', 'value')
const field: fc.Arbitrary<FieldDesign> = fc
  .record({
    property,
    wire: fc.option(fc.constantFrom('w', 'W', 'x-shop', 'toString', '@id', 'na"me'), { nil: undefined, freq: 3 }),
    kind: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom<Kind>(...scalarKinds, 'string') },
      { weight: 3, arbitrary: fc.constantFrom<Kind>('object', 'union', 'self') },
    ),
    container: fc.oneof(
      { weight: 3, arbitrary: fc.constant(undefined) },
      { weight: 2, arbitrary: fc.constantFrom<Container>('array', 'set', 'map') },
    ),
    nullable: fc.boolean(),
    hasDefault: fc.boolean(),
    place: fc.constantFrom<Place>('path', 'query', 'header', 'cookie', 'body', 'body'),
  })
  .map((design) => {
    // Rules see what every object inherits under this name.
    const isJudged = design.property === 'constructor' && (design.kind === 'names' || design.kind === 'levels')
    return isJudged ? { ...design, kind: 'string' as const } : design
  })

/** Two fields of one name are a mistake that the start reports; headers have no case. */
const fieldsOf = (maxLength: number) =>
  fc.uniqueArray(field, {
    minLength: 1,
    maxLength,
    comparator: (a, b) => a.property === b.property || wireOf(a) === wireOf(b),
  })

function wireOf({ wire, property }: FieldDesign): string {
  return (wire ?? property).replace(/[^\w-]/g, '_').toLowerCase()
}

export const contractDesign: fc.Arbitrary<ContractDesign> = fc.record({
  fields: fieldsOf(6),
  inner: fieldsOf(3),
  isDefined: fc.boolean(),
})

const names = ['open', 'paid', 'a,b', '']
const levels = [1, 2, 3.5]
const designTypes: Readonly<Partial<Record<Kind, unknown>>> = {
  string: String,
  number: Number,
  boolean: Boolean,
  bigint: BigInt,
  date: Date,
  names: String,
  levels: Number,
  duration: Number,
  size: Number,
  any: Object,
}
const containers = { array: Array, set: Set, map: Map } as const
const sources = { query: Query, header: Header, cookie: Cookie, body: Body } as const

interface Nested {
  readonly First: Class
  readonly Second: Class
}

/**
 * A controller whose operation takes, or returns, the designed class.
 * @param direction  of an output the places do not count
 */
export function declareContract(design: ContractDesign, direction: 'input' | 'output'): DesignedContract {
  const inner = design.inner.filter(({ kind }) => kind !== 'union' && kind !== 'object')
  const First = declareClass('First', inner, design, undefined, undefined)
  const Second = declareClass('Second', inner.slice(0, 1), design, undefined, undefined)
  // Of a class without fields there is nothing to declare.
  const nested = inner.length > 0 ? { First, Second } : undefined
  // A DTO whose fields come from anywhere but the body cannot be nested in itself.
  const fields = design.fields.map((one) =>
    one.kind === 'self' && direction === 'input' ? { ...one, kind: 'object' as const } : one,
  )
  const type = declareClass('Subject', fields, design, nested, direction)
  return {
    controller: direction === 'input' ? taking(type, fields) : returning(type),
    type,
    values: instanceOf(type, fields, design, nested, 0),
  }
}

function taking(type: Class, fields: readonly FieldDesign[]): Class {
  const path = fields.map((one, index) => (placeOf(one) === 'path' ? `/:${pathName(one, index)}` : ''))
  class Subjects {
    async take(_input: unknown): Promise<void> {
      return Promise.resolve()
    }
  }
  const operation = fields.some((one) => placeOf(one) === 'body') ? Post : Get
  decorateMethod(Subjects, 'take', [type], [operation(path.join('') || '/'), Returns(undefined, 204)])
  return Subjects
}

function returning(type: Class): Class {
  class Subjects {
    async give(): Promise<unknown> {
      return Promise.resolve(undefined)
    }
  }
  decorateMethod(Subjects, 'give', [], [Get(), Returns(type as Class<object>)])
  return Subjects
}

function decorateMethod(controller: Class, method: string, types: readonly unknown[], decorators: readonly unknown[]) {
  const prototype = controller.prototype as object
  const descriptor = Object.getOwnPropertyDescriptor(prototype, method)!
  Reflect.defineMetadata('design:paramtypes', types, prototype, method)
  Reflect.defineMetadata('design:returntype', Promise, prototype, method)
  for (const decorate of decorators as readonly MethodDecorator[]) decorate(prototype, method, descriptor)
  Route()(controller)
}

/** What a path or a header cannot have where it is declared so: nested objects. */
function placeOf({ place, kind, container }: FieldDesign): Place {
  const isNested = kind === 'object' || kind === 'union' || kind === 'self' || container === 'map'
  if (isNested && (place === 'path' || place === 'header' || place === 'cookie')) return 'body'
  return kind === 'any' && place === 'path' ? 'query' : place
}

function declareClass(
  name: string,
  fields: readonly FieldDesign[],
  { isDefined }: ContractDesign,
  nested: Nested | undefined,
  direction: 'input' | 'output' | undefined,
): Class {
  const type = {
    [name]: class {
      constructor() {
        for (const { property, hasDefault, kind, container } of fields) {
          const value = hasDefault && !container && kind === 'string' ? 'the default' : undefined
          if (isDefined || value !== undefined) define(this, property, value)
        }
      }
    },
  }[name] as Class
  for (const [index, one] of fields.entries()) decorateField(type, one, index, nested, direction)
  return type
}

function kindIn({ kind }: FieldDesign, nested: Nested | undefined): Kind {
  return !nested && (kind === 'object' || kind === 'union') ? 'string' : kind
}

function decorateField(
  type: Class,
  design: FieldDesign,
  index: number,
  nested: Nested | undefined,
  direction: 'input' | 'output' | undefined,
): void {
  const { property, container, nullable, wire } = design
  const kind = kindIn(design, nested)
  const prototype = type.prototype as object
  const apply = (decorator: unknown) => (decorator as PropertyDecorator)(prototype, property)
  const isUnit = kind === 'duration' || kind === 'size'
  const holder = isUnit ? undefined : container
  const own = kind === 'self' ? type : nested?.First
  const emitted = holder ? containers[holder] : (designTypes[kind] ?? (kind === 'union' ? Object : own))
  Reflect.defineMetadata('design:type', emitted, prototype, property)
  const item = kind === 'names' || kind === 'levels' || kind === 'any' ? Object : designTypes[kind]
  if (kind === 'duration') apply(Duration())
  if (kind === 'size') apply(Size())
  if (kind === 'union') {
    const subTypes = [
      { name: 'first', value: nested!.First },
      { name: 'second', value: nested!.Second },
    ]
    apply(Type(() => Object, { discriminator: { property: 'type"', subTypes } }))
  } else if (own && designTypes[kind] === undefined) apply(Type(() => own))
  else if (holder || kind === 'any') apply(Type(() => item as never))
  if (kind === 'names') apply(cv.IsIn(names, { each: holder !== undefined }))
  if (kind === 'levels') apply(cv.IsIn(levels, { each: holder !== undefined }))
  // Of a nested class with rules a value would be asked for.
  apply(cv.IsOptional())
  apply(Field({ nullable: nullable || kind === 'any' }))
  if (direction !== 'input') {
    if (wire !== undefined) apply(Expose({ name: wire }))
    return
  }
  const place = placeOf(design)
  if (place === 'path') apply(Path(pathName(design, index)))
  else apply(sources[place](wireName(design, place)))
}

function pathName({ kind }: FieldDesign, index: number): string {
  return `${kind}${index}`
}

/** A name that the source can have. */
function wireName({ wire, property }: FieldDesign, place: Place): string {
  const name = wire ?? property
  return place === 'header' || place === 'cookie' ? name.replace(/[^\w-]/g, '_') : name
}

function define(target: object, property: string, value: unknown) {
  Object.defineProperty(target, property, { value, writable: true, enumerable: true, configurable: true })
}

const plainKey = fc.string({ maxLength: 5 }).filter((key) => key !== '__proto__')
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ unit: 'grapheme', maxLength: 10 }),
  fc.constantFrom(
    '',
    '.',
    '..',
    '/',
    ' a ',
    'a,b',
    '%',
    '%41',
    '+',
    '&a=1',
    '[]',
    '{}',
    'null',
    '5',
    '"',
    '\0',
    '\r\n',
    '🦉',
  ),
)
const whole = fc.maxSafeInteger()
const real = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .filter((number) => Math.abs(number) <= Number.MAX_SAFE_INTEGER)
const positive = fc.oneof(fc.nat(), fc.double({ min: 0, max: 1e9, noNaN: true }))
/** JSON has one zero. */
const unsigned = (number: number) => number + 0
const json = fc
  .jsonValue({ maxDepth: 3 })
  .map((value) => JSON.parse(JSON.stringify(value).replaceAll('__proto__', 'proto')) as unknown)

const scalars: Readonly<Record<Scalar, fc.Arbitrary<unknown>>> = {
  string: text,
  number: fc.oneof(whole, real).map(unsigned),
  boolean: fc.boolean(),
  bigint: fc.oneof(
    { weight: 9, arbitrary: fc.bigInt({ min: -(10n ** 60n), max: 10n ** 60n }) },
    // The longest that are read: what writes must not write longer ones.
    { weight: 1, arbitrary: fc.constantFrom(10n ** 1_000n - 1n, 1n - 10n ** 999n) },
  ),
  date: fc.date({
    min: new Date('0000-01-01T00:00:00Z'),
    max: new Date('9999-12-31T23:59:59.999Z'),
    noInvalidDate: true,
  }),
  names: fc.constantFrom(...names),
  levels: fc.constantFrom(...levels),
  any: json.map((value) => (value === null ? 'nothing' : value)),
  duration: positive.map(unsigned),
  size: positive.map(unsigned),
}

function valueOf(
  design: FieldDesign,
  contract: ContractDesign,
  nested: Nested | undefined,
  owner: Owner,
): fc.Arbitrary<unknown> {
  const kind = kindIn(design, nested)
  const isUnit = kind === 'duration' || kind === 'size'
  const one = itemOf(kind, contract, nested, owner)
  switch (isUnit ? undefined : design.container) {
    case 'array':
      return fc.array(one, { maxLength: 3 })
    case 'set':
      return fc.array(one, { maxLength: 3 }).map((items) => new Set(items))
    case 'map':
      // In the order in which every object has them, since that is how they come back.
      return fc
        .dictionary(plainKey, one, { maxKeys: 3, noNullPrototype: true })
        .map((record) => new Map(Object.entries(record)))
    default:
      return one
  }
}

interface Owner {
  readonly type: Class
  readonly fields: readonly FieldDesign[]
  readonly depth: number
}

function itemOf(kind: Kind, contract: ContractDesign, nested: Nested | undefined, owner: Owner): fc.Arbitrary<unknown> {
  const inner = contract.inner.filter((one) => one.kind !== 'union' && one.kind !== 'object')
  const instance = (type: Class, fields: readonly FieldDesign[]) =>
    instanceOf(type, fields, contract, undefined, owner.depth + 1)
  switch (kind) {
    case 'object':
      return instance(nested!.First, inner)
    case 'union':
      return fc.oneof(instance(nested!.First, inner), instance(nested!.Second, inner.slice(0, 1)))
    case 'self':
      return instanceOf(owner.type, owner.fields, contract, nested, owner.depth + 1)
    default:
      return scalars[kind]
  }
}

/** Instances of a class with some of its properties. */
function instanceOf(
  type: Class,
  fields: readonly FieldDesign[],
  contract: ContractDesign,
  nested: Nested | undefined,
  depth: number,
): fc.Arbitrary<object> {
  const entries = fields.map((design) => {
    if (depth > 2 && (design.kind === 'self' || design.container)) return fc.constant(undefined)
    const value = valueOf(design, contract, nested, { type, fields, depth })
    return fc.oneof(
      { weight: 6, arbitrary: value },
      { weight: 1, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constant(design.nullable ? null : undefined) },
    )
  })
  return fc.tuple(...entries).map((values) => {
    const instance = new type() as object
    for (const [index, value] of values.entries()) {
      if (value !== undefined) define(instance, fields[index]!.property, value)
    }
    return instance
  })
}
