import type { Logger } from '../../logging/logger.js'
import { TransportError, type CallResponse } from '../call-transport.js'
import type { RemoteCallError } from '../remote-call-error.js'
import { streamFailure, type CallFailure } from './attempts.js'
import { whenForgotten } from './forgotten-reader.js'

export interface HeldStreamOptions {
  /** Milliseconds until it is given up where nobody has begun to read it. */
  readonly unreadMs: number
  /** Of the caller. */
  readonly signal: AbortSignal | undefined
  /** What was called, for the log. */
  readonly method: string
  readonly log: Logger
  /** Called once, with the reason where it broke off; gives the error for its reader. */
  readonly end: (failure: CallFailure | undefined) => RemoteCallError | undefined
}

/** The answer of a call that is under way as long as its stream is read. */
export class HeldStream implements CallResponse {
  readonly status: number
  readonly headers: CallResponse['headers']
  readonly #response: CallResponse
  readonly #options: HeldStreamOptions
  readonly #unread: NodeJS.Timeout
  #isEnded = false
  #error: RemoteCallError | undefined

  constructor(response: CallResponse, options: HeldStreamOptions) {
    this.status = response.status
    this.headers = response.headers
    this.#response = response
    this.#options = options
    // The connection gives up a stream that nobody has begun to read after the same time.
    this.#unread = setTimeout(this.#giveUp, options.unreadMs)
    options.signal?.addEventListener('abort', this.#giveUp, { once: true })
  }

  async text(): Promise<string> {
    clearTimeout(this.#unread)
    try {
      const text = await this.#response.text()
      this.#end(undefined)
      return text
    } catch (cause) {
      throw this.#end(streamFailure(cause)) ?? cause
    }
  }

  chunks(): AsyncIterable<Uint8Array> {
    const pieces = this.#response.chunks()[Symbol.asyncIterator]()
    // It must not lead back to the reader, so that nothing here keeps it.
    const forgotten = (): void => {
      if (this.#isEnded) return
      const { log, method } = this.#options
      log.warn('stream abandoned: its reader neither read it to its end nor left it', { method })
      this.#end({ kind: 'aborted', cause: undefined })
      void pieces.return?.().catch(() => undefined)
    }
    return whenForgotten(this.#read(pieces), forgotten)
  }

  async *#read(pieces: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    clearTimeout(this.#unread)
    try {
      yield* { [Symbol.asyncIterator]: () => pieces }
    } catch (cause) {
      throw this.#end(streamFailure(cause)) ?? cause
    } finally {
      this.#end(undefined)
    }
  }

  /** Also while it is read: a reader that has stopped asking would keep its place for good. */
  readonly #giveUp = (): void => {
    const cause: unknown = this.#options.signal?.reason
    this.#end(streamFailure(new TransportError('aborted', 'maybe', 'The caller gave up', { cause })))
  }

  #end(failure: CallFailure | undefined): RemoteCallError | undefined {
    if (this.#isEnded) return this.#error
    this.#isEnded = true
    clearTimeout(this.#unread)
    this.#options.signal?.removeEventListener('abort', this.#giveUp)
    return (this.#error = this.#options.end(failure))
  }
}
