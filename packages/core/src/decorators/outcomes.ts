import { captureSite, type CallSite } from '../errors/call-site.js'
import type { HttpError } from '../errors/http-error.js'
import { metadataKey, ownRecord, readChain, type AbstractClass, type Class } from './metadata.js'
import { checkMethod, readMethod, type DecoratorSite, type MethodDecoratorOf } from './method.js'
import { isBare, recordMisuse } from './misuse.js'

const kStream = Symbol.for('lokstra.streamOf')

/** What {@link stream} gives. Recognised by a registered symbol, so that it works across two installed copies of the package. */
export class StreamOf {
  readonly item: AbstractClass
  readonly [kStream] = true

  constructor(item: AbstractClass) {
    this.item = item
  }

  static is(value: unknown): value is StreamOf {
    return typeof value === 'object' && value !== null && kStream in value
  }
}

/**
 * Declares an answer of items that come one after another: the method returns an async iterable or a stream of them. `stream(Order)` is
 * written as lines of JSON, `stream(Uint8Array)` as the bytes.
 */
export function stream(item: AbstractClass): StreamOf {
  return new StreamOf(item)
}

/** What `@Returns` takes. */
export type ReturnedType = AbstractClass | readonly [AbstractClass] | StreamOf

/** What `@Returns` recorded on a method. */
export interface ReturnsRecord {
  readonly type: ReturnedType | undefined
  readonly status: number
  readonly site: CallSite
}

/** What one `@Throws` recorded on a method. */
export interface ThrowsRecord {
  readonly types: readonly Class<HttpError>[]
  readonly site: CallSite
}

const returnsKey = metadataKey<Map<string, ReturnsRecord>>('returns')
const throwsKey = metadataKey<Map<string, ThrowsRecord[]>>('throws')

/**
 * Declares what an operation's success is written as, and its status: `@Returns(Todo)`, `@Returns([Todo])`, `@Returns(Todo, 201)`,
 * `@Returns(String)`, `@Returns(stream(Todo))`, `@Returns(undefined, 204)`. Only the fields of the type are written.
 */
export function Returns(type: undefined, status: 204 | 205 | 304): MethodDecoratorOf
export function Returns(type: ReturnedType, status?: number): MethodDecoratorOf
export function Returns(...args: [type: ReturnedType | undefined, status?: number]): MethodDecoratorOf {
  if (isBare(Returns, 'member', args)) return undefined as never
  const [type, status = 200] = args
  const site = captureSite(Returns)
  return (target, method, descriptor) => {
    const owner = checkMethod(target, method, descriptor, '@Returns', site)
    if (!owner) return
    const byMethod = ownRecord(owner, returnsKey, () => new Map<string, ReturnsRecord>())
    if (byMethod.has(method)) {
      const problem = `${owner.name}.${method} carries @Returns twice`
      recordMisuse(owner, { problem, fix: 'An operation has one success: keep one of them.', site })
    } else byMethod.set(method, { type, status, site })
  }
}

/** Declares the errors that an operation answers with, for documents and clients: `@Throws(NotFoundError, ConflictError)`. */
export function Throws(...args: Class<HttpError>[]): MethodDecoratorOf {
  if (isBare(Throws, 'member', args)) return undefined as never
  const site = captureSite(Throws)
  return (target, method, descriptor) => {
    const owner = checkMethod(target, method, descriptor, '@Throws', site)
    if (!owner) return
    const byMethod = ownRecord(owner, throwsKey, () => new Map<string, ThrowsRecord[]>())
    // Decorators run from the bottom up, so the record of a later one goes in front.
    byMethod.set(method, [{ types: args, site }, ...(byMethod.get(method) ?? [])])
  }
}

/** Of the class that last declared it. */
export function readReturns(type: Class, method: string): ReturnsRecord | undefined {
  return readMethod(type, returnsKey, method)
}

/** All of the class that last declared any, from top to bottom. */
export function readThrows(type: Class, method: string): readonly ThrowsRecord[] {
  return readMethod(type, throwsKey, method) ?? []
}

/** Every method with `@Returns` or `@Throws`, and where. */
export function readOutcomeSites(type: Class): readonly DecoratorSite[] {
  const returns = readChain(type, returnsKey).flatMap(({ record }) =>
    [...record].map(([method, { site }]) => ({ decorator: '@Returns', method, site })),
  )
  const throws = readChain(type, throwsKey).flatMap(({ record }) =>
    [...record].flatMap(([method, records]) => records.map(({ site }) => ({ decorator: '@Throws', method, site }))),
  )
  return [...returns, ...throws]
}
