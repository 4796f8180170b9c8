import { captureSite, type CallSite } from '../errors/call-site.js'
import { metadataKey, ownRecord, readChain, type Class } from './metadata.js'
import { checkMethod, type MethodDecoratorOf } from './method.js'
import { isBare } from './misuse.js'

export type HookKind = 'start' | 'ready' | 'stop' | 'afterResponse' | 'configReload'

/** What `@OnStart`, `@OnReady`, `@OnStop` and `@OnConfigReload` say of a hook. */
export interface HookOptions {
  /** Time limit in milliseconds. Default 30,000 for start and ready, 10,000 for stop and a new configuration; Infinity for none. */
  readonly timeoutMs?: number
}

/** What `@OnConfigReload` says of a hook besides. */
export interface ConfigReloadOptions extends HookOptions {
  /** The keys of the service's own configuration that it can change while it runs. Default: all. */
  readonly keys?: readonly string[]
}

export interface HookRecord {
  readonly kind: HookKind
  readonly method: string
  readonly timeoutMs: number | undefined
  /** Of a new configuration: the value that is watched; undefined for the service's own. */
  readonly path?: string | undefined
  /** Of a new configuration: the keys of the service's own that it takes; undefined for all. */
  readonly keys?: readonly string[] | undefined
  readonly site: CallSite
}

const hooksKey = metadataKey<HookRecord[]>('hooks')

type HookArgs = [options?: HookOptions]

function hook(kind: HookKind, below: (...args: never[]) => unknown, args: HookArgs): MethodDecoratorOf {
  if (isBare(below, 'member', args)) return undefined as never
  const [options = {}] = args
  return recordHook(below, { kind, timeoutMs: options.timeoutMs, site: captureSite(below) })
}

function recordHook(below: (...args: never[]) => unknown, hook: Omit<HookRecord, 'method'>): MethodDecoratorOf {
  return (target, method, descriptor) => {
    const owner = checkMethod(target, method, descriptor, `@${below.name}`, hook.site)
    if (!owner) return
    ownRecord(owner, hooksKey, () => []).push({ ...hook, method })
  }
}

/** Runs before anything that injects this service is constructed; a failure stops the server from starting. */
export function OnStart(...args: HookArgs): MethodDecoratorOf {
  return hook('start', OnStart, args)
}
/** Runs once every app is listening. */
export function OnReady(...args: HookArgs): MethodDecoratorOf {
  return hook('ready', OnReady, args)
}
/** Runs when the server stops, in the reverse of the start order, after the last request has ended. */
export function OnStop(...args: HookArgs): MethodDecoratorOf {
  return hook('stop', OnStop, args)
}
/**
 * Runs with the {@link Context} once a response has been sent or its client has gone. On a controller: for its own operations;
 * on a service: for every request of the server. Failures are logged; a stopping server waits for it.
 */
export function AfterResponse(...args: []): MethodDecoratorOf {
  return hook('afterResponse', AfterResponse, args)
}

/**
 * Runs while the server runs, when its configuration has changed, with the new and the previous values: of the service's own
 * configuration, typed, or those at a path such as `apps.api.limits`, plain. When it throws, the whole change is refused, and hooks
 * that ran before it are called back with the two values exchanged.
 */
export function OnConfigReload(
  ...args: [options?: ConfigReloadOptions] | [path: string, options?: HookOptions]
): MethodDecoratorOf {
  if (isBare(OnConfigReload, 'member', args)) return undefined as never
  const [path, options = {}] = typeof args[0] === 'string' ? [args[0], args[1]] : [undefined, args[0]]
  const { timeoutMs, keys } = options as ConfigReloadOptions
  return recordHook(OnConfigReload, { kind: 'configReload', timeoutMs, path, keys, site: captureSite(OnConfigReload) })
}

/** The hooks of a class and its ancestors, the ancestors' first; a method overridden and decorated again counts once. */
export function readHooks(type: Class): readonly HookRecord[] {
  const byMethod = new Map<string, HookRecord>()
  for (const { record } of readChain(type, hooksKey))
    for (const own of record) byMethod.set(`${own.kind} ${own.method} ${own.path ?? ''}`, own)
  return [...byMethod.values()]
}
