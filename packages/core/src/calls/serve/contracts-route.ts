import type { AppScope } from '../../context/context.js'
import { NotFoundError } from '../../errors/http-error.js'
import { contractsPath } from '../../guard/contract-watch.js'
import type { Contracts } from '../../guard/contract.js'
import { mountRoutes, type Route } from '../../routing/compile-route.js'
import { signedHeaders } from '../auth/signed-text.js'
import { assertCall, type CallAuthentication } from './call-authentication.js'

/**
 * Tells other servers what a server promises.
 * @param contracts  asked for with the first request
 * @param site  place of what publishes
 */
export function contractsRoutes(
  scope: AppScope,
  authentication: CallAuthentication,
  contracts: () => Contracts,
  site: string,
): readonly Route[] {
  const names = signedHeaders()
  let known: Contracts | undefined
  const mount = {
    prefix: contractsPath,
    description: 'contracts of published services',
    handle(ctx: Parameters<typeof assertCall>[0]): Contracts {
      assertCall(ctx, undefined, names, authentication)
      if (ctx.params['*'] !== undefined) throw new NotFoundError()
      return (known ??= contracts())
    },
  }
  return mountRoutes(scope, '/', mount, [], site).map((route) => ({ ...route, isInternal: true }))
}
