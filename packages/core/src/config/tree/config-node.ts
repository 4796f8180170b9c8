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
  /** `${DATABASE_URL}`; `${PORT:…}` where it has a default. */
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
  /** Text, number, boolean or null; from code whatever is no list, no map and no plain object. */
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

/** Values of code as nodes of one origin. What is undefined is left out; an instance of a class is a scalar, unless it is a `Map`. */
export function fromPlain(value: unknown, origin: Origin): ConfigNode {
  if (Array.isArray(value)) return { kind: 'list', items: value.map((item) => fromPlain(item, origin)), origin }
  if (!(isPlain(value) || value instanceof Map)) return { kind: 'scalar', value, origin }
  return fromObject(value, origin)
}

/** The same of an object, of whatever class it is. */
export function fromObject(values: object, origin: Origin): ConfigMap {
  const given = values instanceof Map ? [...(values as Map<string, unknown>)] : Object.entries(values)
  const present = given.filter(([, value]) => value !== undefined)
  return { kind: 'map', entries: new Map(present.map(([key, value]) => [key, fromPlain(value, origin)])), origin }
}

/** Whether a secret provider gave the value or a part of its text. */
export function isFromSecret({ uses }: ConfigNode): boolean {
  return uses?.some(({ isSecret }) => isSecret) ?? false
}

/** Whether the value, or one below it, was reported. */
export function hasUnusable(node: ConfigNode): boolean {
  if (node.isUnusable || node.kind === 'scalar') return node.isUnusable === true
  return [...(node.kind === 'map' ? node.entries.values() : node.items)].some(hasUnusable)
}

/** A value that was reported: nothing more is said of it. */
export function unusableNode(origin: Origin): ConfigScalar {
  return { kind: 'scalar', value: null, origin, isUnusable: true }
}

/** The map with another value for a key. */
export function withEntry(map: ConfigMap, key: string, value: ConfigNode): ConfigMap {
  return { ...map, entries: new Map([...map.entries, [key, value]]) }
}

export function withoutKeys(map: ConfigMap, keys: readonly string[]): ConfigMap {
  return { ...map, entries: new Map([...map.entries].filter(([key]) => !keys.includes(key))) }
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
