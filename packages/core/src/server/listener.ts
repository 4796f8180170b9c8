import { existsSync } from 'node:fs'
import { createServer, type Server as HttpServer } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { setImmediate as afterPoll, setTimeout as delay } from 'node:timers/promises'

import { formatAddress, type ListenAddress } from '../config/listen-address.js'
import { E_LISTEN_FAILED, E_LISTEN_IN_USE } from '../errors/catalogue/lifecycle.js'
import { lokstraError } from '../errors/lokstra-error.js'
import { Connections } from './connections.js'
import { Dispatcher, type DispatchedApp, type DispatcherOptions } from './dispatcher.js'
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

export interface ListenerOptions extends DispatcherOptions {
  readonly address: ListenAddress
  readonly timeouts: Timeouts
  readonly headerBytes: number
}

/** One address: the HTTP server, its connections, and the dispatcher behind them. Apps with one address share it. */
export class Listener {
  readonly address: ListenAddress
  readonly apps: readonly DispatchedApp[]
  /** Answers a request, whatever it came over. */
  readonly handle: Dispatcher['handle']
  readonly #server: HttpServer
  readonly #dispatcher: Dispatcher
  readonly #connections = new Connections()
  #isAnnouncing = false

  constructor(options: ListenerOptions) {
    this.address = options.address
    this.apps = options.apps
    this.#dispatcher = new Dispatcher(options, this.#connections)
    this.handle = this.#dispatcher.handle
    const { headersMs, requestMs } = options.timeouts
    this.#server = createServer({
      maxHeaderSize: options.headerBytes,
      // Time-outs are noticed when connections are checked: often enough for the shortest of them.
      connectionsCheckingInterval: Math.max(100, Math.min(5_000, headersMs / 4, requestMs / 4)),
      // The dispatcher looks for it, and answers in the envelope.
      requireHostHeader: false,
    })
    this.#useTimeouts(options.timeouts)
    this.#server.on('connection', this.#connections.add)
    this.#server.on('request', this.handle)
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) =>
      refuseRequest(error, socket, this.apps[0]!.scope),
    )
  }

  /** Takes what a running listener can change, for what begins from now on. The scopes of its apps are read again. */
  reconfigure({ timeouts }: Pick<ListenerOptions, 'timeouts'>): void {
    this.#useTimeouts(timeouts)
    this.#dispatcher.useScopes()
  }

  #useTimeouts({ headersMs, requestMs, keepAliveMs }: Timeouts): void {
    // Node refuses one that is longer than that of the request.
    this.#server.headersTimeout = Math.min(headersMs, requestMs)
    this.#server.requestTimeout = requestMs
    this.#server.keepAliveTimeout = keepAliveMs
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

  /** Requests under way. */
  get inFlight(): number {
    return this.#dispatcher.inFlight
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
    const ended = this.#connections.retire(idleMs).then(() => this.#dispatcher.untilIdle())
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeoutMs)))
    await Promise.race([ended, timeout])
    clearTimeout(timer)
    const cutOff = this.inFlight
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
