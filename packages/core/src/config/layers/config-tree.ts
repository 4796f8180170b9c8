import type { ConfigLayer, LayerName } from './config-layer.js'
import type { ConfigNode, Origin } from '../tree/config-node.js'
import type { ConfigPath, Locate } from '../tree/config-path.js'
import { childOf, locateIn, nameOf } from '../tree/find-node.js'

/** What one layer says of a value. */
export interface LayeredValue {
  readonly layer: LayerName
  readonly node: ConfigNode
  readonly origin: Origin
}

/** The values of a configuration, with what every layer said of them. */
export class ConfigTree {
  /** All layers laid over one another, placeholders replaced. */
  readonly root: ConfigNode
  readonly layers: readonly ConfigLayer[]
  /** Absolute paths of the files that were read, in the order in which they count. */
  readonly files: readonly string[]
  /** The place of a value, or of the nearest one around it that was written. */
  readonly locate: Locate

  constructor(root: ConfigNode, layers: readonly ConfigLayer[], files: readonly string[]) {
    this.root = root
    this.layers = layers
    this.files = files
    this.locate = locateIn(root)
  }

  /**
   * What each layer says of a value, lowest first; a null in a higher layer has removed what is below it, be it the value itself or one
   * around it. Empty for a value that nobody wrote: it has its default, or does not exist.
   */
  explain(path: ConfigPath): LayeredValue[] {
    return this.layers.flatMap(({ name, root }, index) => {
      const node = this.#find(root, path)
      // A null with nothing below it stands for nothing.
      const isIdle = node?.kind === 'scalar' && node.value === null && index === 0
      return node && !isIdle ? [{ layer: name, node, origin: node.origin }] : []
    })
  }

  /** The value, or the null around it. An index of `apps` counts in the final list; a layer holds the app of that name elsewhere. */
  #find(root: ConfigNode, path: ConfigPath): ConfigNode | undefined {
    let node: ConfigNode | undefined = root
    let final: ConfigNode | undefined = this.root
    for (const [depth, step] of path.entries()) {
      if (node.kind === 'scalar' && node.value === null) return node
      const below: ConfigNode | undefined = final && childOf(final, step)
      const name = depth === 1 && path[0] === 'apps' ? below && nameOf(below) : undefined
      node = childOf(node, name ?? step)
      if (!node) return undefined
      final = below
    }
    return node
  }
}
