import { Service, stateKey, UnauthorizedError, type Context, type MiddlewareHandler, type Next } from '@lokstra/core'

import { mainTenant, tenantKey } from '../tenant.js'
import { Tokens } from './tokens.js'

const userKey = stateKey<string>('user')
const tenantPattern = /^[a-z0-9-]{1,40}$/

/** Reads who asks from `authorization: Bearer <token>`, and for which shop from `x-tenant`. */
@Service({ name: 'signIn' })
export class SignIn implements MiddlewareHandler {
  constructor(private readonly tokens: Tokens) {}

  handle(ctx: Context, next: Next): unknown {
    const [, token] = /^Bearer (.+)$/i.exec(ctx.headers.authorization ?? '') ?? []
    const user = token === undefined ? undefined : this.tokens.read(token)
    if (token !== undefined && user === undefined) throw new UnauthorizedError('The token is not valid')
    if (user !== undefined) ctx.set(userKey, user)
    const tenant = ctx.headers['x-tenant']
    ctx.set(tenantKey, typeof tenant === 'string' && tenantPattern.test(tenant) ? tenant : mainTenant)
    return next()
  }
}

/** The user who asks. @throws UnauthorizedError when nobody has signed in */
export function userOf(ctx: Context): string {
  const user = ctx.get(userKey)
  if (user === undefined) throw new UnauthorizedError('Sign in with a token')
  return user
}
