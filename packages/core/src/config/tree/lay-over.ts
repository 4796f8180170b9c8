import { withoutKeys, type ConfigList, type ConfigMap, type ConfigNode } from './config-node.js'
import { nameOf } from './find-node.js'

/**
 * Lays values over others: maps key by key; the list `apps` item by item, each over the one of its name, the rest behind them;
 * every other value and list is replaced. null takes away what is below it (RFC 7396).
 */
export function layOver(base: ConfigMap, upper: ConfigMap): ConfigMap {
  return overMap(base, upper, true)
}

function overMap(base: ConfigMap, upper: ConfigMap, isRoot: boolean): ConfigMap {
  const entries = new Map(base.entries)
  for (const [key, value] of upper.entries) {
    const below = entries.get(key)
    if (!below) entries.set(key, value)
    else if (value.kind === 'scalar' && value.value === null && !value.isUnusable) entries.delete(key)
    else if (isMap(below) && isMap(value)) entries.set(key, overMap(below, value, false))
    else if (isRoot && key === 'apps' && isList(below) && isList(value)) entries.set(key, overNamed(below, value))
    else entries.set(key, value)
  }
  return { ...base, entries }
}

function overNamed(base: ConfigList, upper: ConfigList): ConfigList {
  const items = [...base.items]
  const indexes = new Map<string, number>()
  for (const [index, item] of items.entries()) {
    const name = nameOf(item)
    if (name !== undefined && !indexes.has(name)) indexes.set(name, index)
  }
  for (const item of upper.items) {
    const name = nameOf(item)
    const index = name === undefined ? undefined : indexes.get(name)
    if (name === undefined || index === undefined) {
      items.push(item)
    } else {
      // A second one of the name stays apart, so that it is reported.
      indexes.delete(name)
      // The name says which item is meant; it stays where it was written first.
      items[index] = overMap(items[index] as ConfigMap, withoutKeys(item as ConfigMap, ['name']), false)
    }
  }
  return { ...base, items }
}

function isMap(node: ConfigNode): node is ConfigMap {
  return node.kind === 'map'
}

function isList(node: ConfigNode): node is ConfigList {
  return node.kind === 'list'
}
