import type { IncomingMessage, ServerResponse } from 'node:http'

import { Context, type AfterResponseCallback } from '../context/context.js'
import { BadRequestError } from '../errors/http-error.js'
import type { Mount } from '../mounts/mount.js'
import { isThenable } from '../promises/is-thenable.js'
import { sendError, sendOutcome } from '../response/send.js'
import type { Route } from '../routing/compile-route.js'
import type { Router } from '../routing/router.js'
import { Deadlines, logLateError } from './deadlines.js'
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

/** What the listeners of a response have to know. They are shared by all responses: two closures for each would cost 100 ns. */
interface TrackedResponse extends ServerResponse {
  [kRequest]?: { readonly ctx: Context; readonly dispatcher: Dispatcher; isClosed: boolean }
}

/** Takes the requests of one address to their routes, and keeps count of those under way. */
export class Dispatcher {
  readonly #router: Router<Route>
  readonly #fallbacks: Fallbacks
  readonly #afterEveryResponse: DispatcherOptions['afterEveryResponse']
  readonly #headerCount: number
  readonly #deadlines = new Deadlines()
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
      this.#begin(ctx)
      const outcome = route.run(ctx)
      // What is there at once is sent at once.
      if (isThenable(outcome)) this.#await(ctx, outcome, route)
      else this.#send(ctx, outcome, route)
    } catch (error) {
      if (ctx) {
        sendError(ctx, error)
        return
      }
      const route = this.#fallbacks.refusing(path)
      ctx = new Context(req, res, route.app, route, {}, path, search)
      ctx.set(refusal, error)
      this.#begin(ctx)
      // What the middleware throws must not come out of here.
      this.#await(ctx, Promise.resolve(ctx).then(route.run), route)
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

  #send(ctx: Context, outcome: unknown, route: Route): void {
    if (outcome === undefined && ctx.handlerOutcome !== undefined) this.#await(ctx, assertNotDropped(ctx), route)
    else sendOutcome(ctx, outcome, route.status)
  }

  #await(ctx: Context, outcome: PromiseLike<unknown>, route: Route): void {
    const deadline = this.#deadlines.start(ctx, route.handlerTimeoutMs)
    outcome.then(
      (value: unknown) => {
        if (deadline) this.#deadlines.stop(deadline)
        // A late one finds the answer sent, and is released.
        this.#send(ctx, value, route)
      },
      (error: unknown) => {
        if (deadline) this.#deadlines.stop(deadline)
        if (deadline?.isAnswered) logLateError(ctx, error)
        else sendError(ctx, error)
      },
    )
  }

  #begin(ctx: Context): void {
    this.#inFlight++
    for (const callback of this.#afterEveryResponse) ctx.afterResponse(callback)
    const res: TrackedResponse = ctx.res
    res[kRequest] = { ctx, dispatcher: this, isClosed: false }
    // Code that writes to a response that has ended would end the process otherwise.
    res.on('error', onError)
    res.on('close', onClose)
  }

  /** Its response was sent, or its client has gone. */
  settle(ctx: Context): void {
    ctx.runLateCallback = this.#runLateCallback
    if (ctx.afterResponseCallbacks) void this.#runAfterResponse(ctx, ctx.afterResponseCallbacks)
    else this.#end()
  }

  readonly #runLateCallback = (ctx: Context, callback: AfterResponseCallback): void => {
    this.#inFlight++
    // Never before whoever registers it goes on.
    queueMicrotask(() => void this.#runAfterResponse(ctx, [callback]))
  }

  async #runAfterResponse(ctx: Context, callbacks: readonly AfterResponseCallback[]): Promise<void> {
    for (const callback of callbacks) {
      try {
        await callback(ctx)
      } catch (error) {
        ctx.log.error('after-response hook failed', { err: error })
      }
    }
    this.#end()
  }

  #end(): void {
    this.#inFlight--
    if (this.#inFlight === 0) this.#onIdle?.()
  }
}

function onError(this: TrackedResponse, err: Error): void {
  this[kRequest]!.ctx.log.error('response failed', { err })
}

function onClose(this: TrackedResponse): void {
  const request = this[kRequest]!
  // A second event would count the request twice; to take the listener away costs more than to look.
  if (request.isClosed) return
  request.isClosed = true
  request.dispatcher.settle(request.ctx)
}
