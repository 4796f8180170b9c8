import { withoutKeys, type ConfigList, type ConfigMap, type ConfigNode } from './config-node.js'
import { nameOf } from './find-node.js'
import { OwnCopies } from './own-copies.js'

/**
 * Lays values over others: maps key by key; the list `apps` item by item, each over the one of its name, the rest behind them;
 * every other value and list is replaced. null takes away what is below it (RFC 7396).
 */
export function layOver(base: ConfigMap, upper: ConfigMap): ConfigMap {
  return overMap(base, upper, true, new OwnCopies())
}

/** The same of many, each over those before it. */
export function layAllOver(base: ConfigMap, uppers: readonly ConfigMap[]): ConfigMap {
  const copies = new OwnCopies()
  return uppers.reduce((below, upper) => overMap(below, upper, true, copies), base)
}

function overMap(base: ConfigMap, upper: ConfigMap, isRoot: boolean, copies: OwnCopies): ConfigMap {
  const laid = copies.of(base)
  const { entries } = laid
  for (const [key, value] of upper.entries) {
    const below = entries.get(key)
    if (!below) entries.set(key, value)
    else if (value.kind === 'scalar' && value.value === null && !value.isUnusable) entries.delete(key)
    else if (isMap(below) && isMap(value)) entries.set(key, overMap(below, value, false, copies))
    else if (isRoot && key === 'apps' && isList(below) && isList(value))
      entries.set(key, overNamed(below, value, copies))
    else entries.set(key, value)
  }
  return laid
}

function overNamed(base: ConfigList, upper: ConfigList, copies: OwnCopies): ConfigList {
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
      items[index] = overMap(items[index] as ConfigMap, withoutKeys(item as ConfigMap, ['name']), false, copies)
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
