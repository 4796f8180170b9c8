import { once } from 'node:events'
import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import { Server as NetServer, type AddressInfo, type Socket } from 'node:net'
import { setImmediate as afterPoll, setTimeout as delay } from 'node:timers/promises'

import { hasBody } from '../binding/read-body.js'
import { formatAddress, type ListenAddress } from '../config/classes/listen-address.js'
import type { Logger } from '../logging/logger.js'
import type { Mount } from '../mounts/mount.js'
import { settlesWithin } from '../promises/settles-within.js'
import { UpgradeResponse } from '../response/upgrade-response.js'
import { Connections, currentResponse } from './connections.js'
import { Dispatcher, type DispatcherOptions } from './dispatcher.js'
import type { Entrance } from './entrance.js'
import type { DispatchedApp } from './fallbacks.js'
import type { Http2Branch } from './http2-branch.js'
import { addressInUse, listenError } from './listen-error.js'
import type { LoadedTls } from './load-tls.js'
import { openServer, useConnectionLimit, useTimeouts } from './open-server.js'
import { answerRefusal, noteFirstBytes, refuseRequest } from './refuse-request.js'
import { RefusedConnections } from './refused-connections.js'
import { upgradableRequest } from './upgrades.js'
import { warnOfExpiry } from './warn-of-expiry.js'

/** How long clients may take to keep their connections again before the address closes, in milliseconds. */
const settleMs = 100
/** As many as wait with the system at most where nothing else is asked for, so that newcomers cannot keep an address open. */
const mostWaiting = 511

export interface Timeouts {
  /** Milliseconds until the headers must have arrived. */
  readonly headersMs: number
  /** Milliseconds until the whole request must have arrived. */
  readonly requestMs: number
  /** Milliseconds an idle connection is kept. */
  readonly keepAliveMs: number
}

/** What one address takes and can change while it is open. */
export interface LiveBounds {
  /** 0 for no limit. */
  readonly connections: number
  /** 0 for no limit. */
  readonly requestsPerConnection: number
}

/** What one address takes; see `limits` of the app. */
export interface ListenerBounds extends LiveBounds {
  readonly headerBytes: number
  readonly headerCount: number
}

export interface ListenerOptions extends DispatcherOptions {
  readonly address: ListenAddress
  readonly timeouts: Timeouts
  readonly bounds: ListenerBounds
  /** Of all apps. */
  readonly mounts: readonly Mount[]
  /** Undefined for HTTP in the clear. */
  readonly tls: LoadedTls | undefined
  readonly http2: boolean
  /** Permissions of a unix socket; undefined for what the umask leaves. */
  readonly socketMode: number | undefined
}

/** One address: the HTTP server, its connections, and the dispatcher behind them. Apps with one address share it. */
export class Listener {
  readonly address: ListenAddress
  readonly apps: readonly DispatchedApp[]
  /** Answers a request, whatever it came over. */
  readonly handle: Dispatcher['handle']
  #options: ListenerOptions
  readonly #dispatcher: Dispatcher
  readonly #connections: Connections
  #server: HttpServer | HttpsServer | undefined
  #http2: Http2Branch | undefined
  #refusals: RefusedConnections | undefined
  #isAnnouncing = false
  #entered: AddressInfo | undefined

  constructor(options: ListenerOptions) {
    this.#options = options
    this.address = options.address
    this.apps = options.apps
    this.#connections = new Connections(options.bounds.requestsPerConnection)
    this.#dispatcher = new Dispatcher(options)
    this.handle = this.#dispatcher.handle
  }

  /** Takes what a running listener can change, for what begins from now on. The scopes of its apps are read again. */
  reconfigure(timeouts: Timeouts, live: LiveBounds): void {
    this.#options = { ...this.#options, timeouts, bounds: { ...this.#options.bounds, ...live } }
    this.#connections.requestLimit = live.requestsPerConnection
    if (this.#refusals) this.#refusals.limit = live.connections
    if (this.#server) {
      useTimeouts(this.#server, timeouts)
      useConnectionLimit(this.#server, live)
    }
    this.#http2?.reconfigure(timeouts, live)
    this.#dispatcher.useAppScopes()
  }

  /**
   * Opens the address.
   * @throws E_LISTEN_IN_USE · E_LISTEN_FAILED
   */
  async listen(): Promise<void> {
    const { address } = this
    // Few apps listen on one, and the threads that it asks about take 2 ms to load.
    const socket = address.kind === 'unix' ? await import('./unix-socket.js') : undefined
    if (address.kind === 'unix') {
      const taken = await socket!.freeSocketPath(address.path)
      if (taken) throw addressInUse(this, taken)
    }
    const server = await this.#open()
    const { socketMode } = this.#options
    const listening = once(server, 'listening')
    if (address.kind === 'tcp') server.listen({ port: address.port, host: address.host })
    else socket!.listenOnSocket(server, address.path, socketMode)
    try {
      await listening
      if (address.kind === 'unix') socket!.setSocketMode(address.path, socketMode)
    } catch (error) {
      throw listenError(this, error as NodeJS.ErrnoException)
    }
    // A connection that cannot be accepted is no reason for the process to end.
    server.on('error', (err) => this.#log.error('connection could not be accepted', { err }))
  }

  /**
   * Takes connections from an entrance instead of the address. Every answer is the last on its connection, so that the entrance
   * decides about each request. Unix sockets are listened on as ever.
   * @throws E_LISTEN_IN_USE · E_LISTEN_FAILED
   */
  async enter(entrance: Entrance): Promise<void> {
    const { address } = this
    if (address.kind === 'unix') return this.listen()
    const server = await this.#open()
    const { tls, timeouts, bounds } = this.#options
    const request = {
      host: address.host,
      port: address.port,
      tls: tls?.context,
      headersMs: timeouts.headersMs,
      connections: bounds.connections,
      accept: this.#acceptInto(server),
    }
    this.#entered = await entrance(request).catch((error: unknown) => {
      throw listenError(this, error as NodeJS.ErrnoException)
    })
    // It makes Node look for slow requests, as it does once a server listens by itself.
    server.emit('listening')
    this.#announce(true)
  }

  /** What Node does with a connection that it has accepted itself. */
  #acceptInto(server: HttpServer | HttpsServer): (socket: Socket) => void {
    let open = 0
    return (socket) => {
      const { connections } = this.#options.bounds
      if (connections > 0 && open >= connections) {
        socket.destroy()
        server.emit('drop')
        return
      }
      open++
      noteFirstBytes(socket)
      socket.once('close', () => open--)
      server.emit('connection', socket)
    }
  }

  /** Serves connections that come from now on with other certificates. Those that are open keep theirs. */
  useTls(tls: LoadedTls): void {
    if (!this.#server || !('setSecureContext' in this.#server)) return
    this.#server.setSecureContext(tls.context)
    warnOfExpiry(tls, this.#log)
  }

  /** Where it listens: with the port the system chose. */
  get url(): string {
    const bound = this.#entered ?? this.#server?.address() ?? null
    if (bound === null || typeof bound === 'string') return formatAddress(this.address)
    const { address, family, port } = bound
    const anywhere = address === '::' || address === '0.0.0.0'
    const host = anywhere ? 'localhost' : family === 'IPv6' ? `[${address}]` : address
    return `${this.#options.tls ? 'https' : 'http'}://${host}:${port}`
  }

  /** Requests under way. */
  get inFlight(): number {
    return this.#dispatcher.inFlight
  }

  /** From now on every answer tells its client to open no further request on the connection. */
  announceClosing(): void {
    this.#isAnnouncing = true
    this.#announce(true)
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
    const retired = Promise.all([this.#connections.retire(idleMs), this.#http2?.sessions.retire(idleMs)])
    const ended = retired.then(() => this.#dispatcher.untilIdle())
    await settlesWithin(ended, timeoutMs)
    const cutOff = this.inFlight
    this.#http2?.sessions.destroyAll()
    this.#connections.destroyAll()
    await closed
    // There only the timer is left to be stopped.
    if (this.#entered) this.#server?.close()
    for (const mount of this.#options.mounts) void this.#closeMount(mount)
    return cutOff
  }

  /** A mount of the project's own may throw, or take its time: neither keeps the server from stopping. */
  async #closeMount(mount: Mount): Promise<void> {
    try {
      await mount.close?.()
    } catch (err) {
      this.#log.error('mount could not be closed', { mount: mount.description, err })
    }
  }

  /**
   * The system resets connections that it has established and that were not accepted yet when their address closes. So no client
   * is sent away in the moment before: it would come back on a new connection, and perhaps just then. Those that wait are accepted
   * first, one in each turn of the loop, as Node does it.
   */
  async #settle(): Promise<void> {
    if (this.#isAnnouncing) {
      this.#announce(false)
      await delay(settleMs)
    }
    const server = this.#server
    let accepted = 0
    const count = () => {
      accepted++
    }
    for (const event of ['connection', 'drop']) server?.on(event, count)
    // What the loop is at now may have looked at its sockets already.
    await afterPoll()
    for (let turn = 0; turn <= mostWaiting; turn++) {
      const before = accepted
      await afterPoll()
      if (accepted === before) break
    }
    for (const event of ['connection', 'drop']) server?.off(event, count)
  }

  #announce(isClosing: boolean): void {
    this.#connections.announceEnd(isClosing)
    this.#http2?.sessions.announceEnd(isClosing)
  }

  /** Resolves when the last connection has ended. */
  async #stopListening(): Promise<void> {
    this.#refusals?.stop()
    const server = this.#server
    if (!server?.listening) return
    // The method of the HTTP server would also destroy every connection that is idle at this instant.
    await new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()))
    // By now it only stops the timer that looks for slow requests.
    server.close()
  }

  async #open(): Promise<HttpServer | HttpsServer> {
    const server = (this.#server = await openServer({ ...this.#options, IncomingMessage: this.#requestClass() }))
    const { tls, http2 } = this.#options
    if (http2) await this.#openHttp2(server)
    else server.on(tls ? 'secureConnection' : 'connection', this.#connections.add)
    if (tls) server.on('connection', this.#connections.addHandshake)
    server.on('request', this.#onRequest)
    if (this.#someMount('upgrades')) server.on('upgrade', this.#onUpgrade as (...parameters: unknown[]) => void)
    if (this.#someMount('continues')) server.on('checkContinue', this.#onExpectation)
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) =>
      refuseRequest(error, socket, this.apps[0]!.scope),
    )
    const refusals = (this.#refusals = new RefusedConnections(this.#options.bounds.connections, this.apps[0]!))
    server.on('drop', refusals.add)
    return server
  }

  readonly #onRequest = (req: IncomingMessage, res: ServerResponse): void => {
    if (this.#connections.admit(req, res)) this.handle(req, res)
  }

  /** Only requests that a mount takes get here: see {@link upgradableRequest}. */
  readonly #onUpgrade = (req: IncomingMessage, socket: Socket, firstBytes: Buffer): void => {
    this.#onRequest(req, new UpgradeResponse(req, socket, firstBytes, this.#connections.noteSwitch))
  }

  /** What Node does by itself where nobody listens, unless a mount sees to it. */
  readonly #onExpectation = (req: IncomingMessage, res: ServerResponse): void => {
    if (!this.#dispatcher.mountFor(req)?.continues) res.writeContinue()
    if (req.httpVersionMajor === 2) this.#http2!.serve(req, res)
    else this.#onRequest(req, res)
  }

  #requestClass(): typeof IncomingMessage | undefined {
    if (!this.#someMount('upgrades')) return undefined
    // With a body, or behind a request that is still being answered, it would not be clear where the other protocol begins. RFC 6455 §4.1
    // wants a GET.
    return upgradableRequest(
      (req) =>
        req.method === 'GET' &&
        /^websocket$/i.test(req.headers.upgrade ?? '') &&
        !hasBody(req.headers) &&
        currentResponse(req.socket) === undefined &&
        (this.#dispatcher.mountFor(req)?.upgrades ?? false),
    )
  }

  #someMount(what: 'upgrades' | 'continues'): boolean {
    return this.#options.mounts.some((mount) => mount[what])
  }

  /** Loaded where it is used only. */
  async #openHttp2(server: HttpServer | HttpsServer): Promise<void> {
    const { Http2Branch } = await import('./http2-branch.js')
    this.#http2 = new Http2Branch(this.#options, {
      handle: this.handle,
      ...(this.#someMount('continues') ? { checkContinue: this.#onExpectation } : {}),
      refuse: (res, status) => answerRefusal(res, status, this.apps[0]!.scope),
    })
    this.#http2.attach(server, this.#options.tls !== undefined, this.#connections)
  }

  get #log(): Logger {
    return this.apps[0]!.scope.log
  }
}
