import { isFromSecret, type ConfigNode } from './config-node.js'
import type { ConfigPath, Locate } from './config-path.js'

/** The value of a key; of a list the item at an index, or the one whose `name` it is. */
export function childOf(node: ConfigNode, step: string | number): ConfigNode | undefined {
  if (node.kind === 'map') return node.entries.get(String(step))
  if (node.kind === 'scalar') return undefined
  return typeof step === 'number' ? node.items[step] : node.items.find((item) => nameOf(item) === step)
}

/** The `name` of an item, as it is written. */
export function nameOf(node: ConfigNode): string | undefined {
  const name = node.kind === 'map' ? node.entries.get('name') : undefined
  return name?.kind === 'scalar' && typeof name.value === 'string' ? name.value : undefined
}

/** The steps by name that lead on from a node: keys of a map, names of a list's items. */
export function namesIn(node: ConfigNode | undefined): readonly string[] {
  if (node?.kind === 'map') return [...node.entries.keys()]
  return node?.kind === 'list' ? node.items.flatMap((item) => nameOf(item) ?? []) : []
}

/** The nodes from the root along a path, as far as there are any. */
function nodesAlong(root: ConfigNode, path: ConfigPath): ConfigNode[] {
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

/** Names of apps by their index; of those only that tell one app from all others. */
export type AppNames = ReadonlyMap<number, string>

export function appNamesIn(root: ConfigNode): AppNames {
  const apps = childOf(root, 'apps')
  const names = apps?.kind === 'list' ? apps.items.map(plainNameOf) : []
  const first = new Map(names.map((name, index) => [name, index] as const).reverse())
  const last = new Map(names.map((name, index) => [name, index] as const))
  return new Map(names.flatMap((name, index) => (name && first.get(name) === last.get(name) ? [[index, name]] : [])))
}

/** The path as people write it: `apps.api.listen`; `apps[0].listen` where no name says which app it is. */
export function withAppName(path: ConfigPath, names: AppNames): ConfigPath {
  const [section, index, ...below] = path
  const name = section === 'apps' && typeof index === 'number' ? names.get(index) : undefined
  return name === undefined ? path : ['apps', name, ...below]
}

/** The name, unless it is not known yet or not to be shown. */
function plainNameOf(app: ConfigNode): string | undefined {
  const node = app.kind === 'map' ? app.entries.get('name') : undefined
  if (!node || node.isUnusable || isFromSecret(node)) return undefined
  const name = nameOf(app)
  return name?.includes('${') && !node.origin.isLiteral ? undefined : name
}

/** Finds the places of a tree's values. */
export function locateIn(root: ConfigNode): Locate {
  const locate: Locate = (path, part = 'value') => {
    const nodes = nodesAlong(root, path)
    const { origin } = nodes.at(-1)!
    if (nodes.length === 1) return origin.value
    return origin[nodes.length > path.length ? part : 'key']
  }
  let names: AppNames | undefined
  return Object.assign(locate, {
    isSecret: (path: ConfigPath) => isSecretAt(root, path),
    fullPath: (path: ConfigPath) => withAppName(path, (names ??= appNamesIn(root))),
  })
}

/** Whether a secret provider gave the value at a path, a part of it, or the text that it was read from. */
function isSecretAt(root: ConfigNode, path: ConfigPath): boolean {
  const nodes = nodesAlong(root, path)
  return nodes.some(isFromSecret) || (nodes.length > path.length && hasSecret(nodes.at(-1)!))
}

function hasSecret(node: ConfigNode): boolean {
  if (node.kind === 'scalar' || isFromSecret(node)) return isFromSecret(node)
  return [...(node.kind === 'map' ? node.entries.values() : node.items)].some(hasSecret)
}
