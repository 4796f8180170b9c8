import type { ConfigPath, Locate } from '../config/tree/config-path.js'
import { defaultName, type ServiceDefinition } from '../container/service-definition.js'
import type { Class } from '../decorators/metadata.js'
import type { MiddlewareRef } from '../decorators/middleware.js'
import { readService } from '../decorators/service.js'
import { isClass } from '../discovery/discover.js'
import { E_MIDDLEWARE_INVALID, E_MIDDLEWARE_LEVEL, E_MIDDLEWARE_UNKNOWN } from '../errors/catalogue/routing.js'
import { didYouMean } from '../errors/did-you-mean.js'
import { lokstraError } from '../errors/lokstra-error.js'
import type { CompiledMiddleware, MiddlewareLevel } from '../middleware/compose.js'
import type { MiddlewareHandler } from '../middleware/middleware.js'
import { isMiddlewareClass, notAService, type MiddlewareSource, type Registry } from './registry.js'
import type { Offers } from './offers.js'

export interface PlacedRef {
  readonly ref: MiddlewareRef
  readonly where: string
  readonly locate?: Locate
  /** Where its configuration stands, for what is attached by the configuration. */
  readonly at?: ConfigPath
  /** What errors call its configuration. Default: `middleware.` and its name. */
  readonly label?: string
}

/** Middleware attached at one place, from a decorator, from code or from the configuration. */
export interface Attachment {
  readonly refs: readonly PlacedRef[]
  /** Drops what is further out. */
  readonly override: boolean
  readonly level: MiddlewareLevel
}

/** Middleware that is known by name and place; `definition` is set where a class has to be constructed first. */
export interface ResolvedMiddleware extends CompiledMiddleware {
  run: CompiledMiddleware['run']
  readonly definition: ServiceDefinition | undefined
}

/** Turns references into middleware. A class without configuration of its own is one object, however often it is attached. */
export class MiddlewareResolver {
  readonly resolved: ResolvedMiddleware[] = []
  readonly #registry: Registry
  readonly #offers: Offers
  readonly #shared = new Map<Class, ServiceDefinition>()
  /** A place that wraps many routes is resolved, and reported, once. */
  readonly #byPlace = new Map<PlacedRef, ResolvedMiddleware | undefined>()

  constructor(registry: Registry, offers: Offers) {
    this.#registry = registry
    this.#offers = offers
  }

  /** One chain, outermost first. */
  async chain(attachments: readonly Attachment[]): Promise<readonly ResolvedMiddleware[]> {
    let chain: ResolvedMiddleware[] = []
    for (const { refs, override, level } of attachments) {
      if (override) chain = []
      for (const placed of refs) {
        if (!this.#byPlace.has(placed)) this.#byPlace.set(placed, await this.#resolve(placed, level))
        const middleware = this.#byPlace.get(placed)
        if (middleware) chain.push(middleware)
      }
    }
    return chain
  }

  async #resolve(placed: PlacedRef, level: MiddlewareLevel): Promise<ResolvedMiddleware | undefined> {
    const { ref, where, at } = placed
    const [target, config] = (Array.isArray(ref) ? ref : [ref, undefined]) as [
      string | MiddlewareSource,
      object | undefined,
    ]
    const source = typeof target === 'string' ? await this.#byName(target, where) : target
    if (source === undefined) return undefined
    const name =
      typeof target === 'string' ? target : isMiddlewareClass(source) ? defaultName(source) : source.name || 'anonymous'
    if (!isMiddlewareClass(source)) {
      if (typeof source !== 'function' || isClass(source))
        return this.#refuse(name, 'it has no handle(ctx, next) method', where)
      if (config) return this.#refuse(name, 'it is a function and takes no configuration', where)
      return this.#keep({ name, run: source, definition: undefined, level, where })
    }
    if (!readService(source)) {
      this.#registry.problems.push(...notAService(source, where))
      return undefined
    }
    const { levels } = source as Class<MiddlewareHandler> & { levels?: readonly MiddlewareLevel[] }
    if (levels && !levels.includes(level)) {
      this.#registry.problems.push(lokstraError(E_MIDDLEWARE_LEVEL, { name, level, levels: levels.join(', ') }, where))
      return undefined
    }
    const definition = config ? this.#define(source, name, config, placed) : this.#share(source, name, placed)
    if (definition.lifetime !== 'singleton') {
      return this.#refuse(name, `it lives as ${definition.lifetime}, and middleware lives as long as the server`, where)
    }
    if (at) this.#registry.configured.push({ at, definition })
    return this.#keep({ name, run: notBound, definition, level, where })
  }

  #share(type: Class, name: string, placed: PlacedRef): ServiceDefinition {
    let definition = this.#shared.get(type)
    if (!definition) {
      // With a config class the definition is made here, so that what is missing in it is reported at this place.
      const registered = readService(type)?.options.config ? undefined : this.#registry.definitionOf(type)
      this.#shared.set(type, (definition = registered ?? this.#define(type, name, {}, placed)))
    }
    return definition
  }

  #define(
    type: Class,
    name: string,
    values: object,
    { where, locate, label = `middleware.${name}` }: PlacedRef,
  ): ServiceDefinition {
    const replacement = this.#registry.definitionOf(type)
    if (replacement?.value) return replacement
    return this.#registry.createDefinition({ type, name, values, where, locate, label })
  }

  async #byName(name: string, where: string): Promise<MiddlewareSource | undefined> {
    const known = this.#registry.middleware.get(name)
    if (known) return known
    const offered = await this.#offers.load('middleware', name, where)
    if (!offered) return undefined
    const found = chooseMiddleware(offered, name)
    if (found) {
      this.#registry.middleware.set(name, found)
      return found
    }
    const hint = didYouMean(name, [...this.#registry.middleware.keys(), ...this.#offers.names('middleware')])
    this.#registry.problems.push(lokstraError(E_MIDDLEWARE_UNKNOWN, { name, hint }, where, { isNearMiss: hint !== '' }))
    return undefined
  }

  #keep(middleware: ResolvedMiddleware): ResolvedMiddleware {
    this.resolved.push(middleware)
    return middleware
  }

  #refuse(name: string, reason: string, where: string): undefined {
    this.#registry.problems.push(lokstraError(E_MIDDLEWARE_INVALID, { name, reason }, where))
    return undefined
  }
}

/** Of what a package exports, the class that an offer of this name means. */
export function chooseMiddleware(offered: readonly Class[], name: string): Class<MiddlewareHandler> | undefined {
  return offered.filter(isMiddlewareClass).find((type) => defaultName(type) === name || offered.length === 1)
}

function notBound(): never {
  throw new Error('The middleware was not constructed yet')
}
