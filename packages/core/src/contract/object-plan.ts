import type { Class } from '../decorators/metadata.js'
import type { DeclaredRule } from '../validation/rules.js'
import type { ValueType } from './value-type.js'

/** What `@Transform` is handed; the shape is class-transformer's `TransformFnParams`. */
export interface TransformParameters {
  readonly value: unknown
  readonly key: string
  readonly obj: unknown
  readonly type: number
  readonly options: object
}
/** A function of `@Transform`. */
export type Transform = (parameters: TransformParameters) => unknown

/** What documents a field and has no say in how it is bound. */
export interface FieldNotes {
  readonly description: string | undefined
  readonly examples: readonly unknown[]
  /** OpenAPI's name of the format that a rule asks for, such as `email` or `uuid`; of a list, that of its elements. */
  readonly format: string | undefined
  readonly isDeprecated: boolean
}

/** One field of a class: how its value is read, checked and written. */
export interface FieldPlan {
  /** Name in the class. */
  readonly property: string
  /** Name on the wire. */
  readonly name: string
  readonly type: ValueType
  /** Takes, or may be written as, `null`. */
  readonly nullable: boolean
  /** Absence is a mistake: there is no default, no condition lets it pass, and a rule or a nested class needs a value. */
  readonly isRequired: boolean
  /** Value the initialiser gives, if any. */
  readonly defaultValue: unknown
  /** Applied in turn: to a raw value before its type is looked at, to an output's value before it is written. */
  readonly transforms: readonly Transform[]
  /** In class-validator's order. */
  readonly rules: readonly DeclaredRule[]
  readonly notes: FieldNotes
}

/**
 * One class in one direction: the fields that may be filled or written, and the rules on them. Nested plans are read on first
 * use, so classes may refer to themselves.
 */
export interface ObjectPlan {
  readonly type: Class
  readonly fields: readonly FieldPlan[]
  /** A getter or setter stands for a field, so that reading may give something else than was set. */
  readonly hasAccessors: boolean
  /** The constructor makes the properties of all fields, so that the order in which they are set does not matter. */
  readonly hasFixedShape: boolean
}
