import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'

import type { Context } from '../context/context.js'
import { E_BODY_CONSUMED } from '../errors/catalogue/binding.js'
import { BadRequestError, PayloadTooLargeError, UnsupportedMediaTypeError } from '../errors/http-error.js'
import { lokstraError } from '../errors/lokstra-error.js'

const decoders: ReadonlyMap<string, (() => NodeJS.ReadWriteStream & Readable) | undefined> = new Map([
  ['identity', undefined],
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
])
const acceptEncoding = 'gzip, deflate, br'

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
    const { pattern, operation } = ctx.route
    return Promise.reject(lokstraError(E_BODY_CONSUMED, { route: `${ctx.method} ${pattern}` }, operation?.site))
  }
  const limit = ctx.bodyLimitBytes
  const encoding = (req.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  if (!decoders.has(encoding)) {
    const message = `The content encoding "${encoding}" is not supported; use ${acceptEncoding}`
    return Promise.reject(new UnsupportedMediaTypeError(message, { headers: { 'accept-encoding': acceptEncoding } }))
  }
  const decoder = decoders.get(encoding)?.()
  // Compressed or not, more bytes on the wire than the limit are more than anybody sends in good faith.
  if (Number(req.headers['content-length']) > limit) return Promise.reject(tooLarge(limit))
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const source: Readable = decoder ?? req
    let bytesReceived = 0
    let isSettled = false

    const settle = (error?: Error) => {
      if (isSettled) return
      isSettled = true
      source.off('data', onData).off('end', onEnd)
      req.off('data', onReceived).off('aborted', onAborted).off('close', onAborted).off('error', onAborted)
      if (decoder) {
        req.unpipe(decoder)
        // The error listener stays: a destroyed decoder may still report what it found.
        decoder.destroy()
      }
      if (error) reject(error)
      // A small body is one chunk: no copy.
      else resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, ctx.bodyBytesRead))
    }
    const onData = (chunk: Buffer) => {
      ctx.bodyBytesRead += chunk.length
      if (ctx.bodyBytesRead > limit) {
        // Not resumed: how much of the rest is read away is decided where the answer is sent.
        req.pause()
        settle(tooLarge(limit))
      } else chunks.push(chunk)
    }
    // Compressed data may go on for ever and give nothing.
    const onReceived = (chunk: Buffer) => {
      bytesReceived += chunk.length
      if (bytesReceived <= limit) return
      settle(tooLarge(limit))
      req.pause()
    }
    const onEnd = () => settle()
    const onAborted = () => {
      // A request that was received in full is destroyed as well when its client goes away.
      if (!req.readableEnded)
        settle(new BadRequestError('The connection was closed before the request body was complete'))
    }
    source.on('data', onData).on('end', onEnd)
    req.on('aborted', onAborted).on('close', onAborted).on('error', onAborted)
    if (decoder) {
      decoder.on('error', (cause: Error) => {
        settle(new BadRequestError(`The request body is not valid ${encoding} data`, { cause }))
      })
      req.on('data', onReceived).pipe(decoder)
    }
    // Already over before anybody listened.
    if (req.destroyed) onAborted()
  })
}

function tooLarge(limit: number): PayloadTooLargeError {
  return new PayloadTooLargeError(`The request body is larger than ${limit} bytes`)
}
