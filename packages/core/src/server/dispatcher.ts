import type { IncomingMessage, ServerResponse } from 'node:http'

import { Context, stateKey, type AppScope } from '../context/context.js'
import { BadRequestError, MethodNotAllowedError, NotFoundError } from '../errors/http-error.js'
import type { Handler } from '../middleware/compose.js'
import { isThenable } from '../promises/is-thenable.js'
import { Result } from '../response/result.js'
import { sendError, sendOutcome } from '../response/send.js'
import type { Route } from '../routing/compile-route.js'
import type { Found, Router } from '../routing/router.js'
import type { Connections } from './connections.js'

/** An app of an address, for what no route answers. */
export interface DispatchedApp {
  readonly scope: AppScope
  /** Starts with `/`. */
  readonly prefix: string
  /** The middleware of server and app around a handler. */
  readonly wrap: (handler: Handler) => Handler
}

export interface DispatcherOptions {
  readonly apps: readonly DispatchedApp[]
  readonly router: Router<Route>
  /** Called after each response, also when its client has gone. */
  readonly afterEveryResponse: readonly ((ctx: Context) => unknown)[]
}

/** What an app answers below its prefix where no route is found. */
interface Fallback {
  readonly prefix: string
  readonly notFound: Found<Route>
  /** For requests that cannot be routed: throws their {@link refusal}. */
  readonly refuse: Route
}

/** Why a request is refused before a route is looked for. */
const refusal = stateKey<unknown>('refusal')
const noParams = {}

/** Takes the requests of one address to their routes, and keeps count of those under way. */
export class Dispatcher {
  readonly #router: Router<Route>
  readonly #fallbacks: readonly Fallback[]
  readonly #afterEveryResponse: DispatcherOptions['afterEveryResponse']
  readonly #connections: Connections
  #inFlight = 0
  #onIdle: (() => void) | undefined

  constructor({ apps, router, afterEveryResponse }: DispatcherOptions, connections: Connections) {
    this.#router = router
    this.#afterEveryResponse = afterEveryResponse
    this.#connections = connections
    this.#fallbacks = apps
      .map((app) => ({
        prefix: app.prefix,
        notFound: { route: fallbackRoute(app, (ctx) => this.#answerUnrouted(ctx)), params: noParams },
        refuse: fallbackRoute(app, refuse),
      }))
      .sort((a, b) => b.prefix.length - a.prefix.length)
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** Resolves when no request is under way. */
  untilIdle(): Promise<void> {
    return this.#inFlight === 0 ? Promise.resolve() : new Promise((resolve) => (this.#onIdle = resolve))
  }

  /** The first of the files that a request passes through: find the route, run it, send what it gave. */
  readonly handle = (req: IncomingMessage, res: ServerResponse): void => {
    if (!this.#connections.admit(req, res)) return
    const target = pathOf(req.url ?? '/')
    const mark = target.indexOf('?')
    const path = mark < 0 ? target : target.slice(0, mark)
    const search = mark < 0 ? '' : target.slice(mark + 1)
    let ctx: Context | undefined
    try {
      assertOneHost(req)
      if (target.includes('#')) throw new BadRequestError('A request target has no fragment')
      const { route, params } = this.#router.find(req.method ?? 'GET', path) ?? this.#fallback(path).notFound
      ctx = new Context(req, res, route.app, route, params, path, search)
      this.#begin(ctx)
      answer(ctx, route.run(ctx), route.status)
    } catch (error) {
      if (ctx) {
        sendError(ctx, error)
        return
      }
      const route = this.#fallback(path).refuse
      ctx = new Context(req, res, route.app, route, noParams, path, search)
      ctx.set(refusal, error)
      this.#begin(ctx)
      // What the middleware throws must not come out of here.
      answer(ctx, Promise.resolve(ctx).then(route.run), route.status)
    }
  }

  #begin(ctx: Context): void {
    this.#inFlight++
    for (const callback of this.#afterEveryResponse) ctx.afterResponse(callback)
    // Code that writes to a response that has ended would end the process otherwise.
    ctx.res.on('error', (err) => ctx.log.error('response failed', { err }))
    ctx.res.once('close', () => {
      if (ctx.afterResponseCallbacks) void this.#runAfterResponse(ctx, ctx.afterResponseCallbacks)
      else this.#end()
    })
  }

  async #runAfterResponse(ctx: Context, callbacks: readonly ((ctx: Context) => unknown)[]): Promise<void> {
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

  #fallback(path: string): Fallback {
    const fitting = this.#fallbacks.find(
      ({ prefix }) => prefix === '/' || path === prefix || path.startsWith(`${prefix}/`),
    )
    return fitting ?? this.#fallbacks.at(-1)!
  }

  /** 204 with `Allow` for OPTIONS, 405 with `Allow` where other verbs are answered, 404 otherwise. */
  #answerUnrouted(ctx: Context): Result {
    const isOptions = ctx.method === 'OPTIONS'
    if (isOptions && ctx.path === '*') return new Result(204, { kind: 'empty' })
    const allowed = this.#router.allowed(ctx.path)
    if (allowed.length === 0) throw new NotFoundError(`There is nothing at ${ctx.method} ${ctx.path}`)
    const allow = allowed.join(', ')
    if (isOptions) return new Result(204, { kind: 'empty' }).withHeader('allow', allow)
    throw new MethodNotAllowedError(`${ctx.method} is not allowed here`, { headers: { allow } })
  }
}

/** Promises are awaited; what is there at once is sent at once. */
function answer(ctx: Context, outcome: unknown, status: number): void {
  if (!isThenable(outcome)) return sendOutcome(ctx, outcome, status)
  outcome.then(
    (value: unknown) => sendOutcome(ctx, value, status),
    (error: unknown) => sendError(ctx, error),
  )
}

function refuse(ctx: Context): never {
  throw ctx.get(refusal)
}

function fallbackRoute(app: DispatchedApp, handler: Handler): Route {
  return {
    verb: 'ALL',
    path: '*',
    pattern: '*',
    name: 'not found',
    site: '',
    isFallback: true,
    app: app.scope,
    operation: undefined,
    mount: undefined,
    controller: undefined,
    middleware: [],
    status: 200,
    run: app.wrap(handler),
  }
}

/** The path and query of a request target. The absolute form (RFC 9112 §3.2.2) loses scheme and host. */
function pathOf(target: string): string {
  if (target.startsWith('/')) return target
  const match = /^https?:\/\/[^/?#]*(.*)$/i.exec(target)
  if (!match) return target
  return match[1]!.startsWith('/') ? match[1]! : `/${match[1]!}`
}

/**
 * HTTP/1.1 wants exactly one; proxies and caches that see another one than we do could be made to mix up sites. RFC 9112 §3.2.
 * @throws BadRequestError
 */
function assertOneHost({ httpVersionMinor, rawHeaders }: IncomingMessage): void {
  let count = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!
    if (name.length === 4 && name.toLowerCase() === 'host') count++
  }
  if (count > 1 || (count === 0 && httpVersionMinor === 1))
    throw new BadRequestError('A request needs exactly one Host header')
}
