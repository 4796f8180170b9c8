import type { Context } from '../../context/context.js'
import type { DeclaredError } from '../../contract/operation.js'
import { errorMembers } from '../../response/formatters/error-members.js'
import type { ErrorPayload, Formatter } from '../../response/formatters/formatter.js'
import { SuccessText } from '../../response/formatters/success-text.js'
import { callHeader } from '../call-headers.js'
import { quote } from '../../response/serialize/json-text.js'

/**
 * How the callee answers a call: the bare JSON of the result, and `{"error": {type?, status, code, message, fields?, requestId,
 * details?}}`, in which `type` is the class that the operation declares with `@Throws`.
 */
export const callFormatter: Formatter = {
  name: 'call',
  success: (payload) => new SuccessText(payload, ({ dataText }) => dataText),
  error: (payload, error, ctx) => ({ text: errorText(payload, error, ctx), headers: ofOperation(ctx) }),
}

/** What tells an error of the operation from one of something on the way. */
function ofOperation(ctx: Context | undefined): Record<string, string> {
  const hash = ctx?.route.contractHash?.()
  return hash === undefined ? {} : { [callHeader.contract]: hash }
}

/** The body of an error answer. */
export function errorText(payload: ErrorPayload, error: unknown, ctx: Context | undefined): string {
  const declared = nearestDeclared(ctx?.route.operation?.errors ?? [], error)
  const type = declared ? `"type":${quote(declared.type.name)},` : ''
  return `{"error":{${type}"status":${payload.status},${errorMembers(payload)}}}`
}

/** The most specific of the declared classes that the error is of. */
function nearestDeclared(errors: readonly DeclaredError[], error: unknown): DeclaredError | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  for (let at = Reflect.getPrototypeOf(error); at !== null; at = Reflect.getPrototypeOf(at)) {
    const declared = errors.find(({ type }) => type.prototype === at)
    if (declared) return declared
  }
  return undefined
}
