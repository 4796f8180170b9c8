import type { CallResponse } from '../call-transport.js'

/** The answer of an operation, and what it took to get it. */
export class TargetAnswer implements CallResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string | undefined
  /** The server that gave it, such as `shop.users`. */
  readonly server: string
  /** How often the call was sent or tried to be sent. */
  readonly attempts: number
  readonly #response: CallResponse

  constructor(response: CallResponse, server: string, attempts: number) {
    this.status = response.status
    this.headers = response.headers
    this.body = response.body
    this.server = server
    this.attempts = attempts
    this.#response = response
  }

  text(): Promise<string> {
    return this.#response.text()
  }

  chunks(): AsyncIterable<Uint8Array> {
    return this.#response.chunks()
  }
}
