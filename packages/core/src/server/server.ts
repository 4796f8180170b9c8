import { setTimeout as delay } from 'node:timers/promises'

import type { Override } from '../assembly/add-built-ins.js'
import type { Assembly } from '../assembly/assemble.js'
import type { ServerDescription } from '../assembly/describe-server.js'
import type { InjectionExplanation } from '../assembly/explain-injection.js'
import type { RouteExplanation } from '../assembly/explain-route.js'
import { readAppOperations } from '../assembly/read-app-operations.js'
import type { TargetState } from '../calls/client/call-statistics.js'
import { ConfigSource } from '../config/layers/config-source.js'
import type { DeploymentNames } from '../config/layers/list-deployments.js'
import type { Configuration } from '../config/view/configuration.js'
import { SecretsInUse } from '../config/secrets/secrets-in-use.js'
import { Container } from '../container/container.js'
import type { Token } from '../container/service-definition.js'
import { satisfies, tokenName } from '../container/service-definition.js'
import { runOutsideScopes } from '../context/work-scope.js'
import type { AppOperations } from '../contract/operation.js'
import type { AbstractClass } from '../decorators/metadata.js'
import { E_SERVER_STATE } from '../errors/catalogue/lifecycle.js'
import { E_SERVICE_NOT_STARTED } from '../errors/catalogue/container.js'
import { captureSite, type CallSite } from '../errors/call-site.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import { contractVersion, type Contracts } from '../compatibility/contract.js'
import { coverFailure } from '../secrecy/covered-failures.js'
import type { Logger } from '../logging/logger.js'
import { StderrLogger } from '../logging/stderr-logger.js'
import type { Reloader } from '../reload/reloader.js'
import type { ReloadOptions, ReloadReport } from '../reload/reload-report.js'
import type { AppRoutes, DescribeOptions } from '../routing/print-routes.js'
import type { SchemaOptions } from '../config/schema/config-schema.js'
import { compileRoute } from '../routing/compile-route.js'
import { printBanner } from './banner.js'
import { compileServer } from './compile-server.js'
import type { Entrance } from './entrance.js'
import { Lifecycle } from './lifecycle.js'
import type { Listener } from './listener.js'
import type { OpenCalls } from './open-calls.js'
import { Runtime } from './runtime.js'
import type { ServerOptions } from './server-options.js'
import { ServerReader } from './server-reader.js'
import type { ServerPhase } from './server-runtime.js'
import { handleSignals, type SignalHandling } from './signals.js'
import { tellReady } from './tell-ready.js'
import { watchExpiry } from './warn-of-expiry.js'
import { warnOfPatterns } from './warn-of-patterns.js'
import { warnOfUnserved } from './warn-of-unserved.js'

/** What starting does beside making the server ready. */
export interface StartOptions {
  /** Stops on SIGTERM and SIGINT, and on errors that nothing caught; reloads on SIGHUP. Default false; `Lokstra.run` sets it. */
  readonly signals?: boolean
  /** Watches the files of the configuration in development. `reload.watch` goes before it. Default false; `Lokstra.run` sets it. */
  readonly watch?: boolean
  /** Opens the addresses. Default true; without, requests come in through `handle` of the listeners. */
  readonly listen?: boolean
  /** Listens in place of the server. Default: the server listens itself. */
  readonly entrance?: Entrance
  /** Prints apps, routes and time to standard output. Default false. */
  readonly banner?: boolean
}

/**
 * Several apps, their services and their addresses, started and stopped together.
 * Boot: assemble (configuration, services, controllers, contracts, container check) → start services → compile routes → listen.
 */
export class Server {
  readonly #options: ServerOptions
  readonly #reader: ServerReader
  readonly #lifecycle = new Lifecycle()
  readonly #runtime = new Runtime(this.#lifecycle)
  readonly #container = new Container()
  readonly #secretsInUse = new SecretsInUse()
  readonly #place: string
  #log: Logger | undefined
  #listeners: readonly Listener[] = []
  #booting: Promise<Assembly> | undefined
  /** Nobody asked it to stop. */
  #couldNotStart = false
  #stopping: Promise<readonly LokstraError[]> | undefined
  #signals: SignalHandling | undefined
  #ignoreExpiry: (() => void) | undefined
  #calls: OpenCalls | undefined
  #createReloader: (() => Promise<Reloader>) | undefined
  #reloader: Promise<Reloader> | undefined

  /** @param site  where the server is created, for errors of what has no place of its own */
  constructor(options: ServerOptions, overrides: readonly Override[] = [], site?: CallSite) {
    this.#options = options
    this.#place = site?.toString() ?? 'createServer()'
    this.#reader = new ServerReader({ options, overrides, runtime: this.#runtime, place: this.#place })
  }

  get phase(): ServerPhase {
    return this.#runtime.phase
  }

  get log(): Logger {
    if (this.#log) return this.#log
    const fix = 'Read server.log after start() has resolved.'
    throw lokstraError(E_SERVER_STATE, { action: 'give a log', state: 'not started', fix })
  }

  /** One for each address, in the order of the apps. */
  get listeners(): readonly Listener[] {
    return this.#listeners
  }

  /**
   * Reads and checks everything without constructing or opening anything.
   * @throws BootError or the single problem found
   */
  async check(): Promise<void> {
    await this.#reader.assemble()
  }

  /**
   * The contracts of all operations, by app in the order of the apps, without constructing or opening anything: for documents, typed
   * clients, and whatever else is made from them.
   * @throws BootError or the single problem found
   */
  async operations(): Promise<readonly AppOperations[]> {
    const { apps } = await this.#reader.assemble()
    return apps.map(readAppOperations)
  }

  /**
   * The configuration as it counts: its values with their places, without constructing or opening anything. It holds no secrets. Of a
   * server that runs it is the one that was accepted last: nothing is read for it.
   * @throws every mistake of its keys and values, at once
   */
  async configuration(): Promise<Configuration> {
    return (await this.#reloader)?.configuration() ?? this.#reader.configuration()
  }

  /**
   * The JSON Schema (draft 7) of this server's configuration, with the keys of every service, middleware and mount that it can name,
   * without constructing or opening anything. It is made although the configuration has mistakes.
   * @throws E_CONFIG_FILE, E_CONFIG_SYNTAX
   */
  async configurationSchema(options: SchemaOptions = {}): Promise<object> {
    // Only tools ask for it.
    const { readVocabulary } = await import('../assembly/read-vocabulary.js')
    const { createConfigSchema } = await import('../config/schema/config-schema.js')
    return createConfigSchema(await readVocabulary(this.#options, this.#place), options)
  }

  /**
   * What {@link describeRoutes} prints, as data, by app in the order of the apps.
   * @throws BootError or the single problem found
   */
  async routes(): Promise<readonly AppRoutes[]> {
    const { apps } = await this.#reader.assemble()
    const { summarizeRoute } = await import('../routing/print-routes.js')
    return apps.map(({ scope, listen, routes }) => ({ app: scope.name, listen, routes: routes.map(summarizeRoute) }))
  }

  /**
   * Which route answers a request in each address of the server, what runs for it and where that stands, and what nearly did. Nothing is
   * constructed or opened.
   * @param path  with the prefixes, without a query
   * @param app  name; default all apps
   * @throws BootError or the single problem found · E_APP_UNKNOWN
   */
  async explainRoute(verb: string, path: string, app?: string): Promise<readonly RouteExplanation[]> {
    const { explainRoute } = await import('../assembly/explain-route.js')
    return explainRoute(await this.#reader.assemble(), verb.toUpperCase(), path, app)
  }

  /**
   * Which service a token gives, and why: what else was there, what it injects, and what injects it. Nothing is constructed.
   * @param token  name of a service or of a class
   * @param into  name of the service or class that injects it
   * @throws BootError or the single problem found · E_INJECTION_UNKNOWN
   */
  async explainInjection(token: string, into?: string): Promise<InjectionExplanation> {
    const { explainInjection } = await import('../assembly/explain-injection.js')
    return explainInjection(await this.#reader.assemble(), token, into)
  }

  /**
   * What this server is seen from outside: addresses, what it publishes, and what it injects of what is published. Nothing is
   * constructed or opened.
   * @throws BootError or the single problem found
   */
  async topology(): Promise<ServerDescription> {
    const { describeServer } = await import('../assembly/describe-server.js')
    return describeServer(await this.#reader.assemble())
  }

  /**
   * The contracts of all services that any server of any deployment publishes, as plain data, without constructing or opening anything.
   * @throws BootError or the single problem found
   */
  async contracts(): Promise<Contracts> {
    const { calls } = await this.#reader.assemble()
    return calls?.contracts ?? { version: contractVersion, services: {} }
  }

  /**
   * Names of the deployments and their servers. Mistakes of the configuration do not matter.
   * @throws what leaves the structure of a file in doubt
   */
  async deployments(): Promise<readonly DeploymentNames[]> {
    return this.#reader.deployments()
  }

  /** The routes as text: one line each with what runs for them, or their contracts. Warnings go to standard error. */
  async describeRoutes(options: DescribeOptions = {}): Promise<string> {
    const assembly = await this.#reader.assemble()
    // To standard error, so that the routes can be redirected.
    const log = new StderrLogger()
    warnOfUnserved(assembly, log)
    warnOfPatterns(assembly.patterns, log)
    // Only tools ask for it.
    const { printRoutes } = await import('../routing/print-routes.js')
    return assembly.apps
      .map((app) => `${app.scope.name}  ${app.listen}\n${printRoutes(app.routes, options).replace(/^(?=.)/gm, '  ')}`)
      .join('\n\n')
  }

  /**
   * Starts services in dependency order, then opens every address. On a failure what had started is stopped again.
   * @throws BootError · E_START_FAILED · E_START_TIMEOUT · E_LISTEN_IN_USE · E_LISTEN_FAILED
   */
  async start(options: StartOptions = {}): Promise<this> {
    if (this.phase !== 'new') throw cannotStart(`already ${this.phase}`)
    const startedAt = performance.now()
    this.#runtime.phase = 'starting'
    this.#booting = this.#boot(options)
    let assembly: Assembly
    try {
      assembly = await this.#booting
      this.#refuseIfStopping()
    } catch (error) {
      // Stopping forgets them.
      coverFailure(error, this.#secretsInUse.scopes)
      this.#couldNotStart = !this.#stopping
      await this.stop()
      throw error
    }
    this.#runtime.phase = 'ready'
    const startMs = performance.now() - startedAt
    tellReady(assembly, this.#listeners, startMs, this.log)
    void this.#reloader?.then((reloader) => reloader.serverReady())
    this.#signals?.serverReady()
    if (options.banner) printBanner(assembly, this.#listeners, startMs)
    return this
  }

  /**
   * Readiness turns red, the drain delay passes, requests under way end, idle connections close, services stop in reverse.
   * A second call waits for the first. Hooks run outside of the request that may have asked for it.
   * @returns failures of stop hooks; each is logged as well
   */
  stop(): Promise<readonly LokstraError[]> {
    return (this.#stopping ??= runOutsideScopes(() => this.#stop()))
  }

  /** A constructed singleton, by class, abstract class or name. @throws E_SERVICE_NOT_STARTED */
  get<T extends object>(token: AbstractClass<T>, name?: string): T
  get(token: string): object
  get(token: Token, name?: string): object {
    const found = this.#lifecycle.started.find(
      ({ definition }) => satisfies(definition, token) && (name === undefined || definition.name === name),
    )
    if (!found) throw lokstraError(E_SERVICE_NOT_STARTED, { token: name ?? tokenName(token) })
    return found.instance
  }

  /**
   * The services that this server calls across boundaries, of other servers and behind checked boundaries of its own: their addresses,
   * breakers, and what became of the calls. Empty before the start.
   */
  calls(): readonly TargetState[] {
    return this.#calls?.states ?? []
  }

  /**
   * Reads the configuration again and applies what can change while the server runs: all of it, or nothing when anything is wrong.
   * A call during a reload is answered by one that begins after it.
   * @returns also when the configuration is refused: the report says why, as does the log
   * @throws E_SERVER_STATE unless the server is ready
   */
  async reload(options: ReloadOptions = {}): Promise<ReloadReport> {
    if (this.phase === 'ready') {
      const reloader = await this.#openReloader()
      if (reloader) return reloader.reload(options)
    }
    const fix = 'Reload between start() and stop(): a start reads the configuration by itself.'
    throw lokstraError(E_SERVER_STATE, { action: 'reload', state: this.phase, fix })
  }

  async #boot(options: StartOptions): Promise<Assembly> {
    const startedAt = Date.now()
    const assembly = await this.#reader.assemble()
    this.#secretsInUse.take(assembly.secrets)
    this.#runtime.name = assembly.name
    this.#runtime.folder = assembly.folder
    this.#log = assembly.fallbackLog
    if (options.signals) this.#signals = handleSignals(this)
    // The first service that starts may call another.
    this.#calls = assembly.calls?.open({
      container: this.#container,
      log: () => (assembly.logger ? (this.#container.resolve(assembly.logger) as Logger) : assembly.fallbackLog),
    })
    this.#runtime.openCalls = this.#calls
    await this.#lifecycle.start(assembly.nodes, this.#container, this.#log)
    // A stop that was asked for while services started is obeyed before the first address opens.
    this.#refuseIfStopping()
    if (assembly.logger) this.#log = this.#container.resolve(assembly.logger) as Logger
    const certificates = () => [...assembly.apps.map(({ tls }) => tls), assembly.calls?.tls]
    if (certificates().some(Boolean)) this.#ignoreExpiry = watchExpiry(certificates, this.#log)
    const { started } = this.#lifecycle
    this.#listeners = compileServer(assembly, { container: this.#container, started, log: this.#log })
    this.#createReloader = async () => {
      const { Reloader } = await import('../reload/reloader.js')
      return new Reloader({
        assembly,
        started: this.#lifecycle.started,
        listeners: this.#listeners,
        log: this.log,
        compile: (route) => compileRoute(route, this.#container),
        secrets: this.#secretsInUse,
        assemble: (sources) => this.#reader.assembleAnew(sources),
        watchesInDevelopment: options.watch ?? false,
      })
    }
    const hasSources = this.#lifecycle.started.some(({ instance }) => instance instanceof ConfigSource)
    // What is all in code does not change by itself, and starts sooner without what it does not need.
    const reloader = assembly.watched || hasSources ? await this.#openReloader() : undefined
    await reloader?.openSources()
    this.#refuseIfStopping()
    if (options.listen ?? true) await this.#listen(options.entrance)
    await this.#calls?.serve((app) => this.#handleOf(app))
    this.#refuseIfStopping()
    await this.#lifecycle.ready()
    this.#calls?.watchContracts()
    await reloader?.watch(startedAt)
    return assembly
  }

  /** Undefined before the server has started. */
  #openReloader(): Promise<Reloader> | undefined {
    return (this.#reloader ??= this.#createReloader?.())
  }

  async #listen(entrance: Entrance | undefined): Promise<void> {
    for (const listener of this.#listeners) await (entrance ? listener.enter(entrance) : listener.listen())
  }

  #handleOf(app: string): Listener['handle'] {
    return this.#listeners.find(({ apps }) => apps.some(({ scope }) => scope.name === app))!.handle
  }

  #refuseIfStopping(): void {
    if (this.#stopping) throw cannotStart('being stopped')
  }

  async #stop(): Promise<readonly LokstraError[]> {
    const wasReady = this.phase === 'ready'
    this.#runtime.phase = 'draining'
    this.#lifecycle.askToStop()
    // What is starting is let finish: a service is never stopped while its own start hook still runs.
    await this.#booting?.catch(() => undefined)
    await (await this.#reloader)?.close()
    const assembly = await this.#reader.assembly?.catch(() => undefined)
    const { drainDelayMs, timeoutMs, idleMs } = assembly?.shutdown ?? { drainDelayMs: 0, timeoutMs: 0, idleMs: 0 }
    if (wasReady && drainDelayMs > 0) {
      for (const listener of this.#listeners) listener.announceClosing()
      await delay(drainDelayMs)
    }
    const [cutOff] = await Promise.all([
      Promise.all(this.#listeners.map((listener) => listener.close(timeoutMs, idleMs))),
      this.#calls?.stopServing(timeoutMs),
    ])
    const count = cutOff.reduce((sum, one) => sum + one, 0)
    if (count > 0) this.#log?.warn('requests cut off: they did not end in time', { count, timeoutMs })
    const failures = assembly ? await this.#lifecycle.stop(this.#log ?? assembly.fallbackLog) : []
    await this.#calls?.close()
    await this.#reader.close()
    this.#runtime.phase = 'stopped'
    // Tells an end in good order from a process that was killed meanwhile. Why a start failed is what its caller gets.
    if (assembly && !this.#couldNotStart)
      this.#log?.info('server stopped', { server: assembly.fullName, failedHooks: failures.length })
    this.#signals?.end()
    this.#ignoreExpiry?.()
    this.#secretsInUse.release()
    return failures
  }
}

function cannotStart(state: string): LokstraError {
  return lokstraError(E_SERVER_STATE, { action: 'start', state, fix: 'Create a new server for each run.' })
}

/** A server, not yet started: `await createServer({ … }).start()`. */
export function createServer(options: ServerOptions): Server {
  return new Server(options, [], captureSite(createServer))
}
