import type { ConfigPath, Locate } from './config-path.js'
import { unusable } from './unusable.js'

/** Where a value was written. */
export interface Origin {
  /** `lokstra.yaml:12:5` of the key; of the item itself in a list. */
  readonly key: string
  /** `lokstra.yaml:12:9` of the value. */
  readonly value: string
  /** Text is taken as it is: `${` has no meaning in it. Default false. */
  readonly isLiteral?: boolean
}

/** A placeholder that a value holds, and what it was replaced with. */
export interface PlaceholderUse {
  /** As it was written: `${DATABASE_URL}`. */
  readonly text: string
  /** Where its value came from, in words; never the value. */
  readonly source: string
  readonly isSecret: boolean
}

interface Written {
  readonly origin: Origin
  /** The placeholders that stood here. */
  readonly uses?: readonly PlaceholderUse[]
  /** It was reported, and nothing more is said of it or of what is below. */
  readonly isUnusable?: boolean
}

export interface ConfigScalar extends Written {
  readonly kind: 'scalar'
  /** Text, number, boolean or null; from code whatever is no list and no plain object. */
  readonly value: unknown
}

export interface ConfigList extends Written {
  readonly kind: 'list'
  readonly items: readonly ConfigNode[]
}

export interface ConfigMap extends Written {
  readonly kind: 'map'
  readonly entries: ReadonlyMap<string, ConfigNode>
}

/** A configured value that knows where it comes from. */
export type ConfigNode = ConfigScalar | ConfigList | ConfigMap

/** The plain value: objects, arrays and scalars, and {@link unusable}. */
export function toPlain(node: ConfigNode): unknown {
  if (node.isUnusable) return unusable
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'list') return node.items.map(toPlain)
  return Object.fromEntries(Array.from(node.entries, ([key, value]) => [key, toPlain(value)]))
}

/** Values of code as nodes of one origin. What is undefined is left out; an instance of a class is a scalar. */
export function fromPlain(value: unknown, origin: Origin): ConfigNode {
  if (Array.isArray(value)) return { kind: 'list', items: value.map((item) => fromPlain(item, origin)), origin }
  if (!isPlain(value)) return { kind: 'scalar', value, origin }
  const given = Object.entries(value).filter(([, inner]) => inner !== undefined)
  return { kind: 'map', entries: new Map(given.map(([key, inner]) => [key, fromPlain(inner, origin)])), origin }
}

/** The nodes from the root along a path, as far as there are any. */
export function nodesAlong(root: ConfigNode, path: ConfigPath): ConfigNode[] {
  const nodes = [root]
  let node: ConfigNode | undefined = root
  for (const step of path) {
    node = childOf(node, step)
    if (!node) break
    nodes.push(node)
  }
  return nodes
}

/** The node at a path. */
export function nodeAt(root: ConfigNode, path: ConfigPath): ConfigNode | undefined {
  return nodesAlong(root, path)[path.length]
}

/** Finds the places of a tree's values. */
export function locateIn(root: ConfigNode): Locate {
  return (path, part = 'value') => {
    const nodes = nodesAlong(root, path)
    const { origin } = nodes.at(-1)!
    if (nodes.length === 1) return origin.value
    return origin[nodes.length > path.length ? part : 'key']
  }
}

/** Whether the value, or one below it, was reported. */
export function hasUnusable(node: ConfigNode): boolean {
  if (node.isUnusable || node.kind === 'scalar') return node.isUnusable === true
  return [...(node.kind === 'map' ? node.entries.values() : node.items)].some(hasUnusable)
}

/** The value of a key, or the item at an index. */
export function childOf(node: ConfigNode, step: string | number): ConfigNode | undefined {
  if (node.kind === 'map') return node.entries.get(String(step))
  return node.kind === 'list' && typeof step === 'number' ? node.items[step] : undefined
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
