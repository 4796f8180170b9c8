import { setTimeout as delay } from 'node:timers/promises'

import { TransportError, type CallRequest, type CallResponse } from '../call-transport.js'
import type { CallPolicy } from './call-policy.js'
import { isOfTheWay, type AttemptOutcome, type Endpoint } from './endpoint.js'
import type { EndpointChoice } from './endpoint-choice.js'
import type { RetryBudget } from './retry-budget.js'

export interface CallOptions {
  /** Name of the operation's method. */
  readonly method: string
  /** To execute it twice has the effect of once. */
  readonly isIdempotent: boolean
  /** Milliseconds until the caller's own deadline. Undefined where it has none. */
  readonly remainingMs: number | undefined
  /** The caller gives up. */
  readonly signal: AbortSignal | undefined
  /**
   * The call is part of a request that is a retry itself. Then only what was provably not executed is tried again: retries of each
   * layer would multiply. Default false.
   */
  readonly isPartOfRetry?: boolean
  /** Adds to the request what differs for each attempt: time left, number of the attempt, signature. */
  readonly prepare: (
    request: CallRequest,
    attempt: { readonly number: number; readonly remainingMs: number },
  ) => CallRequest
}

const firstPauseMs = 50
const longestPauseMs = 1_000

/** An attempt shorter than this cannot succeed. */
const shortestAttemptMs = 10

const allOpen = 'The breakers of all endpoints are open'

/** Why a call ended without an answer of the operation. */
export type CallFailure =
  | { readonly kind: 'rejected'; readonly waitMs: number; readonly cause: unknown }
  | { readonly kind: 'timeout' | 'unavailable' | 'failed' | 'aborted'; readonly cause: unknown }

export const timeIsUp: CallFailure = { kind: 'timeout', cause: new Error('No time was left for the call') }

/** What one endpoint said, as the next decision needs it. */
interface Setback {
  readonly failure: CallFailure
  readonly executed: 'no' | 'maybe'
  /** Another endpoint may take the call at once: this one did not even begin. */
  readonly isPassedOn: boolean
  readonly mayBeRepeated: boolean
}

/** One call, as often as it is tried. */
export class Attempts {
  /** How often it was sent or tried to be sent. */
  count = 0
  retries = 0
  executed: 'no' | 'maybe' = 'no'
  /** The endpoint that was asked last. */
  endpoint: Endpoint | undefined
  failure: CallFailure | undefined

  readonly #choice: EndpointChoice
  readonly #budget: RetryBudget
  readonly #policy: CallPolicy
  readonly #deadline: number
  readonly #options: CallOptions
  readonly #tried: Endpoint[] = []
  /** When the attempt began, as of `performance.now()`: to ask for each decision would cost 60 ns each. */
  #now: number

  /**
   * @param now  in milliseconds of `performance.now()`
   * @param deadline  of the same clock
   */
  constructor(
    shared: { choice: EndpointChoice; budget: RetryBudget; policy: CallPolicy },
    now: number,
    deadline: number,
    options: CallOptions,
  ) {
    this.#choice = shared.choice
    this.#budget = shared.budget
    this.#policy = shared.policy
    this.#now = now
    this.#deadline = deadline
    this.#options = options
  }

  /** @returns undefined where there is no answer of the operation; {@link failure} says why */
  async run(request: CallRequest): Promise<CallResponse | undefined> {
    // Of an endpoint that did not begin with the attempt, which goes on to another one then.
    let refusal: Setback | undefined
    for (;;) {
      const endpoint = this.#isOutOfTime(refusal) ? undefined : this.#nextEndpoint(refusal !== undefined)
      let outcome: CallResponse | Setback
      if (endpoint) {
        try {
          outcome = judge(await this.#send(endpoint, request))
        } catch (error) {
          if (!(error instanceof TransportError)) throw error
          outcome = setbackOf(error)
        }
        if (!('failure' in outcome)) {
          // What breaks off later, in the middle of a stream, has begun.
          this.executed = 'maybe'
          return outcome
        }
        this.#now = performance.now()
        if (outcome.isPassedOn) {
          // Where nothing was left but one that is known to refuse there is no use in waiting for it.
          const isHopeless = endpoint.isRefusing && endpoint.breaker.waitMs > 0
          refusal = isHopeless ? { ...outcome, mayBeRepeated: false } : outcome
          continue
        }
      } else if (refusal) outcome = refusal
      else {
        // What was found out by an earlier attempt says more.
        this.failure ??= this.#remainingMs < 1 ? timeIsUp : this.#rejection()
        return undefined
      }
      refusal = undefined
      this.failure = outcome.failure
      if (outcome.executed === 'maybe') this.executed = 'maybe'
      if (!this.#mayRepeat(outcome)) return undefined
      const pauseMs = pauseBefore(this.retries)
      if (this.#remainingMs - pauseMs < shortestAttemptMs || !this.#budget.takeRetry()) return undefined
      if (!(await this.#pause(pauseMs))) return undefined
      this.#now = performance.now()
      this.retries++
    }
  }

  #isOutOfTime(refusal: Setback | undefined): boolean {
    return this.#remainingMs < (refusal ? shortestAttemptMs : 1)
  }

  #rejection(): CallFailure {
    return { kind: 'rejected', waitMs: this.#choice.waitMs, cause: new Error(allOpen) }
  }

  #nextEndpoint(isSameAttempt: boolean): Endpoint | undefined {
    const untried = this.#choice.next(this.#tried)
    if (untried || isSameAttempt) return untried
    this.#tried.length = 0
    return this.#choice.next(this.#tried)
  }

  #send(endpoint: Endpoint, request: CallRequest): Promise<AttemptOutcome> {
    const { signal, prepare } = this.#options
    const { timeoutMs: fullMs, attemptTimeoutMs } = this.#policy
    const timeoutMs = Math.min(this.#remainingMs, attemptTimeoutMs ?? Infinity)
    const isFairTime = timeoutMs * 2 >= (attemptTimeoutMs ?? fullMs)
    this.endpoint = endpoint
    this.#tried.push(endpoint)
    this.count++
    const prepared = prepare(request, { number: this.retries + 1, remainingMs: Math.max(0, Math.floor(timeoutMs)) })
    return endpoint.attempt(prepared, { signal, timeoutMs, isFairTime, startedAt: this.#now })
  }

  #mayRepeat({ executed, mayBeRepeated }: Setback): boolean {
    const { isIdempotent, isPartOfRetry = false } = this.#options
    if (!mayBeRepeated || this.retries >= this.#policy.retries) return false
    return executed === 'no' || (isIdempotent && !isPartOfRetry)
  }

  get #remainingMs(): number {
    return this.#deadline - this.#now
  }

  /** Whether the call still has a caller after it. */
  async #pause(ms: number): Promise<boolean> {
    const { signal } = this.#options
    try {
      await delay(ms, undefined, signal && { signal })
      return true
    } catch (cause) {
      this.failure = abortedFailure(new TransportError('aborted', 'no', 'The caller gave up', { cause }))
      return false
    }
  }
}

/**
 * Milliseconds to wait before a further attempt: any time up to twice as many as before, so that those who failed together do not come back
 * together.
 */
function pauseBefore(retry: number): number {
  return Math.random() * Math.min(longestPauseMs, firstPauseMs * 2 ** retry)
}

function judge({ response, error }: AttemptOutcome): CallResponse | Setback {
  if (error) return setbackOf(error)
  if (isOfTheWay(response!)) {
    const { status } = response!
    const cause = new Error(`Something before the server answered ${status}`)
    const kind = status === 503 ? 'unavailable' : status === 504 ? 'timeout' : 'failed'
    return { failure: { kind, cause }, executed: 'maybe', isPassedOn: false, mayBeRepeated: true }
  }
  return response!
}

function setbackOf(error: TransportError): Setback {
  const { reason, executed } = error
  return {
    failure: reason === 'aborted' ? abortedFailure(error) : { kind: kinds[reason], cause: error },
    executed,
    isPassedOn: reason === 'refused',
    mayBeRepeated: reason !== 'protocol' && reason !== 'unfit' && reason !== 'aborted',
  }
}

const kinds = {
  refused: 'unavailable',
  reset: 'unavailable',
  timeout: 'timeout',
  aborted: 'aborted',
  protocol: 'failed',
  unfit: 'failed',
} as const

/** Why a call broke off whose answer had begun. */
export function streamFailure(error: unknown): CallFailure {
  if (!(error instanceof TransportError)) return { kind: 'unavailable', cause: error }
  return error.reason === 'aborted' ? abortedFailure(error) : { kind: kinds[error.reason], cause: error }
}

/** A deadline is given as a signal, too. */
function abortedFailure(error: TransportError): CallFailure {
  const isLate = error.cause instanceof Error && error.cause.name === 'TimeoutError'
  return { kind: isLate ? 'timeout' : 'aborted', cause: error }
}
