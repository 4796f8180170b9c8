import type { ServiceDefinition, ServiceRegistration, StartsAfter } from '../container/service-definition.js'
import { defaultName, factorySite } from '../container/service-definition.js'
import { formatPath, type ConfigPath, type Locate } from '../config/tree/config-path.js'
import { bindConfig, refuseConfig } from '../config/bind/bind-config.js'
import type { AbstractClass, Class } from '../decorators/metadata.js'
import { misusesOf } from '../decorators/misuse.js'
import { readHandlerRecords } from '../decorators/route.js'
import { readService } from '../decorators/service.js'
import { E_NOT_A_SERVICE, E_SERVICE_DUPLICATE } from '../errors/catalogue/container.js'
import type { Doubt } from '../errors/follow-ups.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import type { MiddlewareFunction, MiddlewareHandler } from '../middleware/middleware.js'
import { readRoute } from '../contract/read-operations.js'

export type MiddlewareSource = MiddlewareFunction | Class<MiddlewareHandler>

/** A service class, the name it gets, and what was written of its configuration. */
export interface Blueprint {
  readonly type: Class
  readonly name: string
  /** Undefined where nothing was written, which is not a mistake until the service is used. */
  readonly values?: object | undefined
  /** `file:line` that errors name. */
  readonly where: string
  /** Places of the values. Default: `where` for all of them. */
  readonly locate?: Locate | undefined
  /** What errors put in front of a key, such as `services.db`. Default: the name. */
  readonly label?: string
  /** Services that start before it, beside those that it injects. */
  readonly after?: readonly StartsAfter[]
  readonly module?: string | undefined
}

/** A service or middleware, and the path of its own values in the configuration. */
export interface ConfiguredDefinition {
  readonly at: ConfigPath
  readonly definition: ServiceDefinition
}

/** Everything a server may use, by name, before it is decided what is used. */
export class Registry {
  readonly problems: LokstraError[]
  /** What is incomplete because of mistakes that are reported. */
  readonly doubts: Set<Doubt>
  /** What services lack for which nothing was written: no mistake where an entry of the configuration could not be used. */
  readonly unconfigured = new Set<LokstraError>()
  readonly definitions: ServiceDefinition[] = []
  /** What the configuration configures, by the place of its values. */
  readonly configured: ConfiguredDefinition[] = []
  readonly controllers = new Map<string, Class>()
  readonly middleware = new Map<string, MiddlewareSource>()
  /** Service classes by the name that `type:` in the configuration uses. */
  readonly types = new Map<string, Class>()
  /** Every class that a discovered file exports, to say what one lacks that is named and cannot be used. */
  readonly exported = new Map<string, Class>()
  /** Of those, the names that another class has as well. */
  readonly #rivals = new Map<string, Class>()
  readonly #classes = new Set<Class>()
  readonly #moduleOf = new Map<Class, string>()

  constructor(problems: LokstraError[], doubts: ReadonlySet<Doubt>) {
    this.problems = problems
    this.doubts = new Set(doubts)
  }

  /**
   * Makes a class known: as service type, and as middleware if it handles requests, unless it is that of a module, which names its
   * middleware itself. Its own service is defined later, by {@link defineRest}.
   */
  addClass(type: Class, module?: string): void {
    if (module) this.#moduleOf.set(type, module)
    if (!readService(type)) return
    this.#classes.add(type)
    for (const name of [type.name, defaultName(type)]) {
      const first = this.types.get(name) ?? type
      if (first === type) this.types.set(name, type)
      else this.#rivals.set(name, type)
    }
    if (!module && isMiddlewareClass(type)) this.addMiddleware(defaultName(type), type, siteOf(type) ?? '')
  }

  /** The service class of a name that the configuration uses. A second class of that name is reported. */
  typeNamed(name: string, where: string): Class | undefined {
    const type = this.types.get(name)
    const rival = this.#rivals.get(name)
    if (type && rival) this.#refuseDuplicate('service', name, type, rival, [where, siteOf(type), siteOf(rival)])
    return type
  }

  addMiddleware(name: string, source: MiddlewareSource, where: string): void {
    const first = this.middleware.get(name)
    if (first === undefined || first === source) {
      this.middleware.set(name, source)
      return
    }
    this.#refuseDuplicate('middleware', name, first, source, [where, siteOf(first)])
  }

  addController(type: Class, module?: string): void {
    if (module) this.#moduleOf.set(type, module)
    const first = this.controllers.get(type.name) ?? type
    if (first === type) this.controllers.set(type.name, type)
    else this.#refuseDuplicate('controller', type.name, first, type, [siteOf(type), siteOf(first)])
  }

  addRegistration(registration: ServiceRegistration, where: string, module?: string): void {
    const type =
      typeof registration === 'function' ? registration : 'use' in registration ? registration.use : undefined
    if (type && !readService(type)) {
      this.problems.push(...notAService(type, where))
      return
    }
    if (typeof registration === 'function') {
      this.addClass(registration, module)
    } else if ('value' in registration) {
      const { value, provides } = registration
      const name = registration.name ?? provides?.name ?? (value.constructor as Class).name
      this.definitions.push({
        name,
        lifetime: 'singleton',
        eager: false,
        provides: provides ? [provides] : [],
        value,
        where,
        module,
      })
    } else if ('use' in registration) {
      const { use, name = defaultName(use), config, dependsOn = [] } = registration
      const after = dependsOn.map((target) => ({ name: target, where }))
      this.define({ type: use, name, values: config, after, where, module })
    } else {
      const { provides, name, inject, create, lifetime = 'singleton', eager = false, timeoutMs } = registration
      this.definitions.push({
        name: name ?? (provides as AbstractClass | undefined)?.name ?? 'factory',
        lifetime,
        eager,
        provides: provides ? [provides] : [],
        create,
        inject: inject ?? [],
        where: factorySite(registration)?.toString() ?? where,
        createTimeoutMs: timeoutMs,
        module,
      })
    }
  }

  /** Defines a service of a class and puts it among the services. */
  define(blueprint: Blueprint): ServiceDefinition {
    const definition = this.createDefinition(blueprint)
    this.definitions.push(definition)
    return definition
  }

  /** The definition of a class, its configuration checked against the class's own; not yet among the services. */
  createDefinition(blueprint: Blueprint): ServiceDefinition {
    const { type, name, where } = blueprint
    const service = readService(type)
    const module = blueprint.module ?? this.#moduleOf.get(type)
    const own: LokstraError[] = []
    own.push(...misusesOf(type))
    const config = this.#bindConfig(blueprint, service?.options.config as Class<object> | undefined, own)
    return {
      name,
      type,
      lifetime: service?.options.lifetime ?? readRoute(type)?.options.lifetime ?? 'singleton',
      eager: service?.options.eager ?? false,
      provides: [],
      where: (service?.site ?? readRoute(type)?.site ?? where).toString(),
      configuredAt: where,
      ...(blueprint.locate ? { locate: blueprint.locate } : {}),
      ...(blueprint.label === undefined ? {} : { label: blueprint.label }),
      ...(blueprint.after?.length ? { after: blueprint.after } : {}),
      module,
      ...(config ? { config } : {}),
      ...(own.length > 0 ? { problems: own } : {}),
    }
  }

  /** Mistakes in what was written are problems at once; what is missing because nothing was written, only if the service is used. */
  #bindConfig(
    { name, where, values, locate = () => where, label = name }: Blueprint,
    configClass: Class<object> | undefined,
    ifUsed: LokstraError[],
  ): object | undefined {
    const problems = values ? this.problems : ifUsed
    const entry = { values, locate, label }
    if (configClass) {
      const before = ifUsed.length
      const config = bindConfig(configClass, entry, problems)
      for (const problem of ifUsed.slice(before)) this.unconfigured.add(problem)
      return config
    }
    refuseConfig(entry, problems)
    return undefined
  }

  /** Every known service class that the configuration did not define gets one service of its own. */
  defineRest(): void {
    for (const type of this.#classes) {
      if (this.definitionOf(type)) continue
      const name = defaultName(type)
      // Nothing was written of it, and this is where it would be.
      this.define({ type, name, label: formatPath(['services', name]), where: siteOf(type) ?? '' })
    }
  }

  /** The service that is a controller's instance: the published service itself, or one made for the controller. */
  controllerDefinition(type: Class): ServiceDefinition {
    return this.definitionOf(type) ?? this.define({ type, name: type.name, where: siteOf(type) ?? '' })
  }

  /** The service of exactly this class, or what a test put in its place. */
  definitionOf(type: Class): ServiceDefinition | undefined {
    return this.definitions.find(
      (definition) => definition.type === type || (definition.value && definition.provides.includes(type)),
    )
  }

  #refuseDuplicate(
    kind: 'service' | 'controller' | 'middleware',
    name: string,
    first: MiddlewareSource | Class,
    second: MiddlewareSource | Class,
    where: readonly (string | undefined)[],
  ): void {
    const describe = (source: MiddlewareSource | Class) => source.name || 'a function'
    const params = { kind, name, first: describe(first), second: describe(second) }
    this.problems.push(lokstraError(E_SERVICE_DUPLICATE, params, where))
  }
}

/** Why a class without a service's record is none: its decorator was misused, or is missing. */
export function notAService(type: Class, where: string): readonly LokstraError[] {
  const misuses = misusesOf(type)
  return misuses.length > 0 ? misuses : [lokstraError(E_NOT_A_SERVICE, { name: type.name }, where)]
}

/** `file:line` of the decorator that makes a class a service or a controller. */
function siteOf(type: object): string | undefined {
  const [handler] = readHandlerRecords(type as Class)
  return (readService(type)?.site ?? readRoute(type as Class)?.site ?? handler?.site)?.toString()
}

export function isMiddlewareClass(type: object): type is Class<MiddlewareHandler> {
  return (
    typeof type === 'function' &&
    typeof (type.prototype as Partial<MiddlewareHandler> | undefined)?.handle === 'function'
  )
}
