import { BodyOutcome } from '../../binding/body-outcome.js'
import { hasBody } from '../../binding/read-body.js'
import type { Context } from '../../context/context.js'
import { operationName, type Operation } from '../../contract/operation.js'
import { E_CALL_NOT_PLAIN } from '../../errors/catalogue/deployments.js'
import { lokstraError } from '../../errors/lokstra-error.js'
import type { MiddlewareFunction, Next } from '../../middleware/middleware.js'
import { isThenable } from '../../promises/is-thenable.js'
import { Result } from '../../response/result.js'
import { callHeader } from '../call-headers.js'
import { readTimeLeft, restoreContext } from '../propagation/call-context.js'
import { assertCall, type CallAuthentication } from './call-authentication.js'
import { localCallOf } from './local-call.js'

export interface ReceiveOptions {
  readonly operation: Operation
  readonly authentication: CallAuthentication
  /** Names of `signedHeaders` of the operation. */
  readonly signed: readonly string[]
  /** Hash of the operation's contract. */
  readonly contract: () => string
  /** The server is stopping. */
  readonly isDraining: () => boolean
}

/**
 * What stands before every operation that other servers call: is it one of them, what did it hand on, and how long does it wait. No
 * other middleware does.
 */
export function receiveCall(options: ReceiveOptions): MiddlewareFunction {
  const { operation, authentication, signed, contract, isDraining } = options
  const run = (ctx: Context, next: Next): unknown => {
    restoreContext(ctx)
    const timeLeftMs = readTimeLeft(ctx)
    const endWaiting = timeLeftMs === undefined ? undefined : limitTime(ctx, timeLeftMs)
    const outcome = next()
    if (!isThenable(outcome)) {
      endWaiting?.()
      return assertPlain(outcome, operation)
    }
    return Promise.resolve(outcome).then(
      (value) => {
        endWaiting?.()
        return assertPlain(value, operation)
      },
      (error: unknown) => {
        endWaiting?.()
        throw error
      },
    )
  }
  return (ctx, next) => {
    ctx.setHeader(callHeader.contract, contract())
    if (isDraining()) ctx.setHeader(callHeader.draining, '1')
    const local = localCallOf(ctx.req)
    if (local) return local.watch(ctx, () => run(ctx, next))
    if (!hasBody(ctx.headers)) {
      assertCall(ctx, undefined, signed, authentication)
      return run(ctx, next)
    }
    return new BodyOutcome(ctx, undefined, (_ctx, body) => {
      assertCall(ctx, body, signed, authentication)
      return run(ctx, next)
    })
  }
}

/** Nobody waits after this time: what works on it is told. */
function limitTime(ctx: Context, milliseconds: number): () => void {
  ctx.endWithin(milliseconds)
  const end = () => ctx.abort(new DOMException('The caller does not wait any longer', 'TimeoutError'))
  const timer = setTimeout(end, milliseconds).unref()
  return () => clearTimeout(timer)
}

function assertPlain(value: unknown, operation: Operation): unknown {
  if (!Result.is(value)) return value
  throw lokstraError(E_CALL_NOT_PLAIN, { operation: operationName(operation), type: 'a Result' }, operation.site)
}
