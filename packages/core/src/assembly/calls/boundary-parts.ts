import type { CallIdentity } from './call-identity.js'
import type { CallPlanInput } from './call-plan-input.js'
import type { PublishedServices } from './published-services.js'
import type { StandIns } from './stand-ins.js'

/** What decides where the boundaries are, and what puts them there. */
export interface BoundaryParts {
  readonly input: CallPlanInput
  readonly published: PublishedServices
  readonly identity: CallIdentity
  readonly standIns: StandIns
}
