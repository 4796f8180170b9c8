import type { CallPolicy } from './call-policy.js'

/**
 * How a call ended, for its caller:
 * - `answered`: the operation's result, or an error that is the operation's own
 * - `failed`: an answer that says that the server failed, or one that makes no sense
 * - `timeout`: time ran out
 * - `unavailable`: no server took it, or the connection broke off
 * - `rejected`: not tried: too many at once, or the breakers of all endpoints open
 * - `aborted`: the caller gave up
 */
export type CallOutcome = 'answered' | 'failed' | 'timeout' | 'unavailable' | 'rejected' | 'aborted'

/** Upper bounds of the latency buckets, in milliseconds; what took longer is in one more. */
export const latencyBoundsMs: readonly number[] = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000]

/** Calls of one operation since the start. */
export interface MethodStatistics {
  readonly outcomes: Readonly<Record<CallOutcome, number>>
  /** Calls whose duration is within the bound of {@link latencyBoundsMs} and above the one before; the last is of those above all. */
  readonly latency: readonly number[]
  readonly totalMs: number
}

/** `half-open`: the next call tries whether the endpoint works again, or one does so at the moment, which counts as in flight. */
export type BreakerState = 'closed' | 'open' | 'half-open'

/** One address of one server that publishes a service, as the calls of this server have found it. */
export interface EndpointState {
  /** The server, such as `shop.users`. */
  readonly server: string
  readonly url: string
  readonly breaker: BreakerState
  readonly inFlight: number
  /** It refused a connection or is stopping, so that others are asked first for a while. */
  readonly isAvoided: boolean
}

/** One service of other servers, as it is seen from here. */
export interface TargetState {
  readonly service: string
  readonly endpoints: readonly EndpointState[]
  /** What the configuration says of its calls. */
  readonly policy: CallPolicy
  readonly inFlight: number
  /** Calls that wait until another ends. */
  readonly queued: number
  /** Attempts after the first, since the start. */
  readonly retries: number
  /** By the name of the method. */
  readonly methods: ReadonlyMap<string, MethodStatistics>
}

/** Counts the calls of one operation. */
export class MethodCounter implements MethodStatistics {
  readonly outcomes: Record<CallOutcome, number> = {
    answered: 0,
    failed: 0,
    timeout: 0,
    unavailable: 0,
    rejected: 0,
    aborted: 0,
  }
  readonly latency: number[] = Array.from({ length: latencyBoundsMs.length + 1 }, () => 0)
  totalMs = 0

  add(outcome: CallOutcome, durationMs: number): void {
    this.outcomes[outcome]++
    this.totalMs += durationMs
    let bucket = 0
    while (bucket < latencyBoundsMs.length && durationMs > latencyBoundsMs[bucket]!) bucket++
    this.latency[bucket]!++
  }
}
