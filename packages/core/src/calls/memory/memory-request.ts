import { IncomingMessage } from 'node:http'

import type { CallRequest } from '../call-transport.js'
import type { MemorySocket } from './memory-socket.js'

/** A call as a request that has arrived as a whole. */
export class MemoryRequest extends IncomingMessage {
  #body: Buffer | undefined

  constructor(socket: MemorySocket, { verb, target, headers, body }: CallRequest) {
    super(socket.asSocket)
    this.#body = body === undefined ? undefined : Buffer.from(body)
    this.method = verb
    this.url = target
    this.httpVersion = '1.1'
    this.httpVersionMajor = this.httpVersionMinor = 1
    this.complete = true
    if (headers.host === undefined) this.#addHeader('host', 'localhost')
    for (const name in headers) this.#addHeader(name, headers[name]!)
    if (this.#body) this.#addHeader('content-length', String(this.#body.length))
  }

  #addHeader(name: string, value: string): void {
    this.headers[name] = value
    this.rawHeaders.push(name, value)
  }

  override _read(): void {
    if (this.#body) this.push(this.#body)
    this.#body = undefined
    this.push(null)
  }
}
