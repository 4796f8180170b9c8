import { captureSite, type CallSite } from '../errors/call-site.js'
import type { MiddlewareFunction, MiddlewareHandler } from '../middleware/middleware.js'
import type { ServiceRegistration, Token } from '../container/service-definition.js'
import { metadataKey, ownRecord, readOwn, type Class } from './metadata.js'
import { isBare, refuseStandard } from './misuse.js'

/** What a module may do. Everything is closed unless it is declared. */
export interface Capabilities {
  /** May register services. */
  readonly services?: boolean
  /** May register middleware. */
  readonly middleware?: boolean
  /** May register controllers. */
  readonly controllers?: boolean
  /** What its services inject from outside the module, besides the logger: classes, names, or patterns such as `cache*`. */
  readonly inject?: readonly Token[]
}

/** What `@Module` says of a module. */
export interface ModuleOptions {
  /** Default: the class's name. */
  readonly name?: string
  readonly capabilities?: Capabilities
  /** Class of the typed configuration; the constructor receives it. */
  readonly config?: Class
}

/** Where a module puts what it brings. */
export interface ModuleRegistry {
  service(registration: ServiceRegistration): void
  /** Registered by the class's name; an app lists it under `controllers`. */
  controller(type: Class): void
  middleware(name: string, middleware: MiddlewareFunction | Class<MiddlewareHandler>): void
}

/** A class that registers a set of services, middleware and controllers. */
export interface ModuleClass {
  register(registry: ModuleRegistry): void
}

interface ModuleRecord {
  readonly options: ModuleOptions
  readonly site: CallSite
}

const moduleKey = metadataKey<ModuleRecord>('module')

export function Module(...args: [options?: ModuleOptions]): (target: Class<ModuleClass>) => void {
  if (isBare(Module, 'class', args)) return undefined as never
  const [options = {}] = args
  const site = captureSite(Module)
  return (target, context?: unknown) => {
    refuseStandard('@Module', context, () => site)
    ownRecord(target, moduleKey, () => ({ options, site }))
  }
}

export function readModule(type: object): ModuleRecord | undefined {
  return readOwn(type, moduleKey)
}
