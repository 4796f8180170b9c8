import { TransportError, type CallResponse, type SendOptions, type TransportFailure } from '../call.js'
import { IncomingAnswer, type IncomingAnswerOptions } from '../incoming-answer.js'
import type { Exchange, ExchangeControl } from './undici-pool.js'

export interface ExchangeLimits {
  /** Of an answer that is read as a whole. */
  readonly answerBytes: number
  /** 0 for no limit. */
  readonly streamIdleMs: number
}

/**
 * One request over one connection, and its answer. Until undici has taken it to a socket, nothing of it was written: whatever fails
 * then was provably not executed. From then on nothing is known, also of a kept connection that breaks off before the first byte of
 * an answer: the other side may have closed it, or may have died of this very request. RFC 9110 §9.2.2, RFC 9112 §9.3.1.
 */
export class HttpExchange implements Exchange, IncomingAnswerOptions {
  readonly response: Promise<CallResponse>
  /** Of the answer, once it begins. */
  status = 0
  headers: Readonly<Record<string, string | undefined>> = noHeaders
  readonly #limits: ExchangeLimits
  readonly #signal: AbortSignal | undefined
  readonly #timer: NodeJS.Timeout
  #settle!: { resolve: (response: CallResponse) => void; reject: (error: Error) => void }
  /** Once a socket has taken the request. */
  #control: ExchangeControl | undefined
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

  onRequestStart(control: ExchangeControl): void {
    // Given up while it waited for a connection: nothing is written. To abort it would close the connection, which is there for the
    // next: as many as wait too long would cost a new connection each, and let those behind them wait too long as well.
    if (this.#isEnded) throw new Error('The call was given up')
    this.#control = control
  }

  get limitBytes(): number {
    return this.#limits.answerBytes
  }

  get idleMs(): number {
    return this.#limits.streamIdleMs
  }

  onResponseStart(_control: ExchangeControl, status: number, received: ReceivedHeaders): void {
    // 103 and the like, before the answer itself.
    if (status < 200) return
    this.status = status
    this.headers = joinRepeated(received)
    this.#answer = new IncomingAnswer(this)
    this.#settle.resolve(this.#answer)
  }

  onStream(): void {
    clearTimeout(this.#timer)
  }

  onPressure(isHigh: boolean): void {
    if (isHigh) this.#control!.pause()
    else this.#control!.resume()
  }

  onAbort(error: TransportError): void {
    this.#release()
    this.#control!.abort(error)
  }

  onResponseData(_control: ExchangeControl, piece: Buffer): void {
    this.#answer?.push(piece)
  }

  onResponseEnd(): void {
    this.#release()
    this.#answer?.end()
  }

  onResponseError(_control: unknown, error: Error): void {
    if (this.#isEnded) return
    const { reason, message } = this.#control
      ? describeBroken(error, this.#answer !== undefined)
      : describeUnsent(error)
    this.#fail(new TransportError(reason, this.#control ? 'maybe' : 'no', message, { cause: error }))
  }

  readonly #onSignal = (): void => {
    this.#giveUp('aborted', 'The caller gave up', { cause: this.#signal?.reason as unknown })
  }

  #giveUp(reason: TransportFailure, message: string, options?: ErrorOptions): void {
    if (this.#isEnded) return
    const error = new TransportError(reason, this.#control ? 'maybe' : 'no', message, options)
    this.#fail(error)
    this.#control?.abort(error)
  }

  #fail(error: TransportError): void {
    this.#release()
    if (this.#answer) this.#answer.fail(error)
    else this.#settle.reject(error)
  }

  #release(): void {
    this.#isEnded = true
    clearTimeout(this.#timer)
    this.#signal?.removeEventListener('abort', this.#onSignal)
  }
}

type ReceivedHeaders = Readonly<Record<string, string | string[] | undefined>>

const noHeaders: Readonly<Record<string, undefined>> = {}

/** Those of nearly every answer are as they should be. */
function joinRepeated(received: ReceivedHeaders): Readonly<Record<string, string | undefined>> {
  for (const name in received) {
    if (Array.isArray(received[name])) return Object.fromEntries(Object.entries(received).map(joinValues))
  }
  return received as Readonly<Record<string, string | undefined>>
}

function joinValues([name, value]: [string, string | string[] | undefined]): [string, string | undefined] {
  return [name, Array.isArray(value) ? value.join(', ') : value]
}

interface Failure {
  readonly reason: TransportFailure
  readonly message: string
}

/** Of a request that no socket has taken. */
function describeUnsent(error: Error): Failure {
  const { code } = error as NodeJS.ErrnoException
  // A header or a target that HTTP does not allow.
  if (code === 'UND_ERR_INVALID_ARG') return { reason: 'protocol', message: `It cannot be sent: ${error.message}` }
  return { reason: 'refused', message: `No connection: ${messageOf(error)}` }
}

/** Of a request that was being written, or whose answer was on its way. */
function describeBroken(error: Error, isAnswered: boolean): Failure {
  const { code } = error as NodeJS.ErrnoException
  if (error.name === 'HTTPParserError' || code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') {
    return { reason: 'protocol', message: `The answer is not HTTP: ${error.message}` }
  }
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return { reason: 'protocol', message: 'The head of the answer is too large' }
  const what = isAnswered ? 'The answer was cut off' : 'The connection broke off'
  return { reason: 'reset', message: `${what}: ${messageOf(error)}` }
}

/** Several addresses of a host fail together, with an error that says nothing itself. */
function messageOf(error: Error): string {
  if (error instanceof AggregateError && error.errors.length > 0) {
    return error.errors.map((one) => (one instanceof Error ? one.message : String(one))).join('; ')
  }
  return error.message
}
