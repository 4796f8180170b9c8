import { TransportError, type CallResponse, type SendOptions, type TransportFailure } from './call-transport.js'
import { IncomingAnswer, type IncomingAnswerOptions } from './incoming-answer.js'

/** What an exchange takes at most of the other side. */
export interface ExchangeLimits {
  /** Of an answer that is read as a whole, in bytes. */
  readonly answerBytes: number
  /** For which a stream may be silent while a piece is waited for, in milliseconds. 0 for no limit. */
  readonly streamIdleMs: number
}

/**
 * One request and its answer, and what ends them: the time-out of the call, whoever calls, the transport. A transport whose answers come
 * in pieces extends it: it calls {@link noteSent} when it writes the request, tells the head of the answer by {@link begin}, its body by
 * {@link push}, then {@link end} or {@link fail}, and hands {@link response} to whoever calls.
 */
export abstract class CallExchange implements IncomingAnswerOptions {
  /** Resolves with the head of the answer. */
  readonly response: Promise<CallResponse>
  /** Of the answer, once it begins. */
  status = 0
  headers: Readonly<Record<string, string | undefined>> = noHeaders
  readonly #limits: ExchangeLimits
  readonly #signal: AbortSignal | undefined
  readonly #timer: NodeJS.Timeout
  readonly #onEnded: (() => void) | undefined
  #settle!: { resolve: (response: CallResponse) => void; reject: (error: Error) => void }
  #isSent = false
  #answer: IncomingAnswer | undefined
  #isEnded = false

  /** @param onEnded  called once nothing more of the answer is waited for; in the constructor where the caller has given up before */
  constructor({ signal, timeoutMs }: SendOptions, limits: ExchangeLimits, onEnded?: () => void) {
    this.#limits = limits
    this.#onEnded = onEnded
    this.#signal = signal
    this.response = new Promise((resolve, reject) => (this.#settle = { resolve, reject }))
    this.#timer = setTimeout(() => this.#giveUp('timeout', `No answer within ${Math.round(timeoutMs)} ms`), timeoutMs)
    if (signal?.aborted) this.#onSignal()
    else signal?.addEventListener('abort', this.#onSignal, { once: true })
  }

  /** Nobody waits any more. */
  get isEnded(): boolean {
    return this.#isEnded
  }

  /** Something of the request may have reached code of the other side. */
  get isSent(): boolean {
    return this.#isSent
  }

  get isAnswered(): boolean {
    return this.#answer !== undefined
  }

  get limitBytes(): number {
    return this.#limits.answerBytes
  }

  get idleMs(): number {
    return this.#limits.streamIdleMs
  }

  begin(status: number, headers: Readonly<Record<string, string | undefined>>): void {
    this.status = status
    this.headers = headers
    this.#answer = new IncomingAnswer(this)
    this.#settle.resolve(this.#answer)
  }

  push(piece: Uint8Array): void {
    this.#answer?.push(piece)
  }

  end(): void {
    this.#release()
    this.#answer?.end()
  }

  /** It broke off. What was received before is given first. Of an exchange that has ended it says nothing. */
  fail(error: TransportError): void {
    if (this.#isEnded) return
    this.#release()
    if (this.#answer) this.#answer.fail(error)
    else this.#settle.reject(error)
  }

  /** So much is held for a slow reader that the other side should wait, and then that it may go on. */
  abstract onPressure(isHigh: boolean): void

  onStream(): void {
    clearTimeout(this.#timer)
  }

  onAbort(error: TransportError): void {
    this.#release()
    this.abandon(error)
  }

  /** From now on nobody knows whether it was executed. */
  protected noteSent(): void {
    this.#isSent = true
  }

  /** Tells the other side that nobody waits for its answer any more. Called for requests that were sent. */
  protected abstract abandon(error: TransportError): void

  readonly #onSignal = (): void => {
    this.#giveUp('aborted', 'The caller gave up', { cause: this.#signal?.reason as unknown })
  }

  #giveUp(reason: TransportFailure, message: string, options?: ErrorOptions): void {
    if (this.#isEnded) return
    const error = new TransportError(reason, this.#isSent ? 'maybe' : 'no', message, options)
    this.fail(error)
    if (this.#isSent) this.abandon(error)
  }

  #release(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#onEnded?.()
    clearTimeout(this.#timer)
    this.#signal?.removeEventListener('abort', this.#onSignal)
  }
}

const noHeaders: Readonly<Record<string, undefined>> = {}
