import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'

import type { Context } from '../context/context.js'
import { E_BODY_CONSUMED } from '../errors/catalogue/binding.js'
import { BadRequestError, PayloadTooLargeError, UnsupportedMediaTypeError } from '../errors/http-error.js'
import { lokstraError } from '../errors/lokstra-error.js'
import { GatheredBytes } from '../http/gathered-bytes.js'

type Decoder = NodeJS.ReadWriteStream & Readable

/** Loaded with the first compressed body: 0.3 MB that a process which receives none does not keep. */
const zlib = () => process.getBuiltinModule('node:zlib')
const gunzip = () => zlib().createGunzip()

const decoders = new Map<string, (() => Decoder) | undefined>([
  ['identity', undefined],
  ['gzip', gunzip],
  ['x-gzip', gunzip],
  ['deflate', () => zlib().createInflate()],
  ['br', () => zlib().createBrotliDecompress()],
])
const acceptEncoding = 'gzip, deflate, br'
const empty = Buffer.alloc(0)

/** Whether a body follows the headers. RFC 9112 §6.3. */
export function hasBody(headers: IncomingHttpHeaders): boolean {
  const length = headers['content-length']
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0')
}

const kBody = Symbol('lokstra.body')

/** What the listeners of a request have to know. They are shared by all requests: a function for each event would cost more than it does. */
interface ReadRequest extends IncomingMessage {
  [kBody]?: RequestBody
}

/** Told how the reading of a body ends: by one of the two, once. */
export interface BodyListener {
  bodyRead(bytes: Buffer): void
  bodyFailed(error: unknown): void
}

/**
 * The body of one request, decompressed, read once for whoever asks, and counted in `ctx.bodyBytesRead` while it arrives. Who listens
 * is called where the last byte arrives: the promises of a small request, from its body to its answer, would cost 0.5 µs.
 */
export class RequestBody {
  readonly #ctx: Context
  readonly #listeners: BodyListener[] = []
  #limit = 0
  /** Of a body that is not decoded. A small one is one chunk: no copy. */
  #first: Buffer | undefined
  /** With {@link #first} as its first piece. */
  #gathered: GatheredBytes | undefined
  #stopDecoding: (() => void) | undefined
  #bytes: Buffer | undefined
  #error: unknown

  constructor(ctx: Context) {
    this.#ctx = ctx
  }

  /**
   * Calls the listener at once where the body has been read, or cannot be. It fails with a
   * - PayloadTooLargeError above `ctx.bodyLimitBytes`, compressed or not: at once where Content-Length tells, else when the limit is
   *   crossed
   * - UnsupportedMediaTypeError for an unknown Content-Encoding
   * - BadRequestError when the compressed data is damaged or the client goes away
   * - LokstraError E_BODY_CONSUMED where something else has read from `ctx.req`
   */
  listen(listener: BodyListener): void {
    if (this.#bytes !== undefined) listener.bodyRead(this.#bytes)
    else if (this.#error !== undefined) listener.bodyFailed(this.#error)
    else if (this.#listeners.push(listener) === 1) this.#read()
  }

  #read(): void {
    const ctx = this.#ctx
    const req: ReadRequest = ctx.req
    // What was read is gone: an 'end' that has been never comes again, and a rest would be bound as if it were the whole.
    if (req.readableDidRead || req.readableEnded) {
      const { path, operation } = ctx.route
      this.#fail(lokstraError(E_BODY_CONSUMED, { route: `${ctx.method} ${path}` }, operation?.site))
      return
    }
    const limit = (this.#limit = ctx.bodyLimitBytes)
    const encoding = req.headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
    if (!decoders.has(encoding)) {
      const message = `The content encoding "${encoding}" is not supported; use ${acceptEncoding}`
      this.#fail(new UnsupportedMediaTypeError(message, { headers: { 'accept-encoding': acceptEncoding } }))
      return
    }
    // Compressed or not, more bytes on the wire than the limit are more than anybody sends in good faith.
    if (Number(req.headers['content-length']) > limit) {
      this.#fail(tooLarge(limit))
      return
    }
    req[kBody] = this
    const decoder = decoders.get(encoding)?.()
    if (decoder) this.#readDecoded(encoding, decoder)
    else this.#readPlain()
    this.#failWhenAborted()
  }

  /** By events: an async iterator costs a third of the request. */
  #readPlain(): void {
    this.#ctx.req.on('data', RequestBody.#onData).on('end', RequestBody.#onEnd)
  }

  static readonly #onData = function (this: ReadRequest, chunk: Buffer) {
    this[kBody]!.#take(chunk)
  }

  static readonly #onEnd = function (this: ReadRequest) {
    const body = this[kBody]!
    body.#end(body.#gathered?.whole() ?? body.#first ?? empty)
  }

  #take(chunk: Buffer): void {
    const ctx = this.#ctx
    ctx.bodyBytesRead += chunk.length
    if (ctx.bodyBytesRead > this.#limit) {
      ctx.req.off('data', RequestBody.#onData)
      // Not resumed: how much of the rest is read away is decided where the answer is sent.
      ctx.req.pause()
      this.#fail(tooLarge(this.#limit))
    } else if (this.#first === undefined) this.#first = chunk
    else (this.#gathered ??= new GatheredBytes(this.#first)).add(chunk)
  }

  #readDecoded(encoding: string, decoder: Decoder): void {
    const ctx = this.#ctx
    const limit = this.#limit
    const { req } = ctx
    const gathered = new GatheredBytes()
    let bytesReceived = 0
    const refuse = () => {
      // Paused first: who is told of it answers, and decides how much of the rest is read away.
      req.pause()
      this.#fail(tooLarge(limit))
    }
    const onData = (chunk: Buffer) => {
      ctx.bodyBytesRead += chunk.length
      if (ctx.bodyBytesRead > limit) refuse()
      else gathered.add(chunk)
    }
    // Compressed data may go on for ever and give nothing.
    const onReceived = (chunk: Buffer) => {
      bytesReceived += chunk.length
      if (bytesReceived > limit) refuse()
    }
    this.#stopDecoding = () => {
      req.off('data', onReceived).unpipe(decoder)
      // The error listener stays: a destroyed decoder may still report what it found.
      decoder.off('data', onData).destroy()
    }
    decoder
      .on('data', onData)
      .on('end', () => {
        this.#end(gathered.whole())
        decoder.destroy()
      })
      .on('error', (cause: Error) =>
        this.#fail(new BadRequestError(`The request body is not valid ${encoding} data`, { cause })),
      )
    req.on('data', onReceived).pipe(decoder)
  }

  /** When an upload breaks off Node destroys the request, which closes it. */
  #failWhenAborted(): void {
    const { req } = this.#ctx
    // What ends by an error closes as well; without a listener the error would end the process.
    req.on('close', RequestBody.#onClose).on('error', ignore)
    // Already over before anybody listened.
    if (req.destroyed) RequestBody.#onClose.call(req)
  }

  static readonly #onClose = function (this: ReadRequest) {
    // A request that was received in full is closed as well.
    if (this.readableEnded) return
    const error = new BadRequestError('The connection was closed before the request body was complete')
    this[kBody]!.#fail(error)
  }

  #end(bytes: Buffer): void {
    if (this.#isOver) return
    this.#bytes = bytes
    for (const listener of this.#listeners) listener.bodyRead(bytes)
  }

  #fail(error: Error): void {
    if (this.#isOver) return
    this.#error = error
    this.#stopDecoding?.()
    for (const listener of this.#listeners) listener.bodyFailed(error)
  }

  /** What comes after the first outcome is not looked at. */
  get #isOver(): boolean {
    return this.#bytes !== undefined || this.#error !== undefined
  }
}

function ignore(): void {
  // Told by the event that follows.
}

function tooLarge(limit: number): PayloadTooLargeError {
  return new PayloadTooLargeError(`The request body is larger than ${limit} bytes`)
}
