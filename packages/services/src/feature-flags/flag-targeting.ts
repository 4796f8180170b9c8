import { stateKey, type Context } from '@lokstra/core'
import type { EvaluationContext } from '@openfeature/server-sdk'

/** Who asks, left in the {@link Context} by the middleware that knows: `ctx.set(flagUser, user.id)` after the token was checked. */
export const flagUser = stateKey<string>('flagUser')
/** The tenant that asks: `ctx.set(flagTenant, tenant.id)`. */
export const flagTenant = stateKey<string>('flagTenant')

/**
 * Says who asks, for rules of feature flags: `targetingKey` is the user, `tenant` the tenant. Extend it with a `@Service` class to decide
 * otherwise. What a client merely claims, such as a header, is no basis: everybody could choose a flag.
 */
export abstract class FlagTargeting {
  abstract targetOf(ctx: Context): EvaluationContext
}

/** What middleware left under {@link flagUser} and {@link flagTenant}. */
export class StateTargeting extends FlagTargeting {
  targetOf(ctx: Context): EvaluationContext {
    const targetingKey = ctx.get(flagUser)
    const tenant = ctx.get(flagTenant)
    return { ...(targetingKey !== undefined && { targetingKey }), ...(tenant !== undefined && { tenant }) }
  }
}
