import { E_CONFIG_CONFLICT } from '../../errors/catalogue/config.js'
import { lokstraError, type LokstraError } from '../../errors/lokstra-error.js'
import { unusableNode, type ConfigList, type ConfigMap, type ConfigNode } from './config-node.js'
import { formatPath, type ConfigPath } from './config-path.js'
import { nameOf } from './find-node.js'
import { OwnCopies } from './own-copies.js'

/**
 * Joins what stands side by side in one layer: maps key by key, `apps` by name, other lists one behind the other. Where two say
 * different things of one value, neither is the better one: that is a mistake.
 */
export function joinTrees(trees: readonly ConfigMap[], problems: LokstraError[]): ConfigMap {
  const [first, ...others] = trees
  const joining = new Joining(problems)
  return others.reduce((joined, tree) => joining.joinMaps(joined, tree, []), first!)
}

class Joining {
  readonly #problems: LokstraError[]
  readonly #copies = new OwnCopies()

  constructor(problems: LokstraError[]) {
    this.#problems = problems
  }

  joinMaps(one: ConfigMap, other: ConfigMap, path: ConfigPath): ConfigMap {
    const joined = this.#copies.of(one)
    for (const [key, value] of other.entries) {
      const present = joined.entries.get(key)
      joined.entries.set(key, present ? this.#join(present, value, [...path, key]) : value)
    }
    return joined
  }

  #join(one: ConfigNode, other: ConfigNode, path: ConfigPath): ConfigNode {
    if (one.isUnusable) return one
    if (other.isUnusable) return other
    if (one.kind === 'map' && other.kind === 'map') return this.joinMaps(one, other, path)
    if (one.kind === 'list' && other.kind === 'list') {
      return path.length === 1 && path[0] === 'apps'
        ? this.#joinNamed(one, other, path)
        : { ...one, items: [...one.items, ...other.items] }
    }
    if (one.kind === 'scalar' && other.kind === 'scalar' && one.value === other.value) return one
    const places = [one.origin.value, other.origin.value]
    const name = formatPath(path)
    this.#problems.push(lokstraError(E_CONFIG_CONFLICT, { path: name }, places, { path: name }))
    return unusableNode(one.origin)
  }

  /** Items of one name in one file stay apart, so that they are reported. */
  #joinNamed(one: ConfigList, other: ConfigList, path: ConfigPath): ConfigList {
    const items = [...one.items]
    const indexes = new Map(
      items.map((item, index) => [nameOf(item), index]).reverse() as [string | undefined, number][],
    )
    for (const item of other.items) {
      const name = nameOf(item)
      const index = name === undefined ? undefined : indexes.get(name)
      if (index === undefined) {
        items.push(item)
      } else {
        indexes.delete(name)
        items[index] = this.joinMaps(items[index] as ConfigMap, item as ConfigMap, [...path, name!])
      }
    }
    return { ...one, items }
  }
}
