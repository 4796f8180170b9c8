import type { Context } from '../context/context.js'
import { E_OUTPUT_CIRCULAR, E_OUTPUT_VALUE } from '../errors/catalogue/response.js'
import { lokstraError } from '../errors/lokstra-error.js'
import { OutputMisfit } from './serialize/misfit.js'

/** What a serialiser found wrong, with the operation that answered so; any other error as it is. */
export function outputError(ctx: Context, error: unknown): unknown {
  if (!OutputMisfit.is(error)) return error
  const { controller, method, site } = ctx.route.operation!
  const operation = `${controller.name}.${method}`
  const { field, expected, received } = error
  return received === undefined
    ? lokstraError(E_OUTPUT_CIRCULAR, { operation, field }, site)
    : lokstraError(E_OUTPUT_VALUE, { operation, field, expected, received }, site)
}
