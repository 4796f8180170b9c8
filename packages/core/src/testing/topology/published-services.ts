import { factory, type ServiceRegistration, type Token } from '../../container/service-definition.js'
import type { AbstractClass } from '../../decorators/metadata.js'

/** The published services as those see them that inject them: an injection like any other. */
export class PublishedServices {
  readonly #objects: readonly object[]

  constructor(objects: readonly object[]) {
    this.#objects = objects
  }

  /** @throws Error that names what is published */
  get<T extends object>(type: AbstractClass<T>): T {
    const found = this.#objects.find((object): object is T => object instanceof type)
    if (found) return found
    const names = this.#objects.map((object) => object.constructor.name).join(', ')
    throw new Error(`${type.name} is not published by a server of the topology; published are: ${names || 'none'}`)
  }
}

/** @param names  of the services */
export function injectPublished(names: readonly Token[]): ServiceRegistration {
  return factory({
    provides: PublishedServices,
    inject: names as readonly Token<object>[],
    eager: true,
    create: (...objects: readonly object[]) => new PublishedServices(objects),
  })
}
