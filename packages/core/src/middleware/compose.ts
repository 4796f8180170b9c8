import type { Context } from '../context/context.js'
import { E_NEXT_TWICE } from '../errors/catalogue/routing.js'
import { lokstraError } from '../errors/lokstra-error.js'
import { Awaitable } from '../promises/awaitable.js'
import type { MiddlewareFunction } from './middleware.js'

/** Middleware ready to run, and what `lokstra routes` shows of it. */
export interface CompiledMiddleware {
  readonly name: string
  readonly run: MiddlewareFunction
  /** What it was attached to. */
  readonly level: MiddlewareLevel
  /** `file:line` that attached it. */
  readonly where: string
}

export type MiddlewareLevel = 'server' | 'app' | 'group' | 'route' | 'controller' | 'method'

export type Handler = (ctx: Context) => unknown

/**
 * One function out of a chain and its handler. Composed once for each route; a synchronous chain stays synchronous. What is made
 * per request is one `next` for each middleware, 16 ns: a shared one could not tell which of two asynchronous ones calls it twice.
 */
export function compose(chain: readonly CompiledMiddleware[], handler: Handler): Handler {
  if (chain.length === 0) return handler
  const innermost: Handler = (ctx) => {
    const outcome = handler(ctx)
    return (ctx.handlerOutcome = outcome instanceof Awaitable ? outcome.toPromise() : outcome)
  }
  return chain.reduceRight<Handler>((inner, { name, run }) => {
    return (ctx) => {
      let called = false
      const outcome = run(ctx, () => {
        if (called) throw lokstraError(E_NEXT_TWICE, { middleware: name })
        called = true
        return inner(ctx)
      })
      // It answers in place of the handler, or will go on later.
      if (!called) ctx.handlerOutcome = outcome
      return outcome
    }
  }, innermost)
}
