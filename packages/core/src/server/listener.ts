import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { lstat, unlink } from 'node:fs/promises'
import { connect } from 'node:net'

import { Context, type AppScope } from '../context/context.js'
import { E_LISTEN_FAILED, E_LISTEN_IN_USE } from '../errors/catalogue/lifecycle.js'
import { MethodNotAllowedError, NotFoundError, statusCodes } from '../errors/http-error.js'
import { lokstraError } from '../errors/lokstra-error.js'
import { Result } from '../response/result.js'
import { sendError, sendOutcome } from '../response/send.js'
import type { Handler } from '../middleware/compose.js'
import type { Route } from '../routing/compile-route.js'
import type { Router } from '../routing/router.js'
import { formatAddress, type ListenAddress } from './listen-address.js'

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
  /** Called for each request that arrives and each that has ended, so that a stopping server knows when it is done. */
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
  #inFlight = 0
  #draining = false
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
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      keepAliveTimeout: keepAliveMs,
      // Time-outs are noticed when connections are checked: often enough for the shortest of them.
      connectionsCheckingInterval: Math.max(100, Math.min(5_000, headersMs / 4, requestMs / 4)),
    })
    this.#server.on('request', this.handle)
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => this.#refuse(error, socket))
  }

  /** The first of the files that a request passes through: find the route, run it, send what it gave. */
  readonly handle = (req: IncomingMessage, res: ServerResponse): void => {
    const target = pathOf(req.url ?? '/')
    const mark = target.indexOf('?')
    const path = mark < 0 ? target : target.slice(0, mark)
    const search = mark < 0 ? '' : target.slice(mark + 1)
    const verb = req.method ?? 'GET'
    let ctx: Context
    let route: Route
    try {
      const found = this.#router.find(verb, path)
      route = found?.route ?? this.#fallback(path)
      ctx = new Context(req, res, route.app, route, found?.params ?? {}, path, search)
    } catch (error) {
      route = this.#fallback(path)
      ctx = new Context(req, res, route.app, route, {}, path, search)
      route = { ...route, run: this.#fallbackApp(path).wrap(() => Promise.reject(error as Error)) }
    }
    this.#begin(ctx)
    let outcome: unknown
    try {
      outcome = route.run(ctx)
    } catch (error) {
      sendError(ctx, error)
      return
    }
    if (outcome instanceof Promise) {
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
    if (address.kind === 'unix') await this.#removeStaleSocket(address.path)
    await new Promise<void>((resolve, reject) => {
      const onError = (error: NodeJS.ErrnoException) => reject(this.#listenError(error))
      this.#server.once('error', onError)
      this.#server.listen(address.kind === 'unix' ? { path: address.path } : { port: address.port, host: address.host }, () => {
        this.#server.off('error', onError)
        resolve()
      })
    })
  }

  /** Where it listens: with the port the system chose. */
  get url(): string {
    const bound = this.#server.address()
    if (bound === null || typeof bound === 'string') return formatAddress(this.address)
    const { address, family, port } = bound as AddressInfo
    const anywhere = address === '::' || address === '0.0.0.0'
    const host = anywhere ? 'localhost' : family === 'IPv6' ? `[${address}]` : address
    return `http://${host}:${port}`
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** From now on every answer tells its client to open no further request on the connection. */
  startDraining(): void {
    this.#draining = true
  }

  /**
   * Takes no new connections, waits for the requests under way, then closes what is left.
   * @param timeoutMs after this the remaining connections are destroyed
   * @returns the number of requests that were cut off
   */
  async close(timeoutMs: number): Promise<number> {
    this.startDraining()
    if (!this.#server.listening) return 0
    // Requests that the system has received already are read before the socket is closed: one turn of the event loop each for
    // accepting their connections and for reading them.
    await new Promise((resolve) => setTimeout(resolve, 20))
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    if (this.#inFlight > 0) {
      let timer: NodeJS.Timeout | undefined
      await Promise.race([
        new Promise<void>((resolve) => (this.#onIdle = resolve)),
        new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs))),
      ])
      clearTimeout(timer)
    }
    const cutOff = this.#inFlight
    if (cutOff > 0) this.#server.closeAllConnections()
    else this.#server.closeIdleConnections()
    // What is neither idle nor in flight has sent part of a request: it gets a moment, then goes as well.
    const timer = setTimeout(() => this.#server.closeAllConnections(), 250)
    await closed
    clearTimeout(timer)
    return cutOff
  }

  #begin(ctx: Context): void {
    this.#inFlight++
    if (this.#draining) ctx.res.shouldKeepAlive = false
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
    const fitting = this.#fallbacks.find(({ app }) => app.prefix === '/' || path === app.prefix || path.startsWith(`${app.prefix}/`))
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

  /** Answers what Node could not read as a request, in the envelope of the listener's first app. */
  #refuse(error: NodeJS.ErrnoException, socket: Socket): void {
    // `_httpMessage` is the response that the socket is busy with; after its headers are out nothing may be written between.
    const busy = (socket as { _httpMessage?: ServerResponse })._httpMessage
    if (error.code === 'ECONNRESET' || !socket.writable || busy?.headersSent) {
      socket.destroy()
      return
    }
    const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400
    const [code, message] = statusCodes[status]!
    const { formatter } = this.apps[0]!.scope
    const payload = { status, code, message, fields: undefined, details: undefined, requestId: '' }
    const { body, type = 'application/json; charset=utf-8' } = formatter.error(payload)
    const text = JSON.stringify(body)
    const reason = { 400: 'Bad Request', 408: 'Request Timeout', 431: 'Request Header Fields Too Large' }[status]!
    socket.end(
      `HTTP/1.1 ${status} ${reason}\r\ncontent-type: ${type}\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
      // A client that goes on sending would keep a half-closed socket for ever.
      () => setTimeout(() => socket.destroy(), 500).unref(),
    )
  }

  async #removeStaleSocket(path: string): Promise<void> {
    const stats = await lstat(path).catch(() => undefined)
    if (!stats) return
    const app = this.apps[0]!.scope.name
    if (!stats.isSocket()) {
      throw lokstraError(E_LISTEN_IN_USE, { app, address: formatAddress(this.address), detail: 'a file of that name exists and is no socket' })
    }
    const answers = await new Promise<boolean>((resolve) => {
      const probe = connect(path)
      probe.once('connect', () => {
        probe.destroy()
        resolve(true)
      })
      probe.once('error', () => resolve(false))
    })
    if (answers) {
      throw lokstraError(E_LISTEN_IN_USE, { app, address: formatAddress(this.address), detail: 'another process answers on the socket' })
    }
    await unlink(path)
  }

  #listenError(error: NodeJS.ErrnoException): Error {
    const app = this.apps.map(({ scope }) => scope.name).join(', ')
    const address = formatAddress(this.address)
    if (error.code === 'EADDRINUSE') {
      return lokstraError(E_LISTEN_IN_USE, { app, address, detail: 'the address is in use' }, [], { cause: error })
    }
    const details: Record<string, string> = {
      EACCES: 'permission denied',
      EADDRNOTAVAIL: 'this machine has no such address',
      ENOTFOUND: 'the host name is unknown',
      ENOENT: 'the folder does not exist',
    }
    const detail = details[error.code ?? ''] ?? error.message
    return lokstraError(E_LISTEN_FAILED, { app, address, detail }, [], { cause: error })
  }
}

/** The path and query of a request target. The absolute form (RFC 9112 §3.2.2) loses scheme and host. */
function pathOf(target: string): string {
  if (target.startsWith('/')) return target
  const match = /^https?:\/\/[^/?#]*(.*)$/i.exec(target)
  if (!match) return target
  return match[1]!.startsWith('/') ? match[1]! : `/${match[1]!}`
}
