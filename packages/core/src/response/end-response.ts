import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ServerHttp2Stream } from 'node:http2'
import { Socket } from 'node:net'

/** Up to this size an unread request body is read away, which keeps the connection for the next request. */
const drainedBytes = 64 * 1024
/** What is read of a larger body, and for how long, before its connection is closed. */
const discardedBytes = 256 * 1024
const discardedMs = 500
/** A client that takes nothing of its answer for this long loses its connection, which would otherwise be kept for good. */
const writeTimeoutMs = 60_000
/** Of HTTP/2: CANCEL, RFC 9113 §7. */
const cancelCode = 8

/** How much of a request body may still be on its way. */
export type UnreadBody = 'none' | 'small' | 'large'

/** Costs two look-ups for a request without a body. */
export function unreadBody(req: IncomingMessage): UnreadBody {
  if (req.complete || req.readableEnded) return 'none'
  const { headers } = req
  if (headers['transfer-encoding'] !== undefined) return 'large'
  const length = headers['content-length']
  if (length === undefined) return 'none'
  return Number(length) > drainedBytes ? 'large' : 'small'
}

/**
 * Ends a response whose head was written while `unread` of the request was on its way.
 * @param body  what is still to be written
 * @param encoding  of a text
 */
export function endResponse(
  req: IncomingMessage,
  res: ServerResponse,
  unread: UnreadBody,
  body: string | Uint8Array | undefined,
  encoding: BufferEncoding = 'utf8',
): void {
  // Over HTTP/2 the end of an answer resets the rest of its request, and nothing else.
  if (unread === 'large' && !req.complete && req.httpVersionMajor === 1) {
    endAfterDiscarding(req, res, body, encoding)
    return
  }
  endInTime(res, body, encoding)
  // A reader that stopped half-way would otherwise block the connection's next request.
  if (unread === 'small') req.resume()
}

/**
 * Writes all of a response, and ends it, while its request is still arriving. Closing at once would reset the connection,
 * and a reset makes clients drop an answer that they have not read yet, so some of the body is read away first. RFC 9112 §9.6.
 */
function endAfterDiscarding(
  req: IncomingMessage,
  res: ServerResponse,
  body: string | Uint8Array | undefined,
  encoding: BufferEncoding,
): void {
  const { socket } = req
  let left = discardedBytes
  let isWritten = body === undefined
  if (body === undefined) res.flushHeaders()
  else res.write(body, encoding, (error) => (isWritten = !error))
  const end = () => {
    clearTimeout(timer)
    req.off('data', count).off('end', end)
    socket.off('close', onClose)
    endInTime(res)
  }
  const onClose = () => {
    end()
    // `Context.signal` and `requestLogger` ask for it. From Node 24 on it is true a tick later only, when the response is closed already.
    if (isWritten) Object.defineProperty(res, 'writableFinished', { value: true })
  }
  const count = (chunk: Uint8Array) => {
    left -= chunk.length
    // Not read on, and not closed yet either: a client that listens while it sends has its time to take the answer.
    if (left <= 0) req.pause()
  }
  const timer = setTimeout(end, discardedMs)
  if (req.destroyed || req.readableEnded) {
    end()
    return
  }
  req.on('data', count).on('end', end)
  // Before Node marks the response as cut off: the client has all of it and was right to leave.
  socket.prependListener('close', onClose)
  req.resume()
}

/** Ends a response, within the time-out where the client does not take all of it at once. */
function endInTime(res: ServerResponse, body?: string | Uint8Array, encoding: BufferEncoding = 'utf8'): void {
  if (body === undefined) res.end()
  else if (typeof body === 'string' && body !== '') endWithText(res, body, encoding)
  else res.end(body, encoding)
  // Before Node's own listener, which gives the socket away and starts the time-out of idle connections.
  if (res.writableLength > 0) res.prependOnceListener('finish', startWriteTimeout(res))
}

/**
 * Writes head and text as one. Given a text, `end` writes an empty one behind it, and `writev`, which then sends the two of them, takes
 * 0.9 µs more than the write of one: a tenth of the answer to a small request.
 */
function endWithText(res: ServerResponse, text: string, encoding: BufferEncoding): void {
  const { socket } = res
  // Not over HTTP/2, whose socket is that of all requests; nor for an injected or a pipelined request, which has none.
  if (!(socket instanceof Socket) || !socket.writable || isHttp2(res)) {
    res.end(text, encoding)
    return
  }
  // By itself Node would hold the text back until the next tick.
  socket.cork()
  res.write(text, encoding)
  socket.uncork()
  // A connection that failed closes the response in a moment; ended, it would count as sent until then.
  if (socket.errored === null) res.end()
}

/**
 * Starts the time-out of a response that waits for its client. The socket's own timer is used: it starts again whenever the
 * system took some of what waits, and its end destroys the connection.
 * @returns what stops it
 */
export function startWriteTimeout(res: ServerResponse): () => void {
  if (isHttp2(res)) return startStreamTimeout(res.stream)
  const before = res.socket?.timeout ?? 0
  const start = () => setTimeoutOf(res, writeTimeoutMs)
  if (res.socket) start()
  // A pipelined request: its response gets the socket when those before it are done.
  else res.once('socket', start)
  return () => {
    res.off('socket', start)
    setTimeoutOf(res, before)
  }
}

/** Other requests use the connection meanwhile: only this one is given up. */
function startStreamTimeout(stream: ServerHttp2Stream): () => void {
  const giveUp = () => stream.close(cancelCode)
  stream.setTimeout(writeTimeoutMs, giveUp)
  return () => {
    stream.setTimeout(0)
    stream.off('timeout', giveUp)
  }
}

function isHttp2(res: ServerResponse): res is ServerResponse & { readonly stream: ServerHttp2Stream } {
  return 'stream' in res && res.stream !== undefined
}

function setTimeoutOf({ socket }: ServerResponse, ms: number): void {
  // An injected request has no connection.
  if (socket instanceof Socket) socket.setTimeout(ms)
}
