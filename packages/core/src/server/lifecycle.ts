import type { HookRecord } from '../decorators/lifecycle.js'
import { E_START_FAILED, E_START_TIMEOUT, E_STOP_FAILED } from '../errors/catalogue/lifecycle.js'
import { LokstraError, lokstraError, placed } from '../errors/lokstra-error.js'
import { reasonOf } from '../errors/reason-of.js'
import type { Container } from '../container/container.js'
import { callHook, hooksOf } from '../container/hooks.js'
import type { ServiceNode } from '../container/service-graph.js'
import type { ServiceDefinition } from '../container/service-definition.js'
import type { Logger } from '../logging/logger.js'
import { isThenable } from '../promises/is-thenable.js'
import { settlesWithin } from '../promises/settles-within.js'
import { isTransactional, nameResource } from '../transactions/transactional-resource.js'

const defaultTimeoutMs = { start: 30_000, ready: 30_000, stop: 10_000 } as const

/** A service that was constructed. */
export interface Started {
  readonly definition: ServiceDefinition
  readonly instance: object
}

/** Constructs and starts singletons in dependency order, and stops them in the exact reverse. */
export class Lifecycle {
  readonly #started: Started[] = []
  #stopAsked = false

  get started(): readonly Started[] {
    return this.#started
  }

  /** No further service is constructed or made ready: what runs now is the last. */
  askToStop(): void {
    this.#stopAsked = true
  }

  /**
   * Each service is constructed and started before anything that depends on it is constructed.
   * @param log  told of what fails after nobody waits for it any more
   * @throws E_START_FAILED · E_START_TIMEOUT; what had started stays listed, for {@link stop}
   */
  async start(nodes: readonly ServiceNode[], container: Container, log: Logger): Promise<void> {
    for (const node of nodes) container.register(node)
    for (const { definition } of nodes) {
      if (definition.lifetime !== 'singleton') continue
      if (this.#stopAsked) return
      const instance = await construct(definition, container, log)
      // Listed before its start hook runs: a service that fails half way is stopped as well, to release what it had taken.
      this.#started.push({ definition, instance })
      if (isTransactional(instance)) nameResource(instance, definition.name)
      if (definition.value) continue
      for (const hook of hooksOf(instance, 'start')) await runStartHook(definition, instance, hook)
    }
  }

  async ready(): Promise<void> {
    for (const { definition, instance } of this.#started) {
      if (this.#stopAsked) return
      if (definition.value) continue
      for (const hook of hooksOf(instance, 'ready')) await runStartHook(definition, instance, hook)
    }
  }

  /** Runs every stop hook, whatever the others do; failures are logged by name and returned. */
  async stop(log: Logger): Promise<readonly LokstraError[]> {
    const failures: LokstraError[] = []
    for (const { definition, instance } of this.#started.splice(0).reverse()) {
      if (!definition.value) failures.push(...(await runStopHooks(definition, instance, log)))
    }
    return failures
  }
}

async function construct(definition: ServiceDefinition, container: Container, log: Logger): Promise<object> {
  const maker = definition.type ? `The constructor of ${definition.type.name}` : `The factory of ${definition.name}`
  try {
    const made = container.resolve(definition)
    if (!definition.create || !isThenable(made)) return checkMade(made)
    const making = Promise.resolve(made).then(checkMade)
    const timeoutMs = definition.createTimeoutMs ?? defaultTimeoutMs.start
    if (!(await settlesWithin(making, timeoutMs))) {
      // Nobody will have it: what it took is given back when it comes after all.
      making.then((late) => runStopHooks(definition, late, log)).catch(() => undefined)
      throw lokstraError(E_START_TIMEOUT, { hook: maker, timeoutMs }, definition.where)
    }
    const instance = await making
    container.settle(definition, instance)
    return instance
  } catch (error) {
    if (LokstraError.is(error)) throw placed(error, definition.configuredAt ?? definition.where)
    throw startError(maker, error, definition.where)
  }
}

/** A constructor always gives an object; a factory may forget its `return`. */
function checkMade(made: unknown): object {
  if ((typeof made === 'object' && made !== null) || typeof made === 'function') return made
  throw new TypeError(`it gave ${String(made)} instead of an object`)
}

async function runStartHook(definition: ServiceDefinition, instance: object, hook: HookRecord): Promise<void> {
  const name = `${definition.type?.name ?? definition.name}.${hook.method}`
  const timeoutMs = hook.timeoutMs ?? defaultTimeoutMs.start
  let ended: boolean
  try {
    ended = await settlesWithin(callHook(instance, hook), timeoutMs)
  } catch (error) {
    throw startError(name, error, hook.site.toString())
  }
  if (!ended) throw lokstraError(E_START_TIMEOUT, { hook: name, timeoutMs }, hook.site)
}

/** Runs every stop hook, whatever the others do; failures are logged and returned. */
async function runStopHooks(
  definition: ServiceDefinition,
  instance: object,
  log: Logger,
): Promise<readonly LokstraError[]> {
  const failures: LokstraError[] = []
  for (const hook of hooksOf(instance, 'stop')) {
    const timeoutMs = hook.timeoutMs ?? defaultTimeoutMs.stop
    try {
      const ended = await settlesWithin(callHook(instance, hook), timeoutMs)
      if (ended) continue
      failures.push(stopError(definition, hook, `it did not end within ${timeoutMs} ms`))
    } catch (error) {
      failures.push(stopError(definition, hook, reasonOf(error), error))
    }
    log.error('stop hook failed', { err: failures.at(-1) })
  }
  return failures
}

function startError(hook: string, error: unknown, where: string): LokstraError {
  // An error of the catalogue explains itself: wrapping it would only hide its advice.
  if (LokstraError.is(error)) return error
  return lokstraError(E_START_FAILED, { hook, reason: reasonOf(error) }, where, { cause: error })
}

function stopError(definition: ServiceDefinition, hook: HookRecord, reason: string, cause?: unknown): LokstraError {
  const name = `${definition.type?.name ?? definition.name}.${hook.method}`
  return lokstraError(E_STOP_FAILED, { hook: name, reason }, hook.site, cause === undefined ? undefined : { cause })
}
