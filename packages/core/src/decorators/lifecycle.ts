import { captureSite, type CallSite } from '../errors/call-site.js'
import { metadataKey, ownRecord, readChain, type Class } from './metadata.js'
import { checkMethod, type MethodDecoratorOf } from './method.js'
import { isBare } from './misuse.js'

export type HookKind = 'start' | 'ready' | 'stop' | 'afterResponse'

/** What `@OnStart`, `@OnReady` and `@OnStop` say of a hook. */
export interface HookOptions {
  /** Time limit in milliseconds. Default 30,000 for start and ready, 10,000 for stop. */
  readonly timeoutMs?: number
}

export interface HookRecord {
  readonly kind: HookKind
  readonly method: string
  readonly timeoutMs: number | undefined
  readonly site: CallSite
}

const hooksKey = metadataKey<HookRecord[]>('hooks')

type HookArgs = [options?: HookOptions]

function hook(kind: HookKind, below: (...args: never[]) => unknown, args: HookArgs): MethodDecoratorOf {
  if (isBare(below, 'member', args)) return undefined as never
  const [options = {}] = args
  const site = captureSite(below)
  return (target, method, descriptor) => {
    const owner = checkMethod(target, method, descriptor, `@${below.name}`, site)
    if (!owner) return
    ownRecord(owner, hooksKey, () => []).push({ kind, method, timeoutMs: options.timeoutMs, site })
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

/** The hooks of a class and its ancestors, the ancestors' first; a method overridden and decorated again counts once. */
export function readHooks(type: Class): readonly HookRecord[] {
  const byMethod = new Map<string, HookRecord>()
  for (const { record } of readChain(type, hooksKey))
    for (const own of record) byMethod.set(`${own.kind} ${own.method}`, own)
  return [...byMethod.values()]
}
