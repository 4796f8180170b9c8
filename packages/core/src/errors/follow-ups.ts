import {
  E_MODULE_UNKNOWN,
  E_OVERRIDE_UNKNOWN,
  E_SERVICE_MISSING,
  E_SERVICE_ORDER,
  E_SERVICE_TYPE_UNKNOWN,
} from './catalogue/container.js'
import { E_CALLS_SECRET, E_PUBLISH_UNKNOWN } from './catalogue/deployments.js'
import {
  E_CONTROLLER_UNKNOWN,
  E_HANDLER_UNKNOWN,
  E_MIDDLEWARE_UNKNOWN,
  E_ROUTE_DUPLICATE,
  E_ROUTE_SHADOWED,
} from './catalogue/routing.js'
import type { LokstraError } from './lokstra-error.js'

/**
 * What is incomplete because of mistakes that are reported: the classes that were found, what modules register, the services of the
 * configuration, the addresses and prefixes of routes, or what signs calls.
 */
export type Doubt = 'classes' | 'modules' | 'services' | 'routes' | 'secret'

const missingClasses = [
  E_CONTROLLER_UNKNOWN,
  E_HANDLER_UNKNOWN,
  E_MIDDLEWARE_UNKNOWN,
  E_OVERRIDE_UNKNOWN,
  E_PUBLISH_UNKNOWN,
  E_SERVICE_MISSING,
  E_SERVICE_ORDER,
  E_SERVICE_TYPE_UNKNOWN,
]

/** What else seems wrong when something is left out. */
const followUps: Readonly<Record<Doubt, readonly { readonly code: string }[]>> = {
  classes: [...missingClasses, E_MODULE_UNKNOWN],
  modules: missingClasses,
  services: [E_OVERRIDE_UNKNOWN, E_SERVICE_MISSING, E_SERVICE_ORDER],
  routes: [E_ROUTE_DUPLICATE, E_ROUTE_SHADOWED],
  secret: [E_CALLS_SECRET],
}

/** The problems that are mistakes of their own, whatever is left out because of others. */
export function withoutFollowUps(
  problems: readonly LokstraError[],
  doubts: ReadonlySet<Doubt>,
): readonly LokstraError[] {
  const isFollowUp = ({ code, details }: LokstraError, doubt: Doubt) =>
    followUps[doubt].some((one) => one.code === code) &&
    // A slip of the pen is one, whatever else a module would have brought.
    !(doubt === 'modules' && details.isNearMiss)
  return problems.filter((problem) => ![...doubts].some((doubt) => isFollowUp(problem, doubt)))
}
