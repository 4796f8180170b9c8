import type { AppConfig } from '../config/classes/server-config.js'
import { fromObject, toPlain } from '../config/tree/config-node.js'
import { locateBelow, type Locate } from '../config/tree/config-path.js'
import { addressKey, parseListenAddress, type ListenAddress } from '../config/classes/listen-address.js'
import type { AppScope, InputLimits } from '../context/context.js'
import { joinPaths } from '../contract/path-pattern.js'
import { readOperationRecords } from '../decorators/route.js'
import type { Logger } from '../logging/logger.js'
import { StderrLogger } from '../logging/stderr-logger.js'
import { compose, type CompiledMiddleware, type Handler } from '../middleware/compose.js'
import type { Mount } from '../mounts/mount.js'
import { mountRoutes, type Route } from '../routing/compile-route.js'
import { chainInScope } from '../routing/scoped-call.js'
import type { DispatchedApp } from '../server/fallbacks.js'
import type { LoadedTls } from '../server/load-tls.js'
import type { ListenerBounds, Timeouts } from '../server/listener.js'
import type { AppOptions, ServerOptions } from '../server/server-options.js'
import type { LoadedConfig } from '../config/load-config.js'
import { readAppSources, type AppSource } from './app-sources.js'
import { attachmentOfCode, attachmentOfConfig } from './attachments.js'
import type { CallPlan } from './calls/call-plan.js'
import type { Publication } from './calls/published-services.js'
import { chooseFormatter } from './choose-formatter.js'
import { createMount } from './create-mount.js'
import type { Offers } from './offers.js'
import { OperationRoutes } from './operation-routes.js'
import { groupOfCode, groupOfConfig } from './read-groups.js'
import type { Registry } from './registry.js'
import type { Attachment, MiddlewareResolver } from './resolve-middleware.js'

export interface AssembledApp extends DispatchedApp {
  scope: AppScope & { log: Logger }
  /** Of the calls of other servers; undefined where the app publishes nothing. */
  callScope: (AppScope & { log: Logger }) | undefined
  /** As configured. */
  readonly listen: string
  readonly address: ListenAddress
  readonly routes: readonly Route[]
  /** The middleware of server and app, outermost first. */
  readonly wrapping: readonly CompiledMiddleware[]
  /** What {@link wrapping} calls may ask for the request that it works for, also where no route is found. */
  runsInScope: boolean
  timeouts: Timeouts
  bounds: ListenerBounds
  tls: LoadedTls | undefined
  readonly http2: boolean
  readonly socketMode: number | undefined
  /** What apps that share an address must agree on, as text by key. */
  readonly agreement: Readonly<Record<'tls' | 'http2' | 'socketMode', string>>
  /** Where the app stands, and its keys. */
  readonly locate: Locate
}

interface PlacedMount {
  readonly mount: Mount
  readonly where: string
}

/** What apps are assembled from. */
export interface AppParts {
  readonly loaded: LoadedConfig
  readonly options: ServerOptions
  readonly registry: Registry
  readonly resolver: MiddlewareResolver
  readonly offers: Offers
  /** What errors name for what stands in code without a place of its own. */
  readonly place: string
  /** Undefined where no app is called by other servers, nor calls any. */
  readonly calls: CallPlan | undefined
}

/** Brings the apps of configuration and code into one form: scope, routes and address. */
export class AppAssembler {
  readonly #loaded: LoadedConfig
  readonly #options: ServerOptions
  readonly #registry: Registry
  readonly #resolver: MiddlewareResolver
  readonly #operationRoutes: OperationRoutes
  readonly #place: string
  readonly #calls: CallPlan | undefined

  constructor({ loaded, options, registry, resolver, offers, place, calls }: AppParts) {
    this.#calls = calls
    this.#loaded = loaded
    this.#options = options
    this.#registry = registry
    this.#resolver = resolver
    this.#operationRoutes = new OperationRoutes({ registry, resolver, offers, place })
    this.#place = place
  }

  async assemble(): Promise<readonly AssembledApp[]> {
    const server = [
      attachmentOfConfig(this.#loaded.config.middleware, 'server'),
      attachmentOfCode({ middleware: this.#options.middleware }, 'server', this.#place),
    ]
    const apps: AssembledApp[] = []
    const { problems, doubts } = this.#registry
    const sources = readAppSources(this.#loaded, this.#options.apps ?? [], this.#place, problems, doubts)
    for (const source of sources) apps.push(await this.#assembleApp(source, server, sources.length === 1))
    return apps
  }

  async #assembleApp(source: AppSource, server: readonly Attachment[], isOnly: boolean): Promise<AssembledApp> {
    const { config, options, locate } = source
    const parts = [groupOfConfig(config, locate, 'app'), groupOfCode(options, this.#place, 'app')]
    const around = [...server, ...parts.map(({ attached }) => attached)]
    const wrapping = await this.#resolver.chain(around)
    const scope = this.#scope(config, options, locate)
    const routes: Route[] = []
    for (const part of parts) {
      routes.push(...(await this.#operationRoutes.ofGroup(scope, part, config.prefix, around)))
    }
    const publications = publicationsOf(source, this.#place)
    const namesNone =
      publications.length === 0 &&
      [config, options].every(({ controllers, groups = [] }) => !controllers && groups.length === 0)
    for (const type of namesNone && isOnly ? this.#registry.controllers.values() : []) {
      // What has only handlers without a place of their own is served where routes name it, and what is there to be called where it is
      // listed: nobody means to show clients another system, with the headers that open it, or what only servers may ask.
      if (readOperationRecords(type).length === 0 || this.#calls?.calledTypes.has(type)) continue
      routes.push(...(await this.#operationRoutes.ofController(scope, type, config.prefix, around)))
    }
    for (const { mount, where } of await this.#mounts(source)) {
      routes.push(...mountRoutes(scope, config.prefix, mount, wrapping, where))
    }
    const callScope = publications.length > 0 ? this.#calls?.scopeOf(scope) : undefined
    const address = this.#address(config)
    if (callScope) {
      const showsCertificates = config.tls?.clientCertificate === 'require'
      const entrance = { scope: callScope, address: addressKey(address, config.name), showsCertificates }
      routes.push(...this.#calls!.routesOf(publications, entrance))
    }
    const app: AssembledApp = {
      scope,
      callScope,
      prefix: joinPaths(config.prefix),
      wrapping,
      runsInScope: false,
      wrap: (handler: Handler) => {
        const run = compose(wrapping, handler)
        return app.runsInScope ? chainInScope(run) : run
      },
      listen: config.listen,
      address,
      routes,
      tls: await this.#tls(config, locate),
      ...addressSettings(config),
      locate,
    }
    return app
  }

  async #tls({ name, tls }: AppConfig, locate: Locate): Promise<LoadedTls | undefined> {
    if (!tls) return undefined
    // Most servers leave TLS to what stands before them.
    const { loadTls } = await import('../server/load-tls.js')
    return loadTls(name, tls, this.#loaded.folder, locateBelow(locate, ['tls']), this.#registry.problems)
  }

  #address(config: AppConfig): ListenAddress {
    const address = parseListenAddress(config.listen)
    return this.#options.freePorts && address.kind === 'tcp' ? { kind: 'tcp', host: '127.0.0.1', port: 0 } : address
  }

  #scope(config: AppConfig, options: AppOptions, locate: Locate): AppScope & { log: Logger } {
    const { body: bodyBytes, depth, keys, items } = config.limits
    const limits: InputLimits = { bodyBytes, depth, keys, items }
    return {
      name: config.name,
      log: new StderrLogger(),
      formatter: chooseFormatter(config, options, locate, this.#registry.problems),
      limits,
      unknownKeys: config.unknownKeys,
      handlerTimeoutMs: config.timeouts.handler,
    }
  }

  async #mounts({ config, options }: AppSource): Promise<readonly PlacedMount[]> {
    const { folder } = this.#loaded
    const { problems } = this.#registry
    const placed: PlacedMount[] = []
    for (const { name, config: values, label, locate } of config.mounts) {
      const mount = await createMount(name, { values, locate, label }, folder, problems)
      if (mount) placed.push({ mount, where: locate([]) })
    }
    for (const given of options.mounts ?? []) {
      const mount = 'handle' in given ? (given as Mount) : await this.#mountInCode(given, folder)
      if (mount) placed.push({ mount, where: this.#place })
    }
    return placed
  }

  #mountInCode(given: object, folder: string): Promise<Mount | undefined> {
    const place = this.#place
    const [kind, values] = (Object.entries(given)[0] ?? ['', {}]) as [string, object]
    const written = fromObject(values, { key: place, value: place })
    const entry = { values: toPlain(written), locate: () => place, label: kind }
    return createMount(kind, entry, folder, this.#registry.problems)
  }
}

/** What an app publishes, wherever that is said. */
function publicationsOf({ config, options, locate }: AppSource, place: string): readonly Publication[] {
  const configured = config.publish.map((what, index) => ({ what, where: locate(['publish', index]) }))
  return [...configured, ...(options.publish ?? []).map((what) => ({ what, where: place }))]
}

type AddressSettings = Pick<AssembledApp, 'timeouts' | 'bounds' | 'http2' | 'socketMode' | 'agreement'>

/** What an app says of its address, which it may share. */
function addressSettings({ timeouts, limits, tls, http2, socketMode }: AppConfig): AddressSettings {
  return {
    timeouts: { headersMs: timeouts.headers, requestMs: timeouts.request, keepAliveMs: timeouts.keepAlive },
    bounds: {
      headerBytes: limits.headers,
      headerCount: limits.headerCount,
      connections: limits.connections,
      requestsPerConnection: limits.requestsPerConnection,
    },
    http2,
    socketMode: socketMode === undefined ? undefined : Number.parseInt(socketMode, 8),
    agreement: { tls: JSON.stringify(tls), http2: String(http2), socketMode: String(socketMode) },
  }
}
