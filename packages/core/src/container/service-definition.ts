import type { Locate } from '../config/tree/config-path.js'
import type { AbstractClass, Class } from '../decorators/metadata.js'
import { readService, type Lifetime } from '../decorators/service.js'
import { captureSite, type CallSite } from '../errors/call-site.js'
import type { LokstraError } from '../errors/lokstra-error.js'

/** What identifies a service: a class, an abstract class, or a name. */
export type Token<T = unknown> = AbstractClass<T> | string

export function tokenName(token: Token): string {
  return typeof token === 'string' ? `"${token}"` : token.name
}

/** A service that another one waits for without injecting it. */
export interface StartsAfter {
  readonly name: string
  /** Where it is asked for. */
  readonly where: string
}

/** What stands between those that inject a service and the service itself. */
export interface Boundary {
  /** Its calls go to another server, or are handled as if they did. */
  readonly mode: 'remote' | 'checked'
  /** The class of the service. */
  readonly type: Class
  /** How the service lives where it runs. */
  readonly lifetime: Lifetime
  /** In words: `server users of shop`. */
  readonly runsOn: string
  /** The service itself, where it runs in this process. */
  readonly behind?: ServiceDefinition
}

/** How one service comes to be. Exactly one of `type`, `create` and `value` makes the object. */
export interface ServiceDefinition {
  readonly name: string
  readonly lifetime: Lifetime
  readonly eager: boolean
  /** Classes it can be injected by, besides `type` and its ancestors. */
  readonly provides: readonly AbstractClass[]
  readonly type?: Class
  /** Typed configuration, already checked; given to the constructor parameter of its class. A reload puts another in its place. */
  config?: object
  readonly create?: (...dependencies: never[]) => unknown
  /** Time limit of an asynchronous `create`, in milliseconds; undefined for the default. */
  readonly createTimeoutMs?: number | undefined
  /** Tokens of the arguments of `create`. */
  readonly inject?: readonly Token[]
  readonly value?: object
  /** `value` is the proxy of a service behind a boundary. */
  readonly boundary?: Boundary
  /** Started before it, beside what it injects. */
  readonly after?: readonly StartsAfter[]
  /** Module that registered it; its injections are limited to what the module may use. */
  readonly module?: string | undefined
  /** Mistakes that matter only if the service is used. */
  readonly problems?: readonly LokstraError[]
  /** `file:line` of the declaration. */
  readonly where: string
  /** Place where it is configured or registered; its declaration where it is neither. */
  readonly configuredAt?: string
  /** Places of the values of its configuration. Default: `configuredAt` for all of them. */
  readonly locate?: Locate
  /** What errors put in front of a path of its configuration, such as `services.db`. Default: the name. */
  readonly label?: string
}

/** A service made by a function instead of a class. */
export interface FactoryOptions<T, D extends readonly unknown[] = readonly unknown[]> {
  /** Class or abstract class it is injected by. */
  readonly provides?: AbstractClass<T>
  /** Name for `@Inject(name)`. Default: the name of `provides`. */
  readonly name?: string
  /** Tokens of the arguments of `create`. */
  readonly inject?: { readonly [I in keyof D]: Token<D[I]> }
  /** Makes the object; a promise is awaited before anything that needs it is constructed (singletons only). */
  readonly create: (...dependencies: D) => T | Promise<T>
  /** Default `singleton`. */
  readonly lifetime?: Lifetime
  readonly eager?: boolean
  /** Time limit of an asynchronous `create`, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number
}

/** An instance of a service class with a name and configuration of its own. */
export interface ConfiguredService {
  readonly use: Class
  readonly name?: string
  readonly config?: object
  /** Names of services that start before it, beside those that it injects. */
  readonly dependsOn?: readonly string[]
}

/** An object made elsewhere. The server does not start or stop it. */
export interface ProvidedValue {
  readonly value: object
  readonly provides?: AbstractClass
  readonly name?: string
}

/** What can be registered as a service in code. */
export type ServiceRegistration = Class | FactoryOptions<never, never> | ConfiguredService | ProvidedValue

/** Types the arguments of `create` from `inject`. */
export function factory<T, const D extends readonly unknown[] = []>(
  options: FactoryOptions<T, D>,
): FactoryOptions<never, never> {
  const registration = { ...options } as unknown as FactoryOptions<never, never>
  factorySites.set(registration, captureSite(factory))
  return registration
}

/** Where {@link factory} was called. A registration written as a plain object has no place of its own. */
export function factorySite(registration: object): CallSite | undefined {
  return factorySites.get(registration)
}

const factorySites = new WeakMap<object, CallSite>()

/** Whether injecting `token` can give this service. */
export function satisfies(definition: ServiceDefinition, token: Token): boolean {
  if (typeof token === 'string') return definition.name === token
  const isOrExtends = (type: AbstractClass) => type === token || type.prototype instanceof token
  if (definition.type && isOrExtends(definition.type)) return true
  if (definition.value && definition.provides.length === 0) return definition.value instanceof token
  return definition.provides.some(isOrExtends)
}

export function defaultName(type: Class): string {
  return readService(type)?.options.name ?? type.name
}
