import type { IncomingMessage } from 'node:http'

import type { Context } from '../../context/context.js'
import { isThenable } from '../../promises/is-thenable.js'

const kLocalCall = Symbol('lokstra.localCall')

/**
 * A call that comes from this very process: it needs no signature, and what it failed with is kept for its caller, who is told no more
 * than one on another server would be, but whose log says it all.
 */
export class LocalCall {
  failure: unknown

  /** Marks a request as this call. No request that comes over a socket can be. */
  mark(req: IncomingMessage): void {
    Object.defineProperty(req, kLocalCall, { value: this })
  }

  watch(_ctx: Context, run: () => unknown): unknown {
    const keep = (error: unknown): never => {
      this.failure = error
      throw error
    }
    try {
      const outcome = run()
      return isThenable(outcome) ? Promise.resolve(outcome).catch(keep) : outcome
    } catch (error) {
      return keep(error)
    }
  }
}

export function localCallOf(req: IncomingMessage): LocalCall | undefined {
  return (req as { readonly [kLocalCall]?: LocalCall })[kLocalCall]
}
