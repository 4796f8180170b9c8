import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

import { CallTransport } from '../../calls/call.js'
import type { CallEndpoint } from '../../calls/client/endpoint.js'
import { signedHeaders } from '../../calls/auth/signed-text.js'
import { callFormatter } from '../../calls/codec/call-formatter.js'
import { callOperation, inputHeaders } from '../../calls/codec/call-operation.js'
import { callWriting } from '../../calls/codec/call-writing.js'
import type { CallTls } from '../../calls/http/http-transport.js'
import { externalProtocol, projectProtocol, signRequest, type CallProtocol } from '../../calls/proxy/call-protocol.js'
import { compileCalls } from '../../calls/proxy/service-calls.js'
import { createServiceProxy } from '../../calls/proxy/service-proxy.js'
import { authenticationFor, type CallAuthentication } from '../../calls/serve/call-authentication.js'
import { contractsRoute } from '../../calls/serve/contracts-route.js'
import { receiveCall } from '../../calls/serve/receive-call.js'
import type { CallPolicyConfig, ExternalConfig } from '../../config/classes/calls-config.js'
import { LimitsConfig, TimeoutsConfig } from '../../config/classes/server-config.js'
import type { LoadedConfig } from '../../config/load-config.js'
import { formatPath, type ConfigPath } from '../../config/tree/config-path.js'
import type { Boundary, ServiceDefinition } from '../../container/service-definition.js'
import type { AppScope } from '../../context/context.js'
import { refuseRemotable } from '../../contract/remotable.js'
import type { Class } from '../../decorators/metadata.js'
import {
  E_CALLS_FILE,
  E_CALLS_SECRET,
  E_CALLS_SERVICE,
  E_CALLS_TRANSPORT,
  E_EXTERNAL_INVALID,
  E_PUBLISH_ADDRESS,
} from '../../errors/catalogue/deployments.js'
import { didYouMean } from '../../errors/did-you-mean.js'
import { lokstraError, type LokstraError } from '../../errors/lokstra-error.js'
import type { Contracts } from '../../guard/contract.js'
import { contractHashOf, describeContracts, describeService } from '../../guard/describe-contracts.js'
import { reasonOf } from '../../errors/reason-of.js'
import type { Logger } from '../../logging/logger.js'
import { StderrLogger } from '../../logging/stderr-logger.js'
import { operationRoute, type Route } from '../../routing/compile-route.js'
import type { ServerOptions } from '../../server/server-options.js'
import type { ServerRuntime } from '../../server/server-runtime.js'
import type { Registry } from '../registry.js'
import { policyOf } from './call-policies.js'
import { PublishedFinder, readServiceOperations, type PublishedService } from './find-published.js'
import { OpenCalls, type CallRuntime, type CalledService, type CarriedServices } from './open-calls.js'

/** Something that is published, and where that is said. */
export interface Publication {
  readonly what: Class | string
  readonly where: string
}

export interface CallPlanInput {
  readonly loaded: LoadedConfig
  readonly options: ServerOptions
  readonly registry: Registry
  readonly runtime: ServerRuntime
  /** What errors name for what stands in code. */
  readonly place: string
}

/** The name of the transport that is built in. */
const builtInTransport = 'http'

/**
 * Decides for every published and external service how it is called from here, puts boundaries in front of those that are not called
 * directly, and makes the routes by which other servers call those of this one.
 */
export class CallPlan {
  readonly #input: CallPlanInput
  readonly #problems: LokstraError[]
  readonly #finder: PublishedFinder
  readonly #isProduction: boolean
  readonly #baggage: ReadonlySet<string>
  readonly #keys: CallAuthentication['keys']
  /** Published by any server, in any deployment. */
  readonly #published = new Map<Class, PublishedService>()
  /** Published by this server. */
  readonly #own = new Set<Class>()
  readonly #called: CalledService[] = []
  readonly #carried: CarriedServices[] = []
  readonly #tls: CallTls | undefined
  #open: OpenCalls | undefined

  constructor(input: CallPlanInput) {
    const { loaded, registry } = input
    this.#input = input
    this.#problems = registry.problems
    this.#finder = new PublishedFinder(registry)
    this.#isProduction = loaded.environment === 'production'
    const { baggage, secret } = loaded.config.calls
    this.#baggage = new Set(baggage)
    this.#keys = authenticationFor(secret, this.#isProduction, false).keys
    this.#tls = this.#readTls()
    this.#findPublished()
    for (const service of this.#published.values()) this.#placeBoundary(service)
    for (const [name, config] of loaded.config.external) this.#placeExternal(name, config)
    this.#checkNames()
  }

  /** Classes that other servers call, here or in another deployment: they are used although no app serves them. */
  get publishedTypes(): ReadonlySet<Class> {
    return new Set(this.#published.keys())
  }

  /** What is published by any server, in any deployment. */
  get contracts(): Contracts {
    return describeContracts(new Map([...this.#published.values()].map(({ name, operations }) => [name, operations])))
  }

  get #ownContracts(): Contracts {
    const own = [...this.#published.values()].filter(({ type }) => this.#own.has(type))
    return describeContracts(new Map(own.map(({ name, operations }) => [name, operations])))
  }

  /** What calls are answered with: bare results, and errors that say which of the declared ones they are. */
  scopeOf<S extends AppScope>(scope: S): S {
    return { ...scope, formatter: callFormatter, unknownKeys: 'drop' }
  }

  /** What answers the calls of services of this very process. */
  get localRoutes(): readonly Route[] {
    return this.#called.flatMap(({ routes = [] }) => routes)
  }

  /** What carries calls of this server, or to it. */
  get transports(): readonly ServiceDefinition[] {
    const ofCalled = this.#called.flatMap(({ transport }) => transport ?? [])
    return [...new Set([...ofCalled, ...this.#carried.map(({ transport }) => transport)])]
  }

  /**
   * The routes by which other servers call what an app publishes.
   * @param scope  of the app
   * @param showsCertificates  no client gets a connection without one
   */
  routesOf(publications: readonly Publication[], scope: AppScope, showsCertificates: boolean): readonly Route[] {
    const { secret } = this.#input.loaded.config.calls
    const authentication = authenticationFor(secret, this.#isProduction, showsCertificates)
    const services = publications.flatMap(({ what, where }) => this.#finder.find(what, where) ?? [])
    if (services.length > 0 && !authentication.keys && !showsCertificates) {
      const names = services.map(({ name }) => name).join(', ')
      this.#refuseSecret(
        `the app "${scope.name}" publishes ${names}, and calls are signed in production`,
        publications[0]!.where,
      )
    }
    if (services.length === 0) return []
    const own = [...new Set(services)]
    this.#carry(own, scope.name)
    return [
      ...own.flatMap((service) => this.#routes(service, scope, authentication)),
      contractsRoute(scope, authentication, () => this.#ownContracts, publications[0]!.where),
    ]
  }

  /** Before the first service starts: what starts may call others. */
  open(runtime: CallRuntime): OpenCalls {
    return (this.#open = new OpenCalls(this.#called, runtime, {
      isProduction: this.#isProduction,
      tls: this.#tls,
      answerLimitBytes: this.#input.loaded.config.calls.answerLimit,
      carried: this.#carried,
      caller: this.#caller,
      sign: (request) => signRequest(request, this.#caller, this.#keys),
    }))
  }

  /** Notes whose calls come in over a service of its own: from anywhere, so that they have to be signed. */
  #carry(services: readonly PublishedService[], app: string): void {
    const { calls } = this.#input.loaded.config
    const byTransport = new Map<ServiceDefinition, string[]>()
    for (const { name } of services) {
      const transport = this.#transportOf(name, calls.services.get(name))
      if (transport) byTransport.set(transport, [...(byTransport.get(transport) ?? []), name])
    }
    for (const [transport, names] of byTransport) {
      this.#carried.push({ transport, app, names })
      if (calls.secret.length > 0) continue
      const why = `the app "${app}" publishes ${names.join(', ')} over ${transport.name}, where others could send calls`
      this.#refuseSecret(why, transport.configuredAt ?? transport.where)
    }
  }

  #routes({ type, name, operations }: PublishedService, scope: AppScope, authentication: CallAuthentication): Route[] {
    const { registry, runtime } = this.#input
    const controller = this.#behind(type) ?? registry.controllerDefinition(type)
    return operations.map((operation) => {
      const contract = callOperation(operation, name)
      const receive = receiveCall({
        operation,
        authentication,
        signed: signedHeaders(inputHeaders(contract)),
        contract: () => contractHashOf(operation),
        isDraining: () => runtime.phase === 'draining',
      })
      const middleware = { name: 'call', run: receive, level: 'server' as const, where: operation.site }
      const route = operationRoute(scope, contract, controller, [middleware])
      return { ...route, ...callWriting(contract.output), isInternal: true }
    })
  }

  /** The service itself, where a boundary stands in front of it. */
  #behind(type: Class): ServiceDefinition | undefined {
    return this.#input.registry.definitions.find((definition) => definition.type === type)
  }

  #findPublished(): void {
    const { loaded, options, place } = this.#input
    const { config, topology, locate, runs } = loaded
    const add = (what: Class | string, where: string, isOwn: boolean) => {
      const service = this.#finder.find(what, where)
      if (!service) return
      this.#published.set(service.type, service)
      if (isOwn) this.#own.add(service.type)
    }
    for (const [index, app] of config.apps.entries()) {
      for (const [at, name] of app.publish.entries()) add(name, locate(['apps', index, 'publish', at]), true)
    }
    for (const [index, { name = index === 0 ? 'app' : `app${index}`, publish = [] }] of (
      options.apps ?? []
    ).entries()) {
      for (const what of publish) add(what, place, runs?.includes(name) ?? true)
    }
    for (const { name, where } of topology.published) add(name, where, false)
    const ownNames = [...this.#own].map(({ name }) => name).join(', ')
    if (this.#isProduction && topology.server !== undefined && ownNames !== '' && !topology.hasOwnUrl) {
      this.#refuseAddress(`${topology.deployment}.${topology.server}`, ownNames, inProduction, undefined)
    }
  }

  #placeBoundary(service: PublishedService): void {
    const { registry, loaded } = this.#input
    const { type } = service
    const definition = registry.definitionOf(type)
    // A test override stands in for it.
    if (definition && definition.type !== type) return
    const { topology, environment, config } = loaded
    const peers = this.#own.has(type)
      ? []
      : topology.peers.filter(({ apps }) => apps.some((app) => this.#lists(app, type)))
    if (peers.length > 0) {
      const names = peers.map(({ name }) => name)
      const runsOn = `${names.length > 1 ? 'the servers' : 'server'} ${names.join(', ')} of ${topology.deployment}`
      const transport = this.#transportOf(service.name, config.calls.services.get(service.name))
      const endpoints = peers.flatMap((peer) => this.#endpointsOf(peer, type, transport !== undefined))
      const boundary: Boundary = { mode: 'remote', type, lifetime: lifetimeOf(definition), runsOn }
      const expected = () => describeService(service.operations)
      this.#stand(service, boundary, definition, this.#projectProtocol(service), { endpoints, expected, transport })
      if (!this.#keys && !this.#tls) {
        this.#refuseSecret(
          `${service.name} is called on ${runsOn}, and calls are signed in production`,
          peers[0]!.where,
        )
      }
      return
    }
    const mode = config.calls.boundary ?? (environment === 'production' ? 'direct' : 'checked')
    if (mode === 'direct' || !definition) return
    const boundary: Boundary = {
      mode: 'checked',
      type,
      lifetime: definition.lifetime,
      runsOn: 'this server, behind a checked boundary',
      behind: definition,
    }
    const routes = this.#routes(service, this.#localScope(), { keys: undefined, isLocalOnly: false })
    this.#stand(service, boundary, definition, this.#projectProtocol(service), { routes })
  }

  #placeExternal(name: string, config: ExternalConfig): void {
    const { registry, loaded } = this.#input
    const path: ConfigPath = ['external', name]
    const where = loaded.locate(path, 'key')
    const type = registry.types.get(name) ?? registry.controllers.get(name) ?? registry.exported.get(name)
    const refuse = (reason: string, fix: string) =>
      void this.#problems.push(lokstraError(E_EXTERNAL_INVALID, { name, reason, fix }, where))
    const fix = `Export a class of this name with @Service, @Route and methods with @Get, @Post … from a discovered file.`
    if (!type) return refuse(`there is no such class.${didYouMean(name, registry.types.keys())}`, fix)
    if (this.#published.has(type)) return refuse('it is published by a server of this project', 'Keep one of the two.')
    const definition = registry.definitionOf(type)
    if (!definition) return refuse('its class carries no @Service', fix)
    if (definition.type !== type) return
    const operations = readServiceOperations(type, where, this.#problems)
    refuseRemotable(operations, this.#problems)
    const runsOn = config.url.join(', ')
    const boundary: Boundary = { mode: 'remote', type, lifetime: definition.lifetime, runsOn }
    const endpoints = config.url.map((url) => ({ server: name, url }))
    const transport = this.#transportOf(name, config, path)
    const service = { type, name, operations }
    this.#stand(
      service,
      boundary,
      definition,
      externalProtocol(config.headers),
      { endpoints, transport, isExternal: true },
      config,
    )
  }

  /** Puts an object that calls in the place of a service. */
  #stand(
    service: PublishedService,
    boundary: Boundary,
    definition: ServiceDefinition | undefined,
    protocol: CallProtocol,
    way: Pick<CalledService, 'endpoints' | 'expected' | 'transport' | 'routes' | 'isExternal'>,
    own: CallPolicyConfig | undefined = this.#input.loaded.config.calls.services.get(service.name),
  ): void {
    const { registry, loaded } = this.#input
    const { type, name, operations } = service
    const calls = compileCalls({
      service: name,
      operations,
      protocol,
      target: () => this.#opened.target(name),
      crossing: () => this.#opened.crossing,
      watch: () => this.#opened.contracts,
      failureOf: (response) => this.#opened.failureOf(response),
    })
    const standIn: ServiceDefinition = {
      name: definition?.name ?? name,
      lifetime: 'singleton',
      eager: false,
      provides: [type],
      value: createServiceProxy(type, boundary.runsOn, calls),
      boundary,
      where: definition?.where ?? loaded.locate(['apps']),
      ...(definition?.module === undefined ? {} : { module: definition.module }),
      // What carries its calls is there before anything can call.
      ...(way.transport ? { after: [{ name: way.transport.name, where: way.transport.where }] } : {}),
    }
    this.#called.push({ name, policy: policyOf(loaded.config.calls, own), ...way })
    const { definitions } = registry
    if (definition && !boundary.behind) definitions.splice(definitions.indexOf(definition), 1, standIn)
    else definitions.push(standIn)
  }

  get #opened(): OpenCalls {
    if (!this.#open) throw new Error('Services behind a boundary are called once the server is starting')
    return this.#open
  }

  #projectProtocol({ name }: PublishedService): CallProtocol {
    return projectProtocol({
      service: name,
      caller: this.#caller,
      keys: this.#keys,
      baggage: this.#baggage,
      hashOf: contractHashOf,
    })
  }

  /** What this server calls itself to others. */
  get #caller(): string {
    const { topology, config } = this.#input.loaded
    return topology.server === undefined ? config.name : `${topology.deployment}.${topology.server}`
  }

  #lists({ publish }: { publish: readonly { name: string; where: string }[] }, type: Class): boolean {
    return publish.some(({ name, where }) => this.#finder.find(name, where)?.type === type)
  }

  #endpointsOf(
    peer: LoadedConfig['topology']['peers'][number],
    type: Class,
    isCarried: boolean,
  ): readonly CallEndpoint[] {
    const { deployment } = this.#input.loaded.topology
    const server = `${deployment}.${peer.name}`
    if (peer.urls.length > 0) return peer.urls.map((url) => ({ server, url }))
    // Its transport finds it by the name of the service.
    if (isCarried) return [{ server, url: '' }]
    const local = peer.apps.filter((app) => this.#lists(app, type)).flatMap(({ localUrl }) => localUrl ?? [])
    if (this.#isProduction || local.length === 0) {
      this.#refuseAddress(
        server,
        type.name,
        this.#isProduction ? inProduction : 'the system chooses its port',
        peer.where,
      )
      return []
    }
    return local.map((url) => ({ server, url }))
  }

  /** The service that carries the calls of another; undefined for HTTP, and where it cannot, which is reported. */
  #transportOf(
    service: string,
    own: CallPolicyConfig | undefined,
    at: ConfigPath = ['calls', 'services', service],
  ): ServiceDefinition | undefined {
    const { registry, loaded } = this.#input
    const name = own?.transport ?? loaded.config.calls.transport
    if (name === builtInTransport) return undefined
    const path = [...(own?.transport === undefined ? ['calls'] : at), 'transport']
    const found = registry.definitions.find((definition) => definition.name === name)
    const carries = found && (found.type?.prototype ?? found.value) instanceof CallTransport
    if (found && carries) return found
    const isTransport = ({ type }: ServiceDefinition) => type?.prototype instanceof CallTransport
    const known = [builtInTransport, ...registry.definitions.filter(isTransport).map((one) => one.name)]
    const reason = found ? 'does not extend CallTransport' : 'is no service'
    const params = { path: formatPath(path), name, reason, hint: found ? '' : didYouMean(name, known) }
    this.#problems.push(lokstraError(E_CALLS_TRANSPORT, params, loaded.locate(path)))
    return undefined
  }

  #checkNames(): void {
    const { config, locate } = this.#input.loaded
    const known = [...this.#published.values()].map(({ name }) => name)
    for (const name of config.calls.services.keys()) {
      if (known.includes(name)) continue
      const path = ['calls', 'services', name]
      const params = { path: formatPath(path), name, hint: didYouMean(name, known) }
      this.#problems.push(lokstraError(E_CALLS_SERVICE, params, locate(path, 'key')))
    }
  }

  /** Of an app that nobody can reach: the limits are those that every app has by default. */
  #localScope(): AppScope & { log: Logger } {
    const { body: bodyBytes, depth, keys, items } = new LimitsConfig()
    return {
      name: 'calls',
      log: new StderrLogger(),
      formatter: callFormatter,
      limits: { bodyBytes, depth, keys, items },
      unknownKeys: 'drop',
      handlerTimeoutMs: new TimeoutsConfig().handler,
    }
  }

  #readTls(): CallTls | undefined {
    const { config, folder, locate } = this.#input.loaded
    const { tls } = config.calls
    if (!tls) return undefined
    const read = (key: 'cert' | 'key' | 'ca'): string | undefined => {
      const value = tls[key]
      if (value === undefined) return undefined
      const file = resolve(folder, value)
      try {
        return readFileSync(file, 'utf8')
      } catch (error) {
        const path = ['calls', 'tls', key]
        const reason = reasonOf(error).replace(/, open '.*'$/s, '')
        const params = { path: formatPath(path), file, reason }
        this.#problems.push(lokstraError(E_CALLS_FILE, params, locate(path)))
        return undefined
      }
    }
    return { cert: read('cert'), key: read('key'), ca: read('ca') }
  }

  #refuseSecret(why: string, where: string | undefined): void {
    this.#problems.push(lokstraError(E_CALLS_SECRET, { why }, where))
  }

  #refuseAddress(server: string, services: string, reason: string, where: string | undefined): void {
    this.#problems.push(lokstraError(E_PUBLISH_ADDRESS, { server, services, reason }, where))
  }
}

const inProduction = 'in production it is not taken from the address of the app'

function lifetimeOf(definition: ServiceDefinition | undefined): Boundary['lifetime'] {
  return definition?.lifetime ?? 'singleton'
}
