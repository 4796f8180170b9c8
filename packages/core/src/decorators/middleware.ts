import { captureSite, type CallSite } from '../errors/call-site.js'
import type { MiddlewareFunction, MiddlewareHandler } from '../middleware/middleware.js'
import { isRecord } from '../objects/is-record.js'
import { metadataKey, ownRecord, readChain, type Class } from './metadata.js'
import { checkMethod, readMethod, type DecoratorSite } from './method.js'
import { isBare, refuseStandard } from './misuse.js'

/** Names a middleware: a class, a function, a configured name, or one of these with its configuration. */
export type MiddlewareRef =
  | Class<MiddlewareHandler>
  | MiddlewareFunction
  | string
  | readonly [Class<MiddlewareHandler> | string, Readonly<Record<string, unknown>>]

/** How `@Middleware` attaches. */
export interface MiddlewareOptions {
  /** Drops what was inherited from server, app and controller. Default false. */
  readonly override?: boolean
  /** Where errors say that it is attached: of a decorator that calls this one, `captureSite(ThatDecorator)`. Default: the call. */
  readonly site?: CallSite
}

/** Middleware attached at one place, outermost first. */
export interface MiddlewareRecord {
  readonly refs: readonly MiddlewareRef[]
  readonly override: boolean
  readonly level: 'controller' | 'method'
  readonly site: CallSite
}

const middlewareKey = metadataKey<Map<string, MiddlewareRecord[]>>('middleware')
/** Stands for the class itself among the method names. */
const onClass = ''

type MiddlewareDecorator = (target: object, method?: string | symbol, descriptor?: PropertyDescriptor) => void

/**
 * Runs middleware around every operation of a controller, or around one method. The first named is the outermost;
 * several decorators count from top to bottom. Options may come last: `{ override: true }` drops the inherited middleware.
 */
export function Middleware(...args: (MiddlewareRef | MiddlewareOptions)[]): MiddlewareDecorator {
  if (isBare(Middleware, 'member', args)) return undefined as never
  const last = args.at(-1)
  const options = isRecord(last) ? (last as MiddlewareOptions) : undefined
  const site = options?.site ?? captureSite(Middleware)
  const refs = Object.freeze((options ? args.slice(0, -1) : args) as MiddlewareRef[])
  return (target, method, descriptor) => {
    refuseStandard('@Middleware', method, () => site)
    const owner = method === undefined ? target : checkMethod(target, method, descriptor, '@Middleware', site)
    if (!owner) return
    const name = method === undefined ? onClass : (method as string)
    const byMember = ownRecord(owner, middlewareKey, () => new Map<string, MiddlewareRecord[]>())
    // Decorators run from the bottom up, so the record of a later one goes in front.
    const level = name === onClass ? 'controller' : 'method'
    byMember.set(name, [{ refs, override: options?.override ?? false, level, site }, ...(byMember.get(name) ?? [])])
  }
}

/** Middleware of the class: the ancestors' first. */
export function readClassMiddleware(type: Class): readonly MiddlewareRecord[] {
  return readChain(type, middlewareKey).flatMap(({ record }) => record.get(onClass) ?? [])
}

/** Middleware of a method, as declared where the method was last decorated. */
export function readMethodMiddleware(type: Class, method: string): readonly MiddlewareRecord[] {
  return readMethod(type, middlewareKey, method) ?? []
}

/** Every method with `@Middleware`, and where. */
export function readMiddlewareSites(type: Class): readonly DecoratorSite[] {
  return readChain(type, middlewareKey).flatMap(({ record }) =>
    [...record].flatMap(([method, records]) =>
      method === onClass ? [] : records.map(({ site }) => ({ decorator: '@Middleware', method, site })),
    ),
  )
}
