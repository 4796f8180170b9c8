import type { Context } from '../context/context.js'
import { E_OUTPUT_CIRCULAR, E_OUTPUT_TRANSFORM, E_OUTPUT_VALUE } from '../errors/catalogue/response.js'
import { lokstraError } from '../errors/lokstra-error.js'
import { OutputMisfit } from './serialize/misfit.js'
import { TransformFailure } from './serialize/transform-failure.js'

/** What a serialiser found wrong, with the operation that answered so; any other error as it is. */
export function outputError(ctx: Context, error: unknown): unknown {
  if (!OutputMisfit.is(error) && !TransformFailure.is(error)) return error
  // A serialiser is that of an operation.
  const { controller, method, site } = ctx.route.operation!
  const operation = `${controller.name}.${method}`
  const { field } = error
  if (TransformFailure.is(error)) {
    const { cause } = error
    return lokstraError(E_OUTPUT_TRANSFORM, { operation, field, reason: textOf(cause) }, site, { cause })
  }
  const { expected, received } = error
  return received === undefined
    ? lokstraError(E_OUTPUT_CIRCULAR, { operation, field }, site)
    : lokstraError(E_OUTPUT_VALUE, { operation, field, expected, received }, site)
}

/** Whatever was thrown: an object of the user's may throw again when it is asked for its text. */
function textOf(cause: unknown): string {
  try {
    return String(cause)
  } catch {
    return `a thrown ${typeof cause}`
  }
}
