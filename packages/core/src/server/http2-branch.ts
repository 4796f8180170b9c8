import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http'
import { createServer, type Http2Server, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import type { Server as HttpsServer } from 'node:https'
import type { Socket } from 'node:net'

import { knownVerbs } from '../http/known-verbs.js'
import type { Connections } from './connections.js'
import { Http2Request, Http2Response } from './http2-messages.js'
import { Http2Sessions } from './http2-sessions.js'
import type { ListenerOptions, LiveBounds, Timeouts } from './listener.js'

/** Requests that one connection may have under way. What browsers and other servers use. RFC 9113 §6.5.2. */
const maxConcurrentStreams = 128
/** How a client begins that speaks HTTP/2 without asking. RFC 9113 §3.4. */
const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')

export interface Http2Handlers {
  readonly handle: (req: IncomingMessage, res: ServerResponse) => void
  /** For clients that wait for `100 Continue`. Default: they are told at once. */
  readonly checkContinue?: (req: IncomingMessage, res: ServerResponse) => void
  /** Answers what is not to be processed, in the envelope. */
  readonly refuse: (res: ServerResponse, status: 400 | 408 | 431) => void
}

/**
 * HTTP/2 behind the same address as HTTP/1.1: each connection is given to the server of Node that speaks its protocol, by what TLS
 * agreed on or, in the clear, by its first bytes. The servers share nothing else, so HTTP/1.1 stays what it is.
 */
export class Http2Branch {
  readonly sessions: Http2Sessions
  readonly #server: Http2Server
  readonly #handlers: Http2Handlers
  readonly #headerBytes: number
  #timeouts: Timeouts

  constructor(options: ListenerOptions, handlers: Http2Handlers) {
    const { timeouts, bounds } = options
    this.#timeouts = timeouts
    this.#handlers = handlers
    this.#headerBytes = bounds.headerBytes
    this.sessions = new Http2Sessions(timeouts, bounds.requestsPerConnection)
    this.#server = createServer({
      Http2ServerRequest: Http2Request as unknown as typeof Http2ServerRequest,
      Http2ServerResponse: Http2Response as unknown as typeof Http2ServerResponse,
      // What is beyond the limits is answered, so that clients learn why; what is far beyond them only resets its stream.
      settings: { maxConcurrentStreams, maxHeaderListSize: 2 * bounds.headerBytes },
      // As many as fit, since each counts 32 bytes more than it has: cookies come one by one, and become one header.
      maxHeaderListPairs: Math.ceil((2 * bounds.headerBytes) / 32),
    })
    this.#server.on('session', this.sessions.add)
    // The types know nothing of the classes above.
    this.#server.on('request', this.serve as unknown as () => void)
    if (handlers.checkContinue) this.#server.on('checkContinue', handlers.checkContinue as unknown as () => void)
  }

  /** For what begins from now on. */
  reconfigure(timeouts: Timeouts, { requestsPerConnection }: LiveBounds): void {
    this.#timeouts = timeouts
    this.sessions.reconfigure(timeouts, requestsPerConnection)
  }

  /** Takes those connections of `front` that speak HTTP/2; the others go where they went before. */
  attach(front: HttpServer | HttpsServer, isSecure: boolean, connections: Connections): void {
    const event = isSecure ? 'secureConnection' : 'connection'
    const http1 = front.listeners(event) as ((socket: Socket) => void)[]
    front.removeAllListeners(event)
    const serve = (socket: Socket, isHttp2: boolean) => {
      if (!isHttp2) {
        for (const listener of http1) listener.call(front, socket)
        return
      }
      connections.release(socket)
      // As Node's own server of HTTP/2 has it: a session that is written to would not notice that its client has gone.
      socket.allowHalfOpen = false
      this.#server.emit('connection', socket)
    }
    front.on(event, (socket: Socket) => {
      connections.add(socket)
      if (isSecure) serve(socket, 'alpnProtocol' in socket && socket.alpnProtocol === 'h2')
      else recognise(socket, this.#timeouts.headersMs, serve)
    })
  }

  readonly serve = (message: IncomingMessage, res: ServerResponse): void => {
    const req = message as unknown as Http2Request
    this.sessions.admit(req.stream)
    if (!knownVerbs.has(req.method)) {
      this.#handlers.refuse(res, 400)
      return
    }
    if (isLarger(req.rawHeaders, this.#headerBytes)) {
      this.#handlers.refuse(res, 431)
      return
    }
    if (!req.stream.endAfterHeaders) this.#limitBody(req, res)
    this.#handlers.handle(message, res)
  }

  /** What Node watches over for HTTP/1.1 only. */
  #limitBody(req: Http2Request, res: ServerResponse): void {
    const expire = () => {
      // Arrived counts, read or not: 'end' comes only when somebody has read it.
      if (req.stream.state.remoteClose || res.destroyed) return
      if (res.headersSent) res.destroy()
      else this.#handlers.refuse(res, 408)
    }
    const timer = setTimeout(expire, this.#timeouts.requestMs)
    const stop = () => clearTimeout(timer)
    req.stream.once('end', stop).once('close', stop)
  }
}

/** As HTTP/1.1 counts: names, values, and four characters between and behind them. */
function isLarger(rawHeaders: readonly string[], limitBytes: number): boolean {
  let bytes = 0
  for (const text of rawHeaders) bytes += text.length + 2
  return bytes > limitBytes
}

/** Reads as much of a connection as tells the protocols apart, and puts it back. */
function recognise(socket: Socket, timeoutMs: number, serve: (socket: Socket, isHttp2: boolean) => void): void {
  let read = Buffer.alloc(0)
  const timer = setTimeout(() => socket.destroy(), timeoutMs)
  const stop = () => {
    clearTimeout(timer)
    socket.off('readable', look).off('end', giveUp).off('close', stop).off('error', ignore)
  }
  const giveUp = () => {
    stop()
    socket.on('error', ignore).end()
  }
  const look = () => {
    const chunk = socket.read() as Buffer | null
    if (chunk === null) return
    read = Buffer.concat([read, chunk])
    const length = Math.min(read.length, preface.length)
    const fits = preface.subarray(0, length).equals(read.subarray(0, length))
    if (fits && length < preface.length) return
    stop()
    socket.unshift(read)
    serve(socket, fits)
  }
  socket.on('readable', look).on('end', giveUp).on('close', stop).on('error', ignore)
}

function ignore(): void {
  // The connection closes next, which is all there is to do.
}
