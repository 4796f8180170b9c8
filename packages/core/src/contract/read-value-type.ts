import { enumOf, enumValues, impliedType, impliesArray, listOf } from './implied-type.js'
import type { FieldOptions, UnitKind } from '../decorators/binding.js'
import { propertyType, type Class } from '../decorators/metadata.js'
import {
  E_FIELD_ELEMENT_TYPE,
  E_FIELD_NESTED_TYPE,
  E_FIELD_TYPE_CONTRADICTION,
  E_FIELD_TYPE_FUNCTION,
  E_FIELD_UNION,
  E_INPUT_NOT_CLASS,
} from '../errors/catalogue/binding.js'
import type { ErrorDefinition } from '../errors/lokstra-error.js'
import type { DeclaredRule } from '../validation/rules.js'
import type { ObjectPlan } from './object-plan.js'
import type { ValueType } from './value-type.js'
import { readTransformerType, readTransforms, type Direction, type TransformerType } from './transformer-metadata.js'

/** All that says something about the type of one property. */
export interface TypeQuestion {
  readonly type: Class
  readonly property: string
  readonly direction: Direction
  readonly rules: readonly DeclaredRule[]
  readonly options: FieldOptions
  readonly unit: UnitKind | undefined
  /** What the initialiser gives: the compiler emits `Object` for a property without a declared type. */
  readonly defaultValue: unknown
  readonly report: <P>(definition: ErrorDefinition<P>, params: P) => void
  /** Nothing tells the type of the elements of a list, set or map. */
  readonly reportUntypedElement: () => void
  /** Nothing tells the type, and nobody asked for any value either. */
  readonly reportUntyped: () => void
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
  if (exact?.kind === 'object') return exact
  // Of an input the rule itself refuses other values, in its own words.
  if (exact) return enumOf(rules) ?? (question.direction === 'output' ? listOf(rules) : undefined) ?? exact
  if (isNested) {
    question.report(E_FIELD_NESTED_TYPE, { field, type: typeName(emitted) })
    return any
  }
  if (question.direction === 'input' && !isVague(emitted) && !isDeclaredFree(question) && !isTransformed(question)) {
    question.report(E_INPUT_NOT_CLASS, { type: typeName(emitted), where: field })
  }
  const found = impliedType(rules) ?? fromEmitted(constructorOf(question.defaultValue), question)
  if (!found && isVague(emitted) && !isDeclaredFree(question)) question.reportUntyped()
  return found ?? any
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

function fieldName({ type, property }: { readonly type: Class; readonly property: string }): string {
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
  if (transformer?.discriminator) return readUnion(transformer.discriminator, question)
  if (!transformer && options.type === undefined) return undefined
  const read: unknown = transformer ? transformer.typeFunction : options.type
  if (!isTypeFunction(read)) {
    question.report(E_FIELD_TYPE_FUNCTION, { field, given: typeName(read) })
    return any
  }
  if (transformer && read.length > 0) {
    question.report(E_FIELD_UNION, { field, reason: 'the function of @Type chooses by the value' })
    return any
  }
  const given = read()
  if (contradicts(given, question)) {
    const emitted = typeName(propertyType(type.prototype as object, property))
    question.report(E_FIELD_TYPE_CONTRADICTION, { field, named: typeName(given), declared: emitted })
    return any
  }
  if (Array.isArray(given)) {
    const element = fromEmitted(given[0], question)
    return { kind: 'array', element: element ?? any }
  }
  const result = fromEmitted(given, question)
  // `@Type(() => Object)` says nothing, and says so in code written for class-transformer.
  if (!result && given !== Object) question.report(E_INPUT_NOT_CLASS, { type: typeName(given), where: field })
  return result
}

type Discriminator = NonNullable<TransformerType['discriminator']>

function readUnion({ property: discriminator, subTypes }: Discriminator, question: TypeQuestion): ValueType {
  const field = fieldName(question)
  const variants = new Map<string, () => ObjectPlan>()
  const refuse = (reason: string): void => question.report(E_FIELD_UNION, { field, reason })
  if (typeof discriminator !== 'string' || discriminator === '') refuse('the property of its discriminator has no name')
  for (const { name, value } of subTypes) {
    if (variants.has(name)) refuse(`two of them have the name "${name}"`)
    const plan = isOwnClass(value) ? question.planOf(value) : undefined
    if (plan) variants.set(name, plan)
    else question.report(E_INPUT_NOT_CLASS, { type: typeName(value), where: `The variant "${name}" of ${field}` })
  }
  if (variants.size === 0) refuse('its discriminator lists none')
  return { kind: 'union', discriminator, variants }
}

/** Classes are functions too, and so are String and Number: those have a prototype that cannot be replaced. */
function isTypeFunction(read: unknown): read is () => unknown {
  return typeof read === 'function' && Reflect.getOwnPropertyDescriptor(read, 'prototype')?.writable !== false
}

/**
 * Whether a request could fill the property with another type than it is declared with. An output may name a class with fewer fields
 * than the declared one.
 */
function contradicts(given: unknown, { type, property, direction }: TypeQuestion): boolean {
  const emitted = propertyType(type.prototype as object, property)
  if (direction === 'output' || given === emitted || given === Object) return false
  if (scalars.has(emitted)) return typeof given === 'function' || Array.isArray(given)
  if (!isOwnClass(emitted)) return false
  return !(isOwnClass(given) && given.prototype instanceof emitted)
}

/** `@Type(() => Object)` or `{ type: () => Object }`: whatever the elements are is right. */
function isDeclaredFree({ type, property, options }: TypeQuestion): boolean {
  const read: unknown = readTransformerType(type, property)?.typeFunction ?? options.type
  return read !== undefined && (!isTypeFunction(read) || read() === Object)
}

function isTransformed({ type, property, direction }: TypeQuestion): boolean {
  return readTransforms(type, property, direction).length > 0
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

function typeName(value: unknown): string {
  return typeof value === 'function' ? value.name || 'a function' : String(value)
}
