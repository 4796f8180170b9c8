import type { CallPolicy } from '../../calls/client/call-policy.js'
import type { CallPolicyConfig, CallsConfig } from '../../config/classes/calls-config.js'
import type { ConfigPath } from '../../config/tree/config-path.js'

/** What is said of the calls of one service alone, and where that stands or would stand. */
export interface OwnPolicy {
  readonly config: CallPolicyConfig | undefined
  readonly path: ConfigPath
}

/** @param service  name of a published service */
export function ownPolicyOf({ services }: CallsConfig, service: string): OwnPolicy {
  return { config: services.get(service), path: ['calls', 'services', service] }
}

/** What holds for the calls of one service: what is said of it alone, over what is said of all. */
export function policyOf(calls: CallsConfig, { config: own }: OwnPolicy): CallPolicy {
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
