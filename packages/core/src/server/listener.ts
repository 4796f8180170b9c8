import { existsSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { setImmediate as afterPoll, setTimeout as delay } from 'node:timers/promises'

import { formatAddress, type ListenAddress } from '../config/listen-address.js'
import { Context, type AppScope } from '../context/context.js'
import { E_LISTEN_FAILED, E_LISTEN_IN_USE } from '../errors/catalogue/lifecycle.js'
import { BadRequestError, MethodNotAllowedError, NotFoundError } from '../errors/http-error.js'
import { lokstraError } from '../errors/lokstra-error.js'
import { Result } from '../response/result.js'
import { sendError, sendOutcome } from '../response/send.js'
import type { Handler } from '../middleware/compose.js'
import type { Route } from '../routing/compile-route.js'
import type { Router } from '../routing/router.js'
import { Connections } from './connections.js'
import { isThenable } from './is-thenable.js'
import { refuseRequest } from './refuse-request.js'
import { freeSocketPath } from './unix-socket.js'

/** How long clients may take to keep their connections again before the address closes, in milliseconds. */
const settleMs = 100

export interface Timeouts {
  /** Milliseconds until the headers must have arrived. */
  readonly headersMs: number
  /** Milliseconds until the whole request must have arrived. */
  readonly requestMs: number
  /** Milliseconds an idle connection is kept. */
  readonly keepAliveMs: number
}

/** An app of a listener, for what no route answers. */
export interface ListenerApp {
  readonly scope: AppScope
  /** Starts with `/`. */
  readonly prefix: string
  /** The middleware of server and app around a handler. */
  readonly wrap: (handler: Handler) => Handler
}

export interface ListenerOptions {
  readonly address: ListenAddress
  readonly apps: readonly ListenerApp[]
  readonly router: Router<Route>
  readonly timeouts: Timeouts
  readonly headerBytes: number
  /** Called after each response, also when its client has gone. */
  readonly afterEveryResponse: readonly ((ctx: Context) => unknown)[]
}

/** One address: the HTTP server, the router behind it, and the requests under way. Apps with one address share it. */
export class Listener {
  readonly address: ListenAddress
  readonly apps: readonly ListenerApp[]
  readonly #router: Router<Route>
  readonly #server: HttpServer
  readonly #fallbacks: readonly { readonly app: ListenerApp; readonly route: Route }[]
  readonly #afterEveryResponse: ListenerOptions['afterEveryResponse']
  readonly #connections = new Connections()
  #inFlight = 0
  #isAnnouncing = false
  #onIdle: (() => void) | undefined

  constructor(options: ListenerOptions) {
    this.address = options.address
    this.apps = options.apps
    this.#router = options.router
    this.#afterEveryResponse = options.afterEveryResponse
    this.#fallbacks = [...options.apps]
      .sort((a, b) => b.prefix.length - a.prefix.length)
      .map((app) => ({ app, route: this.#fallbackRoute(app) }))
    const { headersMs, requestMs, keepAliveMs } = options.timeouts
    this.#server = createServer({
      maxHeaderSize: options.headerBytes,
      // Node refuses one that is longer than that of the request.
      headersTimeout: Math.min(headersMs, requestMs),
      requestTimeout: requestMs,
      keepAliveTimeout: keepAliveMs,
      // Time-outs are noticed when connections are checked: often enough for the shortest of them.
      connectionsCheckingInterval: Math.max(100, Math.min(5_000, headersMs / 4, requestMs / 4)),
      // `handle` looks for it, and answers in the envelope.
      requireHostHeader: false,
    })
    const { scope } = this.apps[0]!
    this.#server.on('connection', this.#connections.add)
    this.#server.on('request', this.handle)
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) =>
      refuseRequest(error, socket, scope),
    )
  }

  /** The first of the files that a request passes through: find the route, run it, send what it gave. */
  readonly handle = (req: IncomingMessage, res: ServerResponse): void => {
    if (!this.#connections.admit(req, res)) return
    const target = pathOf(req.url ?? '/')
    const mark = target.indexOf('?')
    const path = mark < 0 ? target : target.slice(0, mark)
    const search = mark < 0 ? '' : target.slice(mark + 1)
    const verb = req.method ?? 'GET'
    let ctx: Context
    let route: Route
    try {
      assertOneHost(req)
      if (target.includes('#')) throw new BadRequestError('A request target has no fragment')
      const found = this.#router.find(verb, path)
      route = found?.route ?? this.#fallback(path)
      ctx = new Context(req, res, route.app, route, found?.params ?? {}, path, search)
    } catch (error) {
      route = this.#fallback(path)
      ctx = new Context(req, res, route.app, route, {}, path, search)
      const fail = () => {
        throw error
      }
      route = { ...route, run: this.#fallbackApp(path).wrap(fail) }
    }
    this.#begin(ctx)
    let outcome: unknown
    try {
      outcome = route.run(ctx)
    } catch (error) {
      sendError(ctx, error)
      return
    }
    if (isThenable(outcome)) {
      outcome.then(
        (value: unknown) => sendOutcome(ctx, value, route.status),
        (error: unknown) => sendError(ctx, error),
      )
    } else {
      sendOutcome(ctx, outcome, route.status)
    }
  }

  /** @throws E_LISTEN_IN_USE · E_LISTEN_FAILED */
  async listen(): Promise<void> {
    const { address } = this
    if (address.kind === 'unix') {
      const taken = await freeSocketPath(address.path)
      if (taken) throw this.#inUse(taken)
    }
    const where = address.kind === 'unix' ? { path: address.path } : { port: address.port, host: address.host }
    await new Promise<void>((resolve, reject) => {
      const onError = (error: NodeJS.ErrnoException) => reject(this.#listenError(error))
      this.#server.once('error', onError)
      this.#server.listen(where, () => {
        this.#server.off('error', onError)
        // A connection that cannot be accepted is no reason for the process to end.
        this.#server.on('error', (err) => this.apps[0]!.scope.log.error('accepting a connection failed', { err }))
        resolve()
      })
    })
  }

  /** Where it listens: with the port the system chose. */
  get url(): string {
    const bound = this.#server.address()
    if (bound === null || typeof bound === 'string') return formatAddress(this.address)
    const { address, family, port } = bound
    const anywhere = address === '::' || address === '0.0.0.0'
    const host = anywhere ? 'localhost' : family === 'IPv6' ? `[${address}]` : address
    return `http://${host}:${port}`
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** From now on every answer tells its client to open no further request on the connection. */
  announceClosing(): void {
    this.#isAnnouncing = this.#connections.isRetiring = true
  }

  /**
   * Takes no new connections, answers what is asked on those that are open, and ends them: see {@link Connections}.
   * @param timeoutMs  after this the remaining connections are destroyed
   * @param idleMs  how long a connection must have been quiet before it is ended unasked
   * @returns the number of requests that were cut off
   */
  async close(timeoutMs: number, idleMs: number): Promise<number> {
    await this.#settle()
    const closed = this.#stopListening()
    const ended = this.#connections.retire(idleMs).then(() => this.#untilIdle())
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs)))
    await Promise.race([ended, timeout])
    clearTimeout(timer)
    const cutOff = this.#inFlight
    this.#connections.destroyAll()
    await closed
    return cutOff
  }

  /**
   * The system resets connections that it has established and that were not accepted yet when their address closes. So no client
   * is sent away in the moment before: it would come back on a new connection, and perhaps just then.
   */
  async #settle(): Promise<void> {
    if (this.#isAnnouncing) {
      this.#connections.isRetiring = false
      await delay(settleMs)
    }
    await afterPoll()
  }

  /** Resolves when the last connection has ended. */
  async #stopListening(): Promise<void> {
    if (!this.#server.listening) return
    // The method of the HTTP server would also destroy every connection that is idle at this instant.
    await new Promise<void>((resolve) => NetServer.prototype.close.call(this.#server, () => resolve()))
    // By now it only stops the timer that looks for slow requests.
    this.#server.close()
  }

  #untilIdle(): Promise<void> {
    return this.#inFlight === 0 ? Promise.resolve() : new Promise((resolve) => (this.#onIdle = resolve))
  }

  #begin(ctx: Context): void {
    this.#inFlight++
    for (const callback of this.#afterEveryResponse) ctx.afterResponse(callback)
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

  #fallbackApp(path: string): ListenerApp {
    const fitting = this.#fallbacks.find(
      ({ app }) => app.prefix === '/' || path === app.prefix || path.startsWith(`${app.prefix}/`),
    )
    return (fitting ?? this.#fallbacks.at(-1)!).app
  }

  #fallback(path: string): Route {
    const app = this.#fallbackApp(path)
    return this.#fallbacks.find((fallback) => fallback.app === app)!.route
  }

  #fallbackRoute(app: ListenerApp): Route {
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
      run: app.wrap((ctx) => this.#answerUnrouted(ctx)),
    }
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

  #listenError(error: NodeJS.ErrnoException): Error {
    if (error.code === 'EADDRINUSE') return this.#inUse('the address is in use', error)
    const { address } = this
    // libuv tells of a missing folder as of a missing permission.
    const hasNoFolder = address.kind === 'unix' && !existsSync(dirname(address.path))
    const details: Record<string, string> = {
      EACCES: hasNoFolder ? 'its folder does not exist' : 'permission denied',
      EADDRNOTAVAIL: 'this machine has no such address',
      ENOTFOUND: 'the host name is unknown',
    }
    const detail = details[error.code ?? ''] ?? error.message
    return lokstraError(E_LISTEN_FAILED, { ...this.#named, detail }, [], { cause: error })
  }

  #inUse(detail: string, cause?: Error): Error {
    return lokstraError(E_LISTEN_IN_USE, { ...this.#named, detail }, [], { cause })
  }

  /** What errors say of it. */
  get #named(): { readonly app: string; readonly address: string } {
    return { app: this.apps.map(({ scope }) => scope.name).join(', '), address: formatAddress(this.address) }
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
