import { splitListText } from '../../binding/list-text.js'
import { convertScalar, isUnconverted } from '../../binding/scalar.js'
import type { FieldPlan, ObjectPlan } from '../../contract/object-plan.js'
import { isScalar, type ScalarType, type ValueType } from '../../contract/value-type.js'
import { readObjectPlan } from '../../contract/read-input-plan.js'
import type { Class } from '../../decorators/metadata.js'
import { AppConfig, ServerConfig } from '../classes/server-config.js'
import { writtenDefault } from '../schema/text-forms.js'
import { fromPlain, withEntry, type ConfigMap, type ConfigNode, type Origin } from '../tree/config-node.js'
import type { ConfigPath } from '../tree/config-path.js'
import { childOf, nodeAt } from '../tree/find-node.js'

/** An object of the configuration that a class has read. */
export interface TypedPart {
  readonly at: ConfigPath
  readonly type: Class
}

const fromClass: Origin = { key: 'default', value: 'default', isLiteral: true }
const nothing: ConfigMap = { kind: 'map', entries: new Map(), origin: fromClass }

/** A configuration as its classes read it: text as the number, boolean or list that its key asks for, and defaults where nothing is written. */
export class TypedTree {
  readonly root: ConfigNode
  readonly #parts: readonly TypedPart[]

  /** @param parts  what services, middleware and mounts are configured with, as far as their classes are known */
  constructor(written: ConfigNode, parts: readonly TypedPart[]) {
    const apps = nodeAt(written, ['apps'])
    const items = apps?.kind === 'list' ? apps.items : []
    const ofApps = items.map((_, index): TypedPart => ({ at: ['apps', index], type: AppConfig }))
    this.#parts = [{ at: [], type: ServerConfig }, ...ofApps, ...parts]
    this.root = this.#parts.reduce((tree, { at, type }) => readAt(tree, at, readObjectPlan(type, [])), written)
  }

  /** What the class that reads a value gives it where nothing is written. */
  defaultAt(path: ConfigPath): ConfigNode | undefined {
    const around = this.#parts.filter(({ at }) => at.length < path.length && at.every((step, i) => path[i] === step))
    const part = around.reduce((inner, other) => (other.at.length > inner.at.length ? other : inner))
    const steps = path.slice(part.at.length)
    const node = readMap(nothing, readObjectPlan(part.type, []))
    return nodeAt(node, steps)
  }
}

/** Reads what is at a path by its class, where that is a map. */
function readAt(node: ConfigNode, path: ConfigPath, plan: ObjectPlan): ConfigNode {
  const [step, ...below] = path
  if (step === undefined) return node.kind === 'map' ? readMap(node, plan) : node
  if (node.kind === 'list') {
    return { ...node, items: node.items.map((item, index) => (index === step ? readAt(item, below, plan) : item)) }
  }
  const child = childOf(node, step)
  return node.kind === 'map' && child ? withEntry(node, String(step), readAt(child, below, plan)) : node
}

/** What is written comes first, in its order. */
function readMap(map: ConfigMap, { fields }: ObjectPlan): ConfigMap {
  const entries = new Map(map.entries)
  for (const field of fields) {
    const written = entries.get(field.name)
    const value = written ? read(written, field.type) : defaultOf(field)
    if (value) entries.set(field.name, value)
  }
  return { ...map, entries }
}

function read(node: ConfigNode, type: ValueType): ConfigNode {
  if (type.kind === 'object') return node.kind === 'map' ? readMap(node, type.plan()) : node
  if (type.kind === 'array' && isScalar(type.element)) return readList(node, type.element)
  // Times and sizes are best read as they are written.
  if (node.kind !== 'scalar' || (type.kind !== 'number' && type.kind !== 'boolean' && type.kind !== 'enum')) return node
  const value = convertScalar(type, node.value, 'convert')
  return isUnconverted(value) ? node : { ...node, value }
}

function readList(node: ConfigNode, element: ScalarType): ConfigNode {
  if (node.kind === 'list') return { ...node, items: node.items.map((item) => read(item, element)) }
  const texts = node.kind === 'scalar' && typeof node.value === 'string' ? splitListText(node.value) : undefined
  if (!texts || element.kind === 'any') return node
  const { uses, origin } = node
  const items = texts.map((value) => read({ kind: 'scalar', value, origin }, element))
  return { kind: 'list', items, origin, ...(uses ? { uses } : {}) }
}

function defaultOf({ type, defaultValue }: FieldPlan): ConfigNode | undefined {
  if (defaultValue === undefined) return undefined
  if (type.kind === 'object') return readMap(nothing, type.plan())
  // What else is an object has a form of its own in files, such as the middleware of an app.
  const isOwnForm = typeof defaultValue === 'object' && !Array.isArray(defaultValue)
  if (isOwnForm) return undefined
  return fromPlain(isScalar(type) ? writtenDefault(type, defaultValue) : defaultValue, fromClass)
}
