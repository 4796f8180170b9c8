import { signRequest } from '../../calls/proxy/call-protocol.js'
import { authenticationFor } from '../../calls/serve/call-authentication.js'
import { reservedRoute } from '../../calls/serve/reserved-route.js'
import { contractsRoute } from '../../calls/contracts/contracts-route.js'
import { formatPath } from '../../config/tree/config-path.js'
import type { ServiceDefinition } from '../../container/service-definition.js'
import type { AppScope } from '../../context/context.js'
import type { Class } from '../../decorators/metadata.js'
import { E_CALLS_SERVICE } from '../../errors/catalogue/deployments.js'
import { didYouMean } from '../../errors/did-you-mean.js'
import { lokstraError } from '../../errors/lokstra-error.js'
import type { Contracts } from '../../compatibility/contract.js'
import { describeContracts } from '../../compatibility/describe-contracts.js'
import type { Logger } from '../../logging/logger.js'
import type { Route } from '../../routing/compile-route.js'
import type { CallRuntime } from '../../server/call-runtime.js'
import type { LoadedTls } from '../../server/load-tls.js'
import { OpenCalls } from '../../server/open-calls.js'
import { warnOfExpiry } from '../../server/warn-of-expiry.js'
import type { CallIdentity } from './call-identity.js'
import type { CallPlanInput } from './call-plan-input.js'
import type { CarriedServices } from './called-service.js'
import { ownPolicyOf } from './call-policies.js'
import { callRoutes, callScope } from './call-routes.js'
import type { PublishedService } from './find-published.js'
import { findsByName, findTransport } from './find-transport.js'
import { placeBoundaries } from './place-boundaries.js'
import { placeExternal } from './place-external.js'
import { PublishedServices, type Publication } from './published-services.js'
import { refuseWithoutUrl } from './publisher-endpoints.js'
import { refuseUnsigned } from './refuse-unsigned.js'
import { ServiceProxies } from './service-proxies.js'

/** Where calls come in. */
export interface CallEntrance {
  /** Of {@link CallPlan.scopeOf}. */
  readonly scope: AppScope
  /** The same for all apps that share it. */
  readonly address: string
  /** No client gets a connection without a certificate. */
  readonly showsCertificates: boolean
}

/**
 * Decides for every published and external service how it is called from here, puts boundaries in front of those that are not called
 * directly, and makes the routes by which other servers call those of this one.
 */
export class CallPlan {
  readonly #input: CallPlanInput
  readonly #identity: CallIdentity
  #tls: LoadedTls | undefined
  readonly #published: PublishedServices
  readonly #proxies: ServiceProxies
  readonly #external: ReadonlySet<Class>
  readonly #carried: CarriedServices[] = []
  /** Addresses that have what each has once, however many of its apps publish. */
  readonly #entered = new Set<string>()
  #open: OpenCalls | undefined
  #log: (() => Logger) | undefined

  constructor(input: CallPlanInput, identity: CallIdentity) {
    const { loaded, registry } = input
    this.#input = input
    this.#identity = identity
    this.#tls = identity.tls
    this.#published = new PublishedServices(input)
    this.#proxies = new ServiceProxies({ loaded, registry, opened: () => this.#opened })
    refuseWithoutUrl(namesOf(this.#published.own), { loaded, registry })
    const parts = { input, published: this.#published, identity: this.#identity, proxies: this.#proxies }
    placeBoundaries(parts)
    this.#external = placeExternal(parts)
    this.#checkNames()
  }

  /** Classes that other servers call, here or in another deployment: they are used although no app serves them. */
  get publishedTypes(): ReadonlySet<Class> {
    return this.#published.types
  }

  /** Classes that describe services of other systems. */
  get externalTypes(): ReadonlySet<Class> {
    return this.#external
  }

  /** Classes that are there to be called: no app serves them to clients unless it says so. */
  get calledTypes(): ReadonlySet<Class> {
    return new Set([...this.#published.types, ...this.#external])
  }

  /** What is published by any server, in any deployment. */
  get contracts(): Contracts {
    return contractsOf(this.#published.all)
  }

  /** What answers the calls of services of this very process. */
  get localRoutes(): readonly Route[] {
    return this.#proxies.called.flatMap(({ routes = [] }) => routes)
  }

  /** What carries calls of this server, or to it. */
  get transports(): readonly ServiceDefinition[] {
    const ofCalled = this.#proxies.called.flatMap(({ transport }) => transport ?? [])
    return [...new Set([...ofCalled, ...this.#carried.map(({ transport }) => transport)])]
  }

  /** What this server shows those that it calls, and whom it trusts; undefined where nothing is configured. */
  get tls(): LoadedTls | undefined {
    return this.#tls
  }

  /** From the next connection on. Calls under way end over those that they have. */
  useTls(tls: LoadedTls): void {
    this.#tls = tls
    this.#open?.useTls(tls.context)
    if (this.#log) warnOfExpiry(tls, this.#log())
  }

  /** What takes the place of the scope of an app for the calls that it answers. */
  scopeOf<S extends AppScope>(app: S): S {
    return callScope(app)
  }

  /** The routes by which other servers call what an app publishes. */
  routesOf(publications: readonly Publication[], entrance: CallEntrance): readonly Route[] {
    const { scope, address, showsCertificates } = entrance
    const { loaded, registry, runtime } = this.#input
    const isProduction = loaded.environment === 'production'
    const authentication = authenticationFor(loaded.config.calls.secret, isProduction, showsCertificates)
    const services = this.#published.find(publications)
    const [first] = publications
    if (services.length === 0 || !first) return []
    if (!authentication.keys && !showsCertificates) {
      const names = namesOf(services).join(', ')
      const why = `the app "${scope.name}" publishes ${names}, and calls are signed in production`
      refuseUnsigned(registry.problems, why, first.where)
    }
    this.#carry(services, scope.name)
    const routes = services.flatMap((service) => callRoutes(service, { scope, authentication, registry, runtime }))
    if (this.#entered.has(address)) return routes
    this.#entered.add(address)
    return [
      ...routes,
      contractsRoute(scope, authentication, () => contractsOf(this.#published.own), first.where),
      reservedRoute(scope, first.where),
    ]
  }

  /** Before the first service starts: what starts may call others. */
  open(runtime: CallRuntime): OpenCalls {
    const { loaded } = this.#input
    const { caller, keys } = this.#identity
    this.#log = runtime.log
    return (this.#open = new OpenCalls(this.#proxies.called, runtime, {
      isProduction: loaded.environment === 'production',
      tls: this.#tls?.context,
      answerLimitBytes: loaded.config.calls.answerLimit,
      carried: this.#carried,
      caller,
      sign: (request, timeoutMs) => signRequest(request, timeoutMs, caller, keys),
    }))
  }

  get #opened(): OpenCalls {
    if (!this.#open) throw new Error('Services behind a boundary are called once the server is starting')
    return this.#open
  }

  /** Notes whose calls come in over a service of its own: from anywhere, so that they have to be signed. */
  #carry(services: readonly PublishedService[], app: string): void {
    const { calls } = this.#input.loaded.config
    const byTransport = new Map<ServiceDefinition, string[]>()
    for (const { name } of services) {
      const transport = findTransport(ownPolicyOf(calls, name), this.#input)
      if (transport && findsByName(transport)) byTransport.set(transport, [...(byTransport.get(transport) ?? []), name])
    }
    for (const [transport, names] of byTransport) {
      this.#carried.push({ transport, app, names })
      if (calls.secret.length > 0) continue
      const why = `the app "${app}" publishes ${names.join(', ')} over ${transport.name}, where others could send calls`
      refuseUnsigned(this.#input.registry.problems, why, transport.configuredAt ?? transport.where)
    }
  }

  /** What is said of the calls of services that nobody publishes is a slip of the pen. */
  #checkNames(): void {
    const { loaded, registry } = this.#input
    const known = namesOf(this.#published.all)
    for (const name of loaded.config.calls.services.keys()) {
      if (known.includes(name)) continue
      const { path } = ownPolicyOf(loaded.config.calls, name)
      const params = { path: formatPath(path), name, hint: didYouMean(name, known) }
      registry.problems.push(lokstraError(E_CALLS_SERVICE, params, loaded.locate(path, 'key')))
    }
  }
}

function namesOf(services: readonly PublishedService[]): readonly string[] {
  return services.map(({ name }) => name)
}

function contractsOf(services: readonly PublishedService[]): Contracts {
  return describeContracts(new Map(services.map(({ name, operations }) => [name, operations])))
}
