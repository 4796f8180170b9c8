import type { CallPolicy } from '../../calls/client/call-policy.js'
import type { CallPolicyConfig, CallsConfig } from '../../config/classes/calls-config.js'

/** What holds for the calls of one service: what is said of it alone, over what is said of all. */
export function policyOf(calls: CallsConfig, own: CallPolicyConfig | undefined): CallPolicy {
  return {
    timeoutMs: own?.timeout ?? calls.timeout,
    attemptTimeoutMs: own?.attemptTimeout ?? calls.attemptTimeout,
    retries: own?.retries ?? calls.retries,
    retryBudget: own?.retryBudget ?? calls.retryBudget,
    breaker: {
      failures: own?.breaker?.failures ?? calls.breaker.failures,
      openForMs: own?.breaker?.openFor ?? calls.breaker.openFor,
    },
    bulkhead: {
      concurrent: own?.bulkhead?.concurrent ?? calls.bulkhead.concurrent,
      queue: own?.bulkhead?.queue ?? calls.bulkhead.queue,
    },
    connections: own?.connections ?? calls.connections,
  }
}
