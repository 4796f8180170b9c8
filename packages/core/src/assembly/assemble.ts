import { resolve } from 'node:path'

import { formatPath, locateBelow, type ConfigPath } from '../config/tree/config-path.js'
import type { LoadSecrets } from '../config/secrets/secret-store.js'
import type { ConfigLayer } from '../config/layers/config-layer.js'
import { ConfigSource } from '../config/layers/config-source.js'
import type { ServerConfig } from '../config/classes/server-config.js'
import { buildServiceGraph, type ServiceNode } from '../container/service-graph.js'
import { satisfies, tokenName, type ServiceDefinition, type Token } from '../container/service-definition.js'
import { readPatterns } from '../contract/read-patterns.js'
import type { Class } from '../decorators/metadata.js'
import { misusesOf } from '../decorators/misuse.js'
import { readService } from '../decorators/service.js'
import type { ModuleClass } from '../decorators/module.js'
import { discover, type Discovered } from '../discovery/discover.js'
import { E_OVERRIDE_UNKNOWN } from '../errors/catalogue/container.js'
import { didYouMean } from '../errors/did-you-mean.js'
import type { CallSite } from '../errors/call-site.js'
import { throwProblems } from '../errors/boot-error.js'
import { withoutFollowUps } from '../errors/follow-ups.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import { Logger } from '../logging/logger.js'
import type { SecretScope } from '../logging/secret-scope.js'
import { StderrLogger } from '../logging/stderr-logger.js'
import { checkReloadHooks } from '../reload/check-hooks.js'
import { refuseSecrets } from '../reload/config-sources.js'
import type { WatchedFiles } from '../reload/file-watch.js'
import type { ListenerOptions } from '../server/listener.js'
import type { ServerOptions } from '../server/server-options.js'
import { ServerRuntime } from '../server/server-runtime.js'
import { checkPatterns, type PatternReport } from '../validation/check-patterns.js'
import { AppAssembler, type AssembledApp } from './app-assembler.js'
import { buildListeners } from './build-listeners.js'
import { loadServerConfig } from './load-server-config.js'
import type { LoadedConfig } from '../config/load-config.js'
import { ModuleLoader } from './load-modules.js'
import { Offers } from './offers.js'
import { Registry, type ConfiguredDefinition } from './registry.js'
import { MiddlewareResolver, type ResolvedMiddleware } from './resolve-middleware.js'
import { defineConfiguredServices } from './configured-services.js'

/** A server read, checked and ready to be constructed: nothing of it runs yet. */
export interface Assembly {
  readonly name: string
  readonly config: ServerConfig
  readonly environment: string
  /** What tells of a new configuration when it changes; undefined where nothing is read from files. */
  readonly watched: WatchedFiles | undefined
  /** What the configuration configures, by the place of its values. */
  readonly configured: readonly ConfiguredDefinition[]
  /** Absolute; what relative paths of the configuration start from. */
  readonly folder: string
  readonly apps: readonly AssembledApp[]
  readonly listeners: readonly Omit<ListenerOptions, 'afterEveryResponse'>[]
  /** Needed services, each after all that it depends on. */
  readonly nodes: readonly ServiceNode[]
  readonly controllers: ReadonlySet<ServiceDefinition>
  /** Controllers that were found and that no app serves. */
  readonly unserved: readonly string[]
  /** Services of the configuration that nothing injects, so that they are not constructed. */
  readonly unused: readonly string[]
  /** What was found of the patterns that clients' text is matched with. */
  readonly patterns: PatternReport
  readonly middleware: readonly ResolvedMiddleware[]
  /** The service that logs; undefined when none is configured. */
  readonly logger: ServiceDefinition | undefined
  readonly fallbackLog: Logger
  /** What secret providers gave for it. */
  readonly secrets: SecretScope
  /** Whether a secret provider gave the value at a path, or a part of it. */
  readonly isSecret: (path: ConfigPath) => boolean
  shutdown: { readonly drainDelayMs: number; readonly timeoutMs: number; readonly idleMs: number }
  /** Gives every app the logger that the server uses. */
  useLogger(log: Logger): void
}

/** What tests may replace before anything is constructed. */
export interface Override {
  readonly token: Token
  readonly value: object
  /** Where the test names it. */
  readonly site?: CallSite
}

/**
 * Boot, up to the point where objects are made: configuration → services → controllers → contracts → container check → routers.
 * @param place  `file:line` where the server was created, for what has no place of its own
 * @param sources  values of the configuration that services give
 * @throws every problem found, at once
 */
export async function assemble(
  options: ServerOptions,
  overrides: readonly Override[],
  runtime: ServerRuntime,
  secrets: LoadSecrets,
  place: string,
  sources: readonly ConfigLayer[],
): Promise<Assembly> {
  const problems: LokstraError[] = sources.flatMap(refuseSecrets)
  const loaded = await loadServerConfig(options, secrets, place, sources, problems)
  const { config, folder, doubts } = loaded

  const registry = new Registry(problems, doubts)
  const offers = new Offers(folder, problems)
  const modules = new ModuleLoader(registry)
  await collect(options, loaded, registry, modules, offers, place)
  await defineConfiguredServices(loaded, registry, offers)
  registry.defineRest()
  const fallbackLog = new StderrLogger()
  addBuiltIns(registry, runtime, fallbackLog, overrides)

  const resolver = new MiddlewareResolver(registry, offers)
  const assembler = new AppAssembler(loaded, options, registry, resolver, offers, place)
  const apps = await assembler.assemble()

  const logger = registry.definitions.find(
    (definition) => satisfies(definition, Logger) && definition.value !== fallbackLog,
  )
  const served = new Set(apps.flatMap((app) => app.routes.map((route) => route.operation?.controller)))
  const inputs = apps.flatMap((app) => app.routes.flatMap((route) => route.operation?.input?.type ?? []))
  const controllers = new Set(apps.flatMap((app) => app.routes.flatMap((route) => route.controller ?? [])))
  const middleware = resolver.resolved.flatMap(({ definition }) => definition ?? [])
  const eager = registry.definitions.filter((definition) => definition.eager || satisfies(definition, ConfigSource))
  const roots = [...(logger ? [logger] : []), ...eager, ...middleware, ...controllers]
  const nodes = buildServiceGraph(
    registry.definitions,
    { roots, mayInject: modules.mayInject, advice: adviceFor(offers) },
    problems,
  )
  for (const { definition } of nodes) checkReloadHooks(definition, problems)
  const listeners = buildListeners(apps, problems)
  const own = registry.doubts.has('services')
    ? problems.filter((problem) => !registry.unconfigured.has(problem))
    : problems
  throwProblems(distinct(withoutFollowUps(own, registry.doubts)))

  return {
    name: config.name,
    config,
    environment: loaded.environment,
    watched: loaded.source && {
      folder: loaded.source.folder,
      environment: loaded.environment,
      files: [...loaded.source.files, ...apps.flatMap(({ tls }) => tls?.files ?? [])],
    },
    configured: registry.configured,
    folder: resolve(folder),
    apps,
    listeners,
    nodes,
    controllers,
    unserved: [...registry.controllers.values()].filter((type) => !served.has(type)).map(({ name }) => name),
    unused: Object.keys(config.services).filter((name) => !nodes.some(({ definition }) => definition.name === name)),
    patterns: await checkPatterns(readPatterns(inputs)),
    middleware: resolver.resolved,
    logger,
    fallbackLog,
    secrets: secrets.scope,
    isSecret: (path) => loaded.locate.isSecret?.(path) ?? false,
    shutdown: {
      drainDelayMs: config.shutdown.drainDelay,
      timeoutMs: config.shutdown.timeout,
      idleMs: config.shutdown.idle,
    },
    useLogger(log) {
      for (const app of apps) app.scope.log = log.child({ app: app.scope.name })
    },
  }
}

/** A class that is reached along several ways is read along each of them; its mistakes are told once. */
function distinct(problems: readonly LokstraError[]): readonly LokstraError[] {
  return [...new Map(problems.map((problem) => [problem.message, problem])).values()]
}

/** Makes everything known that the server may use: classes that are found, what code registers, and what modules bring. */
export async function collect(
  options: ServerOptions,
  { config, folder, locate }: LoadedConfig,
  registry: Registry,
  modules: ModuleLoader,
  offers: Offers,
  place: string,
): Promise<Discovered> {
  const listed = config.discover.length > 0 ? locate(['discover']) : place
  const found = await discover([...config.discover, ...(options.discover ?? [])], folder, registry.problems, listed)
  if (!found.isComplete) registry.doubts.add('classes')
  for (const type of found.classes) {
    registry.exported.set(type.name, type)
    registry.problems.push(...misusesOf(type))
  }
  for (const type of found.services) registry.addClass(type)
  for (const type of found.controllers) registry.addController(type)
  for (const registration of options.services ?? []) registry.addRegistration(registration, place)
  for (const [name, run] of Object.entries(options.namedMiddleware ?? {})) registry.addMiddleware(name, run, place)
  const before = registry.problems.length
  for (const module of options.modules ?? []) {
    if (typeof module === 'function') modules.load(module, { config: {}, where: place })
    else modules.load(module.use, { config: module.config, where: place })
  }
  const names = found.modules.map(({ name }) => name)
  for (const { use, allow, config: values, at, locate } of config.modules) {
    const where = locate([])
    const below = locateBelow(locate, ['config'])
    const discovered = found.modules.find((type) => type.name === use)
    const type = discovered ?? (await modules.findInPackage(use, offers, where, names))
    const label = formatPath([...at, 'config'])
    if (type) modules.load(type as Class<ModuleClass>, { allow, config: values, label, where, locate: below })
  }
  if (registry.problems.length > before) registry.doubts.add('modules')
  return found
}

function addBuiltIns(registry: Registry, runtime: ServerRuntime, log: Logger, overrides: readonly Override[]): void {
  const value = (object: object, provides: typeof Logger | typeof ServerRuntime): ServiceDefinition => ({
    name: provides.name,
    lifetime: 'singleton',
    eager: false,
    provides: [provides],
    value: object,
    where: '@lokstra/core',
  })
  registry.definitions.push(value(runtime, ServerRuntime))
  const hasLogger = registry.definitions.some((definition) => satisfies(definition, Logger))
  if (!hasLogger) registry.definitions.push(value(log, Logger))
  for (const override of overrides) replace(registry, override)
}

function replace(registry: Registry, { token, value, site }: Override): void {
  const replaced = registry.definitions.filter((definition) => satisfies(definition, token))
  if (replaced.length === 0) {
    const names = registry.definitions.flatMap((definition) => [
      definition.name,
      definition.type?.name ?? definition.name,
    ])
    const hint = didYouMean(typeof token === 'string' ? token : token.name, names)
    registry.problems.push(lokstraError(E_OVERRIDE_UNKNOWN, { token: tokenName(token), hint }, site))
    return
  }
  for (const definition of replaced) {
    const types = [...definition.provides, ...(definition.type ? [definition.type] : [])]
    registry.definitions.splice(registry.definitions.indexOf(definition), 1, {
      name: definition.name,
      lifetime: 'singleton',
      eager: false,
      provides: typeof token === 'string' || types.includes(token) ? types : [...types, token],
      value,
      where: 'a test override',
    })
  }
}

function adviceFor(offers: Offers): (token: Token) => string {
  return (token) => {
    const offered = offers.names('services')
    const known = offered.length > 0 ? ` Installed packages offer the types ${offered.join(', ')}.` : ''
    if (typeof token === 'string') {
      return `List a service named ${token} under services in the configuration, or export a @Service('${token}') class from a discovered file.${known}`
    }
    const { name } = token
    const asClass = readService(token)
      ? `${name} carries @Service but was not found: export it from a file that a pattern under discover matches`
      : `Put @Service() on ${name}, or on a class that extends it, and export it from a discovered file`
    return `${asClass}; or list it under services.${known}`
  }
}
