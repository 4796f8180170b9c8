/** How a service of another server is called. */
export interface CallPolicy {
  /** Milliseconds of one call with its retries. */
  readonly timeoutMs: number
  /** Milliseconds of one attempt. Undefined for all the time that the call has. */
  readonly attemptTimeoutMs?: number | undefined
  /** Further attempts, of calls that were provably not executed and of idempotent operations. */
  readonly retries: number
  /** Share of calls that may be retries, from 0 to 1, besides a small fixed rate. */
  readonly retryBudget: number
  /**
   * Of one endpoint: it opens after `failures` failures in a row, and lets one call try again after a sixteenth of `openForMs`, then after
   * twice as long each time.
   */
  readonly breaker: { readonly failures: number; readonly openForMs: number }
  /** Calls under way to all endpoints, and those that wait for one to end. */
  readonly bulkhead: { readonly concurrent: number; readonly queue: number }
  /** Open at the same time to one endpoint. */
  readonly connections: number
}
