import { stateKey, type Context, type Principal } from '../../context/context.js'
import { E_CALL_CONTEXT } from '../../errors/catalogue/deployments.js'
import { BadRequestError } from '../../errors/http-error.js'
import { lokstraError } from '../../errors/lokstra-error.js'
import { reasonOf } from '../../errors/reason-of.js'
import { callHeader } from '../call-headers.js'
import type { CallMetadata } from '../call-metadata.js'
import { filterBaggage } from './baggage.js'
import { firstMembers } from './first-members.js'

/** Of all headers together Node takes 16 KiB by default. */
const limitBytes = 8 * 1024

/*
 * A client may send as much as this server takes in all. What it says beside its input must not make calls larger than the next server
 * takes: such a call would fail for a header that nothing depends on.
 */

/** Characters of `tracestate` that everybody hands on. https://www.w3.org/TR/trace-context/#tracestate-limits */
const tracestateLimit = 512
/** Characters of `baggage`, as many as everybody hands on: https://www.w3.org/TR/baggage/#limits */
const baggageLimit = 8 * 1024
/** Of `baggage` and the context together. */
const sharedLimit = 12 * 1024

/** Version 00 of https://www.w3.org/TR/trace-context/, and what later ones may add. */
const traceparentForm = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}(?:-.{0,100})?$/

/** Of a request that is a call: which attempt of its caller it is, from 2. */
const kAttempt = stateKey<number>('attempt of the call')

/** What crosses of a context. Nothing else of a request does: no authorization, no cookies. */
interface CrossingContext {
  readonly requestId: string
  readonly tenant?: string | undefined
  readonly principal?: Principal | undefined
  readonly locale?: string | undefined
}

/**
 * The headers that carry the trace on: as they were received, since nothing here adds to it.
 * @param ctx  the request that calls; undefined where none does
 */
export function traceHeaders(ctx: Context | undefined): Record<string, string> {
  const headers: Record<string, string> = {}
  const { traceparent, tracestate } = ctx?.headers ?? {}
  if (typeof traceparent !== 'string' || !traceparentForm.test(traceparent)) return headers
  headers.traceparent = traceparent
  const state = typeof tracestate === 'string' ? firstMembers(tracestate, tracestateLimit) : undefined
  if (state !== undefined) headers.tracestate = state
  return headers
}

/**
 * The headers that carry a request on to another server of the project.
 * @param baggage  keys that may cross
 * @throws E_CALL_CONTEXT
 */
export function contextHeaders(ctx: Context | undefined, baggage: ReadonlySet<string>): Record<string, string> {
  const headers = traceHeaders(ctx)
  if (!ctx) return headers
  const text = writeCrossing(ctx)
  headers[callHeader.context] = text
  const allowed = filterBaggage(ctx.headers.baggage, baggage)
  const kept = allowed && firstMembers(allowed, Math.min(baggageLimit, sharedLimit - text.length))
  if (kept !== undefined) headers[callHeader.baggage] = kept
  return headers
}

/**
 * Gives a request that is a call what its caller handed on, and the time for which that waits. Its signature was checked.
 * @throws BadRequestError
 */
export function restoreContext(ctx: Context, { timeoutMs, attempt }: CallMetadata): void {
  if (timeoutMs !== undefined) ctx.endWithin(timeoutMs, outOfTime)
  if (attempt > 1) ctx.set(kAttempt, attempt)
  const text = ctx.headers[callHeader.context]
  if (typeof text !== 'string') return
  const { requestId, tenant, principal, locale } = readCrossing(text)
  ctx.requestId = requestId
  if (tenant !== undefined) ctx.tenant = tenant
  if (principal !== undefined) ctx.principal = principal
  if (locale !== undefined) ctx.locale = locale
}

function outOfTime(): Error {
  return new DOMException('The caller does not wait any longer', 'TimeoutError')
}

/** Whether the request is a call that its caller tries again. */
export function isRetry(ctx: Context): boolean {
  return (ctx.get(kAttempt) ?? 1) > 1
}

function writeCrossing({ requestId, tenant, principal, locale }: CrossingContext): string {
  let json: string
  try {
    json = JSON.stringify({ requestId, tenant, principal, locale } satisfies CrossingContext)
  } catch (cause) {
    // A bigint, a circle, or what a toJSON throws.
    throw lokstraError(E_CALL_CONTEXT, { problem: reasonOf(cause) }, [], { cause })
  }
  const text = Buffer.from(json).toString('base64url')
  if (text.length <= limitBytes) return text
  throw lokstraError(E_CALL_CONTEXT, { problem: `it has ${text.length} bytes, and may have ${limitBytes}` })
}

function readCrossing(text: string): CrossingContext {
  try {
    const value = JSON.parse(Buffer.from(text, 'base64url').toString()) as CrossingContext
    if (typeof value.requestId === 'string') return value
  } catch {
    // Told below.
  }
  throw new BadRequestError(`The header ${callHeader.context} cannot be read`)
}
