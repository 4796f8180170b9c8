import { captureSite, type CallSite } from '../errors/call-site.js'
import { metadataKey, ownRecord, readOwn, type AbstractClass, type Class } from './metadata.js'
import { isBare, recordMisuse, refuseStandard } from './misuse.js'

/** How long an instance of a service is used: by the whole server, for one request, or by the one that it was made for. */
export type Lifetime = 'singleton' | 'request' | 'transient'

/** What `@Service` says of a class. */
export interface ServiceOptions {
  /** Name for `@Inject(name)` and for `type:` in configuration. Default: the class's name. */
  readonly name?: string
  /** `singleton` (default): one per server. `request`: one per request. `transient`: one per injection. */
  readonly lifetime?: Lifetime
  /** Class of the typed configuration; a constructor parameter of this type receives it. */
  readonly config?: Class
  /** Construct and start it even when nothing injects it. Default false. */
  readonly eager?: boolean
}

export interface ServiceRecord {
  readonly options: ServiceOptions
  readonly site: CallSite
}

const serviceKey = metadataKey<ServiceRecord>('service')
const injectKey = metadataKey<Map<number, InjectRecord>>('inject')

export interface InjectRecord {
  /** Service name, or a class where the declared type does not survive compilation. */
  readonly token: string | AbstractClass
  readonly optional: boolean
  readonly site: CallSite
}

/**
 * Makes a class injectable, by its class, by the abstract classes it extends, and by its name.
 * A class with a `handle(ctx, next)` method is middleware as well.
 */
export function Service(...args: [options?: string | ServiceOptions]): (target: Class) => void {
  if (isBare(Service, 'class', args)) return undefined as never
  const [options = {}] = args
  const site = captureSite(Service)
  return (target, context?: unknown) => {
    refuseStandard('@Service', context, () => site)
    if (Reflect.hasOwnMetadata(serviceKey.symbol, target)) {
      recordMisuse(target, { problem: `${target.name} carries @Service twice`, fix: 'Keep one of them.', site })
      return
    }
    ownRecord(target, serviceKey, () => ({ options: typeof options === 'string' ? { name: options } : options, site }))
  }
}

/**
 * Chooses what a constructor parameter receives: a service by name, or by class where the parameter's type is an interface.
 * `optional` gives `undefined` when no such service is registered.
 */
export function Inject(
  ...args: [token: string | AbstractClass, options?: { readonly optional?: boolean }]
): (target: object, property: string | symbol | undefined, index: number) => void {
  if (isBare(Inject, 'parameter', args)) return undefined as never
  const [token, options = {}] = args
  const site = captureSite(Inject)
  return (target, property, index) => {
    if (property !== undefined) {
      const owner = typeof target === 'function' ? target : target.constructor
      recordMisuse(owner, {
        problem: `@Inject is on a parameter of ${owner.name}.${String(property)}`,
        fix: 'Only constructors are injected: move the parameter to the constructor.',
        site,
      })
      return
    }
    ownRecord(target, injectKey, () => new Map()).set(index, { token, optional: options.optional ?? false, site })
  }
}

export function readService(type: object): ServiceRecord | undefined {
  return Reflect.getOwnMetadata(serviceKey.symbol, type) as ServiceRecord | undefined
}

/** `@Inject` on the parameters of the constructor that this very class declares. */
export function readInjects(declaring: Class): ReadonlyMap<number, InjectRecord> {
  return readOwn(declaring, injectKey) ?? new Map<number, InjectRecord>()
}
