import { TransportError, type CallResponse, type SendOptions, type TransportFailure } from '../call.js'
import type { Exchange, ExchangeControl } from './undici-pool.js'

export interface ExchangeLimits {
  /** Of an answer that is read as a whole. */
  readonly answerBytes: number
  /** 0 for no limit. */
  readonly streamIdleMs: number
}

/** What is held of a stream for a slow reader before the connection is told to wait. */
const heldBytes = 64 * 1024

/**
 * One request over one connection, and its answer. Until undici has taken it to a socket, nothing of it was written: whatever fails
 * then was provably not executed. From then on nothing is known, also of a kept connection that breaks off before the first byte of
 * an answer: the other side may have closed it, or may have died of this very request. RFC 9110 §9.2.2, RFC 9112 §9.3.1.
 */
export class HttpExchange implements Exchange, CallResponse {
  readonly response: Promise<CallResponse>
  status = 0
  headers: Record<string, string | undefined> = {}

  readonly #limits: ExchangeLimits
  readonly #signal: AbortSignal | undefined
  #settle!: { resolve: (response: CallResponse) => void; reject: (error: Error) => void }
  #timer: NodeJS.Timeout | undefined
  #control: ExchangeControl | undefined
  #error: TransportError | undefined
  #isAnswered = false
  #isComplete = false
  #isTaken = false
  #isStream = false
  #pieces: Buffer[] = []
  #bytes = 0
  /** Wakes the one who waits for a piece or the end. */
  #wake: (() => void) | undefined

  constructor({ signal, timeoutMs }: SendOptions, limits: ExchangeLimits) {
    this.#limits = limits
    this.#signal = signal
    this.response = new Promise((resolve, reject) => (this.#settle = { resolve, reject }))
    this.#timer = setTimeout(() => this.#fail('timeout', `No answer within ${Math.round(timeoutMs)} ms`), timeoutMs)
    if (signal?.aborted) this.#onAbort()
    else signal?.addEventListener('abort', this.#onAbort, { once: true })
  }

  onRequestStart(control: ExchangeControl): void {
    // Given up while it waited for a connection: nothing is written.
    if (this.#error) control.abort(this.#error)
    this.#control = control
  }

  onResponseStart(
    control: ExchangeControl,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    // 103 and the like, before the answer itself.
    if (status < 200) return
    this.#control = control
    this.status = status
    for (const name of Object.keys(headers)) {
      const value = headers[name]
      this.headers[name] = Array.isArray(value) ? value.join(', ') : value
    }
    this.#isAnswered = true
    this.#settle.resolve(this)
  }

  onResponseData(control: ExchangeControl, piece: Buffer): void {
    if (this.#error) return
    this.#bytes += piece.length
    this.#pieces.push(piece)
    if (this.#isStream) {
      this.#timer?.refresh()
      if (this.#bytes > heldBytes) control.pause()
    } else if (this.#bytes > this.#limits.answerBytes) {
      this.#fail('protocol', `The answer is larger than ${this.#limits.answerBytes} bytes`)
      return
    }
    this.#wake?.()
  }

  onResponseEnd(): void {
    this.#isComplete = true
    this.#release()
    this.#wake?.()
  }

  onResponseError(_control: unknown, error: Error): void {
    if (this.#error || this.#isComplete) return
    const { reason, message } = this.#control ? describeBroken(error, this.#isAnswered) : describeUnsent(error)
    this.#end(new TransportError(reason, this.#control ? 'maybe' : 'no', message, { cause: error }))
  }

  async text(): Promise<string> {
    this.#take()
    while (!this.#isComplete && !this.#error) await this.#next()
    if (this.#error) throw this.#error
    const [only] = this.#pieces
    return this.#pieces.length === 1 ? only!.toString('utf8') : Buffer.concat(this.#pieces).toString('utf8')
  }

  async *chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    this.#take()
    this.#isStream = true
    this.#watchSilence()
    try {
      for (;;) {
        const pieces = this.#pieces
        this.#pieces = []
        this.#bytes = 0
        yield* pieces
        if (this.#pieces.length > 0) continue
        if (this.#error) throw this.#error
        if (this.#isComplete) return
        if (this.#control?.paused) this.#control.resume()
        this.#watchSilence()
        await this.#next()
      }
    } finally {
      // Who does not want the rest does not wait for it either.
      if (!this.#isComplete) this.#fail('aborted', 'The answer was not read to its end')
    }
  }

  #take(): void {
    if (this.#isTaken) throw new TypeError('The body of an answer is read once')
    this.#isTaken = true
  }

  #next(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined
        resolve()
      }
    })
  }

  /** Counts while the other side is waited for, not while the reader is. */
  #watchSilence(): void {
    clearTimeout(this.#timer)
    const { streamIdleMs } = this.#limits
    if (this.#isComplete || this.#error || streamIdleMs === 0) return
    this.#timer = setTimeout(() => this.#fail('timeout', `The answer was silent for ${streamIdleMs} ms`), streamIdleMs)
  }

  readonly #onAbort = (): void => {
    this.#fail('aborted', 'The caller gave up', this.#signal?.reason)
  }

  #fail(reason: TransportFailure, message: string, cause?: unknown): void {
    if (this.#error || this.#isComplete) return
    const error = new TransportError(
      reason,
      this.#control ? 'maybe' : 'no',
      message,
      cause === undefined ? undefined : { cause },
    )
    this.#end(error)
    this.#control?.abort(error)
  }

  #end(error: TransportError): void {
    this.#error = error
    this.#release()
    if (!this.#isAnswered) this.#settle.reject(error)
    this.#wake?.()
  }

  #release(): void {
    clearTimeout(this.#timer)
    this.#signal?.removeEventListener('abort', this.#onAbort)
  }
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
  const { code = '' } = error as NodeJS.ErrnoException
  if (code.startsWith('HPE_') && code !== 'HPE_INVALID_EOF_STATE') {
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
