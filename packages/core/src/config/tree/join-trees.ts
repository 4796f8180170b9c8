import { E_CONFIG_CONFLICT } from '../../errors/catalogue/config.js'
import { lokstraError, type LokstraError } from '../../errors/lokstra-error.js'
import { unusableNode, type ConfigList, type ConfigMap, type ConfigNode } from './config-node.js'
import { formatPath, type ConfigPath } from './config-path.js'
import { nameOf } from './find-node.js'

/**
 * Joins what stands side by side in one layer: maps key by key, `apps` by name, other lists one behind the other. Where two say
 * different things of one value, neither is the better one: that is a mistake.
 */
export function joinTrees(trees: readonly ConfigMap[], problems: LokstraError[]): ConfigMap {
  const [first, ...others] = trees
  return others.reduce((joined, tree) => joinMaps(joined, tree, [], problems), first!)
}

function joinMaps(one: ConfigMap, other: ConfigMap, path: ConfigPath, problems: LokstraError[]): ConfigMap {
  const entries = new Map(one.entries)
  for (const [key, value] of other.entries) {
    const present = entries.get(key)
    entries.set(key, present ? join(present, value, [...path, key], problems) : value)
  }
  return { ...one, entries }
}

function join(one: ConfigNode, other: ConfigNode, path: ConfigPath, problems: LokstraError[]): ConfigNode {
  if (one.isUnusable) return one
  if (other.isUnusable) return other
  if (one.kind === 'map' && other.kind === 'map') return joinMaps(one, other, path, problems)
  if (one.kind === 'list' && other.kind === 'list') {
    return path.length === 1 && path[0] === 'apps'
      ? joinNamed(one, other, path, problems)
      : { ...one, items: [...one.items, ...other.items] }
  }
  if (one.kind === 'scalar' && other.kind === 'scalar' && one.value === other.value) return one
  const places = [one.origin.value, other.origin.value]
  const name = formatPath(path)
  problems.push(lokstraError(E_CONFIG_CONFLICT, { path: name }, places, { path: name }))
  return unusableNode(one.origin)
}

/** Items of one name in one file stay apart, so that they are reported. */
function joinNamed(one: ConfigList, other: ConfigList, path: ConfigPath, problems: LokstraError[]): ConfigList {
  const items = [...one.items]
  const indexes = new Map(items.map((item, index) => [nameOf(item), index]).reverse() as [string | undefined, number][])
  for (const item of other.items) {
    const name = nameOf(item)
    const index = name === undefined ? undefined : indexes.get(name)
    if (index === undefined) {
      items.push(item)
    } else {
      indexes.delete(name)
      items[index] = joinMaps(items[index] as ConfigMap, item as ConfigMap, [...path, name!], problems)
    }
  }
  return { ...one, items }
}
