import type { Context } from '../context/context.js'
import { E_RESPONSE_VALUE } from '../errors/catalogue/response.js'
import { HttpError } from '../errors/http-error.js'
import { lokstraError } from '../errors/lokstra-error.js'
import { hasNoBody } from '../http/status.js'
import { conditionalStatus } from './conditional-status.js'
import { logFailure, toErrorPayload } from './error-payload.js'
import { formattedText, jsonType } from './formatters/formatted-text.js'
import { lokstraFormatter } from './formatters/lokstra.js'
import { bytesType } from './item-stream.js'
import { outputError } from './output-error.js'
import { addHeaders, responseHeaders, type ResponseHeaders } from './response-headers.js'
import { Result } from './result.js'
import { sendFile } from './send-file.js'
import { sendStream } from './send-stream.js'
import { abandonStream, isStream, readChunks } from './stream-source.js'
import { DataPayload } from './success-payload.js'
import { writeResponse } from './write-response.js'

/** An error answer says nothing of the resource, so what middleware said of it in advance is left out. */
const resourceHeaders = ['etag', 'last-modified', 'cache-control', 'expires', 'content-encoding', 'content-disposition']

/**
 * Sends what a handler or middleware returned: a `Result`, a stream, bytes, nothing (204), or a value for the envelope.
 * Adds nothing when the response was written to directly. Failures become error answers; it never throws.
 * @param status  of plain values
 * @returns of streams and files: resolves when all is sent, rejects with what failed; undefined for what is sent at once
 */
export function sendOutcome(ctx: Context, outcome: unknown, status: number): Promise<void> | undefined {
  const { res } = ctx
  if (res.headersSent || res.writableEnded || res.destroyed) {
    abandonOutcome(outcome)
    return undefined
  }
  try {
    if (outcome === undefined) writeResponse(ctx, 204, responseHeaders(ctx, undefined, undefined, undefined), undefined)
    else if (typeof outcome !== 'object' || outcome === null) sendData(ctx, status, outcome, undefined)
    else if (Result.is(outcome)) return sendResult(ctx, outcome)
    else if (outcome instanceof Uint8Array) {
      writeResponse(ctx, status, responseHeaders(ctx, bytesType, undefined, undefined), outcome)
    } else if (isStream(outcome)) {
      return sendItems(ctx, status, outcome)
    } else sendData(ctx, status, outcome, undefined)
  } catch (error) {
    sendError(ctx, outputError(ctx, error))
  }
  return undefined
}

/**
 * Sends what was thrown: an {@link HttpError} as it describes itself, anything else as a generic 500. Whatever is a 500 or above
 * is logged, with its causes. A response that has begun is cut off, so that no client takes it for complete. Never throws.
 */
export function sendError(ctx: Context, error: unknown): void {
  const { res } = ctx
  if (res.destroyed) return
  if (res.headersSent) {
    logFailure(ctx, error, res.writableEnded ? 'request failed' : 'response cut off')
    if (!res.writableEnded) res.destroy()
    return
  }
  try {
    answerError(ctx, error, undefined)
  } catch (failure) {
    answerBareError(ctx, failure)
  }
}

/** As `@Returns` declares them, or chunks as they are. */
function sendItems(ctx: Context, status: number, source: object): Promise<void> {
  const form = ctx.route.streamForm
  const headers = responseHeaders(ctx, form?.type ?? bytesType, undefined, undefined)
  const items = readChunks(source)
  const chunks = form ? form.chunks(ctx, items) : items
  return sendStream(ctx, status, headers, chunks)
}

function sendResult(ctx: Context, result: Result): Promise<void> | undefined {
  const { body, status } = result
  switch (body.kind) {
    case 'data':
      sendData(ctx, status, body.data, result)
      return undefined
    case 'empty':
      writeResponse(ctx, status, responseHeaders(ctx, undefined, undefined, result), undefined)
      return undefined
    case 'text': {
      const headers = responseHeaders(ctx, body.type, undefined, result)
      writeResponse(ctx, conditionalStatus(ctx, status, headers), headers, body.text)
      return undefined
    }
    case 'stream': {
      const source = readChunks(body.source)
      try {
        const headers = responseHeaders(ctx, body.type, undefined, result)
        return sendStream(ctx, conditionalStatus(ctx, status, headers), headers, source)
      } catch (error) {
        source.stop()
        throw error
      }
    }
    case 'file':
      return sendFile(ctx, result, body.path, body.options)
    case 'error':
      answerError(ctx, body.error, result)
      return undefined
  }
}

function sendData(ctx: Context, status: number, data: unknown, result: Result | undefined): void {
  if (typeof data === 'function' || typeof data === 'symbol') {
    throw lokstraError(E_RESPONSE_VALUE, { type: typeof data })
  }
  // The declared type is that of every success: whoever calls the operation was promised it, also by middleware that answers early.
  const serializer = status < 400 ? ctx.route.serializer : undefined
  const formatted = ctx.app.formatter.success(new DataPayload(status, data, serializer, result))
  const headers = responseHeaders(ctx, formatted.type ?? jsonType, formatted.headers, result)
  const conditional = conditionalStatus(ctx, status, headers)
  const text = hasNoBody(conditional) ? undefined : formattedText(formatted)
  if (text === undefined) delete headers['content-type']
  writeResponse(ctx, conditional, headers, text)
}

/** @param result  what a middleware made of the error; its headers and cookies are sent along */
function answerError(ctx: Context, error: unknown, result: Result | undefined): void {
  const payload = toErrorPayload(ctx, error)
  if (payload.status >= 500) logFailure(ctx, error, 'request failed')
  const formatted = ctx.app.formatter.error(payload, error, ctx)
  const headers = responseHeaders(ctx, formatted.type ?? jsonType, formatted.headers, result)
  // Most errors have none but the usual headers, which is seen faster than that these six are not there.
  if (ctx.responseHeaders !== undefined || formatted.headers !== undefined || result !== undefined) {
    for (const name of resourceHeaders) delete headers[name]
  }
  const ofError = HttpError.is(error) ? error.headers : undefined
  if (ofError !== undefined) addHeaders(headers, ofError)
  writeResponse(ctx, payload.status, headers, formattedText(formatted))
}

/** The last resort: a formatter, a header or the error itself failed while the error answer was built. */
function answerBareError(ctx: Context, failure: unknown): void {
  logFailure(ctx, failure, 'error answer failed')
  try {
    const payload = toErrorPayload(ctx, undefined)
    const headers: ResponseHeaders = { 'content-type': jsonType, 'x-content-type-options': 'nosniff' }
    writeResponse(ctx, payload.status, headers, lokstraFormatter.error(payload).text)
  } catch {
    ctx.res.destroy()
  }
}

/** Nobody will read it, so what it holds is released. */
export function abandonOutcome(outcome: unknown): void {
  if (typeof outcome !== 'object' || outcome === null) return
  if (!Result.is(outcome)) {
    if (isStream(outcome)) abandonStream(outcome)
  } else if (outcome.body.kind === 'stream') abandonStream(outcome.body.source)
}
