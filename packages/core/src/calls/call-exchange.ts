import { TransportError, type CallResponse, type SendOptions, type TransportFailure } from './call-transport.js'
import { IncomingAnswer, type IncomingAnswerOptions } from './incoming-answer.js'

export interface ExchangeLimits {
  /** Of an answer that is read as a whole. */
  readonly answerBytes: number
  /** Of a stream. 0 for no limit. */
  readonly streamIdleMs: number
}

/**
 * One request and its answer, and what ends them: the time-out of the call, whoever calls, the transport. Who fills in the answer tells
 * its head by {@link begin}, then its body, then {@link end} or {@link fail}.
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
  #settle!: { resolve: (response: CallResponse) => void; reject: (error: Error) => void }
  #isSent = false
  #answer: IncomingAnswer | undefined
  #isEnded = false

  constructor({ signal, timeoutMs }: SendOptions, limits: ExchangeLimits) {
    this.#limits = limits
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

  /** It broke off. */
  fail(error: TransportError): void {
    if (this.#isEnded) return
    this.#release()
    if (this.#answer) this.#answer.fail(error)
    else this.#settle.reject(error)
  }

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

  /** Ends a request that was sent, or its answer: nobody waits for it. */
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
    this.#isEnded = true
    clearTimeout(this.#timer)
    this.#signal?.removeEventListener('abort', this.#onSignal)
  }
}

const noHeaders: Readonly<Record<string, undefined>> = {}
