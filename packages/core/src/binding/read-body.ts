import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'

import type { Context } from '../context/context.js'
import { E_BODY_CONSUMED } from '../errors/catalogue/binding.js'
import { BadRequestError, PayloadTooLargeError, UnsupportedMediaTypeError } from '../errors/http-error.js'
import { lokstraError } from '../errors/lokstra-error.js'

type Decoder = NodeJS.ReadWriteStream & Readable

const decoders: ReadonlyMap<string, (() => Decoder) | undefined> = new Map([
  ['identity', undefined],
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
])
const acceptEncoding = 'gzip, deflate, br'
const empty = Buffer.alloc(0)

/** Whether a body follows the headers. RFC 9112 §6.3. */
export function hasBody(req: IncomingMessage): boolean {
  const length = req.headers['content-length']
  return req.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0')
}

/**
 * Reads the request body once, decompressed, and counts it in `ctx.bodyBytesRead` while it arrives.
 * @throws PayloadTooLargeError above `ctx.bodyLimitBytes`, compressed or not: at once where Content-Length tells, else when the
 * limit is crossed
 * @throws UnsupportedMediaTypeError for an unknown Content-Encoding
 * @throws BadRequestError when the compressed data is damaged or the client goes away
 * @throws LokstraError E_BODY_CONSUMED where something else has read from `ctx.req`
 */
export function readBody(ctx: Context): Promise<Buffer> {
  const { req } = ctx
  // What was read is gone: an 'end' that has been never comes again, and a rest would be bound as if it were the whole.
  if (req.readableDidRead || req.readableEnded) {
    const { path, operation } = ctx.route
    return Promise.reject(lokstraError(E_BODY_CONSUMED, { route: `${ctx.method} ${path}` }, operation?.site))
  }
  const limit = ctx.bodyLimitBytes
  const encoding = req.headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  if (!decoders.has(encoding)) {
    const message = `The content encoding "${encoding}" is not supported; use ${acceptEncoding}`
    return Promise.reject(new UnsupportedMediaTypeError(message, { headers: { 'accept-encoding': acceptEncoding } }))
  }
  const decoder = decoders.get(encoding)?.()
  // Compressed or not, more bytes on the wire than the limit are more than anybody sends in good faith.
  if (Number(req.headers['content-length']) > limit) return Promise.reject(tooLarge(limit))
  return decoder ? readDecoded(ctx, limit, encoding, decoder) : readPlain(ctx, limit)
}

/** By events: an async iterator costs a third of the request. What comes after the promise is settled is not looked at. */
function readPlain(ctx: Context, limit: number): Promise<Buffer> {
  const { req } = ctx
  return new Promise((resolve, reject) => {
    let first: Buffer | undefined
    let more: Buffer[] | undefined
    const onData = (chunk: Buffer) => {
      ctx.bodyBytesRead += chunk.length
      if (ctx.bodyBytesRead > limit) {
        req.off('data', onData)
        // Not resumed: how much of the rest is read away is decided where the answer is sent.
        req.pause()
        reject(tooLarge(limit))
      } else if (first === undefined) first = chunk
      else (more ??= [first]).push(chunk)
    }
    req.on('data', onData)
    // A small body is one chunk: no copy.
    req.on('end', () => resolve(more ? Buffer.concat(more, ctx.bodyBytesRead) : (first ?? empty)))
    rejectWhenAborted(req, reject)
  })
}

function readDecoded(ctx: Context, limit: number, encoding: string, decoder: Decoder): Promise<Buffer> {
  const { req } = ctx
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytesReceived = 0
    const fail = (error: Error) => {
      req.off('data', onReceived).unpipe(decoder)
      // The error listener stays: a destroyed decoder may still report what it found.
      decoder.off('data', onData).destroy()
      reject(error)
    }
    const refuse = () => {
      fail(tooLarge(limit))
      req.pause()
    }
    const onData = (chunk: Buffer) => {
      ctx.bodyBytesRead += chunk.length
      if (ctx.bodyBytesRead > limit) refuse()
      else chunks.push(chunk)
    }
    // Compressed data may go on for ever and give nothing.
    const onReceived = (chunk: Buffer) => {
      bytesReceived += chunk.length
      if (bytesReceived > limit) refuse()
    }
    decoder
      .on('data', onData)
      .on('end', () => {
        resolve(Buffer.concat(chunks, ctx.bodyBytesRead))
        decoder.destroy()
      })
      .on('error', (cause: Error) =>
        fail(new BadRequestError(`The request body is not valid ${encoding} data`, { cause })),
      )
    req.on('data', onReceived).pipe(decoder)
    rejectWhenAborted(req, fail)
  })
}

/** When an upload breaks off Node destroys the request, which closes it. */
function rejectWhenAborted(req: IncomingMessage, reject: (error: Error) => void): void {
  const onClose = () => {
    // A request that was received in full is closed as well.
    if (!req.readableEnded)
      reject(new BadRequestError('The connection was closed before the request body was complete'))
  }
  // What ends by an error closes as well; without a listener the error would end the process.
  req.on('close', onClose).on('error', ignore)
  // Already over before anybody listened.
  if (req.destroyed) onClose()
}

function ignore(): void {
  // Told by the event that follows.
}

function tooLarge(limit: number): PayloadTooLargeError {
  return new PayloadTooLargeError(`The request body is larger than ${limit} bytes`)
}
