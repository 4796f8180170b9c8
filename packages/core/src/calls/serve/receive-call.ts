import { BodyOutcome } from '../../binding/body-outcome.js'
import { hasBody } from '../../binding/read-body.js'
import type { Context } from '../../context/context.js'
import { operationName, type Operation } from '../../contract/operation.js'
import { E_CALL_NOT_PLAIN } from '../../errors/catalogue/deployments.js'
import { lokstraError } from '../../errors/lokstra-error.js'
import type { Handler } from '../../middleware/compose.js'
import { Awaitable, type Settle } from '../../promises/awaitable.js'
import { isThenable } from '../../promises/is-thenable.js'
import { Result } from '../../response/result.js'
import { callHeader } from '../call-headers.js'
import { readCallMetadata, type CallMetadata } from '../call-metadata.js'
import { restoreContext } from '../propagation/call-context.js'
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
 * What stands before every operation that other servers call: is it one of them, what did it hand on, and how long does it wait. It is
 * no middleware, and there is none: what middleware is given has to be a promise, and a call would wait for two more of them.
 */
export function receiveCall(options: ReceiveOptions): (handle: Handler) => Handler {
  const { operation, authentication, signed, contract, isDraining } = options
  const plain = (value: unknown): unknown => assertPlain(value, operation)
  return (handle) => {
    const run = (ctx: Context, metadata: CallMetadata): unknown => {
      restoreContext(ctx, metadata)
      // Whoever knows it need not be told: to read one more header takes a caller half a microsecond.
      if (metadata.contract !== contract()) ctx.setHeader(callHeader.contract, contract())
      const outcome = handle(ctx)
      return isThenable(outcome) ? new PlainOutcome(outcome, plain) : plain(outcome)
    }
    const receive = (ctx: Context, body: Uint8Array | undefined): unknown => {
      const metadata = readCallMetadata(ctx.headers[callHeader.call])
      assertCall(ctx, metadata, body, signed, authentication)
      return run(ctx, metadata)
    }
    return (ctx) => {
      if (isDraining()) ctx.setHeader(callHeader.draining, '1')
      const local = localCallOf(ctx.req)
      if (local) return local.watch(ctx, () => run(ctx, readCallMetadata(ctx.headers[callHeader.call])!))
      return hasBody(ctx.headers) ? new BodyOutcome(ctx, undefined, receive) : receive(ctx, undefined)
    }
  }
}

/** The outcome of an operation, once it is known to be plain. */
class PlainOutcome extends Awaitable {
  readonly #outcome: PromiseLike<unknown>
  readonly #check: (value: unknown) => unknown

  /** @param check  gives what is handed on, or throws */
  constructor(outcome: PromiseLike<unknown>, check: (value: unknown) => unknown) {
    super()
    this.#outcome = outcome
    this.#check = check
  }

  then(resolve: Settle, reject: Settle): void {
    this.#outcome.then((value) => {
      let checked: unknown
      try {
        checked = this.#check(value)
      } catch (error) {
        reject(error)
        return
      }
      resolve(checked)
    }, reject)
  }
}

function assertPlain(value: unknown, operation: Operation): unknown {
  if (!Result.is(value)) return value
  throw lokstraError(E_CALL_NOT_PLAIN, { operation: operationName(operation), type: 'a Result' }, operation.site)
}
