import { readHooks, type HookKind, type HookRecord } from '../decorators/lifecycle.js'
import type { Class } from '../decorators/metadata.js'

/** The hooks of one kind that the class of an object declares. */
export function hooksOf(instance: object, kind: HookKind): readonly HookRecord[] {
  return readHooks(instance.constructor as Class).filter((hook) => hook.kind === kind)
}

export function callHook(instance: object, hook: HookRecord, ...parameters: readonly unknown[]): unknown {
  return (instance as Record<string, (...parameters: readonly unknown[]) => unknown>)[hook.method]!(...parameters)
}
