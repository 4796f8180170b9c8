import { setTimeout as delay } from 'node:timers/promises'

import type { Assembly } from '../assembly/assemble.js'
import type { ConfigLayer } from '../config/layers/config-layer.js'
import type { Configuration } from '../config/view/configuration.js'
import type { SecretsInUse } from '../config/secrets/secrets-in-use.js'
import { runOutsideScopes } from '../context/work-scope.js'
import { BootError } from '../errors/boot-error.js'
import { W_RELOAD_RESTART } from '../errors/catalogue/reload.js'
import { logFields } from '../errors/log-fields.js'
import { LokstraError, lokstraError } from '../errors/lokstra-error.js'
import type { Logger } from '../logging/logger.js'
import type { Route } from '../routing/compile-route.js'
import type { Started } from '../server/lifecycle.js'
import type { Listener } from '../server/listener.js'
import { ConfigSources } from './config-sources.js'
import type { FileWatch } from './file-watch.js'
import { reconfigureApps } from './live-apps.js'
import { isReconfigurable } from './live-values.js'
import { ReloadHooks } from './reload-hooks.js'
import type { ConfigChange, ReloadOptions, ReloadReport } from './reload-report.js'
import { configured, Transition, type Accepted, type Configured } from './transition.js'

/** What is changed while it runs. */
export interface RunningServer {
  /** What it was started from. */
  readonly assembly: Assembly
  /** In start order. */
  readonly started: readonly Started[]
  readonly listeners: readonly Listener[]
  readonly log: Logger
  /** Makes what runs for a route anew. */
  readonly compile: (route: Route) => void
  /** Those of what it was started from. */
  readonly secrets: SecretsInUse
  /** Reads and checks the configuration as it is now. @throws every problem found, at once */
  readonly assemble: (sources: readonly ConfigLayer[]) => Promise<Assembly>
  /** Whether changed files are read again in development, where the configuration says nothing of it. */
  readonly watchesInDevelopment: boolean
}

/** A file that makes no sense may be half written: it is read again after this time, in milliseconds, before anything is said of it. */
const halfWrittenMs = 300

/**
 * Brings new configurations into a running server, in two phases: everything is read and checked as at a start, and refused as a
 * whole when anything is wrong; then it is applied. The last configuration that was not refused stays.
 */
export class Reloader {
  readonly #server: RunningServer
  readonly #running: Configured
  readonly #sources: ConfigSources
  readonly #hooks: ReloadHooks
  /** Of the last configuration that was not refused. */
  #accepted: Accepted
  #current: Promise<ReloadReport> | undefined
  #following: Promise<ReloadReport> | undefined
  #isReady = false
  /** A change was told of before the server was ready. */
  #isAsked = false
  #isClosed = false
  #files: FileWatch | undefined
  #isFromFiles = false
  /** The last refusal that was logged: whoever asks again and again is told once. */
  #refusal: string | undefined

  constructor(server: RunningServer) {
    this.#server = server
    this.#running = configured(server.assembly)
    this.#accepted = this.#running
    this.#sources = new ConfigSources(server.started, server.log)
    this.#hooks = new ReloadHooks(server.log)
  }

  /**
   * Applies what services say of the configuration. What is wrong with it is logged, and left out.
   * @throws E_CONFIG_SOURCE
   */
  async openSources(): Promise<void> {
    if (this.#sources.isEmpty) return
    await this.#sources.open(() => void this.#reloadUnasked())
    await this.reload()
  }

  /** The one that was accepted last. */
  async configuration(): Promise<Configuration> {
    // Only tools ask for it.
    const { Configuration } = await import('../config/view/configuration.js')
    return new Configuration(this.#accepted.shown)
  }

  /**
   * Watches files, if they are to be.
   * @param readAt  milliseconds of the clock, when they were read: what changed since then is a change
   */
  async watch(readAt: number): Promise<void> {
    await this.#watch(this.#server.assembly, readAt)
  }

  /** From now on changes are read when they are told of; those that came before are read now. */
  serverReady(): void {
    this.#isReady = true
    if (this.#isAsked) void this.#reloadUnasked()
  }

  /** Never two at once: a call during a reload gives the report of one that begins after it, shared with all such calls. */
  reload(options: ReloadOptions = {}): Promise<ReloadReport> {
    if (!this.#current) return this.#begin(options)
    const begin = () => {
      this.#following = undefined
      return this.#begin(options)
    }
    return (this.#following ??= this.#current.then(begin, begin))
  }

  /** Resolves when nothing is being changed any more, nor will be. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#hooks.close()
    await this.#files?.close()
    await this.#sources.close()
    await (this.#following ?? this.#current)?.catch(() => undefined)
  }

  /**
   * Outside of the request that may have asked for it: hooks and what watches files go on when it has ended, and share no
   * transaction.
   */
  #begin(options: ReloadOptions): Promise<ReloadReport> {
    const run = runOutsideScopes(() => this.#run(options)).finally(() => (this.#current = undefined))
    return (this.#current = run)
  }

  async #run({ logRefusal = true }: ReloadOptions): Promise<ReloadReport> {
    if (this.#isClosed) return report('unchanged')
    const readAt = Date.now()
    let next: Configured
    try {
      next = configured(await this.#assemble())
    } catch (error) {
      if (!LokstraError.is(error)) throw error
      await this.#files?.lookAgain(readAt)
      return this.#refuse(error instanceof BootError ? error.problems : [error], [], logRefusal)
    }
    const transition = new Transition(this.#running, this.#accepted, next)
    if (transition.isEmpty || this.#isClosed) {
      await this.#watch(next.assembly, readAt)
      if (transition.isEmpty) this.#accept(next)
      return report('unchanged', { needsRestart: transition.needsRestart })
    }
    const { secrets } = next.assembly
    // What hooks do with them may be logged.
    secrets.hold()
    try {
      const problem = await this.#hooks.run(transition.hookCalls(this.#server.started), secrets)
      if (problem) return this.#refuse([problem], transition.described, logRefusal)
      this.#apply(transition)
      this.#server.secrets.take(secrets, transition.needsRestart.length === 0)
    } finally {
      secrets.release()
    }
    const applied = this.#tell(transition)
    await this.#watch(next.assembly, readAt)
    return applied
  }

  async #assemble(): Promise<Assembly> {
    const mayBeHalfWritten = this.#isFromFiles
    this.#isFromFiles = false
    const sources = await this.#sources.layers()
    try {
      return await this.#server.assemble(sources)
    } catch (error) {
      if (!mayBeHalfWritten || !LokstraError.is(error)) throw error
      await delay(halfWrittenMs)
      return this.#server.assemble(sources)
    }
  }

  async #reloadUnasked(): Promise<void> {
    this.#isAsked = !this.#isReady
    if (this.#isAsked) return
    await this.reload().catch((err: unknown) => this.#server.log.error('configuration reload failed', { err }))
  }

  #filesChanged(): void {
    this.#isFromFiles = true
    void this.#reloadUnasked()
  }

  async #watch({ config, environment, watched }: Assembly, readAt: number): Promise<void> {
    const { log, watchesInDevelopment } = this.#server
    const isWatched = config.reload.watch ?? (watchesInDevelopment && environment === 'development')
    if (!isWatched || !watched || this.#isClosed) {
      await this.#files?.close()
      this.#files = undefined
      return
    }
    // Its library is loaded only where files are watched.
    const { FileWatch } = await import('./file-watch.js')
    if (this.#isClosed) return
    this.#files ??= new FileWatch(
      () => this.#filesChanged(),
      (err) => log.warn('configuration files cannot be watched', { err }),
    )
    await this.#files.watch(watched, readAt)
  }

  /** From the first to the last line without a pause: no request sees a part of it. */
  #apply({ next, parts }: Transition): void {
    const { assembly, listeners, compile } = this.#server
    for (const { definition, next: other } of parts) {
      if (other?.config && isReconfigurable(definition)) definition.config = other.config
    }
    reconfigureApps(assembly, next.assembly, listeners, compile)
    assembly.shutdown = next.assembly.shutdown
    this.#accept(next)
  }

  #accept({ values, isSecret, shown }: Configured): void {
    this.#accepted = { values, isSecret, shown }
    this.#refusal = undefined
  }

  #tell({ described, live, waiting, needsRestart }: Transition): ReloadReport {
    const { log } = this.#server
    if (live.length > 0) log.info('configuration reloaded', { applied: live })
    // What was taken back waits no longer.
    if (waiting.some((path) => needsRestart.includes(path))) {
      const warning = lokstraError(W_RELOAD_RESTART, { paths: needsRestart })
      log.warn('configuration change needs a restart', logFields(warning))
    }
    return report('applied', { changes: described, applied: live, needsRestart })
  }

  #refuse(problems: readonly LokstraError[], changes: readonly ConfigChange[], isLogged: boolean): ReloadReport {
    const refusal = problems.map(({ message }) => message).join('\n')
    if (isLogged && refusal !== this.#refusal) {
      this.#server.log.error('configuration refused: the previous one stays', {
        problems: problems.map(logFields),
      })
    }
    if (isLogged) this.#refusal = refusal
    return report('refused', { problems, changes })
  }
}

function report(outcome: ReloadReport['outcome'], rest: Partial<ReloadReport> = {}): ReloadReport {
  return { outcome, changes: [], applied: [], needsRestart: [], problems: [], ...rest }
}
