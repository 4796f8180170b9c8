import { callHook } from '../container/hooks.js'
import type { ServiceDefinition } from '../container/service-definition.js'
import type { HookRecord } from '../decorators/lifecycle.js'
import { E_RELOAD_HOOK } from '../errors/catalogue/reload.js'
import { LokstraError, lokstraError, placed } from '../errors/lokstra-error.js'
import { reasonOf } from '../errors/reason-of.js'
import type { Logger } from '../logging/logger.js'
import { within } from '../promises/within.js'

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

/**
 * Calls the hooks one after the other. When one fails, those before it are called back in reverse order, with the values exchanged.
 * @param log  told of what could not be called back
 * @returns why the change is refused; undefined when every hook took it
 */
export async function runReloadHooks(calls: readonly HookCall[], log: Logger): Promise<LokstraError | undefined> {
  for (const [index, call] of calls.entries()) {
    const problem = await run(call, call.next, call.previous)
    if (!problem) continue
    for (const done of calls.slice(0, index).reverse()) {
      const failure = await run(done, done.previous, done.next)
      // It may have taken one of the two configurations, or half of one.
      if (failure)
        log.error('a service did not take its previous configuration back: restart the server', { err: failure })
    }
    return problem
  }
  return undefined
}

async function run({ definition, instance, hook, where }: HookCall, next: unknown, previous: unknown) {
  const timeoutMs = hook.timeoutMs ?? defaultTimeoutMs
  const name = `${definition.type?.name ?? definition.name}.${hook.method}`
  try {
    const hasEnded = await within(callHook(instance, hook, next, previous), timeoutMs)
    if (hasEnded) return undefined
    return lokstraError(E_RELOAD_HOOK, { hook: name, reason: `it did not end within ${timeoutMs} ms` }, hook.site)
  } catch (error) {
    // An error of the catalogue explains itself.
    if (LokstraError.is(error)) return where === undefined ? error : placed(error, where)
    return lokstraError(E_RELOAD_HOOK, { hook: name, reason: reasonOf(error) }, hook.site, { cause: error })
  }
}
