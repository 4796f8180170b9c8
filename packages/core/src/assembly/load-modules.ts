import { bindConfig, refuseConfig } from '../config/bind/bind-config.js'
import type { Locate } from '../config/tree/config-path.js'
import type { AbstractClass, Class } from '../decorators/metadata.js'
import { misusesOf } from '../decorators/misuse.js'
import { readModule, type Capabilities, type ModuleClass, type ModuleRegistry } from '../decorators/module.js'
import { E_MODULE_CAPABILITY, E_MODULE_INVALID, E_MODULE_UNKNOWN } from '../errors/catalogue/container.js'
import { didYouMean } from '../errors/did-you-mean.js'
import { LokstraError, lokstraError } from '../errors/lokstra-error.js'
import { reasonOf } from '../errors/reason-of.js'
import { satisfies, tokenName, type ServiceDefinition, type Token } from '../container/service-definition.js'
import { Logger } from '../logging/logger.js'
import { isThenable } from '../promises/is-thenable.js'
import { ServerRuntime } from '../server/server-runtime.js'
import type { Offers } from './offers.js'
import { isMiddlewareClass, type Registry } from './registry.js'

/** What the application allows a module; undefined allows what the module declares. */
export interface AllowedCapabilities {
  readonly services?: boolean
  readonly middleware?: boolean
  readonly controllers?: boolean
  /** Names of services and classes; `cache*` allows every name that starts so. */
  readonly inject?: readonly string[]
}

/** How the application lists a module. */
export interface ListedModule {
  readonly allow?: AllowedCapabilities | undefined
  readonly config: object
  /** What errors call its configuration, such as `modules[0].config`. Default: its name. */
  readonly label?: string
  readonly where: string
  /** Places of the configuration's values. Default: `where` for all of them. */
  readonly locate?: Locate
}

const kinds = ['services', 'middleware', 'controllers'] as const
type Kind = (typeof kinds)[number]

/** Lets modules register what they bring, and holds them to what they declared and to what the application allows. */
export class ModuleLoader {
  readonly #registry: Registry
  readonly #capabilities = new Map<string, Capabilities>()

  constructor(registry: Registry) {
    this.#registry = registry
  }

  load(type: Class<ModuleClass>, listed: ListedModule): void {
    const { problems } = this.#registry
    const record = readModule(type)
    const misuses = misusesOf(type)
    if (misuses.length > 0) {
      problems.push(...misuses)
      return
    }
    if (!record || typeof (type.prototype as Partial<ModuleClass>).register !== 'function') {
      const problem = record ? 'it has no register(registry) method' : 'it carries no @Module'
      this.#refuse(type.name, problem, listed.where)
      return
    }
    const { name = type.name, capabilities = {}, config: configClass } = record.options
    const place = record.site.toString()
    if (this.#capabilities.has(name)) {
      this.#refuse(name, 'it is listed twice', [listed.where, place])
      return
    }
    this.#capabilities.set(name, capabilities)
    this.#checkAllowed(name, capabilities, listed.allow, [listed.where, place])
    const before = problems.length
    const config = this.#bindConfig(name, configClass as Class<object> | undefined, listed)
    // It would be constructed with what is known to be wrong.
    if (problems.length > before) return
    this.#register(
      name,
      () => new type(...(config ? [config] : [])),
      this.#restricted(name, capabilities, place),
      place,
    )
  }

  /**
   * The one module class that a package exports.
   * @param discovered  names of modules that were found otherwise, one of which may have been meant
   */
  async findInPackage(
    name: string,
    offers: Offers,
    where: string,
    discovered: readonly string[],
  ): Promise<Class<ModuleClass> | undefined> {
    let types: readonly Class[]
    try {
      types = (await offers.loadPackage(name)).filter((type) => readModule(type) !== undefined)
    } catch (error) {
      const reason = LokstraError.is(error) ? error.problem : String(error)
      if (!isNotInstalled(error, name)) return this.#refuse(name, `it cannot be imported: ${reason}`, where, error)
      const hint = didYouMean(name, discovered)
      this.#registry.problems.push(lokstraError(E_MODULE_UNKNOWN, { module: name, hint }, where))
      return undefined
    }
    if (types.length !== 1) return this.#refuse(name, `the package exports ${types.length} classes with @Module`, where)
    return types[0] as Class<ModuleClass>
  }

  /** Whether a service of the module may inject what another part of the application registered. */
  readonly mayInject = (module: string, token: Token, given: ServiceDefinition): boolean => {
    if (token === Logger || token === ServerRuntime) return true
    const { inject = [] } = this.#capabilities.get(module) ?? {}
    return inject.some(
      (declared) => covers(declared, token) || covers(declared, given.name) || satisfies(given, declared),
    )
  }

  #register(name: string, create: () => ModuleClass, registry: ModuleRegistry, place: string): void {
    try {
      const returned: unknown = create().register(registry)
      if (!isThenable(returned)) return
      Promise.resolve(returned).catch(() => undefined)
      this.#refuse(name, 'register() is asynchronous, and what it registers would come too late', place)
    } catch (error) {
      this.#refuse(name, `register() failed: ${reasonOf(error)}`, place, error)
    }
  }

  #refuse(module: string, problem: string, where: string | readonly string[], cause?: unknown): undefined {
    this.#registry.problems.push(lokstraError(E_MODULE_INVALID, { module, problem }, where, { cause }))
  }

  #bindConfig(
    name: string,
    configClass: Class<object> | undefined,
    { config: values, where, locate = () => where, label = name }: ListedModule,
  ): object | undefined {
    const { problems } = this.#registry
    const entry = { values, locate, label }
    if (configClass) return bindConfig(configClass, entry, problems)
    refuseConfig(entry, problems)
    return undefined
  }

  #checkAllowed(
    module: string,
    declared: Capabilities,
    allow: AllowedCapabilities | undefined,
    where: readonly string[],
  ): void {
    if (!allow) return
    const refuse = (wanted: string) => {
      const allowed = 'the application does not allow it'
      this.#registry.problems.push(lokstraError(E_MODULE_CAPABILITY, { module, wanted, allowed }, where))
    }
    for (const kind of kinds) if (declared[kind] && !allow[kind]) refuse(`declares that it registers ${kind}`)
    for (const token of declared.inject ?? []) {
      const name = typeof token === 'string' ? token : token.name
      if (!(allow.inject ?? []).some((pattern) => covers(pattern, name)))
        refuse(`declares that it injects ${tokenName(token)}`)
    }
  }

  #restricted(module: string, declared: Capabilities, where: string): ModuleRegistry {
    const registry = this.#registry
    const may = (kind: Kind, what: string): boolean => {
      if (declared[kind]) return true
      const params = { module, wanted: `registers ${what}`, allowed: `it declares no ${kind}` }
      registry.problems.push(lokstraError(E_MODULE_CAPABILITY, params, where))
      return false
    }
    return {
      service: (registration) => {
        if (may('services', 'a service')) registry.addRegistration(registration, where, module)
      },
      controller: (type) => {
        if (may('controllers', `the controller ${type.name}`)) registry.addController(type, module)
      },
      middleware: (name, middleware) => {
        if (!may('middleware', `the middleware "${name}"`)) return
        if (isMiddlewareClass(middleware)) registry.addClass(middleware, module)
        registry.addMiddleware(name, middleware, where)
      },
    }
  }
}

/** The package itself is missing, not something that it imports. */
function isNotInstalled(error: unknown, name: string): boolean {
  const cause: unknown = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && cause.message.startsWith(`Cannot find module '${name}'`)
}

function covers(declared: string | AbstractClass, token: Token): boolean {
  if (declared === token) return true
  if (typeof declared !== 'string') return typeof token !== 'string' && token.prototype instanceof declared
  const name = typeof token === 'string' ? token : token.name
  return declared.endsWith('*') ? name.startsWith(declared.slice(0, -1)) : name === declared
}
