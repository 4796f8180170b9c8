import type { AppScope, Context } from '../../context/context.js'
import { contractsPath } from './contract-watch.js'
import type { Contracts } from '../../compatibility/contract.js'
import { mountRoutes, type Route } from '../../routing/compile-route.js'
import { signedHeaders } from '../auth/signed-text.js'
import { callHeader } from '../call-headers.js'
import { readCallMetadata } from '../call-metadata.js'
import { assertCall, type CallAuthentication } from '../serve/call-authentication.js'

/**
 * Tells other servers what a server promises.
 * @param contracts  asked for with the first request
 * @param site  place of what publishes
 */
export function contractsRoute(
  scope: AppScope,
  authentication: CallAuthentication,
  contracts: () => Contracts,
  site: string,
): Route {
  const names = signedHeaders()
  let known: Contracts | undefined
  const mount = {
    prefix: contractsPath,
    description: 'contracts of published services',
    handle(ctx: Context): Contracts {
      assertCall(ctx, readCallMetadata(ctx.headers[callHeader.call]), undefined, names, authentication)
      return (known ??= contracts())
    },
  }
  // Nothing is below it.
  const [route] = mountRoutes(scope, '/', mount, [], site)
  return { ...route!, isInternal: true }
}
