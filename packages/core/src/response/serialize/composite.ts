import type { ValueType } from '../../contract/input-plan.js'

/** A type whose values are objects with values in them. */
export type Composite = Extract<ValueType, { readonly kind: 'array' | 'set' | 'map' | 'object' | 'union' }>

/** One that is written as one value. */
export type ScalarType = Exclude<ValueType, Composite | { readonly kind: 'any' }>

export type Union = Extract<ValueType, { readonly kind: 'union' }>

export function isComposite(type: ValueType): type is Composite {
  return ['array', 'set', 'map', 'object', 'union'].includes(type.kind)
}

/** A list, set or map. */
export type Collection = Extract<ValueType, { readonly element: ValueType }>
