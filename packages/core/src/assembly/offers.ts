import type { Class } from '../decorators/metadata.js'
import { resolveImport } from '../discovery/installed-packages.js'
import { importOffered, readManifests, type Manifests, type OfferKind } from '../discovery/package-manifests.js'
import { isClass } from '../discovery/discover.js'
import { LokstraError, placed } from '../errors/lokstra-error.js'

/** What installed packages offer by name. Their manifests are read when a name is asked for, a package is imported when it offers it. */
export class Offers {
  readonly #folder: string
  readonly #problems: LokstraError[]
  #read: Manifests | undefined

  constructor(folder: string, problems: LokstraError[]) {
    this.#folder = folder
    this.#problems = problems
  }

  /**
   * The classes that the offered entry point exports; empty when nothing of that name is offered.
   * @returns undefined when something is offered and cannot be used, which is reported
   */
  async load(kind: OfferKind, name: string, where: string): Promise<readonly Class[] | undefined> {
    const before = this.#problems.length
    const offer = this.#manifests.find(kind, name, this.#problems, where)
    if (!offer) return this.#problems.length > before ? undefined : []
    try {
      return Object.values(await importOffered(offer, this.#folder)).filter(isClass)
    } catch (error) {
      if (!LokstraError.is(error)) throw error
      this.#problems.push(placed(error, where))
      return undefined
    }
  }

  /** The file that is imported for an offer. Undefined when nothing of that name is offered, or its package cannot be resolved. */
  fileOf(kind: OfferKind, name: string): string | undefined {
    const offer = this.#manifests.find(kind, name, [])
    return offer && resolveImport(offer.specifier, this.#folder)
  }

  names(kind: OfferKind): readonly string[] {
    return this.#manifests.names(kind)
  }

  get #manifests(): Manifests {
    return (this.#read ??= readManifests(this.#folder, this.#problems))
  }

  async loadPackage(name: string): Promise<readonly Class[]> {
    return Object.values(await importOffered({ packageName: name, specifier: name }, this.#folder)).filter(isClass)
  }
}
