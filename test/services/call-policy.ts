import type { TargetState } from '@lokstra/core'

/** Of calls of a service of another server, as the configuration has it when it says nothing. */
export const callPolicy: TargetState['policy'] = {
  timeoutMs: 10_000,
  retries: 2,
  retryBudget: 0.1,
  breaker: { failures: 5, openForMs: 5_000 },
  bulkhead: { concurrent: 200, queue: 200 },
  connections: 64,
}
