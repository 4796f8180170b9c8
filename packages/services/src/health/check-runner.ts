import { runOutsideScopes } from '@lokstra/core'

import type { DeclaredCheck } from './health-check.js'

export interface CheckOutcome {
  readonly error: unknown
  readonly failed: boolean
  readonly durationMs: number
}

/** Runs one check, never twice at the same time: callers share a run, its result is kept for a while, and a hanging one is not joined by others. */
export class CheckRunner {
  readonly check: DeclaredCheck
  readonly #instance: object
  #outcome: Promise<CheckOutcome> | undefined
  #freshUntil = 0
  #isHanging = false

  constructor(instance: object, check: DeclaredCheck) {
    this.#instance = instance
    this.check = check
  }

  run(): Promise<CheckOutcome> {
    if (!this.#outcome || (!this.#isHanging && performance.now() > this.#freshUntil)) {
      this.#freshUntil = Infinity
      this.#outcome = this.#start()
      void this.#outcome.then(() => (this.#freshUntil = performance.now() + this.check.cacheMs))
    }
    return this.#outcome
  }

  async #start(): Promise<CheckOutcome> {
    const startedAt = performance.now()
    const { method, timeoutMs } = this.check
    const outcome = (error?: unknown, failed = false): CheckOutcome => ({
      error,
      failed,
      durationMs: Math.round(performance.now() - startedAt),
    })
    this.#isHanging = true
    // Its result is for all who ask: the request that happens to be the first must not cancel it, nor lend it its principal.
    const work = runOutsideScopes(() => this.#call(method))
      .then(
        () => outcome(),
        (error: unknown) => outcome(error, true),
      )
      .finally(() => (this.#isHanging = false))
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<CheckOutcome>((resolve) => {
      timer = setTimeout(() => resolve(outcome(new Error(`No answer within ${timeoutMs} ms`), true)), timeoutMs)
    })
    try {
      return await Promise.race([work, late])
    } finally {
      clearTimeout(timer)
    }
  }

  async #call(method: string): Promise<void> {
    await (this.#instance as Record<string, () => unknown>)[method]!()
  }
}
