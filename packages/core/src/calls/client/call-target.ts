import type { Logger } from '../../logging/logger.js'
import type { CallRequest, CallResponse, CallTransport } from '../call-transport.js'
import { RemoteCallError, type RemoteCallCode, type RemoteCallDetails } from '../remote-call-error.js'
import { isStreamAnswer } from '../stream-answer.js'
import { Attempts, timeIsUp, type CallFailure, type CallOptions } from './attempts.js'
import { Bulkhead, type Admission } from './bulkhead.js'
import type { CallPolicy } from './call-policy.js'
import { MethodCounter, type CallOutcome, type TargetState } from './call-statistics.js'
import { Endpoint, type CallEndpoint } from './endpoint.js'
import { EndpointChoice } from './endpoint-choice.js'
import { HeldStream } from './held-stream.js'
import { RetryBudget } from './retry-budget.js'
import { TargetAnswer } from './target-answer.js'

export interface CallTargetOptions {
  /** Name of the published service. */
  readonly service: string
  /** One or more. */
  readonly endpoints: readonly CallEndpoint[]
  readonly policy: CallPolicy
  readonly transport: CallTransport
  readonly log: Logger
}

const codes = {
  timeout: 'REMOTE_TIMEOUT',
  unavailable: 'REMOTE_UNAVAILABLE',
  rejected: 'REMOTE_UNAVAILABLE',
  failed: 'REMOTE_FAILED',
  aborted: 'REMOTE_FAILED',
} as const satisfies Record<Exclude<CallOutcome, 'answered'>, RemoteCallCode>

/** One service of other servers, as the callers of this one see it. */
export class CallTarget {
  readonly service: string
  readonly #policy: CallPolicy
  readonly #choice: EndpointChoice
  readonly #bulkhead: Bulkhead
  readonly #budget: RetryBudget
  readonly #methods = new Map<string, MethodCounter>()
  readonly #log: Logger
  #retries = 0

  constructor({ service, endpoints, policy, transport, log }: CallTargetOptions) {
    this.service = service
    this.#policy = policy
    this.#log = log.child({ service })
    const shared = { transport, policy, log: this.#log }
    this.#choice = new EndpointChoice(endpoints.map((endpoint) => new Endpoint(endpoint, shared)))
    this.#bulkhead = new Bulkhead(policy.bulkhead)
    this.#budget = new RetryBudget(policy.retryBudget)
  }

  /** A view of the moment; what it counts goes on. */
  get statistics(): TargetState {
    return {
      service: this.service,
      endpoints: this.#choice.endpoints.map(({ state }) => state),
      policy: this.#policy,
      inFlight: this.#bulkhead.inFlight,
      queued: this.#bulkhead.queued,
      retries: this.#retries,
      methods: this.#methods,
    }
  }

  /**
   * The answer of the operation, whatever status it has. It has been read, unless it is a stream: that counts as under way until it
   * has been read to its end or left.
   * @throws RemoteCallError where there is no answer of the operation; reading a stream throws it, too
   */
  async call(request: CallRequest, options: CallOptions): Promise<TargetAnswer> {
    const { method, signal, remainingMs = Infinity } = options
    const startedAt = performance.now()
    let now = startedAt
    const availableMs = Math.min(this.#policy.timeoutMs, remainingMs)
    const counter = this.#counterOf(method)
    if (availableMs < 1 || signal?.aborted) {
      const failure = availableMs < 1 ? timeIsUp : { kind: 'aborted' as const, cause: signal?.reason as unknown }
      counter.add(failure.kind, 0)
      throw this.#error(failure, { method })
    }
    if (!this.#bulkhead.tryEnter()) {
      const admission = await this.#bulkhead.enter(availableMs, signal)
      if (admission !== 'entered') {
        const failure = turnedAway(admission, signal)
        counter.add(failure.kind, performance.now() - startedAt)
        throw this.#error(failure, { method })
      }
      now = performance.now()
    }
    let isHeld = false
    const attempts = new Attempts(
      { choice: this.#choice, budget: this.#budget, policy: this.#policy },
      now,
      startedAt + availableMs,
      options,
    )
    this.#budget.addCall()
    try {
      const response = await attempts.run(request)
      this.#retries += attempts.retries
      if (!response) {
        counter.add(attempts.failure!.kind, performance.now() - startedAt)
        throw this.#error(attempts.failure!, { method, attempts })
      }
      if (!isStreamAnswer(response)) {
        counter.add(response.status < 500 ? 'answered' : 'failed', performance.now() - startedAt)
        return answerOf(response, attempts)
      }
      isHeld = true
      const end = (failure: CallFailure | undefined): RemoteCallError | undefined => {
        this.#bulkhead.leave()
        counter.add(failure?.kind ?? 'answered', performance.now() - startedAt)
        return failure && this.#error(failure, { method, attempts })
      }
      const held = new HeldStream(response, { unreadMs: availableMs, signal, method, log: this.#log, end })
      return answerOf(held, attempts)
    } finally {
      if (!isHeld) this.#bulkhead.leave()
    }
  }

  /** Closes the connections. Calls under way fail. */
  async close(): Promise<void> {
    await Promise.all(this.#choice.endpoints.map((endpoint) => endpoint.close()))
  }

  #counterOf(method: string): MethodCounter {
    let counter = this.#methods.get(method)
    if (!counter) this.#methods.set(method, (counter = new MethodCounter()))
    return counter
  }

  #error(failure: CallFailure, { method, attempts }: { method: string; attempts?: Attempts }): RemoteCallError {
    const { kind } = failure
    const details: RemoteCallDetails = {
      service: this.service,
      method,
      executed: attempts?.executed ?? 'no',
      attempts: attempts?.count ?? 0,
      server: attempts?.endpoint?.server,
      ...(codes[kind] === 'REMOTE_UNAVAILABLE' && { retryAfterSeconds: secondsOf(failure) }),
      cause:
        'cause' in failure ? failure.cause : new Error(`The breakers of all endpoints of ${this.service} are open`),
    }
    return new RemoteCallError(codes[kind], details)
  }
}

function answerOf(response: CallResponse, { endpoint, count }: Attempts): TargetAnswer {
  return new TargetAnswer(response, endpoint!.server, count)
}

function turnedAway(admission: Exclude<Admission, 'entered'>, signal: AbortSignal | undefined): CallFailure {
  switch (admission) {
    case 'full':
      return { kind: 'rejected', waitMs: 0, cause: new Error('Too many calls are under way and wait') }
    case 'late':
      return { kind: 'timeout', cause: new Error('Too many calls were under way for all of its time') }
    case 'aborted':
      return { kind: 'aborted', cause: signal?.reason }
  }
}

/** At least one: clients that come back at once would be of no help. */
function secondsOf(failure: CallFailure): number {
  return failure.kind === 'rejected' ? Math.max(1, Math.ceil(failure.waitMs / 1_000)) : 1
}
