import type { AppScope } from '../../context/context.js'
import { NotFoundError } from '../../errors/http-error.js'
import { mountRoutes, type Route } from '../../routing/compile-route.js'

/** Everything that servers ask one another is below it. */
const reservedPrefix = '/.lokstra'

/**
 * Answers 404 for what servers ask one another and this one has not, such as a method of another version: no wildcard and no mount of
 * the address takes it for a request of a client, answers it in place of the operation or passes it on with all that it says.
 * @param site  place of what publishes
 */
export function reservedRoute(scope: AppScope, site: string): Route {
  const mount = {
    prefix: reservedPrefix,
    description: '404 for any other call',
    verb: 'ALL' as const,
    handle: () => {
      throw new NotFoundError('No service of this server has such an operation')
    },
  }
  const [, below] = mountRoutes(scope, '/', mount, [], site)
  // It goes before what clients are offered.
  return { ...below!, isFallback: false, isInternal: true }
}
