import { resolve } from 'node:path'

import type { ConfigPath } from '../config/tree/config-path.js'
import type { LoadSecrets } from '../config/secrets/secret-store.js'
import { ConfigSource } from '../config/layers/config-source.js'
import type { ConfigurationParts } from '../config/view/configuration.js'
import type { TypedPart } from '../config/view/typed-tree.js'
import { fullNameOf, type Topology } from '../config/layers/peers.js'
import type { LoadedConfig } from '../config/load-config.js'
import type { ServerConfig } from '../config/classes/server-config.js'
import type { Class } from '../decorators/metadata.js'
import { buildServiceGraph, type ServiceNode } from '../container/service-graph.js'
import { satisfies, type ServiceDefinition, type Token } from '../container/service-definition.js'
import { readPatterns } from '../contract/read-patterns.js'
import { throwProblems } from '../errors/boot-error.js'
import { withoutFollowUps } from '../errors/follow-ups.js'
import type { LokstraError } from '../errors/lokstra-error.js'
import { Logger } from '../logging/logger.js'
import type { SecretScope } from '../secrecy/secret-scope.js'
import { StderrLogger } from '../logging/stderr-logger.js'
import { checkReloadHooks } from '../reload/check-hooks.js'
import type { WatchedFiles } from '../reload/file-watch.js'
import type { ListenerOptions } from '../server/listener.js'
import type { ServerRuntime } from '../server/server-runtime.js'
import { checkPatterns, type PatternReport } from '../validation/check-patterns.js'
import { addBuiltIns, type Override } from './add-built-ins.js'
import { adviseOnMissing } from './advise-on-missing.js'
import { AppAssembler, type AssembledApp } from './app-assembler.js'
import { buildListeners } from './build-listeners.js'
import type { CallPlan } from './calls/call-plan.js'
import { planCalls } from './calls/plan-calls.js'
import { addPublishedObjects } from './calls/published-objects.js'
import { collectClasses } from './collect-classes.js'
import { findUnserved, findUnused } from './find-unused.js'
import type { ConfigInput, ConfigReading } from './load-server-config.js'
import { ModuleLoader } from './load-modules.js'
import { checkConfig } from './check-config.js'
import { checkTransactions } from './check-transactions.js'
import { Offers } from './offers.js'
import { Registry, type ConfiguredDefinition } from './registry.js'
import { MiddlewareResolver, type ResolvedMiddleware } from './resolve-middleware.js'
import { defineConfiguredServices } from './configured-services.js'
import { markScopedRoutes } from './mark-scoped-routes.js'

/** A server read, checked and ready to be constructed: nothing of it runs yet. */
export interface Assembly {
  /** As configured: all servers of a deployment have it. */
  readonly name: string
  /** `shop.users`; the name where no server of a deployment was chosen. */
  readonly fullName: string
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
  /** All services that are known, needed or not. */
  readonly definitions: readonly ServiceDefinition[]
  /** Needed services, each after all that it depends on. */
  readonly nodes: readonly ServiceNode[]
  readonly controllers: ReadonlySet<ServiceDefinition>
  /** Controllers that were found and that no app serves. */
  readonly unserved: readonly string[]
  /** Services of the configuration that nothing injects, so that they are not constructed; of servers of deployments none are told. */
  readonly unused: readonly string[]
  /** What was found of the patterns that clients' text is matched with. */
  readonly patterns: PatternReport
  readonly middleware: readonly ResolvedMiddleware[]
  /** The service that logs; undefined when none is configured. */
  readonly logger: ServiceDefinition | undefined
  /** What the other servers of the deployment publish, and where they are. */
  readonly topology: Topology
  /** How services are called that are published or external; undefined where none is. */
  readonly calls: CallPlan | undefined
  readonly fallbackLog: Logger
  /** What secret providers gave for it. */
  readonly secrets: SecretScope
  /** What can be looked at. */
  readonly shown: ConfigurationParts
  /** Whether a secret provider gave the value at a path, or a part of it. */
  readonly isSecret: (path: ConfigPath) => boolean
  shutdown: { readonly drainDelayMs: number; readonly timeoutMs: number; readonly idleMs: number }
}

/** What a server is made of: its configuration, and what it brings itself. */
export interface AssemblyInput extends Omit<ConfigInput, 'sources'> {
  /** Its configuration, as it was read. */
  readonly reading: ConfigReading
  readonly secrets: LoadSecrets
  readonly overrides: readonly Override[]
  readonly runtime: ServerRuntime
}

/**
 * Boot, up to the point where objects are made: classes → modules → services → calls → contracts and middleware → container check →
 * routers. The configuration has been read.
 * @throws every problem found, at once
 */
export async function assemble(input: AssemblyInput): Promise<Assembly> {
  const { reading, options, overrides, runtime, secrets, place } = input
  const { loaded } = reading
  const { config, environment, folder, topology } = loaded
  const problems: LokstraError[] = [...reading.problems]

  const registry = new Registry(problems, loaded.doubts)
  const offers = new Offers(folder, problems)
  const modules = new ModuleLoader(registry)
  await collectClasses({ options, loaded, registry, modules, offers, place })
  await defineConfiguredServices(loaded, registry, offers)
  registry.defineRest()
  const fallbackLog = new StderrLogger()
  addBuiltIns(registry, runtime, fallbackLog, overrides)

  const calls = await planCalls({ loaded, options, registry, runtime, place })
  addPublishedObjects(registry, calls?.publishedTypes ?? [])
  const resolver = new MiddlewareResolver(registry, offers)
  const assembler = new AppAssembler({ loaded, options, registry, resolver, offers, place, calls })
  const apps = await assembler.assemble()
  const controllers = new Set(apps.flatMap((app) => app.routes.flatMap((route) => route.controller ?? [])))

  const logger = findLogger(registry, fallbackLog)
  const carriers = calls?.transports ?? []
  const roots = [...(logger ? [logger] : []), ...carriers, ...eagerOnes(registry, resolver), ...controllers]
  const advice = (token: Token) => adviseOnMissing(token, offers)
  const nodes = buildServiceGraph(registry.definitions, { roots, mayInject: modules.mayInject, advice }, problems)
  checkServices(nodes, registry, loaded.environment)
  const routes = [...apps.flatMap((app) => app.routes), ...(calls?.localRoutes ?? [])]
  markScopedRoutes({ apps, routes }, nodes)
  const listeners = buildListeners(apps, problems)
  throwOwn(registry)

  const inCode = options.apps ?? []
  return {
    name: config.name,
    fullName: fullNameOf(loaded.topology, config.name),
    config,
    environment,
    watched: watchedFiles(loaded, [...apps, ...(calls ? [calls] : [])]),
    configured: registry.configured,
    folder: resolve(folder),
    apps,
    listeners,
    definitions: registry.definitions,
    nodes,
    controllers,
    unserved: findUnserved(registry.controllers.values(), { loaded, apps, inCode, called: calls?.calledTypes ?? [] }),
    unused: findUnused(loaded, nodes),
    patterns: await checkPatterns(readPatterns(inputsOf(apps))),
    middleware: resolver.resolved,
    logger,
    topology,
    calls,
    fallbackLog,
    secrets: secrets.scope,
    shown: {
      environment,
      server: options.server,
      tree: loaded.tree,
      typed: typedParts(registry.configured),
      secrets: secrets.scope,
    },
    isSecret: (path) => loaded.locate.isSecret?.(path) ?? false,
    shutdown: {
      drainDelayMs: config.shutdown.drainDelay,
      timeoutMs: config.shutdown.timeout,
      idleMs: config.shutdown.idle,
    },
  }
}

/** The service that logs, unless there is only what logs where none is configured. */
function findLogger({ definitions }: Registry, fallback: Logger): ServiceDefinition | undefined {
  return definitions.find((definition) => satisfies(definition, Logger) && definition.value !== fallback)
}

/** What is constructed although no controller needs it. */
function eagerOnes({ definitions }: Registry, { resolved }: MiddlewareResolver): readonly ServiceDefinition[] {
  const eager = definitions.filter((definition) => definition.eager || satisfies(definition, ConfigSource))
  return [...eager, ...resolved.flatMap(({ definition }) => definition ?? [])]
}

/** What services are checked for once it is known which of them are needed. */
function checkServices(nodes: readonly ServiceNode[], registry: Registry, environment: string): void {
  for (const { definition } of nodes) {
    checkReloadHooks(definition, registry.problems)
    checkConfig(definition, registry.definitions, environment, registry.problems)
  }
  checkTransactions(registry, nodes)
}

/** Throws the problems that do not merely follow from others, each once: a class is read along every way that leads to it. */
function throwOwn({ problems, doubts, unconfigured }: Registry): void {
  const own = doubts.has('services') ? problems.filter((problem) => !unconfigured.has(problem)) : problems
  throwProblems([
    ...new Map(withoutFollowUps(own, doubts).map((problem) => [problem.message, problem] as const)).values(),
  ])
}

/** The parts of the configuration whose classes are known. */
function typedParts(configured: readonly ConfiguredDefinition[]): readonly TypedPart[] {
  return configured.flatMap(({ at, definition: { config } }) =>
    typeof config === 'object' && config !== null ? [{ at, type: config.constructor as Class }] : [],
  )
}

/** The files of the configuration, and those of certificates. */
function watchedFiles(
  { source, environment }: LoadedConfig,
  parts: readonly Pick<AssembledApp, 'tls'>[],
): WatchedFiles | undefined {
  if (!source) return undefined
  const certificates = parts.flatMap(({ tls }) => tls?.files ?? [])
  return { folder: source.folder, environment, files: [...source.files, ...certificates] }
}

/** Classes of the DTOs that clients send. */
function inputsOf(apps: readonly AssembledApp[]): readonly Class[] {
  return apps.flatMap(({ routes }) => routes.flatMap(({ operation }) => operation?.input?.type ?? []))
}
