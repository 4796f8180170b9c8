import type { Context } from '../context/context.js'
import { ServiceUnavailableError } from '../errors/http-error.js'
import { logFailure } from '../response/error-payload.js'
import { sendError } from '../response/send.js'

/** How often pending requests are looked at, in milliseconds. A limit is noticed at most twice this long after its end. */
const tickMs = 250

/** A request whose answer is not complete yet, and the time that it has left. */
export class Deadline {
  readonly ctx: Context
  ticksLeft: number
  /** It was answered in place of its handler. */
  isAnswered = false
  previous: Deadline | undefined
  next: Deadline | undefined

  constructor(ctx: Context, ticksLeft: number) {
    this.ctx = ctx
    this.ticksLeft = ticksLeft
  }
}

/**
 * The handler timeouts of one listener's requests. A timer of its own would cost each request 135 ns, and a time stamp 60: here a request
 * is linked into a list and out of it for 8 ns, and one timer, which runs only while something is pending, counts down for all of
 * them: about 40 ns for each that waits, four times a second.
 */
export class Deadlines {
  #first: Deadline | undefined
  #timer: NodeJS.Timeout | undefined
  readonly #onOver: (ctx: Context) => void

  /** @param onOver  told of each that has not been stopped in time */
  constructor(onOver: (ctx: Context) => void) {
    this.#onOver = onOver
  }

  /** @param limitMs  0 for none */
  start(ctx: Context, limitMs: number): Deadline | undefined {
    if (limitMs === 0) return undefined
    // The first tick may be due at once, so it does not count.
    const deadline = new Deadline(ctx, Math.ceil(limitMs / tickMs) + 1)
    const first = this.#first
    if (first) {
      deadline.next = first
      first.previous = deadline
    }
    this.#first = deadline
    // It keeps no process alive: what is waited for does, or nothing.
    this.#timer ??= setInterval(this.#tick, tickMs).unref()
    return deadline
  }

  /** Its handler has settled, or its stream is sent. A second call does nothing. */
  stop(deadline: Deadline): void {
    const { previous, next } = deadline
    if (previous) previous.next = next
    else if (this.#first === deadline) this.#first = next
    if (next) next.previous = previous
    // What keeps a late promise alive must not keep its neighbours alive.
    deadline.previous = deadline.next = undefined
  }

  readonly #tick = (): void => {
    let deadline = this.#first
    if (!deadline) {
      clearInterval(this.#timer)
      this.#timer = undefined
    }
    while (deadline) {
      const { next } = deadline
      if (!isReceiving(deadline.ctx) && --deadline.ticksLeft <= 0) {
        this.stop(deadline)
        expire(deadline)
        this.#onOver(deadline.ctx)
      }
      deadline = next
    }
  }
}

/** While a body that somebody reads still arrives its client takes the time, within the time-out of the whole request. */
function isReceiving({ req }: Context): boolean {
  return !req.complete && req.readableDidRead && !req.destroyed
}

/** Answers 503 in place of a handler that takes too long, unless its answer has begun: a stream may take the time that it takes. */
function expire(deadline: Deadline): void {
  const { ctx } = deadline
  const { res } = ctx
  if (res.writableEnded || res.headersSent) return
  deadline.isAnswered = true
  const reason = new DOMException('The handler timeout is over', 'TimeoutError')
  const error = new ServiceUnavailableError('The request took too long', { code: 'HANDLER_TIMEOUT', cause: reason })
  if (res.destroyed) logFailure(ctx, error, 'request failed')
  else sendError(ctx, error)
  ctx.abort(reason)
}

/** Its request has been answered. What only says that it was stopped is no news. */
export function logLateError(ctx: Context, error: unknown): void {
  const { reason } = ctx.signal as { reason: unknown }
  if (error === reason || (error instanceof Error && (error.name === 'AbortError' || error.cause === reason))) return
  logFailure(ctx, error, 'request failed after its handler timeout')
}
