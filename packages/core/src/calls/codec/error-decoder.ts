import type { DeclaredError } from '../../contract/operation.js'
import type { Class } from '../../decorators/metadata.js'
import type { HttpError } from '../../errors/http-error.js'
import { restoreHttpError, type FieldError } from '../../errors/http-error.js'
import { isErrorStatus } from '../../http/status.js'
import { isRecord } from '../../objects/is-record.js'

/**
 * Makes of the body of an error answer the error that the callee threw; undefined for one that the operation does not declare.
 * @param body  as `parseErrorBody` gives it
 */
export type ErrorDecoder = (body: unknown) => HttpError | undefined

/**
 * The error has the class, status, code, message, fields and details of the one that was thrown; its constructor does not run, and what
 * else it held stays on the other server.
 */
export function createErrorDecoder(errors: readonly DeclaredError[]): ErrorDecoder {
  const byName = new Map(errors.map(({ type }) => [type.name, type as Class<HttpError>]))
  return (body) => {
    const error = errorOf(body)
    const type = typeof error?.type === 'string' ? byName.get(error.type) : undefined
    if (!error || !type) return undefined
    const { status, code, message, fields, details } = error
    if (!isErrorStatus(status) || typeof code !== 'string' || typeof message !== 'string') return undefined
    if (fields !== undefined && !isFieldErrors(fields)) return undefined
    return restoreHttpError(type, {
      status,
      code,
      message,
      fields,
      details: isRecord(details) ? details : undefined,
    })
  }
}

/** What the callee says of an error, declared or not; undefined where the answer is not one of a callee. */
export function errorOf(body: unknown): Readonly<Record<string, unknown>> | undefined {
  const error = isRecord(body) ? body.error : undefined
  return isRecord(error) ? error : undefined
}

/** Undefined for what is no JSON: something on the way has answered. */
export function parseErrorBody(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** They are written to clients as they are. */
function isFieldErrors(value: unknown): value is readonly FieldError[] {
  const isText = (part: unknown): boolean => typeof part === 'string'
  return (
    Array.isArray(value) &&
    value.every(
      (one) => isRecord(one) && isText(one.in) && isText(one.field) && isText(one.code) && isText(one.message),
    )
  )
}
