import { validateHeaderName, validateHeaderValue, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http'
import {
  constants,
  Http2ServerRequest,
  Http2ServerResponse,
  type IncomingHttpHeaders as Http2Headers,
  type ServerHttp2Stream,
} from 'node:http2'
import type { ReadableOptions } from 'node:stream'

import { connectionHeaders } from '../http/connection-headers.js'
import { lingerMs } from './linger-ms.js'

/** What Node's types declare as properties, and Node has as accessors. */
type RequestParts = 'method' | 'url' | 'headers' | 'rawHeaders' | 'destroyed'
type ResponseParts = 'statusMessage' | 'writableFinished' | 'destroyed' | 'writeHead' | 'end' | 'destroy' | 'req'

/** What Node's types leave out. */
interface RequestStream extends ServerHttp2Stream {
  readonly headRequest: boolean
}

const NodeRequest = Http2ServerRequest as unknown as new (
  stream: ServerHttp2Stream,
  headers: Http2Headers,
  options: ReadableOptions,
  rawHeaders: readonly string[],
) => Omit<Http2ServerRequest, RequestParts>

const NodeResponse = Http2ServerResponse as unknown as new (stream: RequestStream) => Omit<
  Http2ServerResponse,
  ResponseParts
> & {
  writeHead(status: number, headers: OutgoingHttpHeaders): void
  end(...parameters: unknown[]): void
}

/**
 * A request of HTTP/2 as one of HTTP/1.1 would look: `:authority` is the Host, a body of unknown length is chunked, and nothing else
 * starts with a colon. So whatever handles requests has to know one kind only.
 */
export class Http2Request extends NodeRequest {
  readonly #verb: string
  readonly #target: string
  readonly #headers: IncomingHttpHeaders
  readonly #rawHeaders: readonly string[]

  constructor(
    stream: ServerHttp2Stream,
    headers: Http2Headers,
    options: ReadableOptions,
    rawHeaders: readonly string[],
  ) {
    super(stream, headers, options, rawHeaders)
    this.#verb = headers[':method'] ?? 'GET'
    this.#target = headers[':path'] ?? '/'
    const hasUnknownLength = !stream.endAfterHeaders && headers['content-length'] === undefined
    this.#headers = toHeaders(headers, hasUnknownLength)
    this.#rawHeaders = toRawHeaders(rawHeaders, hasUnknownLength)
  }

  get method(): string {
    return this.#verb
  }

  get url(): string {
    return this.#target
  }

  get headers(): IncomingHttpHeaders {
    return this.#headers
  }

  get rawHeaders(): readonly string[] {
    return this.#rawHeaders
  }

  /** Also where its client gave up: Node only ends it then, as if it were complete. */
  get destroyed(): boolean {
    return this.stream.aborted || this.stream.destroyed
  }
}

/** A response of HTTP/2 that behaves as one of HTTP/1.1 in what Node leaves different. */
export class Http2Response extends NodeResponse {
  constructor(stream: RequestStream) {
    super(stream)
    // Of an answer to HEAD that was not ended, Node keeps for itself that its client has gone.
    if (stream.headRequest) {
      stream.once('close', () => {
        if (!this.writableEnded) this.emit('close')
      })
    }
  }

  /** Only where it was ended here, too: Node ends the stream when its client gives up, and that of a HEAD at once. */
  get writableFinished(): boolean {
    return this.writableEnded && this.stream.writableFinished
  }

  get destroyed(): boolean {
    return this.stream.destroyed || this.stream.closed
  }

  // HTTP/2 has no words beside the status, and Node would warn.
  get statusMessage(): string {
    return ''
  }
  set statusMessage(_text: string) {
    // They are for HTTP/1.1.
  }

  override writeHead(status: number, words?: string | OutgoingHttpHeaders, more?: OutgoingHttpHeaders): this {
    const given = typeof words === 'object' ? words : more
    const headers: OutgoingHttpHeaders = {}
    for (const [name, value] of Object.entries(given ?? {})) {
      // HTTP/2 has no place for them. RFC 9113 §8.2.2.
      if (connectionHeaders.has(name.toLowerCase())) continue
      // Node checks neither, and clients would refuse the whole answer.
      validateHeaderName(name)
      for (const one of Array.isArray(value) ? value : [value]) validateHeaderValue(name, one as string)
      headers[name] = Array.isArray(value) && value.length > 1 ? joined(name, value) : value
    }
    super.writeHead(status, headers)
    return this
  }

  override end(...parameters: unknown[]): this {
    const { stream } = this
    super.end(...parameters)
    if (!stream.endAfterHeaders && !stream.readableEnded) stream.once('finish', () => closeSoon(stream))
    return this
  }

  /** Cuts the answer off, so that no client takes it for complete. */
  destroy(): this {
    const { stream } = this
    if (!stream.closed) stream.close(constants.NGHTTP2_INTERNAL_ERROR)
    return this
  }
}

/** One value, as it means the same: Node throws at two of a header that may have one only. RFC 9110 §5.3. */
function joined(name: string, values: string[]): string | string[] {
  // Cookies hold commas, and few clients take challenges apart.
  return /^(?:set-cookie|www-authenticate)$/i.test(name) ? values : [...new Set(values)].join(', ')
}

/**
 * What is still on its way of a request that was answered is of no use to anybody: RFC 9113 §8.1. It is reset when the client had its
 * time to take the answer, which a reset that arrives with it would take away from some.
 */
function closeSoon(stream: ServerHttp2Stream): void {
  const timer = setTimeout(() => stream.close(constants.NGHTTP2_NO_ERROR), lingerMs)
  stream.once('close', () => clearTimeout(timer))
}

function toHeaders(headers: Http2Headers, hasUnknownLength: boolean): IncomingHttpHeaders {
  const plain: IncomingHttpHeaders = {}
  const authority = headers[':authority']
  if (authority !== undefined) plain.host = authority
  for (const name of Object.keys(headers)) {
    if (!name.startsWith(':') && (name !== 'host' || authority === undefined)) plain[name] = headers[name]
  }
  if (hasUnknownLength) plain['transfer-encoding'] = 'chunked'
  return plain
}

/**
 * Two different hosts stay two, so that the request is refused as it would be over HTTP/1.1. Cookies, which clients send one by one
 * for the sake of compression, are one header again: RFC 9113 §8.2.3.
 */
function toRawHeaders(raw: readonly string[], hasUnknownLength: boolean): readonly string[] {
  const plain: string[] = []
  let authority: string | undefined
  let cookieAt: number | undefined
  for (let index = 0; index < raw.length; index += 2) {
    const [name, value] = [raw[index]!, raw[index + 1]!]
    if (name === ':authority') plain.push('host', (authority = value))
    else if (name === 'cookie') {
      if (cookieAt === undefined) cookieAt = plain.push(name, value) - 1
      else plain[cookieAt] = `${plain[cookieAt]!}; ${value}`
    } else if (!name.startsWith(':') && (name !== 'host' || value !== authority)) plain.push(name, value)
  }
  if (hasUnknownLength) plain.push('transfer-encoding', 'chunked')
  return plain
}
