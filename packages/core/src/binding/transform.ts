import type { FieldPlan } from '../contract/object-plan.js'
import { transformationTypes } from '../contract/transformer-metadata.js'
import { HttpError } from '../errors/http-error.js'
import { invalid } from './scalar.js'

/**
 * Applies the field's transforms in turn. A transform that meets a value which it did not expect throws a TypeError or alike, and
 * the value is {@link invalid}: what a client sends must not look like a fault of the server. Any other error is one.
 * @param obj  what holds the value: the object of the body, all query values, all headers …
 */
export function applyTransforms({ property, transforms }: FieldPlan, raw: unknown, obj: unknown): unknown {
  let value = raw
  try {
    for (const transform of transforms) {
      value = transform({ value, key: property, obj, type: transformationTypes.input, options: {} })
    }
  } catch (error) {
    if (HttpError.is(error) || !isCausedByValue(error)) throw error
    return invalid
  }
  return value
}

function isCausedByValue(error: unknown): boolean {
  return (
    error instanceof TypeError ||
    error instanceof RangeError ||
    error instanceof SyntaxError ||
    error instanceof URIError
  )
}
