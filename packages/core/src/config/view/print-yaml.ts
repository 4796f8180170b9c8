import { Document, isScalar, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml'

import type { ConfigNode } from '../tree/config-node.js'

/**
 * A tree as YAML.
 * @param places  writes behind every value where it stands, or that it is a default
 */
export function printYaml(root: ConfigNode, places: boolean): string {
  const document = new Document()
  document.contents = toYaml(root, places)
  return document.toString({ lineWidth: 0, flowCollectionPadding: false, singleQuote: true })
}

function toYaml(node: ConfigNode, places: boolean): Scalar | YAMLSeq | YAMLMap {
  const value = toNode(node, places)
  const isLeaf = isScalar(value) || value.items.length === 0 || (value instanceof YAMLSeq && value.flow)
  if (places && isLeaf) value.comment = ` ${node.origin.value}`
  return value
}

function toNode(node: ConfigNode, places: boolean): Scalar | YAMLSeq | YAMLMap {
  if (node.kind === 'scalar') return new Scalar(isData(node.value) ? node.value : describe(node.value))
  if (node.kind === 'list') {
    const list = new YAMLSeq()
    list.flow = node.items.every((item) => item.kind === 'scalar')
    list.items = node.items.map((item) => (list.flow ? toNode(item, places) : toYaml(item, places)))
    return list
  }
  const map = new YAMLMap()
  map.flow = node.entries.size === 0
  map.items = Array.from(node.entries, ([key, value]) => new Pair(new Scalar(key), toYaml(value, places)))
  return map
}

function isData(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
}

/** Code may hold what YAML cannot. */
function describe(value: unknown): string {
  if (typeof value === 'function') return `(the function or class ${value.name || 'without a name'})`
  return typeof value === 'object' ? '(an object of code)' : String(value)
}
