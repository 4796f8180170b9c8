import { operationName, type Operation } from '../../contract/operation.js'
import { HttpError, type FieldError } from '../../errors/http-error.js'
import type { TargetAnswer } from '../client/target-answer.js'
import { createErrorDecoder, errorOf, type ErrorDecoder } from '../codec/error-decoder.js'
import type { StreamFailures } from '../codec/read-items.js'
import { RemoteCallError, type RemoteCallCode } from '../remote-call-error.js'

/** Makes the error for the caller of an operation of an answer that is no result, or that ends before its result does. */
export class AnswerFailures implements StreamFailures<TargetAnswer> {
  readonly #service: string
  readonly #method: string
  readonly #name: string
  readonly #decode: ErrorDecoder

  /** @param service  name of the published service */
  constructor(operation: Operation, service: string) {
    this.#service = service
    this.#method = operation.method
    this.#name = operationName(operation)
    this.#decode = createErrorDecoder(operation.errors)
  }

  /**
   * The other side failed: what it threw, where the operation declares that.
   * @param cause  why, where it is known from elsewhere than the answer
   */
  refused(body: unknown, answer: TargetAnswer, cause?: unknown): Error {
    const declared = this.#decode(body)
    if (declared) return declared
    // What is meant for clients is told as another server would; anything else explains itself.
    const isMeant = cause === undefined || HttpError.is(cause)
    const why = isMeant ? this.#saying(`with ${answer.status}`, body, hintOf(answer.status, body), cause) : cause
    return this.#failed(why, answer, codeOf(answer.status, body))
  }

  answered(body: unknown, answer: TargetAnswer): Error {
    return this.#decode(body) ?? this.#failed(this.#saying('in the middle of its items', body), answer)
  }

  /** The call was not made. */
  unsent(cause: unknown): RemoteCallError {
    const [service, method] = [this.#service, this.#method]
    return new RemoteCallError('REMOTE_FAILED', { service, method, executed: 'no', attempts: 0, cause })
  }

  broken(cause: unknown, answer: TargetAnswer): Error {
    return RemoteCallError.is(cause) ? cause : this.#failed(cause, answer)
  }

  #failed(
    cause: unknown,
    { server, attempts, headers }: TargetAnswer,
    code: RemoteCallCode = 'REMOTE_FAILED',
  ): RemoteCallError {
    const [service, method] = [this.#service, this.#method]
    const retryAfterSeconds = code === 'REMOTE_UNAVAILABLE' ? retryAfterOf(headers) : undefined
    return new RemoteCallError(code, { service, method, executed: 'maybe', attempts, server, retryAfterSeconds, cause })
  }

  /** What the other side said, for the log of this one. */
  #saying(how: string, body: unknown, hint = '', cause?: unknown): Error {
    const { code, message, fields, requestId } = errorOf(body) ?? {}
    const words = [code, message, ...complaints(fields)]
      .filter((part) => typeof part === 'string')
      .map((part) => part.slice(0, 200))
    const says = words.length > 0 ? `: ${words.join(', ')}` : ''
    const where = typeof requestId === 'string' ? ` (request ${requestId.slice(0, 100)} there)` : ''
    return new Error(`${this.#name} was answered ${how}${says}${where}${hint}`, cause === undefined ? {} : { cause })
  }
}

/** What a client may try again later stays that, however many servers it went through. */
function codeOf(status: number, body: unknown): RemoteCallCode {
  if (ranOutOfTime(body)) return 'REMOTE_TIMEOUT'
  return status === 503 ? 'REMOTE_UNAVAILABLE' : 'REMOTE_FAILED'
}

function retryAfterOf(headers: TargetAnswer['headers']): number | undefined {
  const seconds = headers['retry-after'] ?? ''
  return /^\d{1,5}$/.test(seconds) ? Number(seconds) : undefined
}

/** The time that the other side had is a part of the time of the call. */
function ranOutOfTime(body: unknown): boolean {
  const code = errorOf(body)?.code
  return code === 'REMOTE_TIMEOUT' || code === 'HANDLER_TIMEOUT'
}

/** What to do about an error that was meant for the caller and did not reach it. */
function hintOf(status: number, body: unknown): string {
  const code = errorOf(body)?.code
  if (status >= 500 || typeof code !== 'string' || code === 'VALIDATION_ERROR' || code === 'UNAUTHORIZED') return ''
  return '. An error that the operation declares with @Throws reaches its caller as what it is'
}

/** The first fields of an input that were refused. */
function complaints(fields: unknown): readonly unknown[] {
  if (!Array.isArray(fields)) return []
  return (fields as readonly (Partial<FieldError> | null)[]).slice(0, 5).map((complaint) => complaint?.message)
}
