import { bindPlan } from '../../binding/bind.js'
import type { InputPlan } from '../../contract/input-plan.js'
import type { FieldPlan, ObjectPlan } from '../../contract/object-plan.js'
import type { Operation } from '../../contract/operation.js'
import { compileExactSerializer } from '../../response/compile-serializer.js'
import { OutputMisfit } from '../../response/serialize/misfit.js'
import { misfitError } from './input-encoder.js'
import { untransformedField } from './untransformed.js'

/** What a method was called with, as a callee of the project would have it. */
export interface BoundInput {
  /** An instance, with the defaults of its class. */
  readonly value: object
  /** What is wrong with it by the rules of the class. */
  readonly complaints: readonly string[]
}

/** What it gives throws LokstraError E_CALL_VALUE for what is no value of the class. */
export function createInputBinder(
  operation: Operation,
  { type, fields }: InputPlan,
): (given: object) => Promise<BoundInput> {
  // A class like any other, wherever its fields come from.
  const named = fields.map((field): FieldPlan => ({ ...untransformedField(field), name: field.property }))
  const plan: ObjectPlan = { type, fields: named, hasAccessors: false, hasFixedShape: false }
  const serializer = compileExactSerializer({ kind: 'object', plan: () => plan })
  const toPlain = (given: object): object => {
    try {
      return JSON.parse(serializer.write(given)!) as object
    } catch (error) {
      throw OutputMisfit.is(error) ? misfitError(operation, error) : error
    }
  }
  return async (given) => {
    const { value, issues } = await bindPlan(plan, toPlain(given))
    return { value, complaints: issues.map(({ message }) => message) }
  }
}
