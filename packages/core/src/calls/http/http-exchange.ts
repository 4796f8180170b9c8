import { TransportError, type TransportFailure } from '../call-transport.js'
import { CallExchange } from '../call-exchange.js'
import type { Exchange, ExchangeControl } from './undici-pool.js'

/**
 * One request over one connection, and its answer. Until undici has taken it to a socket, nothing of it was written: whatever fails
 * then was provably not executed. From then on nothing is known, also of a kept connection that breaks off before the first byte of
 * an answer: the other side may have closed it, or may have died of this very request. RFC 9110 §9.2.2, RFC 9112 §9.3.1.
 */
export class HttpExchange extends CallExchange implements Exchange {
  /** Once a socket has taken the request. */
  #control: ExchangeControl | undefined

  onRequestStart(control: ExchangeControl): void {
    // Given up while it waited for a connection: nothing is written. To abort it would close the connection, which is there for the
    // next: as many as wait too long would cost a new connection each, and let those behind them wait too long as well.
    if (this.isEnded) throw new Error('The call was given up')
    this.#control = control
    this.noteSent()
  }

  onResponseStart(_control: ExchangeControl, status: number, received: ReceivedHeaders): void {
    // 103 and the like, before the answer itself.
    if (status >= 200) this.begin(status, joinRepeated(received))
  }

  onResponseData(_control: ExchangeControl, piece: Buffer): void {
    this.push(piece)
  }

  onResponseEnd(): void {
    this.end()
  }

  onResponseError(_control: unknown, error: Error): void {
    const { reason, message } = this.isSent ? describeBroken(error, this.isAnswered) : describeUnsent(error)
    this.fail(new TransportError(reason, this.isSent ? 'maybe' : 'no', message, { cause: error }))
  }

  onPressure(isHigh: boolean): void {
    if (isHigh) this.#control!.pause()
    else this.#control!.resume()
  }

  protected abandon(error: TransportError): void {
    this.#control!.abort(error)
  }
}

type ReceivedHeaders = Readonly<Record<string, string | string[] | undefined>>

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
  if (code === 'UND_ERR_INVALID_ARG') return { reason: 'unfit', message: `It cannot be sent: ${error.message}` }
  return { reason: 'refused', message: `No connection: ${messageOf(error)}` }
}

/** Of a request that was being written, or whose answer was on its way. */
function describeBroken(error: Error, isAnswered: boolean): Failure {
  const { code } = error as NodeJS.ErrnoException
  const isLengthWrong = code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'
  // A body that is too short was cut off, however orderly its connection was closed. undici gives no code for one in chunks.
  const isCutOff = isAnswered && (isLengthWrong || error.message.includes('Invalid EOF state'))
  if ((isLengthWrong || error.name === 'HTTPParserError') && !isCutOff) {
    return { reason: 'protocol', message: `The answer is not HTTP: ${error.message}` }
  }
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return { reason: 'unfit', message: 'The head of the answer is too large' }
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
