import { impliedTypes, typeRules } from './type-rules.js'
import type { FieldOptions, UnitKind } from '../decorators/binding.js'
import { propertyType, type Class } from '../decorators/metadata.js'
import {
  E_FIELD_ELEMENT_TYPE,
  E_FIELD_NESTED_TYPE,
  E_FIELD_UNION,
  E_INPUT_NOT_CLASS,
} from '../errors/catalogue/binding.js'
import type { ErrorDefinition } from '../errors/lokstra-error.js'
import type { Rule } from '../validation/rules.js'
import type { ObjectPlan, ValueType } from './input-plan.js'
import { readTransformerType } from './transformer-metadata.js'

/** All that says something about the type of one property. */
export interface TypeQuestion {
  readonly type: Class
  readonly property: string
  readonly rules: readonly Rule[]
  readonly options: FieldOptions
  readonly unit: UnitKind | undefined
  /** What the initialiser gives: the compiler emits `Object` for a property without a declared type. */
  readonly defaultValue: unknown
  readonly report: <P>(definition: ErrorDefinition<P>, params: P) => void
  /** Nothing tells the type of the elements of a list, set or map. */
  readonly reportUntypedElement: () => void
  /** Called for every nested class, also in circles; undefined where its values are taken as they are. */
  readonly planOf: (type: Class) => (() => ObjectPlan) | undefined
}

const any: ValueType = { kind: 'any' }
const scalars: ReadonlyMap<unknown, ValueType> = new Map<unknown, ValueType>([
  [String, { kind: 'string' }],
  [Number, { kind: 'number' }],
  [Boolean, { kind: 'boolean' }],
  [BigInt, { kind: 'bigint' }],
  [Date, { kind: 'date' }],
])

/** String, Number, Boolean, BigInt or Date. */
export function scalarOf(type: unknown): ValueType | undefined {
  return scalars.get(type)
}

const containers: ReadonlyMap<unknown, 'array' | 'set' | 'map'> = new Map<unknown, 'array' | 'set' | 'map'>([
  [Array, 'array'],
  [Set, 'set'],
  [Map, 'map'],
])
const arrayRules = new Set([
  'isArray',
  'arrayMinSize',
  'arrayMaxSize',
  'arrayNotEmpty',
  'arrayUnique',
  'arrayContains',
  'arrayNotContains',
])

/**
 * The type of a property: units, then `@Type`, then `{ type }`, then what the compiler emitted, then the class or list that the
 * initialiser gives, then what the rules imply, then the initialiser's type.
 * Reports what stays unknown and must not.
 */
export function readValueType(question: TypeQuestion): ValueType {
  if (question.unit) return { kind: question.unit }
  const { rules } = question
  const emitted = emittedType(question)
  const declared = declaredType(question)
  const isNested = rules.some((rule) => rule.kind === 'nested')
  const container = containers.get(emitted) ?? (isVague(emitted) && impliesArray(rules) ? 'array' : undefined)
  const field = fieldName(question)
  if (container) {
    if (declared?.kind === container) return declared
    const [first] = Array.isArray(question.defaultValue) ? (question.defaultValue as unknown[]) : []
    const element =
      declared ?? impliedType(rules.filter((rule) => rule.each)) ?? fromEmitted(constructorOf(first), question)
    if (element) return { kind: container, element }
    if (isNested) question.report(E_FIELD_ELEMENT_TYPE, { field })
    else if (!rules.some((rule) => rule.each) && !isDeclaredFree(question)) question.reportUntypedElement()
    return { kind: container, element: any }
  }
  if (declared) return declared
  const exact = fromEmitted(emitted, question)
  if (exact) return enumOf(rules) && exact.kind !== 'object' ? enumOf(rules)! : exact
  if (isNested) {
    question.report(E_FIELD_NESTED_TYPE, { field, type: typeName(emitted) })
    return any
  }
  return impliedType(rules) ?? fromEmitted(constructorOf(question.defaultValue), question) ?? any
}

/** The compiler's word, or the initialiser's for classes and containers, which no rule names. */
function emittedType({ type, property, defaultValue }: TypeQuestion): unknown {
  const emitted = propertyType(type.prototype as object, property)
  const given = constructorOf(defaultValue)
  return isVague(emitted) && (containers.has(given) || isOwnClass(given)) ? given : emitted
}

function constructorOf(value: unknown): unknown {
  return value === undefined || value === null ? undefined : value.constructor
}

export function fieldName({ type, property }: { readonly type: Class; readonly property: string }): string {
  return `${type.name}.${property}`
}

/** The compiler knew no more than "some object": a union, an interface, a record, or code without metadata. */
export function isVague(emitted: unknown): boolean {
  return emitted === Object || emitted === undefined
}

function declaredType(question: TypeQuestion): ValueType | undefined {
  const { type, property, options } = question
  const transformer = readTransformerType(type, property)
  const field = fieldName(question)
  if (transformer?.discriminator) {
    const { property: discriminator, subTypes } = transformer.discriminator
    const variants = new Map<string, () => ObjectPlan>()
    for (const { name, value } of subTypes) {
      const plan = isOwnClass(value) ? question.planOf(value) : undefined
      if (plan) variants.set(name, plan)
      else question.report(E_INPUT_NOT_CLASS, { type: typeName(value), where: `The variant "${name}" of ${field}` })
    }
    if (variants.size === 0) question.report(E_FIELD_UNION, { field, reason: 'its discriminator lists none' })
    return { kind: 'union', discriminator, variants }
  }
  const read = transformer?.typeFunction ?? options.type
  if (!read) return undefined
  if (transformer && transformer.typeFunction.length > 0) {
    question.report(E_FIELD_UNION, { field, reason: 'the function of @Type chooses by the value' })
    return any
  }
  const given = read()
  if (Array.isArray(given)) {
    const element = fromEmitted(given[0], question)
    return { kind: 'array', element: element ?? any }
  }
  const result = fromEmitted(given, question)
  // `@Type(() => Object)` says nothing, and says so in code written for class-transformer.
  if (!result && given !== Object) question.report(E_INPUT_NOT_CLASS, { type: typeName(given), where: field })
  return result
}

/** `@Type(() => Object)` or `{ type: () => Object }`: whatever the elements are is right. */
function isDeclaredFree({ type, property, options }: TypeQuestion): boolean {
  return (readTransformerType(type, property)?.typeFunction ?? options.type)?.() === Object
}

function fromEmitted(emitted: unknown, question: TypeQuestion): ValueType | undefined {
  const scalar = scalars.get(emitted)
  if (scalar) return scalar
  if (isOwnClass(emitted)) {
    const plan = question.planOf(emitted)
    return plan ? { kind: 'object', plan } : any
  }
  // swc emits the enum itself where tsc emits String or Number.
  if (typeof emitted === 'object' && emitted !== null) return { kind: 'enum', values: enumValues(emitted) }
  return undefined
}

const builtIns = new Set<unknown>([
  Object,
  Function,
  Symbol,
  Promise,
  RegExp,
  Array,
  Set,
  Map,
  WeakMap,
  WeakSet,
  Error,
  Buffer,
  URL,
])

/** A class of the user's, whose fields can be read. */
export function isOwnClass(value: unknown): value is Class {
  return typeof value === 'function' && !builtIns.has(value) && !scalars.has(value) && value.prototype !== undefined
}

/** Members of a TypeScript enum: a numeric one also maps back from its numbers. */
function enumValues(entity: object): (string | number)[] {
  return Object.entries(entity)
    .filter(([key]) => Number.isNaN(Number.parseInt(key, 10)))
    .map(([, value]) => value as string | number)
}

function impliesArray(rules: readonly Rule[]): boolean {
  return rules.some(
    (rule) => arrayRules.has(rule.name) || (rule.each && (rule.kind === 'custom' || rule.kind === 'nested')),
  )
}

function impliedType(rules: readonly Rule[]): ValueType | undefined {
  const custom = rules.filter((rule) => rule.kind === 'custom')
  const values = enumOf(custom) ?? listOf(custom)
  if (values) return values
  for (const table of [typeRules, impliedTypes]) {
    for (const { name } of custom) {
      const implied = table.get(name)
      if (implied) return implied
    }
  }
  return undefined
}

function enumOf(rules: readonly Rule[]): ValueType | undefined {
  const rule = rules.find(({ kind, name }) => kind === 'custom' && name === 'isEnum')
  const entity = rule?.constraints?.[0]
  return typeof entity === 'object' && entity !== null ? { kind: 'enum', values: enumValues(entity) } : undefined
}

function listOf(rules: readonly Rule[]): ValueType | undefined {
  const values = rules.find(({ name }) => name === 'isIn')?.constraints?.[0]
  if (!Array.isArray(values) || values.length === 0) return undefined
  return values.every((value) => typeof value === 'string' || typeof value === 'number')
    ? { kind: 'enum', values: [...values] }
    : undefined
}

function typeName(value: unknown): string {
  return typeof value === 'function' ? value.name || 'a function' : String(value)
}
