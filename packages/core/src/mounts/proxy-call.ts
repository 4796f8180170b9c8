import { STATUS_CODES, type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'

import { hasBody } from '../binding/read-body.js'
import type { Context } from '../context/context.js'
import { E_BODY_CONSUMED } from '../errors/catalogue/binding.js'
import { BadGatewayError, GatewayTimeoutError, PayloadTooLargeError, type HttpError } from '../errors/http-error.js'
import { lokstraError } from '../errors/lokstra-error.js'
import { idempotentVerbs } from '../http/idempotent-verbs.js'
import { hasNoBody } from '../http/status.js'
import { endResponse, type UnreadBody } from '../response/end-response.js'
import { addHeaders } from '../response/response-headers.js'
import { UpgradeResponse } from '../response/upgrade-response.js'
import { writeHead } from '../response/write-response.js'
import { isPlainlyChunked, noHeaders, proxyAnswerHeaders, proxyTrailers, type ForwardRules } from './proxy-headers.js'
import { joinConnections, type TunnelEnd } from './proxy-tunnel.js'

export interface ProxyLimits {
  readonly timeoutMs: number
  readonly connectTimeoutMs: number
  /** 0 for no limit. */
  readonly idleTimeoutMs: number
  /** Undefined for no limit. */
  readonly maxBodyBytes: number | undefined
}

export interface ProxyCallOptions {
  readonly limits: ProxyLimits
  readonly headers: OutgoingHttpHeaders
  /** Opens the request; called again for another attempt. */
  readonly open: (headers: OutgoingHttpHeaders) => ClientRequest
  /** What clients may not say themselves. */
  readonly rules: ForwardRules
  /** What a `Location` of the answer becomes. */
  readonly toLocation: (location: string) => string
}

/** One request on its way to another server, and the answer on its way back. Both are streamed, each at the pace of its reader. */
export class ProxyCall {
  readonly #ctx: Context
  readonly #options: ProxyCallOptions
  readonly #hasBody: boolean
  #upstream: ClientRequest | undefined
  #answer: IncomingMessage | undefined
  #timer: NodeJS.Timeout | undefined
  #isRepeated = false
  /** It has failed, or its client has gone: nothing that still comes of the two connections counts. */
  #isOver = false
  #stopSending: (() => void) | undefined
  #settle!: { resolve: () => void; reject: (error: HttpError) => void }

  constructor(ctx: Context, options: ProxyCallOptions) {
    this.#ctx = ctx
    this.#options = options
    this.#hasBody = hasBody(ctx.headers)
  }

  /**
   * Resolves when the answer has begun, or the client has gone.
   * @throws BadGatewayError, GatewayTimeoutError, PayloadTooLargeError  while nothing was answered
   * @throws LokstraError E_BODY_CONSUMED where middleware has read the body
   */
  run(): Promise<void> {
    const { req, res, route, method } = this.#ctx
    if (res.destroyed) return Promise.resolve()
    if (this.#hasBody && (req.readableDidRead || req.readableEnded)) {
      return Promise.reject(lokstraError(E_BODY_CONSUMED, { route: `${method} ${route.path}` }))
    }
    const { maxBodyBytes } = this.#options.limits
    if (maxBodyBytes !== undefined && Number(req.headers['content-length'] ?? 0) > maxBodyBytes) {
      return Promise.reject(tooLarge(maxBodyBytes))
    }
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
      res.once('close', this.#onClientGone)
      this.#send()
      if (this.#hasBody) this.#sendBody(this.#upstream!)
      else this.#upstream!.end()
    })
  }

  #send(): void {
    const { headers, limits } = this.#options
    const upstream = (this.#upstream = this.#options.open(headers))
    upstream.on('error', (error: NodeJS.ErrnoException) => this.#onError(upstream, error))
    upstream.on('response', (answer) => this.#onAnswer(answer))
    upstream.on('continue', () => this.#ctx.res.writeContinue())
    const { res } = this.#ctx
    upstream.on('upgrade', (answer, socket: Socket, firstBytes: Buffer) => {
      if (res instanceof UpgradeResponse) {
        this.#onUpgrade(res, answer, { socket, firstBytes })
        return
      }
      socket.destroy()
      this.#fail(invalid('The upstream server changed the protocol without being asked'))
    })
    upstream.once('socket', (socket) => {
      if (!socket.connecting) return
      const late = () => this.#fail(timeout('The upstream server did not take the connection in time'))
      const timer = setTimeout(late, limits.connectTimeoutMs)
      const stop = () => clearTimeout(timer)
      socket.once('connect', stop).once('close', stop)
    })
    this.#timer = setTimeout(() => this.#onSilence(), limits.timeoutMs)
  }

  #sendBody(upstream: ClientRequest): void {
    const { req } = this.#ctx
    const { maxBodyBytes = Infinity } = this.#options.limits
    let bytes = 0
    const count = (chunk: Buffer) => {
      this.#timer?.refresh()
      bytes += chunk.length
      if (bytes > maxBodyBytes) this.#fail(tooLarge(maxBodyBytes))
    }
    const end = () => {
      if (upstream.destroyed) return
      const trailers = proxyTrailers(req, this.#options.rules)
      if (trailers) upstream.addTrailers(trailers)
      upstream.end()
    }
    req.on('data', count).on('end', end)
    // What is left unsent is never ended: the next request on a kept connection would pass for the rest of this one.
    this.#stopSending = () => req.off('data', count).off('end', end).unpipe(upstream)
    // The end of the response follows, and ends the rest.
    req.on('error', ignore)
    // A client that waits to be told hears it from the other server.
    if (this.#options.headers.expect !== undefined) upstream.flushHeaders()
    req.pipe(upstream, { end: false })
  }

  #onAnswer(answer: IncomingMessage): void {
    const { res } = this.#ctx
    this.#answer = answer
    if (res.destroyed) {
      answer.destroy()
      return
    }
    const complaint = complaintOf(answer)
    if (complaint !== undefined) {
      this.#fail(invalid(`The upstream server gave ${complaint}`))
      return
    }
    clearTimeout(this.#timer)
    let unread: UnreadBody
    try {
      unread = writeHead(this.#ctx, answer.statusCode!, this.#answerHeaders(answer), statusWords(answer))
    } catch (cause) {
      this.#fail(invalidHead(cause))
      return
    }
    this.#settle.resolve()
    this.#passOn(answer, unread)
  }

  /** The body of the answer, behind a head that was written while `unread` of the request was on its way. */
  #passOn(answer: IncomingMessage, unread: UnreadBody): void {
    const { req, res } = this.#ctx
    const { idleTimeoutMs } = this.#options.limits
    if (idleTimeoutMs > 0) this.#timer = setTimeout(() => this.#cutOff('it was silent for too long'), idleTimeoutMs)
    answer.on('data', () => this.#timer?.refresh())
    answer.on('end', () => {
      // Node ends what broke off as well.
      if (!answer.complete) return
      clearTimeout(this.#timer)
      this.#stopSending?.()
      const trailers = proxyTrailers(answer)
      if (trailers) res.addTrailers(trailers)
      endResponse(req, res, unread, undefined)
    })
    answer.on('error', ignore).on('close', () => {
      if (!answer.complete) this.#cutOff('it broke off')
    })
    // A long answer may let the client wait for its first byte.
    res.flushHeaders()
    answer.pipe(res, { end: false })
  }

  #onUpgrade(res: UpgradeResponse, answer: IncomingMessage, upstream: TunnelEnd): void {
    clearTimeout(this.#timer)
    if (res.destroyed) {
      upstream.socket.destroy()
      return
    }
    const headers = { ...this.#answerHeaders(answer), connection: 'Upgrade', upgrade: answer.headers.upgrade }
    let socket: Socket
    try {
      socket = res.switchProtocols(statusWords(answer), headers)
    } catch (cause) {
      upstream.socket.destroy()
      this.#fail(invalidHead(cause))
      return
    }
    res.off('close', this.#onClientGone)
    joinConnections({ socket, firstBytes: res.firstBytes }, upstream, this.#options.limits)
    this.#settle.resolve()
  }

  /** What the other server says is added to what middleware said in advance, as the result of a handler would be. */
  #answerHeaders(answer: IncomingMessage): OutgoingHttpHeaders {
    const headers = noHeaders()
    if (this.#ctx.responseHeaders !== undefined) addHeaders(headers, this.#ctx.responseHeaders)
    addHeaders(headers, proxyAnswerHeaders(answer))
    if (headers.trailer !== undefined && !this.#hasRoomForTrailers(answer)) delete headers.trailer
    if (typeof headers.location === 'string') headers.location = this.#options.toLocation(headers.location)
    return headers
  }

  /** Whether the answer goes on in chunks. RFC 9112 §7.1.2. */
  #hasRoomForTrailers({ headers, statusCode }: IncomingMessage): boolean {
    const { req, method } = this.#ctx
    if (method === 'HEAD' || req.httpVersion === '1.0' || hasNoBody(statusCode!)) return false
    return headers['transfer-encoding'] !== undefined
  }

  #onError(upstream: ClientRequest, error: NodeJS.ErrnoException): void {
    // Errors behind the head of the answer are told by the answer.
    if (this.#isOver || upstream !== this.#upstream || this.#answer) return
    if (this.#canRepeat(upstream, error)) {
      this.#isRepeated = true
      clearTimeout(this.#timer)
      this.#send()
      this.#upstream.end()
      return
    }
    const isInvalid = error.code?.startsWith('HPE_') ?? false
    const message = isInvalid
      ? 'The upstream server gave an answer that is not HTTP'
      : 'The upstream server cannot be reached'
    const code = isInvalid ? 'UPSTREAM_INVALID' : 'UPSTREAM_UNREACHABLE'
    this.#fail(new BadGatewayError(message, { code, cause: error }))
  }

  /** A kept connection may have been closed while the request was on its way, which says nothing of the server. */
  #canRepeat(upstream: ClientRequest, { code }: NodeJS.ErrnoException): boolean {
    if (!upstream.reusedSocket || this.#isRepeated || this.#hasBody || this.#ctx.res.destroyed) return false
    return (code === 'ECONNRESET' || code === 'EPIPE') && idempotentVerbs.has(this.#ctx.method)
  }

  #onSilence(): void {
    const { req } = this.#ctx
    const upstream = this.#upstream!
    // It is the client that takes its time, within the time-out of the whole request.
    if (this.#hasBody && !req.readableEnded && !upstream.writableNeedDrain) this.#timer?.refresh()
    else this.#fail(timeout('The upstream server did not answer in time'))
  }

  #fail(error: HttpError): void {
    if (this.#isOver) return
    const { req, res } = this.#ctx
    if (res.headersSent) {
      this.#cutOff(error.message)
      return
    }
    this.#release()
    // Not resumed: how much of the rest is read away is decided where the answer is sent.
    req.pause()
    if (res.destroyed) this.#settle.resolve()
    else this.#settle.reject(error)
  }

  /** A client would take the end of the connection, or of the stream, for the end of the answer. */
  #cutOff(reason: string): void {
    if (this.#isOver) return
    const { res, log, method, path } = this.#ctx
    this.#release()
    if (res.destroyed || res.writableEnded) return
    log.warn('upstream answer cut off', { method, path, reason })
    res.destroy()
  }

  readonly #onClientGone = (): void => {
    this.#release()
    this.#settle.resolve()
  }

  #release(): void {
    this.#isOver = true
    clearTimeout(this.#timer)
    this.#stopSending?.()
    this.#ctx.res.off('close', this.#onClientGone)
    if (!this.#answer?.complete || !this.#upstream?.writableFinished) this.#upstream?.destroy()
  }
}

/** The words beside the status; those of the standard in place of what Node reads and does not write. */
function statusWords({ statusCode, statusMessage = '' }: IncomingMessage): string {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(statusMessage) ? statusMessage : (STATUS_CODES[statusCode!] ?? '')
}

function invalid(message: string, cause?: unknown): BadGatewayError {
  return new BadGatewayError(message, { code: 'UPSTREAM_INVALID', cause })
}

/** Also where it is a header of middleware, which the error answer then has as well: that becomes a 500. */
function invalidHead(cause: unknown): BadGatewayError {
  return invalid('The upstream server gave an invalid head', cause)
}

/** What must not be passed on of an answer; undefined where all is well. */
function complaintOf({ statusCode, headers }: IncomingMessage): string | undefined {
  if (statusCode! < 200 || statusCode! > 599) return 'an unknown status'
  return isPlainlyChunked(headers) ? undefined : 'a transfer coding that was not asked for'
}

function timeout(message: string): GatewayTimeoutError {
  return new GatewayTimeoutError(message, { code: 'UPSTREAM_TIMEOUT' })
}

function tooLarge(limit: number): PayloadTooLargeError {
  return new PayloadTooLargeError(`The request body is larger than ${limit} bytes`)
}

function ignore(): void {
  // Told by the event that follows.
}
