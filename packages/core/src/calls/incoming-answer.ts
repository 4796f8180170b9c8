import { GatheredBytes } from '../http/gathered-bytes.js'
import { TransportError, type CallResponse } from './call-transport.js'

/** What a body needs of the transport that receives it. */
export interface IncomingAnswerOptions {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  /** Largest body that is read as a whole, in bytes. */
  readonly limitBytes: number
  /** Milliseconds for which the other side may be silent while a piece is waited for; 0 for no limit. */
  readonly idleMs: number
  /** The body is read in pieces from now on: the time-out of the call ends. */
  readonly onStream: () => void
  /** So much is held for a slow reader that the other side should wait, and then that it may go on. */
  readonly onPressure: (isHigh: boolean) => void
  /** Nobody wants the rest. */
  readonly onAbort: (error: TransportError) => void
}

const byteOrderMark = 0xfeff

/** What is held for a slow reader before the other side is told to wait. */
const heldBytes = 64 * 1024

/** The body of an answer between the transport that receives it and the one who reads it. */
export class IncomingAnswer implements CallResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly #options: IncomingAnswerOptions
  /** Nearly every answer is one piece. */
  #first: Uint8Array | undefined
  /** With {@link #first} as its first piece. */
  #gathered: GatheredBytes | undefined
  #bytes = 0
  #body: string | undefined
  #isTaken = false
  #isStream = false
  #isUnderPressure = false
  #isComplete = false
  #error: TransportError | undefined
  #idle: NodeJS.Timeout | undefined
  /** Wakes the one who waits for a piece or the end. */
  #wake: (() => void) | undefined

  constructor(options: IncomingAnswerOptions) {
    this.status = options.status
    this.headers = options.headers
    this.#options = options
  }

  /** Nothing follows: it was received whole, or broke off. */
  get isEnded(): boolean {
    return this.#isComplete || this.#error !== undefined
  }

  push(piece: Uint8Array): void {
    if (this.isEnded) return
    if (this.#first === undefined) this.#first = piece
    else (this.#gathered ??= new GatheredBytes(this.#first)).add(piece)
    this.#bytes += piece.length
    if (this.#isTaken && !this.#isStream && this.#isTooLarge) {
      this.#abort(this.#tooLarge())
      return
    }
    // Nobody reads yet, or a stream is read slowly.
    if ((this.#isStream || !this.#isTaken) && this.#bytes > heldBytes) this.#press(true)
    this.#wake?.()
  }

  end(): void {
    if (this.isEnded) return
    this.#isComplete = true
    this.#settle()
  }

  /** It broke off. What was received before is given first. */
  fail(error: TransportError): void {
    if (this.isEnded) return
    this.#error = error
    this.#settle()
  }

  /** There before anybody asked for it, as the whole of nearly every answer is. Other than {@link text} it does not take it. */
  get body(): string | undefined {
    if (!this.#isComplete || this.#isTaken || this.#isTooLarge) return undefined
    return (this.#body ??= this.#decode())
  }

  async text(): Promise<string> {
    this.#take()
    if (this.#isTooLarge) this.#abort(this.#tooLarge())
    this.#press(false)
    while (!this.isEnded) await this.#next()
    if (this.#error) throw this.#error
    // It was there as a whole before anybody asked for it.
    if (this.#isTooLarge) throw this.#tooLarge()
    return this.#decode()
  }

  async *chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    this.#take()
    this.#isStream = true
    this.#options.onStream()
    try {
      for (;;) {
        const first = this.#first
        const gathered = this.#gathered
        this.#first = this.#gathered = undefined
        this.#bytes = 0
        if (gathered) yield* gathered.pieces()
        else if (first) yield first
        // Which may bring the next piece at once.
        this.#press(false)
        if (this.#first) continue
        if (this.#error) throw this.#error
        if (this.#isComplete) return
        await this.#nextWithin(this.#options.idleMs)
      }
    } finally {
      // Who does not want the rest does not wait for it either.
      this.#abort(new TransportError('aborted', 'maybe', 'The answer was not read to its end'))
    }
  }

  #decode(): string {
    const whole = this.#gathered?.whole() ?? this.#first
    if (whole === undefined) return ''
    const bytes = Buffer.isBuffer(whole) ? whole : Buffer.from(whole.buffer, whole.byteOffset, whole.byteLength)
    const text = bytes.toString('utf8')
    // Some systems begin JSON with a byte order mark, which JSON.parse refuses. RFC 8259 §8.1 lets it be ignored.
    return text.charCodeAt(0) === byteOrderMark ? text.slice(1) : text
  }

  get #isTooLarge(): boolean {
    return this.#bytes > this.#options.limitBytes
  }

  #tooLarge(): TransportError {
    return new TransportError('unfit', 'maybe', `The answer is larger than ${this.#options.limitBytes} bytes`)
  }

  #take(): void {
    if (this.#isTaken) throw new TypeError('The body of an answer is read once')
    this.#isTaken = true
  }

  #press(isHigh: boolean): void {
    if (isHigh === this.#isUnderPressure) return
    this.#isUnderPressure = isHigh
    if (!this.isEnded) this.#options.onPressure(isHigh)
  }

  #next(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve))
  }

  /** Counts while the other side is waited for, not while the reader is. */
  async #nextWithin(idleMs: number): Promise<void> {
    if (idleMs > 0) {
      const silent = (): void => this.#abort(new TransportError('timeout', 'maybe', `Silent for ${idleMs} ms`))
      this.#idle = setTimeout(silent, idleMs)
    }
    await this.#next()
    clearTimeout(this.#idle)
  }

  #abort(error: TransportError): void {
    if (this.isEnded) return
    this.fail(error)
    this.#options.onAbort(error)
  }

  #settle(): void {
    clearTimeout(this.#idle)
    this.#wake?.()
  }
}
