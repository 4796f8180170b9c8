import { randomUUID } from 'node:crypto'
import { STATUS_CODES, validateHeaderValue, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

import type { AppScope } from '../context/context.js'
import { statusCodes } from '../errors/http-error.js'
import { formattedText, jsonType } from '../response/formatters/formatted-text.js'
import type { Formatted } from '../response/formatters/formatter.js'
import { lokstraFormatter } from '../response/formatters/lokstra.js'
import { currentResponse } from './connections.js'
import { lingerMs } from './linger-ms.js'

const refused = new WeakSet<Socket>()
const begun = new WeakSet<Socket>()

/** Notes a connection on which a request has begun although it counts no bytes: somebody else has read them. */
export function noteFirstBytes(socket: Socket): void {
  begun.add(socket)
}

/** Answers what Node could not read as a request, in the envelope of `scope`, and ends the connection. */
export function refuseRequest(error: NodeJS.ErrnoException, socket: Socket, scope: AppScope): void {
  // All that still arrives fails as well; destroying the connection for it would take the answer away from the client.
  if (refused.has(socket)) return
  refused.add(socket)
  const status = statusOf(error.code)
  const busy = currentResponse(socket)
  if (status === undefined || !socket.writable || (busy?.headersSent && !busy.req.complete)) {
    socket.destroy()
    return
  }
  // A connection that never carried a byte asked nothing, and a client could take the refusal for the answer to its first request.
  if (status === 408 && socket.bytesRead === 0 && !begun.has(socket)) {
    socket.destroy()
    return
  }
  if (busy?.req.complete) {
    // What is wrong came behind a request that is still being answered: a refusal now would pass for its answer.
    if (busy.headersSent) busy.once('finish', () => socket.destroySoon())
    else busy.shouldKeepAlive = false
    return
  }
  const { type, length, text } = describeRefusal(status, scope, error.code)
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `date: ${new Date().toUTCString()}`,
    `content-type: ${type}`,
    `content-length: ${length}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`)
  // A client that goes on sending would keep a half-closed socket for ever.
  const timer = setTimeout(() => socket.destroy(), lingerMs)
  socket.once('close', () => clearTimeout(timer))
}

/** Answers what Node itself refuses of HTTP/1.1 only, in the envelope of `scope`. */
export function answerRefusal(res: ServerResponse, status: number, scope: AppScope): void {
  const { type, length, text } = describeRefusal(status, scope, undefined)
  res.writeHead(status, { 'content-type': type, 'content-length': length }).end(text)
}

interface Refusal {
  /** Media type of the text. */
  readonly type: string
  /** Of the text, in bytes. */
  readonly length: number
  readonly text: string
}

/** Never throws what a formatter does: above this is only an event of the connection, or a timer. */
function describeRefusal(status: number, { formatter, log }: AppScope, reason: string | undefined): Refusal {
  const [code, message] = statusCodes[status]!
  const requestId = randomUUID()
  const payload = { status, code, message, fields: undefined, details: undefined, requestId }
  log.debug('request refused', { requestId, status, reason })
  try {
    return toRefusal(formatter.error(payload))
  } catch (err) {
    log.error('error answer failed', { requestId, status, err })
    return toRefusal(lokstraFormatter.error(payload))
  }
}

/** @throws where what the formatter gave cannot be sent */
function toRefusal(formatted: Formatted): Refusal {
  const { type = jsonType } = formatted
  validateHeaderValue('content-type', type)
  const text = formattedText(formatted) ?? ''
  return { type, length: Buffer.byteLength(text), text }
}

/** Undefined when the connection failed and not what came over it. */
function statusOf(code: string | undefined): number | undefined {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408
  if (code === 'HPE_HEADER_OVERFLOW') return 431
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return 413
  return code?.startsWith('HPE_') ? 400 : undefined
}
