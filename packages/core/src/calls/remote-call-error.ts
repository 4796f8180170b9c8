import { HttpError } from '../errors/http-error.js'

/** What clients are told: a code, and a message that names the service only. */
const outcomes = {
  REMOTE_UNAVAILABLE: [503, 'cannot be reached'],
  REMOTE_FAILED: [502, 'failed'],
  REMOTE_TIMEOUT: [504, 'did not answer in time'],
  REMOTE_INCOMPATIBLE: [502, 'is of another version'],
} as const

const kRemoteCallError = Symbol.for('lokstra.remoteCallError')

/** Why a call gave no result, as clients see it. */
export type RemoteCallCode = keyof typeof outcomes

/** What is known of a call that gave no result. */
export interface RemoteCallDetails {
  /** Name of the published service. */
  readonly service: string
  readonly method: string
  /** `no` only where the operation provably did not run; `maybe` where it may have, once for each attempt. */
  readonly executed: 'no' | 'maybe'
  /** How often the call was sent or tried to be sent. */
  readonly attempts: number
  /** The server that was asked last, such as `shop.users`; undefined where none was. */
  readonly server?: string | undefined
  /** Seconds after which it may be worth another try; told to clients as `retry-after`. */
  readonly retryAfterSeconds?: number | undefined
  /** What went wrong; logged, never sent. */
  readonly cause?: unknown
}

/**
 * A call of a service on another server that gave neither a result nor an error that the operation declares: 503
 * `REMOTE_UNAVAILABLE` when no server took it, 502 `REMOTE_FAILED` when one failed at it, 504 `REMOTE_TIMEOUT` when time ran out,
 * 502 `REMOTE_INCOMPATIBLE` when it was not sent because the other server has another contract.
 */
export class RemoteCallError extends HttpError {
  readonly service: string
  readonly method: string
  readonly server: string | undefined
  readonly executed: 'no' | 'maybe'
  readonly attempts: number
  readonly [kRemoteCallError] = true

  constructor(code: RemoteCallCode, details: RemoteCallDetails) {
    const [status, text] = outcomes[code]
    const { service, retryAfterSeconds, cause } = details
    super(status, `${service} ${text}`, {
      code,
      cause,
      ...(retryAfterSeconds === undefined ? {} : { headers: { 'retry-after': String(retryAfterSeconds) } }),
    })
    this.service = service
    this.method = details.method
    this.server = details.server
    this.executed = details.executed
    this.attempts = details.attempts
  }

  static override is(value: unknown): value is RemoteCallError {
    return typeof value === 'object' && value !== null && kRemoteCallError in value
  }
}
