import { Service, UnauthorizedError, type Context, type MiddlewareHandler, type Next } from '@lokstra/core'

import { Tokens } from './tokens.js'

const tenantPattern = /^[a-z0-9-]{1,40}$/

/** Reads who asks from `authorization: Bearer <token>`, and for which shop from `x-tenant`. Services that are called know both. */
@Service({ name: 'signIn' })
export class SignIn implements MiddlewareHandler {
  constructor(private readonly tokens: Tokens) {}

  handle(ctx: Context, next: Next): unknown {
    const [, token] = /^Bearer (.+)$/i.exec(ctx.headers.authorization ?? '') ?? []
    const id = token === undefined ? undefined : this.tokens.read(token)
    if (token !== undefined && id === undefined) throw new UnauthorizedError('The token is not valid')
    if (id !== undefined) ctx.principal = { id }
    const tenant = ctx.headers['x-tenant']
    if (typeof tenant === 'string' && tenantPattern.test(tenant)) ctx.tenant = tenant
    return next()
  }
}

/** The user who asks. @throws UnauthorizedError when nobody has signed in */
export function userOf({ principal }: Context): string {
  if (principal === undefined) throw new UnauthorizedError('Sign in with a token')
  return principal.id
}
