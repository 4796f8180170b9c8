import type { CallResponse } from '../call.js'

/** An answer whose body has been read. */
export class BufferedResponse implements CallResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly #text: string

  constructor({ status, headers }: Pick<CallResponse, 'status' | 'headers'>, text: string) {
    this.status = status
    this.headers = headers
    this.#text = text
  }

  text(): Promise<string> {
    return Promise.resolve(this.#text)
  }

  async *chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    await Promise.resolve()
    if (this.#text !== '') yield Buffer.from(this.#text)
  }
}
