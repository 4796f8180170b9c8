import type { ConfigMap, ConfigNode } from './config-node.js'

/** A map that may be changed. */
export type OwnMap = ConfigMap & { readonly entries: Map<string, ConfigNode> }

/** Copies of the maps of trees, each made when it is first changed: to change one a thousand times costs one copy. */
export class OwnCopies {
  readonly #own = new WeakSet<ConfigMap>()

  /** The map itself where it is a copy already. */
  of(map: ConfigMap): OwnMap {
    if (this.#own.has(map)) return map as OwnMap
    const copy: OwnMap = { ...map, entries: new Map(map.entries) }
    this.#own.add(copy)
    return copy
  }
}
