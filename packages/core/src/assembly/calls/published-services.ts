import type { PeerServer } from '../../config/layers/peers.js'
import type { Class } from '../../decorators/metadata.js'
import type { CallPlanInput } from './call-plan-input.js'
import { PublishedFinder, type PublishedService } from './find-published.js'

/** Something that is published, and where that is said. */
export interface Publication {
  readonly what: Class | string
  /** Of what another server publishes by the name of a service: its type there. */
  readonly type?: string | undefined
  readonly where: string
}

/** What any server publishes, in any deployment or none; what is wrong with it is reported. */
export class PublishedServices {
  readonly #finder: PublishedFinder
  readonly #peers: readonly PeerServer[]
  readonly #all = new Map<Class, PublishedService>()
  readonly #own = new Set<Class>()

  constructor({ loaded, options, registry, place }: CallPlanInput) {
    const { config, topology, locate, runs } = loaded
    this.#finder = new PublishedFinder(registry, config.services)
    this.#peers = topology.peers
    for (const [index, { publish }] of config.apps.entries()) {
      for (const [at, what] of publish.entries())
        this.#add({ what, where: locate(['apps', index, 'publish', at]) }, true)
    }
    for (const [index, { name, publish = [] }] of (options.apps ?? []).entries()) {
      const isOwn = runs?.includes(name ?? (index === 0 ? 'app' : `app${index}`)) ?? true
      for (const what of publish) this.#add({ what, where: place }, isOwn)
    }
    for (const { name, type, where } of topology.published) this.#add({ what: name, type, where }, false)
  }

  get types(): ReadonlySet<Class> {
    return new Set(this.#all.keys())
  }

  get all(): readonly PublishedService[] {
    return [...this.#all.values()]
  }

  /** Those that this server publishes. */
  get own(): readonly PublishedService[] {
    return this.all.filter(({ type }) => this.#own.has(type))
  }

  isOwn({ type }: PublishedService): boolean {
    return this.#own.has(type)
  }

  /** Each once. */
  find(publications: readonly Publication[]): readonly PublishedService[] {
    return [...new Set(publications.flatMap(({ what, type, where }) => this.#finder.find(what, where, type) ?? []))]
  }

  /** The other servers of the deployment that publish a service, each with those of its apps that do. */
  publishersOf({ type }: PublishedService): readonly PeerServer[] {
    return this.#peers
      .map((peer) => {
        const apps = peer.apps.filter(({ publish }) =>
          publish.some((one) => this.#finder.find(one.name, one.where, one.type)?.type === type),
        )
        return { ...peer, apps }
      })
      .filter(({ apps }) => apps.length > 0)
  }

  #add({ what, type, where }: Publication, isOwn: boolean): void {
    const service = this.#finder.find(what, where, type)
    if (!service) return
    this.#all.set(service.type, service)
    if (isOwn) this.#own.add(service.type)
  }
}
