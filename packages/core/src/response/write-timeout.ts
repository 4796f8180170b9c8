import type { ServerResponse } from 'node:http'
import type { ServerHttp2Stream } from 'node:http2'
import { Socket } from 'node:net'

/** A client that takes nothing of its answer for this long loses its connection, which would otherwise be kept for good. */
const writeTimeoutMs = 60_000
/** Of HTTP/2: CANCEL, RFC 9113 §7. */
const cancelCode = 8

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

/** Ends a response, within the time-out where the client does not take all of it at once. */
export function endInTime(res: ServerResponse, body?: string | Uint8Array): void {
  if (body === undefined) res.end()
  else res.end(body)
  // Before Node's own listener, which gives the socket away and starts the time-out of idle connections.
  if (res.writableLength > 0) res.prependOnceListener('finish', startWriteTimeout(res))
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
