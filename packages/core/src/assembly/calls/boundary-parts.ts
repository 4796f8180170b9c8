import type { CallIdentity } from './call-identity.js'
import type { CallPlanInput } from './call-plan-input.js'
import type { PublishedServices } from './published-services.js'
import type { ServiceProxies } from './service-proxies.js'

/** What decides where the boundaries are, and what puts them there. */
export interface BoundaryParts {
  readonly input: CallPlanInput
  readonly published: PublishedServices
  readonly identity: CallIdentity
  readonly proxies: ServiceProxies
}
