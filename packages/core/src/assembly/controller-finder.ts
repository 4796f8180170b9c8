import { notAController } from '../contract/read-operations.js'
import type { Class } from '../decorators/metadata.js'
import { misusesOf } from '../decorators/misuse.js'
import { readHandlerRecords } from '../decorators/route.js'
import { E_CONTROLLER_UNKNOWN, E_HANDLER_UNKNOWN } from '../errors/catalogue/routing.js'
import { didYouMean } from '../errors/did-you-mean.js'
import { lokstraError } from '../errors/lokstra-error.js'
import type { Offers } from './offers.js'
import type { Registry } from './registry.js'

/** A handler that was found: the method exists, its decorators are still to be read. */
export interface FoundHandler {
  readonly type: Class
  readonly method: string
}

/** Finds the classes and methods that the configuration names. What is not found is reported. */
export class ControllerFinder {
  readonly #registry: Registry
  readonly #offers: Offers

  constructor(registry: Registry, offers: Offers) {
    this.#registry = registry
    this.#offers = offers
  }

  /**
   * The controller that an app lists under a name.
   * @param listed  every name that the app lists: none of them is suggested
   */
  async controller(name: string, app: string, listed: readonly string[], where: string): Promise<Class | undefined> {
    const found = await this.#find(name, where)
    if (found) return found === 'reported' ? undefined : found
    const exported = this.#registry.exported.get(name)
    if (exported) {
      // What is wrong with its decorators has been told.
      if (misusesOf(exported).length === 0) this.#registry.problems.push(notAController(exported, where))
      return undefined
    }
    const names = [...this.#registry.controllers.keys(), ...this.#offers.names('controllers')]
    const hint = didYouMean(
      name,
      names.filter((other) => !listed.includes(other)),
    )
    const details = { isNearMiss: hint !== '' }
    this.#registry.problems.push(lokstraError(E_CONTROLLER_UNKNOWN, { app, name, hint }, where, details))
    return undefined
  }

  /** The class and method of `TodoController.list`. */
  async handler(handler: string | readonly [Class, string], where: string): Promise<FoundHandler | undefined> {
    const [owner, method] = typeof handler === 'string' ? (handler.split('.') as [string, string]) : handler
    const found = typeof owner === 'string' ? await this.#find(owner, where) : owner
    if (found === 'reported') return undefined
    const type = found ?? this.#registry.exported.get(owner as string)
    if (type && hasMethod(type, method)) return { type, method }
    const name = `${typeof owner === 'string' ? owner : owner.name}.${method}`
    const known = new Set([...this.#registry.controllers.values(), ...(type ? [type] : [])])
    const names = [...known].flatMap((one) => readHandlerRecords(one).map((record) => `${one.name}.${record.method}`))
    const hint = didYouMean(name, names)
    const details = { isNearMiss: hint !== '' }
    this.#registry.problems.push(lokstraError(E_HANDLER_UNKNOWN, { handler: name, hint }, where, details))
    return undefined
  }

  /** A known controller, or one that an installed package offers under the name. */
  async #find(name: string, where: string): Promise<Class | 'reported' | undefined> {
    const known = this.#registry.controllers.get(name)
    if (known) return known
    const offered = await this.#offers.load('controllers', name, where)
    if (!offered) return 'reported'
    const type = offered.find((candidate) => readHandlerRecords(candidate).length > 0)
    if (!type) return undefined
    this.#registry.addController(type)
    // What the package exports beside its controller is what the controller injects.
    for (const other of offered) this.#registry.addClass(other)
    this.#registry.defineRest()
    return type
  }
}

function hasMethod(type: Class, method: string): boolean {
  const prototype = type.prototype as Record<string, unknown>
  return method !== 'constructor' && typeof prototype[method] === 'function' && !(method in Object.prototype)
}
