import type { Source } from '../decorators/binding.js'
import type { Class } from '../decorators/metadata.js'
import type { DeclaredRule } from '../validation/rules.js'

/** The type a value is converted to and checked against before any rule sees it; of an output, the type it is written as. */
export type ValueType =
  | { readonly kind: 'string' | 'number' | 'boolean' | 'bigint' | 'date' | 'any' | 'duration' | 'size' }
  | { readonly kind: 'enum'; readonly values: readonly (string | number)[] }
  | { readonly kind: 'array' | 'set' | 'map'; readonly element: ValueType }
  | ObjectType
  /**
   * One of several classes, chosen by the text under `discriminator`. An output always has that text: the name of the first variant
   * whose class is the value's own, whether the class has such a field or not.
   */
  | { readonly kind: 'union'; readonly discriminator: string; readonly variants: ReadonlyMap<string, () => ObjectPlan> }

/** An object of one class; the plan of the class is read on first use. */
export interface ObjectType {
  readonly kind: 'object'
  readonly plan: () => ObjectPlan
}

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

/** A field of a request DTO, with the part of the request that fills it. */
export interface InputField extends FieldPlan {
  readonly source: Source
  /** `name` is `*`: the field takes all that the source holds. */
  readonly isWildcard: boolean
}

/** How one request DTO is filled. */
export interface InputPlan extends ObjectPlan {
  readonly fields: readonly InputField[]
  /** A field comes from the body: without, it is not read. */
  readonly readsBody: boolean
}
