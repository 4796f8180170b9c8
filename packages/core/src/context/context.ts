import { setMaxListeners } from 'node:events'
import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'

import { RequestBody, type BodyListener } from '../binding/read-body.js'
import type { Operation } from '../contract/operation.js'
import { PreconditionFailedError } from '../errors/http-error.js'
import type { Logger } from '../logging/logger.js'
import type { Serializer } from '../response/compile-serializer.js'
import type { Formatter } from '../response/formatters/formatter.js'
import type { StreamForm } from '../response/item-stream.js'
import { pageMeta, quoteEtag, Result, type FileOptions, type Paging, type StreamSource } from '../response/result.js'
import { readClientCertificate, type ClientCertificate } from './client-certificate.js'
import { parseCookies } from './cookies.js'
import { parseQuery, type QueryValues } from './query.js'

/** Bounds on input. Each is 413 or 400 when exceeded. */
export interface InputLimits {
  /** Bytes of a request body after decompression. Default 1 MiB. */
  readonly bodyBytes: number
  /** Nesting of JSON and of bracketed names. Default 32. */
  readonly depth: number
  /** Keys of one JSON object, of a query or of a form. Default 1,000. */
  readonly keys: number
  /** Items of one array or list. Default 10,000. */
  readonly items: number
}

/** What a context knows of the app that it belongs to. */
export interface AppScope {
  readonly name: string
  readonly log: Logger
  readonly formatter: Formatter
  readonly limits: InputLimits
  /** What happens to keys that the DTO does not declare. */
  readonly unknownKeys: 'drop' | 'reject'
  /** `timeouts.handler`: milliseconds until a request is answered with 503 where its operation says nothing else; 0 for none. */
  readonly handlerTimeoutMs: number
}

/** What a context knows of the route that was found. */
export interface RouteScope {
  /** Pattern, such as `/todos/:id`; `*` where no route was found. */
  readonly path: string
  /** Undefined where no operation was found, and on mounts. */
  readonly operation: Operation | undefined
  /** Milliseconds until its request is answered with 503; 0 for no limit. */
  readonly handlerTimeoutMs: number
  /** Of what `@Returns` declares; undefined where the data of a success is written as it is. */
  readonly serializer: Serializer | undefined
  /** Of a stream that `@Returns` declares. */
  readonly streamForm?: StreamForm | undefined
  /** For calls of other servers: no part of what the app offers its clients. Default false. */
  readonly isInternal?: boolean
  /** Of an operation that other servers call: the hash of its contract. */
  readonly contractHash?: () => string
}

/** A typed slot for what one middleware leaves for others: `const user = stateKey<User>('user')`. */
export interface StateKey<T> {
  readonly name: string
  readonly shape?: T
}

export function stateKey<T>(name: string): StateKey<T> {
  return { name }
}

/** Who a request is made for: an id, and whatever else of plain JSON an application knows of them. */
export interface Principal {
  readonly id: string
  readonly [key: string]: unknown
}

const kTenant = stateKey<string | undefined>('tenant')
const kPrincipal = stateKey<Principal | undefined>('principal')
const kLocale = stateKey<string | undefined>('locale')

export type AfterResponseCallback = (ctx: Context) => unknown

/** One request and the means to answer it. Everything that is not asked for is not computed. */
export class Context {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly app: AppScope
  readonly route: RouteScope
  /** Path parameters, decoded; `*` holds what a wildcard matched. */
  readonly params: Readonly<Record<string, string | undefined>>
  /** Without query, as received. */
  readonly path: string
  /** What follows `?`, as received. */
  readonly search: string
  /** Milliseconds of `performance.now()`. */
  readonly startedAt: number
  /** Headers of any answer to this request, also of errors; names in lower case. Undefined until one is set. */
  responseHeaders: Record<string, string | readonly string[]> | undefined
  afterResponseCallbacks: AfterResponseCallback[] | undefined
  /** Runs a callback that comes after those have run. Set once the response was sent or its client has gone. */
  runLateCallback: ((ctx: Context, callback: AfterResponseCallback) => void) | undefined
  /** What the handler gave to the middleware around it, or middleware that has not gone on to it. */
  handlerOutcome: unknown
  /** Bytes of the request body read so far, after decompression. */
  bodyBytesRead = 0

  #ownBodyLimitBytes: number | undefined
  #received: RequestBody | undefined
  #body: Promise<Buffer> | undefined
  #query: QueryValues | undefined
  #cookies: Readonly<Record<string, string | undefined>> | undefined
  #requestId: string | undefined
  #log: Logger | undefined
  #abort: AbortController | undefined
  #abortReason: Error | undefined
  /** When whoever asked stops waiting, as of `performance.now()`. */
  #endsAt = Infinity
  #endReason: (() => Error) | undefined
  #state: Map<StateKey<unknown>, unknown> | undefined

  constructor(
    req: IncomingMessage,
    res: ServerResponse,
    app: AppScope,
    route: RouteScope,
    params: Readonly<Record<string, string | undefined>>,
    path: string,
    search: string,
  ) {
    this.req = req
    this.res = res
    this.app = app
    this.route = route
    this.params = params
    this.path = path
    this.search = search
    this.startedAt = performance.now()
  }

  get method(): string {
    return this.req.method ?? 'GET'
  }

  /** Request headers, names in lower case. */
  get headers(): IncomingHttpHeaders {
    return this.req.headers
  }

  /** Largest accepted body in bytes for this request; the `bodyLimit` middleware sets it. */
  get bodyLimitBytes(): number {
    return this.#ownBodyLimitBytes ?? this.app.limits.bodyBytes
  }
  set bodyLimitBytes(bytes: number) {
    this.#ownBodyLimitBytes = bytes
  }

  /** What {@link bodyLimitBytes} was set to, for bodies that the limit of the app is not meant for; undefined where nobody set it. */
  get ownBodyLimitBytes(): number | undefined {
    return this.#ownBodyLimitBytes
  }

  /**
   * The bytes of the request body, decompressed; empty where there is none. Read once: middleware may ask for them and the DTO is
   * still bound.
   * @throws PayloadTooLargeError above `bodyLimitBytes`
   * @throws UnsupportedMediaTypeError for an unknown Content-Encoding
   * @throws BadRequestError when the compressed data is damaged or the client goes away
   * @throws LokstraError E_BODY_CONSUMED where something else has read from `req`
   */
  body(): Promise<Buffer> {
    return (this.#body ??= new Promise((bodyRead, bodyFailed) => this.readBody({ bodyRead, bodyFailed })))
  }

  /** The same without a promise. */
  readBody(listener: BodyListener): void {
    ;(this.#received ??= new RequestBody(this)).listen(listener)
  }

  /** Parsed query: a repeated key is an array. */
  get query(): QueryValues {
    return (this.#query ??= parseQuery(this.search, this.app.limits))
  }

  get cookies(): Readonly<Record<string, string | undefined>> {
    return (this.#cookies ??= parseCookies(this.req.headers.cookie))
  }

  /** Names this request in logs and error answers; random unless the `requestId` middleware took it from the client. */
  get requestId(): string {
    return (this.#requestId ??= randomUUID())
  }
  set requestId(id: string) {
    this.#requestId = id
    this.#log = undefined
  }

  /** A logger whose lines carry the request id. */
  get log(): Logger {
    return (this.#log ??= this.app.log.child({ requestId: this.requestId }))
  }

  /** Aborted when the client goes away before the response is complete, and when its time is over: its handler timeout, or what its caller has. */
  get signal(): AbortSignal {
    if (!this.#abort) {
      this.#abort = new AbortController()
      // Each call and each query that is under way listens: ten at one time are no leak.
      setMaxListeners(0, this.#abort.signal)
      const { res } = this
      const onClose = () => {
        if (!res.writableFinished)
          this.abort(new Error('The client closed the connection before the response was complete'))
      }
      if (this.#abortReason) this.#abort.abort(this.#abortReason)
      else if (res.destroyed) onClose()
      else {
        res.once('close', onClose)
        if (this.#endReason) this.#abortAtEnd(this.#endReason)
      }
    }
    return this.#abort.signal
  }

  /** A timer for those only that listen: most requests have none, and end before. */
  #abortAtEnd(reason: () => Error): void {
    const { res } = this
    const end = () => {
      // Somebody waited for the head; a stream may take the time that it takes.
      if (!res.headersSent) this.abort(reason())
    }
    const timer = setTimeout(end, this.#endsAt - performance.now()).unref()
    res.once('close', () => clearTimeout(timer))
  }

  /** Aborts {@link signal}, also where it is asked for later only. */
  abort(reason: Error): void {
    this.#abortReason ??= reason
    this.#abort?.abort(this.#abortReason)
  }

  /** Whose data it is about, where several customers share a server. Handed on with calls to other servers, as the next two are. */
  get tenant(): string | undefined {
    return this.get(kTenant)
  }
  set tenant(tenant: string | undefined) {
    this.set(kTenant, tenant)
  }

  /** Who it is made for; undefined until something that authenticates says it. */
  get principal(): Principal | undefined {
    return this.get(kPrincipal)
  }
  set principal(principal: Principal | undefined) {
    this.set(kPrincipal, principal)
  }

  /** Language tag of what people read, such as `de-AT`. */
  get locale(): string | undefined {
    return this.get(kLocale)
  }
  set locale(locale: string | undefined) {
    this.set(kLocale, locale)
  }

  /** Whole milliseconds until nobody waits for the answer any more: by its handler timeout, or by the server that calls. Undefined for no limit. */
  remainingMs(): number | undefined {
    // Somebody waits for its head; a stream may take the time that it takes.
    if (this.res.headersSent) return undefined
    const { handlerTimeoutMs } = this.route
    const own = handlerTimeoutMs === 0 ? Infinity : this.startedAt + handlerTimeoutMs
    const end = Math.min(own, this.#endsAt)
    return end === Infinity ? undefined : Math.max(0, Math.floor(end - performance.now()))
  }

  /**
   * Says that nobody waits longer than this for the answer.
   * @param reason  {@link signal} is aborted with it then; without, it is not
   */
  endWithin(milliseconds: number, reason?: () => Error): void {
    this.#endsAt = Math.min(this.#endsAt, performance.now() + milliseconds)
    if (!reason) return
    this.#endReason = reason
    if (this.#abort) this.#abortAtEnd(reason)
  }

  /**
   * The client's address as the socket knows it, empty once the connection is gone unless it was read before.
   * Proxy headers are not believed.
   */
  get ip(): string {
    const address = this.req.socket.remoteAddress ?? ''
    // A socket for both protocols shows IPv4 clients as mapped addresses. RFC 4291 §2.5.5.2.
    return address.startsWith('::ffff:') ? address.slice(7) : address
  }

  /**
   * The certificate that the client showed, read when asked for. Only on an app whose `tls.clientCertificate` is `request` or
   * `require`, and only one that an authority under `tls.ca` vouches for.
   */
  get clientCertificate(): ClientCertificate | undefined {
    return readClientCertificate(this.req)
  }

  get<T>(key: StateKey<T>): T | undefined {
    return this.#state?.get(key) as T | undefined
  }

  set<T>(key: StateKey<T>, value: T): void {
    this.#state ??= new Map()
    this.#state.set(key, value)
  }

  /** Sets a header of whatever answers this request, a thrown error included. A result's own header wins. */
  setHeader(name: string, value: string | number | readonly string[]): void {
    this.responseHeaders ??= {}
    this.responseHeaders[name.toLowerCase()] = typeof value === 'number' ? String(value) : value
  }

  /**
   * Runs once the response has been sent or its client has gone, soon where that is so already. Failures are logged; a stopping
   * server waits for it.
   */
  afterResponse(callback: AfterResponseCallback): void {
    if (this.runLateCallback) this.runLateCallback(this, callback)
    else (this.afterResponseCallbacks ??= []).push(callback)
  }

  /** 412 unless `If-Match` is absent, `*`, or names this entity tag. RFC 9110 §13.1.1. */
  assertMatch(etag: string): void {
    const header = this.req.headers['if-match']
    if (header === undefined || header.trim() === '*') return
    const current = quoteEtag(etag)
    // A tag may hold commas itself. RFC 9110 §8.8.3.
    const tags: readonly string[] = header.match(/(?:W\/)?"[^"]*"/gi) ?? []
    if (current.startsWith('W/') || !tags.includes(current))
      throw new PreconditionFailedError('It was changed in the meantime')
  }

  /** 200. */
  ok<T>(data?: T): Result<T> {
    return new Result<T>(200, { kind: 'data', data })
  }

  /** 201. */
  created<T>(data?: T): Result<T> {
    return new Result<T>(201, { kind: 'data', data })
  }

  /** 202: taken on, not yet done. */
  accepted<T>(data?: T): Result<T> {
    return new Result<T>(202, { kind: 'data', data })
  }

  /** 204, no body. */
  noContent(): Result<void> {
    return new Result<void>(204, { kind: 'empty' })
  }

  /** 200 with the list meta of one page. */
  page<T>(items: readonly T[], paging: Paging): Result<readonly T[]> {
    return new Result<readonly T[]>(200, { kind: 'data', data: items }).withMeta(pageMeta(paging))
  }

  /** A file of the disk, with `ETag`, `Last-Modified` and ranges; 404 when there is none. */
  file(path: string, options: FileOptions = {}): Result<never> {
    return new Result<never>(200, { kind: 'file', path, options })
  }

  /** Sends chunks as they come: text and bytes as they are. */
  stream(source: StreamSource, type = 'application/octet-stream'): Result<never> {
    return new Result<never>(200, { kind: 'stream', source, type })
  }

  html(html: string): Result<never> {
    return new Result<never>(200, { kind: 'text', text: html, type: 'text/html; charset=utf-8' })
  }

  text(text: string): Result<never> {
    return new Result<never>(200, { kind: 'text', text, type: 'text/plain; charset=utf-8' })
  }

  /** 302 unless another 3xx is given. Characters that may not stand in a header are encoded. */
  redirect(location: string, status: 301 | 302 | 303 | 307 | 308 = 302): Result<never> {
    return new Result<never>(status, { kind: 'empty' }).withHeader('location', encodeLocation(location))
  }
}

/** Encodes what is not allowed in a header value and leaves what is encoded already. */
function encodeLocation(location: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what must not get through
  return location.replace(/[\u0000-\u0020\u007f-\uffff"<>\\^`{|}]+/g, (part) =>
    encodeURIComponent(part.replace(/\p{Surrogate}/gu, '\ufffd')),
  )
}
