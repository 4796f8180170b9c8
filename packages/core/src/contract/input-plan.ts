import type { Source } from '../decorators/binding.js'
import type { FieldPlan, ObjectPlan } from './object-plan.js'

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
