import type { LokstraError } from '../../errors/lokstra-error.js'
import type { ConfigList, ConfigMap, ConfigNode, Origin } from '../tree/config-node.js'
import type { ConfigPath } from '../tree/config-path.js'
import { E_CONFIG_OVERRIDE } from '../../errors/catalogue/config.js'
import { lokstraError } from '../../errors/lokstra-error.js'

/** The value that a variable or option sets: its text as it is; a list or map where it starts with [ or {. */
export async function overrideValue(
  text: string,
  origin: Origin,
  source: string,
  problems: LokstraError[],
): Promise<ConfigNode> {
  if (!/^\s*[[{]/.test(text)) return { kind: 'scalar', value: text, origin }
  // The parser is only loaded where there is something to parse.
  const { YamlDocument } = await import('../files/yaml-document.js')
  const own: LokstraError[] = []
  const document = new YamlDocument(text, source, own)
  const [mistake] = document.syntaxProblems()
  const tree = mistake ? undefined : document.read()
  const first = mistake ?? own[0]
  if (!first) return relocate(tree!, origin)
  const fix =
    'Write YAML in brackets, such as [a, b] or {"a": 1}. Other text that starts so can come in through ${NAME} in a file.'
  problems.push(
    lokstraError(E_CONFIG_OVERRIDE, { source, problem: `the value is not valid YAML: ${first.problem}`, fix }),
  )
  return { kind: 'scalar', value: null, origin, isUnusable: true }
}

/** A tree that holds one value. The step below `apps` is the name of an item. */
export function branch(path: ConfigPath, value: ConfigNode, origin: Origin): ConfigMap {
  let node = value
  for (let depth = path.length - 1; depth >= 0; depth--) {
    const key = String(path[depth])
    node = depth === 1 && path[0] === 'apps' ? named(key, node, origin) : mapOf(key, node, origin)
  }
  return node as ConfigMap
}

function named(name: string, value: ConfigNode, origin: Origin): ConfigList {
  const own = mapOf('name', { kind: 'scalar', value: name, origin }, origin).entries
  const item: ConfigNode =
    value.kind === 'map' ? { ...value, entries: new Map([...own, ...value.entries]) } : { ...value }
  return { kind: 'list', items: [item], origin }
}

function mapOf(key: string, value: ConfigNode, origin: Origin): ConfigMap {
  return { kind: 'map', entries: new Map([[key, value]]), origin }
}

function relocate(node: ConfigNode, origin: Origin): ConfigNode {
  if (node.kind === 'list') return { ...node, origin, items: node.items.map((item) => relocate(item, origin)) }
  if (node.kind !== 'map') return { ...node, origin }
  return {
    ...node,
    origin,
    entries: new Map(Array.from(node.entries, ([key, value]) => [key, relocate(value, origin)])),
  }
}
