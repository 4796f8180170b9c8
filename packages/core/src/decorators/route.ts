import { captureSite, type CallSite } from '../errors/call-site.js'
import { metadataKey, ownRecord, readChain, type Class, type PublicKey } from './metadata.js'
import { isBare, recordMisuse, refuseStandard } from './misuse.js'

export const httpVerbs = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const
export type HttpVerb = (typeof httpVerbs)[number]

/** What `@Route` recorded on a class. */
export interface RouteRecord {
  readonly prefix: string
  readonly options: RouteOptions
  readonly site: CallSite
}

export interface RouteOptions {
  /** Lifetime of the controller. Default `singleton`; `request` allows it to inject request-scoped services. */
  readonly lifetime?: 'singleton' | 'request'
}

/** What `@Get`, `@Post` … recorded on a method. */
export interface OperationRecord {
  readonly method: string
  readonly verb: HttpVerb | 'ALL'
  readonly path: string
  readonly site: CallSite
}

/** What `@Returns` recorded on a method. */
export interface ReturnsRecord {
  readonly type: Class | readonly [Class] | undefined
  readonly status: number
  readonly site: CallSite
}

export const routeKey = metadataKey<RouteRecord>('route')
const operationsKey = metadataKey<OperationRecord[]>('operations')
const returnsKey = metadataKey<Map<string, ReturnsRecord>>('returns')

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

type PathArgs = [path?: string]
type MethodDecoratorOf = <T extends object, K extends string>(
  target: T,
  method: PublicKey<T, K>,
  descriptor: PropertyDescriptor,
) => void

function operation(verb: HttpVerb | 'ALL', below: (...args: PathArgs) => unknown, args: PathArgs): MethodDecoratorOf {
  if (isBare(below, 'member', args)) return undefined as never
  const site = captureSite(below)
  const [path = ''] = args
  return (target, method, descriptor) => {
    const owner = checkMethod(target, method, descriptor, `@${below.name}`, site)
    if (owner) ownRecord(owner, operationsKey, () => []).push({ method: method, verb, path, site })
  }
}

/** The class to record on, or undefined after recording why the decorated member cannot be one of an instance's methods. */
export function checkMethod(
  target: object,
  method: unknown,
  descriptor: PropertyDescriptor | undefined,
  name: string,
  site: CallSite,
): Class | undefined {
  refuseStandard(name, method, () => site)
  const isStatic = typeof target === 'function'
  const owner = (isStatic ? target : target.constructor) as Class
  const what = `${owner.name}.${String(method)}`
  if (isStatic) {
    recordMisuse(owner, {
      problem: `${name} is on the static member ${what}`,
      fix: 'Make it an instance method.',
      site,
    })
  } else if (typeof method !== 'string') {
    recordMisuse(owner, {
      problem: `${name} is on ${what}, which has no name of text`,
      fix: 'Give the method a name.',
      site,
    })
  } else if (typeof descriptor?.value !== 'function') {
    recordMisuse(owner, { problem: `${name} is on ${what}, which is not a method`, fix: 'Put it on a method.', site })
  } else {
    return owner
  }
  return undefined
}

/** Answers GET, and HEAD without a body. */
export function Get(...args: PathArgs): MethodDecoratorOf {
  return operation('GET', Get, args)
}
export function Post(...args: PathArgs): MethodDecoratorOf {
  return operation('POST', Post, args)
}
export function Put(...args: PathArgs): MethodDecoratorOf {
  return operation('PUT', Put, args)
}
export function Patch(...args: PathArgs): MethodDecoratorOf {
  return operation('PATCH', Patch, args)
}
export function Delete(...args: PathArgs): MethodDecoratorOf {
  return operation('DELETE', Delete, args)
}
export function Head(...args: PathArgs): MethodDecoratorOf {
  return operation('HEAD', Head, args)
}
export function Options(...args: PathArgs): MethodDecoratorOf {
  return operation('OPTIONS', Options, args)
}
/** Answers every verb that has no operation of its own on the same path. */
export function All(...args: PathArgs): MethodDecoratorOf {
  return operation('ALL', All, args)
}

/** Declares the shape and status of an operation's success: `@Returns(Todo)`, `@Returns([Todo])`, `@Returns(Todo, 201)`, `@Returns(undefined, 204)`. */
export function Returns(...args: [type: Class | readonly [Class] | undefined, status?: number]): MethodDecoratorOf {
  if (isBare(Returns, 'member', args)) return undefined as never
  const [type, status = 200] = args
  const site = captureSite(Returns)
  return (target, method, descriptor) => {
    const owner = checkMethod(target, method, descriptor, '@Returns', site)
    if (owner) ownRecord(owner, returnsKey, () => new Map()).set(method, { type, status, site })
  }
}

/** The operations of a class and its ancestors. A method decorated again in a subclass replaces the ancestor's declaration. */
export function readOperations(type: Class): readonly OperationRecord[] {
  const operations: OperationRecord[] = []
  for (const { record } of readChain(type, operationsKey)) {
    const redeclared = new Set(record.map((own) => own.method))
    const kept = operations.filter((inherited) => !redeclared.has(inherited.method))
    operations.splice(0, operations.length, ...kept, ...record)
  }
  return operations
}

export function readReturns(type: Class, method: string): ReturnsRecord | undefined {
  return readChain(type, returnsKey)
    .map(({ record }) => record.get(method))
    .findLast((record) => record !== undefined)
}
