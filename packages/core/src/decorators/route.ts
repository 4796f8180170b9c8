import { captureSite, type CallSite } from '../errors/call-site.js'
import { metadataKey, ownRecord, readChain, type Class } from './metadata.js'
import { checkMethod, type MethodDecoratorOf } from './method.js'
import { isBare, recordMisuse, refuseStandard } from './misuse.js'
import { rightOptions } from './option-kinds.js'

export const httpVerbs = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const
/** A verb that an operation can be declared for. */
export type HttpVerb = (typeof httpVerbs)[number]

/** What `@Route` recorded on a class. */
export interface RouteRecord {
  readonly prefix: string
  readonly options: RouteOptions
  readonly site: CallSite
}

/** What `@Route` says of a controller beside its prefix. */
export interface RouteOptions {
  /** Lifetime of the controller. Default `singleton`; `request` allows it to inject request-scoped services. */
  readonly lifetime?: 'singleton' | 'request'
}

/** What is said of one operation beside its verb and path. */
export interface OperationOptions {
  /** One line for lists of operations. */
  readonly summary?: string
  readonly description?: string
  /** Names that documents group operations by. */
  readonly tags?: readonly string[]
  /** Default false. */
  readonly deprecated?: boolean
  /**
   * Until the request is answered with 503: milliseconds, or text such as `30s`; `0` for none. Default: `timeouts.handler` of the app.
   */
  readonly handlerTimeout?: number | string
  /**
   * Doing it twice has the effect of doing it once, so that a call of which nobody knows whether it was done may be repeated.
   * Default: by the verb, true but for POST and PATCH (RFC 9110 §9.2.2) and `@All`.
   */
  readonly idempotent?: boolean
  /**
   * `readiness`: says whether the server should get requests, with 2xx for yes; `lokstra topology up` asks it. Its path has no parameters.
   * Default none.
   */
  readonly probe?: 'readiness'
}

/** What `@Get`, `@Post` … recorded on a method. */
export interface OperationRecord {
  readonly method: string
  readonly verb: HttpVerb | 'ALL'
  readonly path: string
  readonly options: OperationOptions
  readonly site: CallSite
}

/** A method that can handle requests, wherever they come in: it has `@Handler`, or a verb. */
export type HandlerRecord = Pick<OperationRecord, 'method' | 'options' | 'site'>

export const routeKey = metadataKey<RouteRecord>('route')
const operationsKey = metadataKey<OperationRecord[]>('operations')
const handlersKey = metadataKey<HandlerRecord[]>('handlers')

/**
 * Makes a class a controller. `prefix` goes before the path of each of its operations.
 * Also on a `@Service` class, which is then an endpoint and injectable at once.
 */
export function Route(...args: [prefix?: string, options?: RouteOptions]): (target: Class) => void {
  if (isBare(Route, 'class', args)) return undefined as never
  const [prefix = '', options = {}] = args
  const site = captureSite(Route)
  return (target, context?: unknown) => {
    refuseStandard('@Route', context, () => site)
    if (Reflect.hasOwnMetadata(routeKey.symbol, target)) {
      recordMisuse(target, {
        problem: `${target.name} carries @Route twice`,
        fix: 'Keep one; give the other prefix to a second controller or an app.',
        site,
      })
      return
    }
    ownRecord(target, routeKey, () => ({ prefix, options, site }))
  }
}

type Args = [path?: string | OperationOptions, options?: OperationOptions]

function operation(verb: HttpVerb | 'ALL', below: (...args: Args) => unknown, args: Args): MethodDecoratorOf {
  if (isBare(below, 'member', args)) return undefined as never
  const site = captureSite(below)
  const [first, second] = args
  const path = typeof first === 'string' ? first : ''
  const options = (typeof first === 'object' ? first : second) ?? {}
  return (target, method, descriptor) => {
    const owner = checkMethod(target, method, descriptor, `@${below.name}`, site)
    if (!owner) return
    const right = rightOptions(options, (problem, fix) => {
      recordMisuse(owner, { problem: `@${below.name} on ${owner.name}.${method}: ${problem}`, fix, site })
    })
    ownRecord(owner, operationsKey, () => []).push({ method, verb, path, options: right, site })
  }
}

/** Answers GET, and HEAD without a body. */
export function Get(...args: Args): MethodDecoratorOf {
  return operation('GET', Get, args)
}
export function Post(...args: Args): MethodDecoratorOf {
  return operation('POST', Post, args)
}
export function Put(...args: Args): MethodDecoratorOf {
  return operation('PUT', Put, args)
}
export function Patch(...args: Args): MethodDecoratorOf {
  return operation('PATCH', Patch, args)
}
export function Delete(...args: Args): MethodDecoratorOf {
  return operation('DELETE', Delete, args)
}
export function Head(...args: Args): MethodDecoratorOf {
  return operation('HEAD', Head, args)
}
export function Options(...args: Args): MethodDecoratorOf {
  return operation('OPTIONS', Options, args)
}
/** Answers every verb that has no operation of its own on the same path. */
export function All(...args: Args): MethodDecoratorOf {
  return operation('ALL', All, args)
}

/**
 * Makes a method a handler that has no place of its own: `routes` of an app or group, in the configuration or in code, give it one.
 * A method with `@Get`, `@Post` … can be named there as it is.
 */
export function Handler(...args: [options?: OperationOptions]): MethodDecoratorOf {
  if (isBare(Handler, 'member', args)) return undefined as never
  const site = captureSite(Handler)
  const [options = {}] = args
  return (target, method, descriptor) => {
    const owner = checkMethod(target, method, descriptor, '@Handler', site)
    if (!owner) return
    const right = rightOptions(options, (problem, fix) => {
      recordMisuse(owner, { problem: `@Handler on ${owner.name}.${method}: ${problem}`, fix, site })
    })
    ownRecord(owner, handlersKey, () => []).push({ method, options: right, site })
  }
}

/** The methods of a class and its ancestors that can be named under `routes`; one that is declared again counts as it was last. */
export function readHandlerRecords(type: Class): readonly HandlerRecord[] {
  const handlers = readChain(type, handlersKey).flatMap(({ record }) => record)
  const byMethod = new Map([...handlers, ...readOperationRecords(type)].map((record) => [record.method, record]))
  return [...byMethod.values()]
}

/** The operations of a class and its ancestors. A method decorated again in a subclass replaces the ancestor's declaration. */
export function readOperationRecords(type: Class): readonly OperationRecord[] {
  const operations: OperationRecord[] = []
  for (const { record } of readChain(type, operationsKey)) {
    const redeclared = new Set(record.map((own) => own.method))
    const kept = operations.filter((inherited) => !redeclared.has(inherited.method))
    operations.splice(0, operations.length, ...kept, ...record)
  }
  return operations
}
