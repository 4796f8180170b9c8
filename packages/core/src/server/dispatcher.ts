import type { IncomingMessage, ServerResponse } from 'node:http'

import { Context, type AfterResponseCallback } from '../context/context.js'
import { BadRequestError } from '../errors/http-error.js'
import type { Mount } from '../mounts/mount.js'
import { isThenable } from '../promises/is-thenable.js'
import { sendError, sendOutcome } from '../response/send.js'
import type { Route } from '../routing/compile-route.js'
import type { Router } from '../routing/router.js'
import { Deadlines, logLateError, type Deadline } from './deadlines.js'
import { assertNotDropped } from './dropped-outcome.js'
import { Fallbacks, refusal, type DispatchedApp } from './fallbacks.js'
import { assertHeaders, targetOf } from './request-target.js'

export interface DispatcherOptions {
  readonly apps: readonly DispatchedApp[]
  readonly router: Router<Route>
  readonly bounds: { readonly headerCount: number }
  /** Called after each response, also when its client has gone. */
  readonly afterEveryResponse: readonly AfterResponseCallback[]
}

const kRequest = Symbol('lokstra.request')

/** A request under way. */
interface OpenRequest {
  readonly ctx: Context
  readonly dispatcher: Dispatcher
  isClosed: boolean
  /** Its handler has not settled, and has time left. */
  isPending: boolean
  /** How many keep it under way: its response, its handler, callbacks after the response. */
  holds: number
}

/** What the listeners of a response have to know. They are shared by all responses: two closures for each would cost 100 ns. */
interface TrackedResponse extends ServerResponse {
  [kRequest]?: OpenRequest
}

/** Takes the requests of one address to their routes, and keeps count of those under way. */
export class Dispatcher {
  readonly #router: Router<Route>
  readonly #fallbacks: Fallbacks
  readonly #afterEveryResponse: DispatcherOptions['afterEveryResponse']
  readonly #headerCount: number
  // What takes longer than it may is not waited for when the server stops.
  readonly #deadlines = new Deadlines((ctx) => this.#settle(openRequest(ctx), undefined))
  #inFlight = 0
  #onIdle: (() => void) | undefined

  constructor({ apps, router, bounds, afterEveryResponse }: DispatcherOptions) {
    this.#router = router
    this.#afterEveryResponse = afterEveryResponse
    this.#headerCount = bounds.headerCount
    this.#fallbacks = new Fallbacks(apps, router)
  }

  /** What no route answers takes the present scopes of the apps, too. */
  useAppScopes(): void {
    this.#fallbacks.useAppScopes()
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** Resolves when no request is under way. */
  untilIdle(): Promise<void> {
    return this.#inFlight === 0 ? Promise.resolve() : new Promise((resolve) => (this.#onIdle = resolve))
  }

  /** Finds the route of a request, runs it and sends what it gave. */
  readonly handle = (req: IncomingMessage, res: ServerResponse): void => {
    const target = targetOf(req.url ?? '/')
    const mark = target.indexOf('?')
    const path = mark < 0 ? target : target.slice(0, mark)
    const search = mark < 0 ? '' : target.slice(mark + 1)
    let ctx: Context | undefined
    try {
      assertHeaders(req, this.#headerCount)
      if (target.includes('#')) throw new BadRequestError('A request target has no fragment')
      const { route, params } = this.#router.find(req.method ?? 'GET', path) ?? this.#fallbacks.unrouted(path)
      ctx = new Context(req, res, route.app, route, params, path, search)
      const request = this.#begin(ctx)
      const outcome = route.run(ctx)
      // What is there at once is sent at once.
      if (isThenable(outcome)) this.#await(request, outcome, route)
      else {
        const sending = this.#send(ctx, outcome, route)
        if (sending) this.#finish(request, sending, this.#hold(request, route))
      }
    } catch (error) {
      if (ctx) {
        sendError(ctx, error)
        return
      }
      const route = this.#fallbacks.refusing(path)
      ctx = new Context(req, res, route.app, route, {}, path, search)
      ctx.set(refusal, error)
      // What the middleware throws must not come out of here.
      this.#await(this.#begin(ctx), Promise.resolve(ctx).then(route.run), route)
    }
  }

  /** The mount that would answer a request; undefined where an operation or nothing would. */
  mountFor(req: IncomingMessage): Mount | undefined {
    const [path] = targetOf(req.url ?? '/').split('?', 1) as [string]
    try {
      return this.#router.find(req.method ?? 'GET', path)?.route.mount
    } catch {
      // It is refused like any other.
      return undefined
    }
  }

  /** @returns resolves when all is sent; undefined where it is */
  #send(ctx: Context, outcome: unknown, route: Route): Promise<void> | undefined {
    const { status } = route
    if (outcome !== undefined || ctx.handlerOutcome === undefined) return sendOutcome(ctx, outcome, status)
    return assertNotDropped(ctx).then(() => sendOutcome(ctx, undefined, status))
  }

  #await(request: OpenRequest, outcome: PromiseLike<unknown>, route: Route): void {
    const deadline = this.#hold(request, route)
    try {
      outcome.then(
        (value: unknown) => {
          // A late one finds the answer sent, and is released.
          const sending = this.#send(request.ctx, value, route)
          if (sending) this.#finish(request, sending, deadline)
          else this.#settle(request, deadline)
        },
        (error: unknown) => this.#fail(request, error, deadline),
      )
    } catch (error) {
      this.#fail(request, error, deadline)
    }
  }

  #finish(request: OpenRequest, sending: Promise<void>, deadline: Deadline | undefined): void {
    sending.then(
      () => this.#settle(request, deadline),
      (error: unknown) => this.#fail(request, error, deadline),
    )
  }

  #fail(request: OpenRequest, error: unknown, deadline: Deadline | undefined): void {
    this.#settle(request, deadline)
    if (deadline?.isAnswered) logLateError(request.ctx, error)
    else sendError(request.ctx, error)
  }

  /** The request is under way until its handler has settled, or has no time left. */
  #hold(request: OpenRequest, route: Route): Deadline | undefined {
    request.isPending = true
    request.holds++
    return this.#deadlines.start(request.ctx, route.handlerTimeoutMs)
  }

  #settle(request: OpenRequest, deadline: Deadline | undefined): void {
    if (deadline) this.#deadlines.stop(deadline)
    if (!request.isPending) return
    request.isPending = false
    this.#release(request)
  }

  #begin(ctx: Context): OpenRequest {
    this.#inFlight++
    for (const callback of this.#afterEveryResponse) ctx.afterResponse(callback)
    const res: TrackedResponse = ctx.res
    const request: OpenRequest = { ctx, dispatcher: this, isClosed: false, isPending: false, holds: 1 }
    res[kRequest] = request
    // Code that writes to a response that has ended would end the process otherwise.
    res.on('error', onError)
    res.on('close', onClose)
    return request
  }

  /** Its response was sent, or its client has gone. */
  close(request: OpenRequest): void {
    const { ctx } = request
    ctx.runLateCallback = this.#runLateCallback
    // What has begun to answer ends with its answer, whatever it still waits for. What has not may be in the middle of its work.
    if (ctx.res.headersSent) this.#settle(request, undefined)
    if (ctx.afterResponseCallbacks) void this.#runAfterResponse(request, ctx.afterResponseCallbacks)
    else this.#release(request)
  }

  readonly #runLateCallback = (ctx: Context, callback: AfterResponseCallback): void => {
    const request = openRequest(ctx)
    if (request.holds++ === 0) this.#inFlight++
    // Never before whoever registers it goes on.
    queueMicrotask(() => void this.#runAfterResponse(request, [callback]))
  }

  async #runAfterResponse(request: OpenRequest, callbacks: readonly AfterResponseCallback[]): Promise<void> {
    const { ctx } = request
    for (const callback of callbacks) {
      try {
        await callback(ctx)
      } catch (error) {
        ctx.log.error('after-response hook failed', { err: error })
      }
    }
    this.#release(request)
  }

  #release(request: OpenRequest): void {
    if (--request.holds > 0) return
    this.#inFlight--
    if (this.#inFlight === 0) this.#onIdle?.()
  }
}

function openRequest(ctx: Context): OpenRequest {
  return (ctx.res as TrackedResponse)[kRequest]!
}

function onError(this: TrackedResponse, err: Error): void {
  this[kRequest]!.ctx.log.error('response failed', { err })
}

function onClose(this: TrackedResponse): void {
  const request = this[kRequest]!
  // A second event would count the request twice; to take the listener away costs more than to look.
  if (request.isClosed) return
  request.isClosed = true
  request.dispatcher.close(request)
}
