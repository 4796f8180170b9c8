import { readHooks, type HookKind, type HookRecord } from '../decorators/lifecycle.js'
import type { Class } from '../decorators/metadata.js'

/** The hooks of one kind that the class of an object declares. */
export function hooksOf(instance: object, kind: HookKind): readonly HookRecord[] {
  return readHooks(instance.constructor as Class).filter((hook) => hook.kind === kind)
}

/** The `@AfterResponse` methods of an object that lives as long as the server. */
export function afterResponseCallbacks(instance: object): ((ctx: unknown) => unknown)[] {
  return hooksOf(instance, 'afterResponse').map((hook) => (ctx) => callHook(instance, hook, ctx))
}

export function callHook(instance: object, hook: HookRecord, ...parameters: readonly unknown[]): unknown {
  return (instance as Record<string, (...parameters: readonly unknown[]) => unknown>)[hook.method]!(...parameters)
}
