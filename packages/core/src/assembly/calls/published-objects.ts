import type { ServiceDefinition } from '../../container/service-definition.js'
import type { Class } from '../../decorators/metadata.js'
import type { Registry } from '../registry.js'

/** All published services as those see them that inject them, for tools that do not know their classes. Injected like any other service. */
export class PublishedObjects {
  readonly byClass: ReadonlyMap<Class, object>

  constructor(byClass: ReadonlyMap<Class, object>) {
    this.byClass = byClass
  }
}

/** Makes {@link PublishedObjects} known to whoever injects it; of a server in which nobody does, nothing changes. */
export function addPublishedObjects({ definitions }: Registry, published: Iterable<Class>): void {
  if (!definitions.some(({ inject = [] }) => inject.includes(PublishedObjects))) return
  const types = [...published].filter((type) =>
    definitions.some((definition) => definition.type === type || definition.provides.includes(type)),
  )
  const definition: ServiceDefinition = {
    name: PublishedObjects.name,
    lifetime: 'singleton',
    eager: false,
    provides: [PublishedObjects],
    inject: types,
    create: (...objects: readonly object[]) =>
      new PublishedObjects(new Map(types.map((type, index) => [type, objects[index]!]))),
    where: '@lokstra/core',
  }
  definitions.push(definition)
}
