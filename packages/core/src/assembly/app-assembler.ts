import type { AppConfig, MiddlewareConfig } from '../config/server-config.js'
import { locateBelow, type Locate } from '../config/config-path.js'
import { parseListenAddress, type ListenAddress } from '../config/listen-address.js'
import { Context, type AppScope, type InputLimits } from '../context/context.js'
import { joinPaths } from '../contract/path-pattern.js'
import { notAController, readOperations } from '../contract/read-operations.js'
import type { Class } from '../decorators/metadata.js'
import { misusesOf } from '../decorators/misuse.js'
import type { MiddlewareRecord, MiddlewareRef } from '../decorators/middleware.js'
import { readOperationRecords } from '../decorators/route.js'
import { E_CONTROLLER_UNKNOWN, E_FORMATTER_INVALID, E_FORMATTER_UNKNOWN } from '../errors/catalogue/routing.js'
import { didYouMean } from '../errors/did-you-mean.js'
import { lokstraError } from '../errors/lokstra-error.js'
import type { Logger } from '../logging/logger.js'
import { StderrLogger } from '../logging/stderr-logger.js'
import { compose, type Handler } from '../middleware/compose.js'
import type { Mount } from '../mounts/mount.js'
import type { Formatter } from '../response/formatters/formatter.js'
import { formatters } from '../response/formatters/formatters.js'
import { refuseFormatter } from '../response/formatters/refuse-formatter.js'
import { mountRoutes, operationRoute, type Route } from '../routing/compile-route.js'
import type { DispatchedApp } from '../server/dispatcher.js'
import type { LoadedTls } from '../server/load-tls.js'
import type { ListenerBounds, Timeouts } from '../server/listener.js'
import type { AppOptions, GroupOptions, ServerOptions } from '../server/server-options.js'
import type { Loaded } from './load.js'
import { readAppSources, type AppSource } from './app-sources.js'
import { createMount } from './create-mount.js'
import type { Offers } from './offers.js'
import type { Registry } from './registry.js'
import type { Attachment, MiddlewareResolver } from './resolve-middleware.js'

export interface AssembledApp extends DispatchedApp {
  scope: AppScope & { log: Logger }
  /** As configured. */
  readonly listen: string
  readonly address: ListenAddress
  readonly routes: readonly Route[]
  timeouts: Timeouts
  readonly bounds: ListenerBounds
  readonly tls: LoadedTls | undefined
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

interface Controller {
  readonly type: Class
  readonly prefix: string
  readonly outer: readonly Attachment[]
}

/** Brings the apps of configuration and code into one form: scope, routes and address. */
export class AppAssembler {
  readonly #loaded: Loaded
  readonly #options: ServerOptions
  readonly #registry: Registry
  readonly #resolver: MiddlewareResolver
  readonly #offers: Offers
  readonly #place: string
  readonly #attachments = new Map<MiddlewareRecord, Attachment>()

  /** @param place  what errors name for what stands in code without a place of its own */
  constructor(
    loaded: Loaded,
    options: ServerOptions,
    registry: Registry,
    resolver: MiddlewareResolver,
    offers: Offers,
    place: string,
  ) {
    this.#loaded = loaded
    this.#options = options
    this.#registry = registry
    this.#resolver = resolver
    this.#offers = offers
    this.#place = place
  }

  async assemble(): Promise<readonly AssembledApp[]> {
    const server = [
      fromConfig(this.#loaded.config.middleware, 'server'),
      fromCode({ middleware: this.#options.middleware }, 'server', this.#place),
    ]
    const apps: AssembledApp[] = []
    const { problems, doubts } = this.#registry
    const sources = readAppSources(this.#loaded, this.#options.apps ?? [], this.#place, problems, doubts)
    for (const source of sources) apps.push(await this.#assembleApp(source, server, sources.length === 1))
    return apps
  }

  async #assembleApp(source: AppSource, server: readonly Attachment[], isOnly: boolean): Promise<AssembledApp> {
    const { config, options, locate } = source
    const own = [fromConfig(config.middleware, 'app'), fromCode(options, 'app', this.#place)]
    const around = [...server, ...own]
    const wrapping = await this.#resolver.chain(around)
    const scope = this.#scope(config, options, locate)
    const routes: Route[] = []
    for (const controller of await this.#controllers(source, around, isOnly)) {
      routes.push(...(await this.#operationRoutes(scope, controller)))
    }
    for (const { mount, where } of await this.#mounts(source)) {
      routes.push(...mountRoutes(scope, config.prefix, mount, wrapping, where))
    }
    return {
      scope,
      prefix: joinPaths(config.prefix),
      wrap: (handler: Handler) => compose(wrapping, handler),
      listen: config.listen,
      address: this.#address(config),
      routes,
      timeouts: {
        headersMs: config.timeouts.headers,
        requestMs: config.timeouts.request,
        keepAliveMs: config.timeouts.keepAlive,
      },
      bounds: {
        headerBytes: config.limits.headers,
        headerCount: config.limits.headerCount,
        connections: config.limits.connections,
        requestsPerConnection: config.limits.requestsPerConnection,
      },
      tls: await this.#tls(config, locate),
      http2: config.http2,
      socketMode: config.socketMode === undefined ? undefined : Number.parseInt(config.socketMode, 8),
      agreement: {
        tls: JSON.stringify(config.tls),
        http2: String(config.http2),
        socketMode: String(config.socketMode),
      },
      locate,
    }
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
    let formatter: Formatter | undefined =
      typeof options.formatter === 'object' ? options.formatter : formatters.get(config.formatter)
    const reason = refuseFormatter(options.formatter)
    if (reason) {
      this.#registry.problems.push(
        lokstraError(E_FORMATTER_INVALID, { app: config.name, reason }, locate(['formatter'])),
      )
      formatter = formatters.get('lokstra')!
    }
    if (!formatter) {
      const params = { app: config.name, name: config.formatter, hint: didYouMean(config.formatter, formatters.keys()) }
      this.#registry.problems.push(lokstraError(E_FORMATTER_UNKNOWN, params, locate(['formatter'])))
      formatter = formatters.get('lokstra')!
    }
    return {
      name: config.name,
      log: new StderrLogger(),
      formatter,
      limits,
      unknownKeys: config.unknownKeys,
      handlerTimeoutMs: config.timeouts.handler,
    }
  }

  async #controllers(
    { config, options, locate }: AppSource,
    around: readonly Attachment[],
    isOnly: boolean,
  ): Promise<readonly Controller[]> {
    const found: Controller[] = []
    const add = (type: Class, prefix: string, outer: readonly Attachment[]) => found.push({ type, prefix, outer })
    const addGroup = (group: GroupOptions, prefix: string, outer: readonly Attachment[]) => {
      for (const type of group.controllers ?? []) add(type, prefix, outer)
      for (const inner of group.groups ?? []) {
        const attached = fromCode(inner, 'group', this.#place)
        addGroup(inner, joinPaths(prefix, inner.prefix ?? ''), [...outer, attached])
      }
    }
    for (const [index, name] of (config.controllers ?? []).entries()) {
      const type = await this.#controllerByName(name, config, locate(['controllers', index]))
      if (type) add(type, config.prefix, around)
    }
    addGroup(options, config.prefix, around)
    const namesNone = !config.controllers && !options.controllers && !options.groups
    if (namesNone && isOnly) for (const type of this.#registry.controllers.values()) add(type, config.prefix, around)
    return found
  }

  async #controllerByName(name: string, app: AppConfig, where: string): Promise<Class | undefined> {
    const known = this.#registry.controllers.get(name)
    if (known) return known
    const offered = await this.#offers.load('controllers', name, where)
    if (!offered) return undefined
    const type = offered.find((candidate) => readOperationRecords(candidate).length > 0)
    if (type) {
      this.#registry.addController(type)
      // What the package exports beside its controller is what the controller injects.
      for (const other of offered) this.#registry.addClass(other)
      this.#registry.defineRest()
      return type
    }
    const exported = this.#registry.exported.get(name)
    if (exported) {
      // What is wrong with its decorators has been told.
      if (misusesOf(exported).length === 0) this.#registry.problems.push(notAController(exported, where))
      return undefined
    }
    const names = [...this.#registry.controllers.keys(), ...this.#offers.names('controllers')]
    const hint = didYouMean(
      name,
      names.filter((other) => !app.controllers?.includes(other)),
    )
    this.#registry.problems.push(lokstraError(E_CONTROLLER_UNKNOWN, { app: app.name, name, hint }, where))
    return undefined
  }

  async #operationRoutes(scope: AppScope, { type, prefix, outer }: Controller): Promise<readonly Route[]> {
    const place = { prefix, contextType: Context, where: this.#place }
    const operations = readOperations(type, place, this.#registry.problems)
    if (operations.length === 0) return []
    const definition = this.#registry.controllerDefinition(type)
    const routes: Route[] = []
    for (const operation of operations) {
      const attached = operation.middleware.map((record) => this.#attach(record))
      routes.push(operationRoute(scope, operation, definition, await this.#resolver.chain([...outer, ...attached])))
    }
    return routes
  }

  /** What a decorator attached; one attachment however many operations it wraps. */
  #attach(record: MiddlewareRecord): Attachment {
    let attachment = this.#attachments.get(record)
    if (!attachment) {
      const where = record.site.toString()
      attachment = { refs: record.refs.map((ref) => ({ ref, where })), override: record.override, level: record.level }
      this.#attachments.set(record, attachment)
    }
    return attachment
  }

  async #mounts({ config, options }: AppSource): Promise<readonly PlacedMount[]> {
    const { folder } = this.#loaded
    const { problems } = this.#registry
    const place = () => this.#place
    const placed: PlacedMount[] = []
    for (const { name, config: values, locate } of config.mounts) {
      const mount = await createMount(name, values, folder, locate, problems)
      if (mount) placed.push({ mount, where: locate([]) })
    }
    for (const given of options.mounts ?? []) {
      const [kind, values] = (Object.entries(given)[0] ?? ['', {}]) as [string, object]
      const mount = 'handle' in given ? (given as Mount) : await createMount(kind, values, folder, place, problems)
      if (mount) placed.push({ mount, where: this.#place })
    }
    return placed
  }
}

function fromConfig({ override, refs }: MiddlewareConfig, level: Attachment['level']): Attachment {
  return {
    refs: refs.map(({ name, config, at, locate }) => ({
      ref: Object.keys(config).length > 0 ? ([name, config] as const) : name,
      where: locate([]),
      locate,
      at,
    })),
    override,
    level,
  }
}

function fromCode(
  group: { middleware?: readonly MiddlewareRef[] | undefined; override?: boolean },
  level: Attachment['level'],
  where: string,
): Attachment {
  return { refs: (group.middleware ?? []).map((ref) => ({ ref, where })), override: group.override ?? false, level }
}
