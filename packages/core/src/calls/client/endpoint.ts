import type { Logger } from '../../logging/logger.js'
import {
  TransportError,
  type CallConnection,
  type CallRequest,
  type CallResponse,
  type CallTransport,
} from '../call-transport.js'
import { callHeader } from '../call-headers.js'
import { isStreamAnswer } from '../stream-answer.js'
import { BufferedResponse } from './buffered-response.js'
import type { CallPolicy } from './call-policy.js'
import type { EndpointState } from './call-statistics.js'
import { CircuitBreaker } from './circuit-breaker.js'

/** One address of one server that publishes a service. */
export interface CallEndpoint {
  /** The server, such as `shop.users`. */
  readonly server: string
  readonly url: string
}

/** What came of one attempt at one endpoint, where it says something of the endpoint. */
export interface AttemptOutcome {
  /** Counts against the endpoint. */
  readonly isFailure: boolean
  /** Undefined where there was none. */
  readonly response: CallResponse | undefined
  /** Why there was none. */
  readonly error: TransportError | undefined
}

export interface AttemptOptions {
  readonly signal: AbortSignal | undefined
  readonly timeoutMs: number
  /** Whether a time-out says something of the endpoint: one caller in a hurry is no reason to leave it alone. */
  readonly isFairTime: boolean
  /** Milliseconds of `performance.now()`. */
  readonly startedAt: number
}

/** Milliseconds for which one that refused a connection is asked last. */
const avoidRefusingMs = 1_000
/** Milliseconds for which one that is stopping is asked last: until it is gone, or its successor has its address. */
const avoidDrainingMs = 5_000

/** A connection that was refused sooner than this, in milliseconds, has cost its caller nothing. */
const quickMs = 1_000

/** One endpoint as the callers of this process see it. */
export class Endpoint implements CallEndpoint {
  readonly server: string
  readonly url: string
  readonly breaker: CircuitBreaker
  inFlight = 0
  readonly #connection: CallConnection
  #avoidedUntil = 0
  #isRefusing = false
  /** When a connection broke off or was refused last, in milliseconds of `performance.now()`. */
  #brokenAt = -Infinity

  constructor(
    { server, url }: CallEndpoint,
    { transport, policy, log }: { transport: CallTransport; policy: CallPolicy; log: Logger },
  ) {
    this.server = server
    this.url = url
    this.#connection = transport.connect(url, { connections: policy.connections })
    this.breaker = new CircuitBreaker(policy.breaker, (state) => {
      if (state === 'open') log.warn('circuit breaker opened', { server, url })
      else log.info('circuit breaker closed', { server, url })
    })
  }

  get isAvoided(): boolean {
    return this.#avoidedUntil > 0 && performance.now() < this.#avoidedUntil
  }

  /**
   * It refuses connections at once. That may be tried at any time, where there is nothing better: it costs nothing, is no load, and
   * its successor may be there already.
   */
  get isRefusing(): boolean {
    return this.#isRefusing
  }

  get state(): EndpointState {
    const { server, url, inFlight, isAvoided } = this
    return { server, url, inFlight, isAvoided, breaker: this.breaker.state }
  }

  /**
   * Sends the call, and reads the answer to its end unless it is a stream. Whatever else a transport throws counts as a connection
   * that broke off.
   * @throws TransportError  where that says nothing of the endpoint: `aborted`, `unfit` and others
   */
  attempt(request: CallRequest, options: AttemptOptions): Promise<AttemptOutcome> {
    const { breaker } = this
    if (breaker.state === 'closed') return this.#attempt(request, options, true)
    if (this.#isRefusing || breaker.waitMs > 0) return this.#tryAnyway(request, options)
    return breaker.run(() => this.#attempt(request, options))
  }

  close(): Promise<void> {
    return this.#connection.close()
  }

  async #tryAnyway(request: CallRequest, options: AttemptOptions): Promise<AttemptOutcome> {
    const outcome = await this.#attempt(request, options)
    // Who takes connections again begins anew: one call that fails then is no reason to leave it alone.
    if (outcome.error?.reason !== 'refused') this.breaker.close()
    return outcome
  }

  /** @param isCounted  the breaker is told of it here */
  async #attempt(request: CallRequest, options: AttemptOptions, isCounted = false): Promise<AttemptOutcome> {
    this.inFlight++
    let isFailure: boolean | undefined
    let outcome: AttemptOutcome
    try {
      const answer = await this.#connection.send(request, options)
      if (answer.headers[callHeader.draining] === '1') this.#avoid(avoidDrainingMs)
      else this.#avoidedUntil = 0
      this.#isRefusing = false
      isFailure = isOfTheWay(answer) && answer.status === 503
      const response = isStreamAnswer(answer) || answer.body !== undefined ? answer : await readWhole(answer)
      outcome = { isFailure, response, error: undefined }
    } catch (thrown) {
      const error = thrown instanceof TransportError ? thrown : unforeseen(thrown, options.signal)
      if (!this.#isBlamedFor(error, options)) {
        // An answer that is too large for its caller comes from a server that works.
        if (!isCounted && isFailure === false && error.reason === 'unfit') this.breaker.close()
        throw error
      }
      const isRefused = error.reason === 'refused'
      if (isRefused) this.#avoid(avoidRefusingMs)
      this.#isRefusing = isRefused && (performance.now() - options.startedAt < quickMs || isRefusedBySystem(error))
      outcome = { isFailure: true, response: undefined, error }
    } finally {
      this.inFlight--
    }
    if (isCounted) this.breaker.count(outcome)
    return outcome
  }

  #isBlamedFor({ reason }: TransportError, { isFairTime, startedAt }: AttemptOptions): boolean {
    if (reason === 'aborted' || reason === 'unfit') return false
    if (reason === 'protocol') return true
    // A server dies once, however many calls are under way: those tell nothing new, and its successor may be there by now.
    if (reason !== 'refused' && startedAt <= this.#brokenAt) return false
    if (reason === 'timeout') return isFairTime
    this.#brokenAt = performance.now()
    return true
  }

  #avoid(ms: number): void {
    this.#avoidedUntil = performance.now() + ms
  }
}

/** What a transport throws that is none of its errors, and what comes of an answer that is none: nobody knows how far the call got. */
function unforeseen(cause: unknown, signal: AbortSignal | undefined): TransportError {
  // Clients of other libraries throw errors of their own when they are aborted.
  if (signal?.aborted) return new TransportError('aborted', 'maybe', 'The caller gave up', { cause: signal.reason })
  const isLate = cause instanceof Error && cause.name === 'TimeoutError'
  return new TransportError(isLate ? 'timeout' : 'reset', 'maybe', 'The transport failed without saying how', { cause })
}

async function readWhole(answer: CallResponse): Promise<CallResponse> {
  return new BufferedResponse(answer, await answer.text())
}

/** Not an answer of the operation, but of something that stands before it: a balancer, a proxy, a server that has no capacity left. */
export function isOfTheWay({ status, headers }: CallResponse): boolean {
  return (status === 502 || status === 503 || status === 504) && headers[callHeader.contract] === undefined
}

/** That costs nothing, however late a busy process hears of it. */
function isRefusedBySystem({ cause }: TransportError): boolean {
  return (cause as NodeJS.ErrnoException | undefined)?.code === 'ECONNREFUSED'
}
