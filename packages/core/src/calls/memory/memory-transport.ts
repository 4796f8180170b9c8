import type { RequestListener } from 'node:http'

import { runOutsideScopes } from '../../context/work-scope.js'
import {
  CallTransport,
  TransportError,
  type CallConnection,
  type CallRequest,
  type CallResponse,
  type SendOptions,
} from '../call-transport.js'
import { BufferedResponse } from '../client/buffered-response.js'
import { LocalCall } from '../serve/local-call.js'
import { deliver } from './deliver.js'

/** Calls of this process that go through all that calls of another server go through, apart from the socket. */
export class MemoryTransport extends CallTransport {
  readonly #handleFor: (service: string) => RequestListener
  readonly #headLimitBytes: number
  /** By the headers of the answer, which are handed on as they are. */
  readonly #failures = new WeakMap<CallResponse['headers'], unknown>()

  /**
   * @param handleFor  gives what answers the calls of a service; asked with each call
   * @param headLimitBytes  what a server would take before the body
   */
  constructor(handleFor: (service: string) => RequestListener, headLimitBytes: number) {
    super()
    this.#handleFor = handleFor
    this.#headLimitBytes = headLimitBytes
  }

  /** @param url  the name of the service */
  connect(url: string): CallConnection {
    let isClosed = false
    return {
      send: (request, options) =>
        isClosed
          ? Promise.reject(new TransportError('refused', 'no', 'The way was closed'))
          : this.#send(this.#handleFor(url), request, options),
      close: () => {
        isClosed = true
        return Promise.resolve()
      },
    }
  }

  /** What the operation threw. */
  failureOf({ headers }: CallResponse): unknown {
    return this.#failures.get(headers)
  }

  async #send(handle: RequestListener, request: CallRequest, options: SendOptions): Promise<CallResponse> {
    const bytes = headBytes(request)
    if (bytes > this.#headLimitBytes) return tooLarge(bytes, this.#headLimitBytes)
    const call = new LocalCall()
    const response = await runOutsideScopes(() => deliver(handle, request, options, (req) => call.mark(req)))
    if (call.failure !== undefined) this.#failures.set(response.headers, call.failure)
    return response
  }
}

/** What a socket would be given before the body. */
function headBytes({ verb, target, headers }: CallRequest): number {
  let bytes = verb.length + target.length
  for (const name in headers) bytes += name.length + headers[name]!.length
  return bytes
}

/** As a server answers. */
function tooLarge(bytes: number, limitBytes: number): CallResponse {
  const message = `The head of the call has ${bytes} bytes, and a server takes ${limitBytes}`
  const error = { status: 431, code: 'HEADERS_TOO_LARGE', message }
  return new BufferedResponse({ status: 431, headers: {} }, JSON.stringify({ error }))
}
