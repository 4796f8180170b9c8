import { inspect } from 'node:util'

import type { Context } from '../context/context.js'
import { HttpError, statusCodes } from '../errors/http-error.js'
import { isErrorStatus } from '../http/status.js'
import type { ErrorPayload } from './formatters/formatter.js'

/** A chain of causes may lead back to itself. */
const maxCauses = 20
const [internalCode, internalMessage] = statusCodes[500]!

/** What the client may know: all of an {@link HttpError} but its cause, nothing of anything else. */
export function toErrorPayload(ctx: Context, error: unknown): ErrorPayload {
  const { requestId } = ctx
  if (HttpError.is(error) && isErrorStatus(error.status)) {
    const { status, code, message, fields, details } = error
    return { status, code, message, fields, details, requestId }
  }
  return { status: 500, code: internalCode, message: internalMessage, fields: undefined, details: undefined, requestId }
}

/**
 * Logs a failure with its stack and causes. 501 and above are the lesser kind: a known limit, or a fault of another server.
 * Nothing that was thrown can make it throw.
 */
export function logFailure(ctx: Context, error: unknown, message: string): void {
  try {
    const err = asError(error)
    const fields = { err, method: ctx.method, route: ctx.route.path, path: ctx.path }
    if (HttpError.is(err) && err.status > 500) ctx.log.warn(message, fields)
    else ctx.log.error(message, fields)
  } catch {
    // The logger itself is broken: the answer matters more than the line.
  }
}

/** The error as thrown when a logger can read it, now or later; else one that describes it. */
function asError(error: unknown): Error {
  try {
    if (error instanceof Error || HttpError.is(error)) {
      readCauses(error)
      return error
    }
  } catch {
    return new Error(`What was thrown cannot be read: ${describe(error)}`)
  }
  return new TypeError(`What was thrown is not an Error: ${describe(error)}`, { cause: error })
}

/** Fails where a logger would. */
function readCauses(error: Error): string {
  let text = ''
  let cause: unknown = error
  for (let depth = 0; cause instanceof Error && depth < maxCauses; depth++, cause = cause.cause) {
    text += `${cause.name}${cause.message}${cause.stack}`
  }
  return text
}

function describe(value: unknown): string {
  try {
    return inspect(value, { depth: 3 })
  } catch {
    return typeof value
  }
}
