import type { ConfigNode, ConfigScalar } from '../tree/config-node.js'

/** A text that holds a placeholder. */
export type TextNode = ConfigScalar & { readonly value: string }

export function needsReplacing(node: ConfigNode): node is TextNode {
  return node.kind === 'scalar' && typeof node.value === 'string' && !node.origin.isLiteral && node.value.includes('${')
}
