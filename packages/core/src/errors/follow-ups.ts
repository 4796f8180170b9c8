import { E_OVERRIDE_UNKNOWN, E_SERVICE_MISSING, E_MODULE_INVALID } from './catalogue/container.js'
import {
  E_CONTROLLER_UNKNOWN,
  E_MIDDLEWARE_UNKNOWN,
  E_ROUTE_DUPLICATE,
  E_ROUTE_SHADOWED,
  E_SERVICE_TYPE_UNKNOWN,
} from './catalogue/routing.js'
import type { LokstraError } from './lokstra-error.js'

/**
 * What is incomplete because of mistakes that are reported: the classes that were found, what modules register, the services of the
 * configuration, or the addresses and prefixes of routes.
 */
export type Doubt = 'classes' | 'modules' | 'services' | 'routes'

const missingClasses = [
  E_CONTROLLER_UNKNOWN,
  E_MIDDLEWARE_UNKNOWN,
  E_OVERRIDE_UNKNOWN,
  E_SERVICE_MISSING,
  E_SERVICE_TYPE_UNKNOWN,
]

/** What else seems wrong when something is left out. */
const followUps: Readonly<Record<Doubt, readonly { readonly code: string }[]>> = {
  classes: [...missingClasses, E_MODULE_INVALID],
  modules: missingClasses,
  services: [E_OVERRIDE_UNKNOWN, E_SERVICE_MISSING],
  routes: [E_ROUTE_DUPLICATE, E_ROUTE_SHADOWED],
}

/** The problems that are mistakes of their own, whatever is left out because of others. */
export function withoutFollowUps(
  problems: readonly LokstraError[],
  doubts: ReadonlySet<Doubt>,
): readonly LokstraError[] {
  const codes = new Set([...doubts].flatMap((doubt) => followUps[doubt].map(({ code }) => code)))
  return problems.filter(({ code }) => !codes.has(code))
}
