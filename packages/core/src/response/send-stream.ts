import type { ServerResponse } from 'node:http'

import type { Context } from '../context/context.js'
import { E_STREAM_LENGTH } from '../errors/catalogue/response.js'
import { lokstraError } from '../errors/lokstra-error.js'
import { hasNoBody } from '../http/status.js'
import { endResponse, startWriteTimeout } from './end-response.js'
import type { ResponseHeaders } from './response-headers.js'
import { assertChunk, type ChunkReader } from './stream-source.js'
import { writeHead, writeResponse } from './write-response.js'

/**
 * Sends chunks as they come, at the pace of the client. The head waits for the first chunk, so that a source that fails
 * at once still becomes an error answer. A client that leaves stops the source.
 * @returns rejects when the source or a chunk failed; `ctx.res.headersSent` tells whether anything was sent by then
 */
export async function sendStream(
  ctx: Context,
  status: number,
  headers: ResponseHeaders,
  source: ChunkReader,
): Promise<void> {
  const { req, res } = ctx
  const onClose = () => source.stop()
  res.once('close', onClose)
  try {
    if (hasNoBody(status)) {
      writeResponse(ctx, status, headers, undefined)
      return
    }
    if (req.method === 'HEAD') {
      endResponse(req, res, writeHead(ctx, status, headers), undefined)
      return
    }
    const declared = headers['content-length'] === undefined ? undefined : Number(headers['content-length'])
    let sent = 0
    let step = await source.next()
    // It may have taken longer than the handler may.
    if (res.destroyed || res.headersSent) return
    if (!step.done) assertChunk(step.value)
    const unread = writeHead(ctx, status, headers)
    while (!step.done) {
      const chunk: unknown = step.value
      assertChunk(chunk)
      sent += typeof chunk === 'string' ? Buffer.byteLength(chunk) : chunk.byteLength
      if (declared !== undefined && sent > declared) throw lokstraError(E_STREAM_LENGTH, { declared, sent })
      if (chunk.length > 0 && !res.write(chunk)) await drained(res)
      if (res.destroyed) return
      step = await source.next()
      if (res.destroyed) return
    }
    // A client would take the next answer for the missing bytes.
    if (declared !== undefined && sent !== declared) throw lokstraError(E_STREAM_LENGTH, { declared, sent })
    endResponse(req, res, unread, undefined)
  } catch (error) {
    if (!res.destroyed) throw error
  } finally {
    res.off('close', onClose)
    source.stop()
  }
}

/** Resolves when the response takes more, or is closed: by the client, or because it took nothing for too long. */
function drained(res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const stopTimeout = startWriteTimeout(res)
    const done = () => {
      stopTimeout()
      res.off('drain', done).off('close', done)
      resolve()
    }
    res.on('drain', done).on('close', done)
  })
}
