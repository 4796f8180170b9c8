import { callHook } from '../container/hooks.js'
import type { ServiceDefinition } from '../container/service-definition.js'
import type { HookRecord } from '../decorators/lifecycle.js'
import { E_RELOAD_HOOK } from '../errors/catalogue/reload.js'
import { LokstraError, lokstraError, placed } from '../errors/lokstra-error.js'
import { reasonOf } from '../errors/reason-of.js'
import type { Logger } from '../logging/logger.js'
import type { SecretScope } from '../secrecy/secret-scope.js'
import { settlesWithin } from '../promises/settles-within.js'

const defaultTimeoutMs = 10_000

/** A method that is told of a change. */
export interface HookCall {
  readonly definition: ServiceDefinition
  readonly instance: object
  readonly hook: HookRecord
  /** Where the new values stand, for errors that know no place. */
  readonly where?: string | undefined
  readonly previous: unknown
  readonly next: unknown
}

/** Calls the hooks of a server. One that is late and has not ended yet is not called again: it would run twice at once. */
export class ReloadHooks {
  readonly #log: Logger
  readonly #late = new Map<object, Set<string>>()
  #isClosed = false

  /** @param log  told of what could not be called back */
  constructor(log: Logger) {
    this.#log = log
  }

  /**
   * Calls the hooks one after the other. When one fails, those before it are called back in reverse order, with the values exchanged;
   * one that is late is called back when it has ended after all.
   * @param secrets  of the new values
   * @returns why the change is refused; undefined when every hook took it
   */
  async run(calls: readonly HookCall[], secrets: SecretScope): Promise<LokstraError | undefined> {
    const busy = calls.find(({ instance, hook }) => this.#late.get(instance)?.has(hook.method))
    if (busy) {
      const reason = 'it has not ended yet since an earlier change'
      return lokstraError(E_RELOAD_HOOK, { hook: nameOf(busy), reason }, busy.hook.site)
    }
    for (const [index, call] of calls.entries()) {
      const problem = await this.#call(call, (work) => this.#follow(call, work, secrets))
      if (!problem) continue
      for (const done of calls.slice(0, index).reverse()) await this.#callBack(done)
      return problem
    }
    return undefined
  }

  /** From now on nothing is called back any more. */
  close(): void {
    this.#isClosed = true
  }

  /** @param follow  given the work of a hook that is late */
  async #call(call: HookCall, follow: (work: Promise<unknown>) => void): Promise<LokstraError | undefined> {
    const { instance, hook, next, previous } = call
    const timeoutMs = hook.timeoutMs ?? defaultTimeoutMs
    try {
      const work = Promise.resolve(callHook(instance, hook, next, previous))
      if (await settlesWithin(work, timeoutMs)) return undefined
      follow(work)
      const reason = `it did not end within ${timeoutMs} ms`
      return lokstraError(E_RELOAD_HOOK, { hook: nameOf(call), reason }, hook.site)
    } catch (error) {
      return failureOf(call, error)
    }
  }

  async #callBack(call: HookCall): Promise<void> {
    const back = { ...call, where: undefined, next: call.previous, previous: call.next }
    const failure = await this.#call(back, (work) => this.#keep(call, work))
    if (failure) this.#tellOfRest(failure)
  }

  /** It may have taken one of the two configurations, or half of one. */
  #tellOfRest(err: LokstraError): void {
    this.#log.error('configuration rollback failed: restart the server', { err })
  }

  /** When a late hook has taken the new values after all, it is given those that count. One that fails did not take them. */
  #follow(call: HookCall, work: Promise<unknown>, secrets: SecretScope): void {
    const { instance, hook, previous, next } = call
    // Nobody waits for it any more, so that it may take its time.
    const callBack = () => (this.#isClosed ? undefined : callHook(instance, hook, previous, next))
    secrets.hold()
    const ended = work
      .then(callBack, () => undefined)
      .catch((error: unknown) => this.#tellOfRest(failureOf({ ...call, where: undefined }, error)))
      .finally(() => secrets.release())
    this.#keep(call, ended)
  }

  /** Remembers a hook until its work has settled. */
  #keep({ instance, hook }: HookCall, work: Promise<unknown>): void {
    const late = this.#late.get(instance) ?? new Set()
    this.#late.set(instance, late.add(hook.method))
    const forget = () => {
      late.delete(hook.method)
      if (late.size === 0) this.#late.delete(instance)
    }
    work.then(forget, forget)
  }
}

function failureOf(call: HookCall, error: unknown): LokstraError {
  const { hook, where } = call
  // An error of the catalogue explains itself.
  if (LokstraError.is(error)) return where === undefined ? error : placed(error, where)
  const params = { hook: nameOf(call), reason: reasonOf(error) }
  return lokstraError(E_RELOAD_HOOK, params, hook.site, { cause: error })
}

function nameOf({ definition, hook }: HookCall): string {
  return `${definition.type?.name ?? definition.name}.${hook.method}`
}
