import { stateKey, type Context } from '../context/context.js'
import { currentScope, runInScope, type OpenWork } from '../context/work-scope.js'
import type { Handler } from '../middleware/compose.js'
import { isThenable } from '../promises/is-thenable.js'
import type { Call } from './compile-route.js'

/** What a middleware has begun around the handler. */
const begun = stateKey<OpenWork>('begun')

/**
 * A call that may ask for the request that it works for.
 * @param givesItems  it returns a stream
 */
export function inScope(call: Call, givesItems: boolean): Call {
  const run: Call = (instance, ctx, input) =>
    runInScope({ context: ctx, transaction: ctx.get(begun) }, () => call(instance, ctx, input))
  return givesItems ? (instance, ctx, input) => itemsInScope(run(instance, ctx, input), ctx) : run
}

/** A generator works after its method has returned: for the same request, and outside of what the method had begun. */
function itemsInScope(outcome: unknown, ctx: Context): unknown {
  if (isThenable(outcome)) return Promise.resolve(outcome).then((items) => itemsInScope(items, ctx))
  if (Object.prototype.toString.call(outcome) !== '[object AsyncGenerator]') return outcome
  const generator = outcome as AsyncGenerator
  const work = <T>(step: () => T): T => runInScope({ context: ctx, transaction: undefined }, step)
  return {
    next: () => work(() => generator.next()),
    return: (value?: unknown) => work(() => generator.return(value)),
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

/** What runs once a body has come has lost the scope of the middleware, so what is begun there is kept until then. */
export function keepBegun(handle: Handler): Handler {
  return (ctx) => {
    const work = currentScope()?.transaction
    if (work) ctx.set(begun, work)
    return handle(ctx)
  }
}

/** A chain whose middleware may ask for the request that it works for. */
export function chainInScope(run: Handler): Handler {
  return (ctx) => runInScope({ context: ctx, transaction: undefined }, () => run(ctx))
}
