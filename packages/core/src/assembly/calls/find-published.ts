import type { ServerConfig } from '../../config/classes/server-config.js'
import { Context } from '../../context/context.js'
import type { Operation } from '../../contract/operation.js'
import { readOperations, readRoute } from '../../contract/read-operations.js'
import { refuseRemotable } from '../../contract/remotable.js'
import type { Class } from '../../decorators/metadata.js'
import { misusesOf } from '../../decorators/misuse.js'
import { readOperationRecords } from '../../decorators/route.js'
import { readService } from '../../decorators/service.js'
import { E_PUBLISH_INVALID, E_PUBLISH_UNKNOWN } from '../../errors/catalogue/deployments.js'
import { didYouMean } from '../../errors/did-you-mean.js'
import { lokstraError, type LokstraError } from '../../errors/lokstra-error.js'
import type { Registry } from '../registry.js'

/** A class whose operations other servers can call. */
export interface PublishedService {
  readonly type: Class
  /** What it is called on the wire: the name of its class, which all servers share. */
  readonly name: string
  /** Their paths have the prefix of `@Route`, and none of an app or group. */
  readonly operations: readonly Operation[]
}

/** Finds the classes that the configuration publishes. Each mistake is reported once. */
export class PublishedFinder {
  readonly #registry: Registry
  readonly #services: ServerConfig['services']
  readonly #found = new Map<string, PublishedService | undefined>()
  readonly #byType = new Map<Class, PublishedService | undefined>()

  /** @param services  of this server */
  constructor(registry: Registry, services: ServerConfig['services']) {
    this.#registry = registry
    this.#services = services
  }

  /**
   * @param given  the class; or its name, or that of its service
   * @param serviceType  where another server publishes it by the name of a service: its type there
   */
  find(given: Class | string, where: string, serviceType?: string): PublishedService | undefined {
    if (typeof given !== 'string') return this.#read(given, where)
    const key = JSON.stringify([given, serviceType])
    if (!this.#found.has(key)) this.#found.set(key, this.#findNamed(given, serviceType, where))
    return this.#found.get(key)
  }

  #findNamed(name: string, serviceType: string | undefined, where: string): PublishedService | undefined {
    const { types, definitions, controllers, exported, problems } = this.#registry
    // What a service is called is the affair of its own server: here the name may be that of another.
    const isOurs = serviceType === undefined || this.#services[name]?.type === serviceType
    const own = isOurs ? definitions.find((one) => one.type && one.name === name)?.type : undefined
    const typeName = serviceType ?? name
    const type = types.get(typeName) ?? own ?? controllers.get(typeName) ?? exported.get(typeName)
    if (type) return this.#read(type, where)
    const callable = [...new Set(types.values())].filter((one) => readOperationRecords(one).length > 0)
    const hint = didYouMean(typeName, [...callable.map((one) => one.name), ...controllers.keys()])
    const params = { name, type: serviceType, hint }
    problems.push(lokstraError(E_PUBLISH_UNKNOWN, params, where, { isNearMiss: hint !== '' }))
    return undefined
  }

  #read(type: Class, where: string): PublishedService | undefined {
    if (!this.#byType.has(type)) this.#byType.set(type, this.#readNew(type, where))
    return this.#byType.get(type)
  }

  #readNew(type: Class, where: string): PublishedService | undefined {
    const { problems, definitions } = this.#registry
    const misuses = misusesOf(type)
    const several = definitions.filter((definition) => definition.type === type).map(({ name }) => name)
    const refusal = refuse(type, several)
    if (refusal && misuses.length === 0) {
      problems.push(lokstraError(E_PUBLISH_INVALID, { name: type.name, ...refusal }, where))
    }
    if (refusal) {
      problems.push(...misuses)
      return undefined
    }
    const operations = readServiceOperations(type, where, problems)
    refuseRemotable(operations, problems)
    return { type, name: type.name, operations }
  }
}

/** The operations of a service without the prefixes of apps and groups. */
export function readServiceOperations(type: Class, where: string, problems: LokstraError[]): readonly Operation[] {
  return readOperations(type, { prefix: '', contextType: Context, where }, problems)
}

/** @param instances  names of the services of the class */
function refuse(type: Class, instances: readonly string[]): { reason: string; fix: string } | undefined {
  if (!readService(type)) {
    return { reason: 'it carries no @Service', fix: `Put @Service() on ${type.name}: others inject it by its class.` }
  }
  if (!readRoute(type) || readOperationRecords(type).length === 0) {
    const missing = readRoute(type) ? 'it has no method with @Get, @Post …' : 'it carries no @Route'
    const fix = 'Put @Route on the class, and @Get, @Post … on the methods that other servers may call.'
    return { reason: missing, fix }
  }
  if (instances.length > 1) {
    const fix = 'Publish a class of its own for each, or keep one of them.'
    return { reason: `it stands for several services: ${instances.join(', ')}`, fix }
  }
  return undefined
}
