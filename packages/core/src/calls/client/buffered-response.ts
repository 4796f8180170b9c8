import type { CallResponse } from '../call-transport.js'

/** An answer whose body has been read. */
export class BufferedResponse implements CallResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string

  constructor({ status, headers }: Pick<CallResponse, 'status' | 'headers'>, body: string) {
    this.status = status
    this.headers = headers
    this.body = body
  }

  text(): Promise<string> {
    return Promise.resolve(this.body)
  }

  async *chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    await Promise.resolve()
    if (this.body !== '') yield Buffer.from(this.body)
  }
}
