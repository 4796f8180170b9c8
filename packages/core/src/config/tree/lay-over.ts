import type { ConfigList, ConfigMap, ConfigNode } from './config-node.js'

/**
 * Lays values over others: maps key by key; the list `apps` item by item, each over the one of its name, the rest behind them;
 * every other value and list is replaced. null takes away what is below it (RFC 7396).
 */
export function layOver(base: ConfigNode, upper: ConfigNode): ConfigNode {
  return isMap(base) && isMap(upper) ? overMap(base, upper, true) : upper
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
      items[index] = overMap(items[index] as ConfigMap, withoutName(item as ConfigMap), false)
    }
  }
  return { ...base, items }
}

/** The name says which item is meant; it stays where it was written first. */
function withoutName(item: ConfigMap): ConfigMap {
  return { ...item, entries: new Map([...item.entries].filter(([key]) => key !== 'name')) }
}

/** The `name` of an item, as it is written. */
export function nameOf(node: ConfigNode): string | undefined {
  const name = isMap(node) ? node.entries.get('name') : undefined
  return name?.kind === 'scalar' && typeof name.value === 'string' ? name.value : undefined
}

function isMap(node: ConfigNode): node is ConfigMap {
  return node.kind === 'map'
}

function isList(node: ConfigNode): node is ConfigList {
  return node.kind === 'list'
}
