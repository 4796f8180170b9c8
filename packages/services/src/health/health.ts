import { Logger, OnConfigReload, ServerRuntime, Service, type TargetState } from '@lokstra/core'

import { CheckRunner } from './check-runner.js'
import { readHealthChecks } from './health-check.js'
import { HealthConfig } from './health-config.js'

/** `degraded`: ready, though a check that is not critical fails. */
export type HealthStatus = 'up' | 'degraded' | 'down'

/** The outcome of one check. */
export interface CheckReport {
  /** `unknown`: it failed, and nobody has found out since. The server is ready, and not degraded by it. */
  readonly status: 'up' | 'down' | 'unknown'
  readonly durationMs: number
  /** Why it failed; only with `details: true`. */
  readonly error?: string
}

/** The outcome of all checks. */
export interface HealthReport {
  readonly status: HealthStatus
  readonly checks: Readonly<Record<string, CheckReport>>
}

interface NamedRunner {
  readonly runner: CheckRunner
  readonly service: string
  /** Key in the report. */
  readonly name: string
}

/** Whether this server lives, and whether it should be given requests. Knows every `@HealthCheck` of the services that run. */
@Service({ name: 'health', config: HealthConfig })
export class Health {
  #config: HealthConfig
  readonly #runtime: ServerRuntime
  readonly #log: Logger
  readonly #runners = new WeakMap<object, readonly CheckRunner[]>()
  readonly #failing = new Set<string>()

  constructor(config: HealthConfig, runtime: ServerRuntime, log: Logger) {
    this.#config = config
    this.#runtime = runtime
    this.#log = log
  }

  @OnConfigReload()
  reconfigure(config: HealthConfig): void {
    this.#config = config
  }

  /** Up as long as the process answers at all: a restart fixes nothing that a dependency has. */
  live(): HealthReport {
    return { status: 'up', checks: {} }
  }

  /** Up when the server takes requests and every critical check passes. Down at once, without a check, while it starts or drains. */
  async ready(): Promise<HealthReport> {
    if (this.#runtime.phase !== 'ready') return { status: 'down', checks: {} }
    const runs = this.#namedRunners().map(({ name, runner }) => this.#run(name, runner))
    const targets = this.#runtime.calls.map((target) => this.#look(target))
    const results = [...(await Promise.all(runs)), ...targets, ...this.#contracts()]
    const failed = results.filter(({ report }) => report.status === 'down')
    const status = failed.some(({ critical }) => critical) ? 'down' : failed.length > 0 ? 'degraded' : 'up'
    return { status, checks: Object.fromEntries(results.map(({ name, report }) => [name, report])) }
  }

  /** Only where something is wrong: most servers call none of others. */
  #contracts(): readonly { name: string; critical: boolean; report: CheckReport }[] {
    const { contractProblems } = this.#runtime
    this.#logChange('contracts', contractProblems.length > 0, contractProblems[0])
    if (contractProblems.length === 0) return []
    const error = contractProblems.map(({ problem }) => problem).join('; ')
    const report: CheckReport = { status: 'down', durationMs: 0, ...(this.#config.details && { error }) }
    return [{ name: 'contracts', critical: true, report }]
  }

  /** By the names that their classes give them; where several have one, by those of the services as well, and at last by the methods. */
  #namedRunners(): readonly NamedRunner[] {
    const all = this.#runtime.services.flatMap(({ name: service, instance }) => {
      const runners = this.#runnersOf(instance)
      return runners.map((runner) => {
        const { name, method } = runner.check
        return { runner, service, name: name ?? (runners.length > 1 ? `${service}.${method}` : service) }
      })
    })
    const byService = keepApart(all, ({ service, runner: { check } }) => `${service}.${check.name ?? check.method}`)
    return keepApart(byService, ({ service, runner: { check } }) => `${service}.${check.method}`)
  }

  #runnersOf(instance: object): readonly CheckRunner[] {
    let runners = this.#runners.get(instance)
    if (!runners) {
      runners = readHealthChecks(instance).map((check) => new CheckRunner(instance, check))
      this.#runners.set(instance, runners)
    }
    return runners
  }

  async #run(name: string, runner: CheckRunner): Promise<{ name: string; critical: boolean; report: CheckReport }> {
    const { failed, error, durationMs } = await runner.run()
    this.#logChange(name, failed, error)
    const showError = failed && this.#config.details
    const report: CheckReport = {
      status: failed ? 'down' : 'up',
      durationMs,
      ...(showError && { error: error instanceof Error ? error.message : String(error) }),
    }
    return { name, critical: runner.check.critical, report }
  }

  /**
   * A service of other servers, as the calls of this one have found it: down while calls are refused without being tried. Where the
   * next one may try, nobody knows, and nobody may call for long. Never critical: an outage of one server would take out all that call it.
   */
  #look({ service, endpoints }: TargetState): { name: string; critical: boolean; report: CheckReport } {
    const name = `calls.${service}`
    const isUp = endpoints.some(({ breaker }) => breaker === 'closed')
    const mayTry = endpoints.some(({ breaker, inFlight }) => breaker === 'half-open' && inFlight === 0)
    const status = isUp ? 'up' : mayTry ? 'unknown' : 'down'
    const error = `The breakers of all endpoints are open: ${endpoints.map(({ url }) => url).join(', ')}`
    if (status !== 'unknown') this.#logChange(name, !isUp, isUp ? undefined : new Error(error))
    const showError = status === 'down' && this.#config.details
    return { name, critical: false, report: { status, durationMs: 0, ...(showError && { error }) } }
  }

  /** Probes come every few seconds: only changes are worth a line. */
  #logChange(name: string, failed: boolean, err: unknown): void {
    if (failed === this.#failing.has(name)) return
    if (failed) {
      this.#failing.add(name)
      this.#log.warn('health check failed', { check: name, err })
    } else {
      this.#failing.delete(name)
      this.#log.info('health check recovered', { check: name })
    }
  }
}

/** @returns with another name for those of which several have one */
function keepApart(all: readonly NamedRunner[], rename: (one: NamedRunner) => string): readonly NamedRunner[] {
  const names = all.map(({ name }) => name)
  const shared = new Set(names.filter((name, index) => names.indexOf(name) < index))
  return all.map((one) => (shared.has(one.name) ? { ...one, name: rename(one) } : one))
}
