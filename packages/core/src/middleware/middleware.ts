import type { Context } from '../context/context.js'

/**
 * Runs the rest of the chain and gives what it returned: a plain value, a `Result`, or a promise of one. Errors pass through
 * as thrown. Call it at most once.
 */
export type Next = () => unknown

/**
 * Code around a request. What it returns is the response: return `next()` (or what it gave, changed) to go on,
 * anything else to answer early. It may be synchronous.
 */
export type MiddlewareFunction = (ctx: Context, next: Next) => unknown

/** A middleware class: constructed once for each place and configuration, its dependencies injected. */
export interface MiddlewareHandler {
  handle(ctx: Context, next: Next): unknown
}
