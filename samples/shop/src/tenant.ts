import { stateKey, type Context } from '@lokstra/core'

/** Which shop a request is for. */
export const tenantKey = stateKey<string>('tenant')

/** The shop of requests that name none. */
export const mainTenant = 'main'

export function tenantOf(ctx: Context | undefined): string {
  return ctx?.get(tenantKey) ?? mainTenant
}
