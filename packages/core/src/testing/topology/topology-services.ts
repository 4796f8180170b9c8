import { PublishedObjects } from '../../assembly/calls/published-objects.js'
import { factory } from '../../container/service-definition.js'
import type { AbstractClass } from '../../decorators/metadata.js'

/** The published services of a topology, by their classes. */
export class TopologyServices {
  readonly #byClass: PublishedObjects['byClass']

  constructor({ byClass }: PublishedObjects) {
    this.#byClass = byClass
  }

  /** @throws Error that names what is published */
  get<T extends object>(type: AbstractClass<T>): T {
    const own = [...this.#byClass.keys()]
    const found = own.find((one) => one === type) ?? own.find((one) => one.prototype instanceof type)
    // What a test has put in its place need not be an instance of it.
    if (found) return this.#byClass.get(found) as T
    const names = own.map(({ name }) => name).join(', ')
    throw new Error(`${type.name} is not published by a server of the topology; published are: ${names || 'none'}`)
  }
}

/** For the server that a test asks. */
export const injectPublished = factory({
  provides: TopologyServices,
  inject: [PublishedObjects],
  eager: true,
  create: (objects) => new TopologyServices(objects),
})
