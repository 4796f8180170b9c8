import type { Source } from '../decorators/binding.js'
import type { Class } from '../decorators/metadata.js'
import type { Rule } from '../validation/rules.js'

/** The type a value is converted to and checked against before any rule sees it. */
export type ValueType =
  | { readonly kind: 'string' | 'number' | 'boolean' | 'bigint' | 'date' | 'any' | 'duration' | 'size' }
  | { readonly kind: 'enum'; readonly values: readonly (string | number)[] }
  | { readonly kind: 'array' | 'set' | 'map'; readonly element: ValueType }
  | { readonly kind: 'object'; readonly plan: () => ObjectPlan }
  | { readonly kind: 'union'; readonly discriminator: string; readonly variants: ReadonlyMap<string, () => ObjectPlan> }

export interface FieldPlan {
  readonly property: string
  /** Name on the wire. */
  readonly name: string
  readonly type: ValueType
  readonly nullable: boolean
  /** Value the initialiser gives, if any. */
  readonly defaultValue: unknown
  readonly rules: readonly Rule[]
}

/** One class: the fields that may be filled, and the rules on them. Nested plans are read on first use, so classes may refer to themselves. */
export interface ObjectPlan {
  readonly type: Class
  readonly fields: readonly FieldPlan[]
}

export interface InputField extends FieldPlan {
  readonly source: Source
  /** `name` is `*`: the field takes all that the source holds. */
  readonly isWildcard: boolean
}

/** How one request DTO is filled. */
export interface InputPlan extends ObjectPlan {
  readonly fields: readonly InputField[]
  readonly readsBody: boolean
}
