import { ServerResponse, type OutgoingHttpHeader, type OutgoingHttpHeaders } from 'node:http'

import type { CallExchange } from '../call-exchange.js'
import type { MemoryRequest } from './memory-request.js'
import type { MemorySocket } from './memory-socket.js'

type Headers = OutgoingHttpHeaders | OutgoingHttpHeader[]
type Done = (error?: Error | null) => void

/** The response to a call: its head is checked by Node as any other, and then it is told to the exchange instead of a socket. */
export class MemoryResponse extends ServerResponse {
  readonly #exchange: CallExchange
  #isUnderPressure = false

  constructor(req: MemoryRequest, socket: MemorySocket, exchange: CallExchange) {
    super(req)
    this.#exchange = exchange
    this.assignSocket(socket.asSocket)
    // As of a connection that is not kept: the response is closed with it.
    this.once('finish', () => socket.destroy())
  }

  /** The one who reads the answer has enough for now, or takes more. */
  press(isHigh: boolean): void {
    this.#isUnderPressure = isHigh
    if (!isHigh) this.emit('drain')
  }

  override writeHead(status: number, message?: string | Headers, headers?: Headers): this {
    let given = typeof message === 'object' ? message : headers
    if (Array.isArray(given)) {
      // Of a list Node says afterwards what is in it only where another header was set before.
      for (let index = 0; index < given.length; index += 2)
        this.appendHeader(String(given[index]), String(given[index + 1]))
      given = undefined
    }
    super.writeHead(status, typeof message === 'string' ? message : undefined, given)
    this.#exchange.begin(this.statusCode, textsOf({ ...this.getHeaders(), ...given }))
    return this
  }

  override write(chunk: unknown, encoding?: BufferEncoding | Done, done?: Done): boolean {
    // Refused by Node.
    if (this.writableEnded || this.destroyed) return super.write(chunk, encoding as BufferEncoding, done)
    if (!this.headersSent) this.writeHead(this.statusCode)
    this.#push(chunk, encoding)
    const onWritten = typeof encoding === 'function' ? encoding : done
    if (onWritten) process.nextTick(onWritten)
    return !this.#isUnderPressure
  }

  override end(chunk?: unknown, encoding?: BufferEncoding | Done, done?: Done): this {
    if (this.writableEnded || this.destroyed) return super.end(chunk, encoding as BufferEncoding, done as () => void)
    const onEnded = [chunk, encoding, done].find((one) => typeof one === 'function') as (() => void) | undefined
    if (!this.headersSent) this.writeHead(this.statusCode)
    if (chunk !== undefined && chunk !== null && chunk !== onEnded) this.#push(chunk, encoding)
    super.end(onEnded)
    this.#exchange.end()
    return this
  }

  #push(chunk: unknown, encoding: unknown): void {
    this.#exchange.push(
      typeof chunk === 'string'
        ? Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8')
        : (chunk as Uint8Array),
    )
  }
}

/** Names in lower case, and values as they are on the wire. */
function textsOf(headers: OutgoingHttpHeaders): Record<string, string> {
  const texts: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) texts[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : String(value)
  }
  return texts
}
