import type { ObjectPlan } from './object-plan.js'
import type { OutputPlan } from './operation.js'

/** The type a value is converted to and checked against before any rule sees it; of an output, the type it is written as. */
export type ValueType =
  | { readonly kind: 'string' | 'number' | 'boolean' | 'bigint' | 'date' | 'any' | 'duration' | 'size' }
  | { readonly kind: 'enum'; readonly values: readonly (string | number)[] }
  | CollectionType
  | ObjectType
  | UnionType

/** A list, set or map. */
export interface CollectionType {
  readonly kind: 'array' | 'set' | 'map'
  readonly element: ValueType
}

/** An object of one class; the plan of the class is read on first use. */
export interface ObjectType {
  readonly kind: 'object'
  readonly plan: () => ObjectPlan
}

/**
 * One of several classes, chosen by the text under `discriminator`. An output always has that text: the name of the first variant
 * whose class is the value's own, whether the class has such a field or not.
 */
export interface UnionType {
  readonly kind: 'union'
  readonly discriminator: string
  readonly variants: ReadonlyMap<string, () => ObjectPlan>
}

/** A type whose values are objects with values in them. */
export type CompositeType = CollectionType | ObjectType | UnionType

/** One whose values are one value, or of which nothing is known. */
export type ScalarType = Exclude<ValueType, CompositeType>

export function isScalar(type: ValueType): type is ScalarType {
  return (
    type.kind !== 'array' &&
    type.kind !== 'set' &&
    type.kind !== 'map' &&
    type.kind !== 'object' &&
    type.kind !== 'union'
  )
}

/** What the client reads: what the value must be, without names of classes. */
export function describeType(type: ValueType): string {
  switch (type.kind) {
    case 'any':
      return 'a value'
    case 'string':
      return 'a string'
    case 'number':
      return 'a number'
    case 'boolean':
      return 'a boolean'
    case 'bigint':
      return 'an integer'
    case 'date':
      return 'an ISO 8601 date'
    case 'duration':
      return 'a duration such as 500ms or 30s'
    case 'size':
      return 'a size such as 512KiB or 1MiB'
    case 'enum':
      return `one of ${type.values.join(', ')}`
    case 'array':
    case 'set':
      return 'an array'
    case 'map':
    case 'object':
    case 'union':
      return 'an object'
  }
}

/** What the developer reads: a type as people write it, such as `OrderLine[]`, `map of number` or `open | paid`. */
export function printType(type: ValueType): string {
  switch (type.kind) {
    case 'array':
      return `${isChoice(type.element) ? `(${printType(type.element)})` : printType(type.element)}[]`
    case 'set':
    case 'map':
      return `${type.kind} of ${printType(type.element)}`
    case 'object':
      return type.plan().type.name
    case 'union':
      return [...type.variants.values()].map((plan) => plan().type.name).join(' | ')
    case 'enum':
      return type.values.join(' | ')
    default:
      return type.kind
  }
}

/** The same of what an operation answers with; empty without `@Returns`, and for an answer without a body. */
export function printOutput({ type, isStream }: Pick<OutputPlan, 'type' | 'isStream'>): string {
  if (isStream) return `stream of ${type ? printType(type) : 'bytes'}`
  return type ? printType(type) : ''
}

function isChoice({ kind }: ValueType): boolean {
  return kind === 'union' || kind === 'enum'
}
