import type { CallPolicy } from '../../calls/client/call-policy.js'
import type { CallEndpoint } from '../../calls/client/endpoint.js'
import type { ServiceDefinition } from '../../container/service-definition.js'
import type { ServiceContract } from '../../compatibility/contract.js'
import type { Route } from '../../routing/compile-route.js'

/** A service that is called across a boundary, and the way to it. */
export interface CalledService {
  readonly name: string
  readonly policy: CallPolicy
  /** Of other servers. */
  readonly endpoints?: readonly CallEndpoint[]
  /** The service that carries the calls; undefined for HTTP. */
  readonly transport?: ServiceDefinition | undefined
  /** Of another system: it is not shown the certificate of this server. Default false. */
  readonly isExternal?: boolean
  /** What this server expects of it; undefined for other systems, and for this very process. */
  readonly expected?: () => ServiceContract
  /** Of this very process: what answers the calls. */
  readonly routes?: readonly Route[]
}

/** Published services of one app whose calls a service brings in, such as over NATS. */
export interface CarriedServices {
  readonly transport: ServiceDefinition
  /** Name of the app. */
  readonly app: string
  readonly names: readonly string[]
}
