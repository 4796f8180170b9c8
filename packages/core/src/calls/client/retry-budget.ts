/** Retries per second that are allowed besides the share, so that a service that is called rarely has any. */
const perSecond = 1
/** Of what was saved up in quiet times. */
const mostSaved = 10

/**
 * Keeps retries a share of the calls: when a server fails at all of them, retries would multiply what it cannot cope with already.
 * A bucket of tokens: each call puts in its share, each retry takes one out.
 */
export class RetryBudget {
  readonly #share: number
  #tokens = mostSaved
  #filledAt = performance.now()

  /** @param share  from 0 to 1 */
  constructor(share: number) {
    this.#share = share
  }

  addCall(): void {
    this.#tokens = Math.min(mostSaved, this.#tokens + this.#share)
  }

  /** Whether one more retry is allowed; it is then counted. */
  takeRetry(): boolean {
    const now = performance.now()
    this.#tokens = Math.min(mostSaved, this.#tokens + ((now - this.#filledAt) / 1_000) * perSecond)
    this.#filledAt = now
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}
