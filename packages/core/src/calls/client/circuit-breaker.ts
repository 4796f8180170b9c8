import type { BreakerState } from './call-statistics.js'

/** The first call tries it after this share of the longest time: what broke off a moment ago is a restart, mostly. */
const firstTrialShare = 1 / 16

/** Outcomes that say whether the other side works. */
interface Judged {
  readonly isFailure: boolean
}

/**
 * Leaves an endpoint alone after failures in a row, and lets one call try it again after a while, and after twice as long each time
 * that it fails. What is thrown says nothing of the endpoint: it counts neither way. Where the one that tries it has found out nothing,
 * the next may try it after as long again.
 */
export class CircuitBreaker {
  readonly #mostFailures: number
  readonly #longestMs: number
  readonly #onChange: (state: 'open' | 'closed') => void
  /** In a row. */
  #failures = 0
  /** For how long it was opened last; 0 while it is closed. */
  #openForMs = 0
  /** In milliseconds of `performance.now()`. */
  #openUntil = 0
  /** The call that tries it now. */
  #trial: symbol | undefined

  /**
   * @param openForMs  the longest time between two trials
   * @param onChange  told of each change but that one call is trying
   */
  constructor(
    { failures, openForMs }: { readonly failures: number; readonly openForMs: number },
    onChange: (state: 'open' | 'closed') => void,
  ) {
    this.#mostFailures = failures
    this.#longestMs = openForMs
    this.#onChange = onChange
  }

  get state(): BreakerState {
    if (this.#openForMs === 0) return 'closed'
    return this.#trial !== undefined || this.waitMs === 0 ? 'half-open' : 'open'
  }

  /** Milliseconds until a call may try it; 0 where it takes calls, or one may try it now. */
  get waitMs(): number {
    if (this.#openForMs === 0) return 0
    return this.#trial !== undefined ? 1 : Math.max(0, this.#openUntil - performance.now())
  }

  /** What came of a call that began while it was closed. Of one that took longer than it took to open, nothing follows any more. */
  count({ isFailure }: Judged): void {
    if (this.#openForMs > 0) return
    this.#failures = isFailure ? this.#failures + 1 : 0
    if (this.#failures >= this.#mostFailures) this.#open(Math.ceil(this.#longestMs * firstTrialShare))
  }

  /** One call tries whether it works: only where it is not closed and nothing is to be waited for. */
  async run<T extends Judged>(attempt: () => Promise<T>): Promise<T> {
    const trial = (this.#trial = Symbol('trial'))
    let isFailure: boolean | undefined
    try {
      const outcome = await attempt()
      isFailure = outcome.isFailure
      return outcome
    } finally {
      // Else somebody has found out meanwhile that it works, and others may even have opened it again since.
      if (this.#trial === trial) {
        if (isFailure === false) this.close()
        else this.#open(isFailure ? Math.min(this.#openForMs * 2, this.#longestMs) : this.#openForMs)
      }
    }
  }

  /** It works: whoever knows may have found out without asking here. */
  close(): void {
    if (this.#openForMs === 0) return
    this.#openForMs = 0
    this.#failures = 0
    this.#trial = undefined
    this.#onChange('closed')
  }

  #open(ms: number): void {
    this.#openForMs = ms
    this.#openUntil = performance.now() + ms
    this.#trial = undefined
    this.#onChange('open')
  }
}
