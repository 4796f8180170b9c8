import type { FieldPlan, ObjectPlan } from '../../contract/input-plan.js'
import { readObjectPlan } from '../../contract/read-input-plan.js'
import type { Class } from '../../decorators/metadata.js'
import { fromPlain, withEntry, type ConfigMap, type ConfigNode, type Origin } from '../tree/config-node.js'
import type { ConfigPath } from '../tree/config-path.js'
import { childOf, nodeAt } from '../tree/find-node.js'
import { AppConfig, ServerConfig } from '../classes/server-config.js'

/** An object of the configuration that a class has read. */
export interface TypedPart {
  readonly at: ConfigPath
  readonly type: Class
}

const fromClass: Origin = { key: 'default', value: 'default', isLiteral: true }

/** The tree with the defaults of the configuration classes where nothing is written. */
export function withDefaults(root: ConfigNode, parts: readonly TypedPart[]): ConfigNode {
  const apps = nodeAt(root, ['apps'])
  const own: TypedPart[] =
    apps?.kind === 'list' ? apps.items.map((_, index) => ({ at: ['apps', index], type: AppConfig })) : []
  return [{ at: [], type: ServerConfig }, ...own, ...parts].reduce(
    (tree: ConfigNode, { at, type }) => fillIn(tree, at, defaultsOf(readObjectPlan(type, []))),
    root,
  )
}

/** Adds defaults to what is at a path, where that is a map. */
function fillIn(node: ConfigNode, path: ConfigPath, defaults: ConfigMap): ConfigNode {
  const [step, ...below] = path
  if (step === undefined) return addMissing(node, defaults)
  if (node.kind === 'list') {
    return { ...node, items: node.items.map((item, index) => (index === step ? fillIn(item, below, defaults) : item)) }
  }
  const child = childOf(node, step)
  return node.kind === 'map' && child ? withEntry(node, String(step), fillIn(child, below, defaults)) : node
}

/** What is written comes first, in its order. */
function addMissing(node: ConfigNode, defaults: ConfigNode): ConfigNode {
  if (node.kind !== 'map' || defaults.kind !== 'map') return node
  const entries = new Map(node.entries)
  for (const [key, value] of defaults.entries) {
    const written = entries.get(key)
    entries.set(key, written ? addMissing(written, value) : value)
  }
  return { ...node, entries }
}

function defaultsOf(plan: ObjectPlan): ConfigMap {
  const entries = plan.fields.flatMap((field): [string, ConfigNode][] => {
    const value = defaultOf(field)
    return value ? [[field.name, value]] : []
  })
  return { kind: 'map', entries: new Map(entries), origin: fromClass }
}

function defaultOf({ type, defaultValue }: FieldPlan): ConfigNode | undefined {
  if (defaultValue === undefined) return undefined
  if (type.kind === 'object') return defaultsOf(type.plan())
  if (Array.isArray(defaultValue)) return fromPlain(defaultValue, fromClass)
  // What else is an object has a form of its own in files, such as the middleware of an app.
  return typeof defaultValue === 'object' ? undefined : fromPlain(defaultValue, fromClass)
}
