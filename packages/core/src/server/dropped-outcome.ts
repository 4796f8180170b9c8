import type { Context } from '../context/context.js'
import { E_OUTCOME_DROPPED } from '../errors/catalogue/routing.js'
import { lokstraError } from '../errors/lokstra-error.js'
import { abandonOutcome } from '../response/send.js'

/**
 * Looks at what next() gave where the middleware around it returned nothing. A 204 would hide that somebody forgot `return next()`,
 * or that the handler, or middleware inside, failed. Waits for it: a middleware that lost the promise did not.
 * @throws E_OUTCOME_DROPPED, and what was thrown there, unless the answer was written by hand
 */
export async function assertNotDropped(ctx: Context): Promise<void> {
  const { res } = ctx
  let outcome: unknown
  try {
    do {
      const { handlerOutcome } = ctx
      ctx.handlerOutcome = undefined
      outcome = await handlerOutcome
      // Middleware that was waited for may have gone on meanwhile, and lost what came of it.
    } while (outcome === undefined && ctx.handlerOutcome !== undefined)
  } catch (err) {
    if (!res.headersSent) throw err
    ctx.log.warn('middleware wrote the answer, and what it called with next() failed', { err })
    return
  }
  // One that writes the answer itself may return what it likes.
  if (outcome === undefined || res.headersSent || res.destroyed) return
  abandonOutcome(outcome)
  const { operation, path } = ctx.route
  throw lokstraError(E_OUTCOME_DROPPED, { route: `${ctx.method} ${path}` }, operation?.site)
}
