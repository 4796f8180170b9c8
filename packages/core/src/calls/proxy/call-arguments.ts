import { Context } from '../../context/context.js'
import { operationName, type Operation } from '../../contract/operation.js'
import { E_CALL_ARGUMENTS } from '../../errors/catalogue/deployments.js'
import { lokstraError } from '../../errors/lokstra-error.js'

/** What a method of a service behind a boundary was called with. */
export interface CallArguments {
  readonly input: unknown
  /** Undefined where none was given, or something else. */
  readonly context: Context | undefined
}

/** What it gives throws E_CALL_ARGUMENTS where the input is missing. */
export function argumentReader(operation: Operation): (given: readonly unknown[]) => CallArguments {
  const { parameters, input } = operation
  const inputAt = parameters.indexOf('input')
  const contextAt = parameters.indexOf('context')
  return (given) => {
    const value = inputAt < 0 ? undefined : given[inputAt]
    const context = contextAt < 0 ? undefined : given[contextAt]
    if (input && (typeof value !== 'object' || value === null)) {
      const expected = `a ${input.type.name}`
      const params = { operation: operationName(operation), expected, received: describe(value) }
      throw lokstraError(E_CALL_ARGUMENTS, params, operation.site)
    }
    return { input: value, context: context instanceof Context ? context : undefined }
  }
}

function describe(value: unknown): string {
  return value === undefined || value === null ? 'nothing' : `a ${typeof value}`
}
