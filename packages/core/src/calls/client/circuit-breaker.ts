/** What the calls take of cockatiel: when to leave an endpoint alone, and how long to wait before another attempt. */
import {
  CircuitState,
  circuitBreaker,
  ConsecutiveBreaker,
  ExponentialBackoff,
  fullJitterGenerator,
  handleWhen,
  type CircuitBreakerPolicy,
  type IBackoff,
} from 'cockatiel'

import type { BreakerState } from './call-statistics.js'

const firstPauseMs = 50
const longestPauseMs = 1_000

/** The first call tries it after this share of the longest time: what broke off a moment ago is a restart, mostly. */
const firstTrialShare = 1 / 16

/** Outcomes that say whether the other side works. */
interface Judged {
  readonly isFailure: boolean
}

/**
 * Leaves an endpoint alone after failures in a row, and lets one call try it again after a while, and after twice as long each time
 * that it fails. What is thrown says nothing of the endpoint: it counts neither way, but for the one that tries, which has then found out
 * nothing.
 */
export class CircuitBreaker {
  readonly #createPolicy: () => CircuitBreakerPolicy
  readonly #onChange: (state: 'open' | 'closed') => void
  #policy: CircuitBreakerPolicy
  #opensUntil = 0
  #openForMs = 0
  /** What was counted last. */
  #hasFailed = false

  /**
   * @param openForMs  the longest time between two trials
   * @param onChange  told of each change but that one call is trying
   */
  constructor(
    { failures, openForMs }: { readonly failures: number; readonly openForMs: number },
    onChange: (state: 'open' | 'closed') => void,
  ) {
    this.#onChange = onChange
    const failed = handleWhen(() => this.#policy.state === CircuitState.HalfOpen).orWhenResult(
      (outcome) => (outcome as Judged).isFailure,
    )
    // Asked for when it opens.
    const openFor = (ms: number): IBackoff<unknown> => {
      this.#openForMs = ms
      return { duration: ms, next: () => openFor(Math.min(ms * 2, openForMs)) }
    }
    const halfOpenAfter = { next: () => openFor(Math.ceil(openForMs * firstTrialShare)) }
    this.#createPolicy = () => {
      const policy = circuitBreaker(failed, { halfOpenAfter, breaker: new ConsecutiveBreaker(failures) })
      policy.onBreak(() => {
        if (policy !== this.#policy) return
        // cockatiel reads Date.now() before it says so.
        this.#opensUntil = Date.now() + this.#openForMs
        onChange('open')
      })
      policy.onReset(() => policy === this.#policy && onChange('closed'))
      return policy
    }
    this.#policy = this.#createPolicy()
  }

  /** The policy calls itself open until a call comes, however long nobody calls. */
  get state(): BreakerState {
    switch (this.#policy.state) {
      case CircuitState.Open:
        return this.waitMs > 0 ? 'open' : 'half-open'
      case CircuitState.HalfOpen:
        return 'half-open'
      default:
        return 'closed'
    }
  }

  /** Milliseconds until a call may try it; 0 where it takes calls, or one may try it now. */
  get waitMs(): number {
    if (this.#policy.state === CircuitState.Closed) return 0
    if (this.#policy.state === CircuitState.HalfOpen) return 1
    return Math.max(0, this.#opensUntil - Date.now())
  }

  /**
   * What came of a call that began while it was closed. Nearly all say once more that all is well, which there is nobody to tell: the
   * policy would take three promises for each call.
   * @returns a promise where it is to be waited for
   */
  count(outcome: Judged): Promise<unknown> | undefined {
    // Of a call that took longer than it took to open, nothing follows any more.
    if (this.#policy.state !== CircuitState.Closed || !(outcome.isFailure || this.#hasFailed)) return undefined
    this.#hasFailed = outcome.isFailure
    return this.#policy.execute(() => outcome)
  }

  /** One call tries whether it works: only where nothing is to be waited for. */
  run<T extends Judged>(attempt: () => Promise<T>): Promise<T> {
    return this.#policy.execute(attempt)
  }

  /** It works after all: whoever knows has found out without asking here. */
  close(): void {
    if (this.#policy.state === CircuitState.Closed) return
    this.#policy = this.#createPolicy()
    this.#hasFailed = false
    this.#onChange('closed')
  }
}

/** Milliseconds to wait before each further attempt: exponential, with full jitter, so that those who failed together do not come back together. */
export function createPauses(): () => number {
  let pause = new ExponentialBackoff({
    initialDelay: firstPauseMs,
    maxDelay: longestPauseMs,
    generator: fullJitterGenerator,
  }).next()
  return () => {
    const { duration } = pause
    pause = pause.next(undefined)
    return duration
  }
}
