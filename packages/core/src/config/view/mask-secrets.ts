import { isSecretKey, maskCredentials } from '../../errors/secret-key.js'
import { secretMask } from '../../logging/secret-mask.js'
import type { ConfigNode } from '../tree/config-node.js'
import type { ConfigPath } from '../tree/config-path.js'

const masked = '***'

/** The tree with every secret replaced: what a provider gave, what stands under keys such as `password`, and passwords in addresses. */
export function maskSecrets(node: ConfigNode, path: ConfigPath): ConfigNode {
  if (node.uses?.some(({ isSecret }) => isSecret)) return { kind: 'scalar', value: masked, origin: node.origin }
  if (node.kind === 'list')
    return { ...node, items: node.items.map((item, index) => maskSecrets(item, [...path, index])) }
  if (node.kind === 'map') {
    const entries = Array.from(node.entries, ([key, value]) => [key, maskSecrets(value, [...path, key])] as const)
    return { ...node, entries: new Map(entries) }
  }
  if (node.value === null || node.value === '' || typeof node.value === 'boolean') return node
  if (path.some((step) => typeof step === 'string' && isSecretKey(step))) return { ...node, value: masked }
  return typeof node.value === 'string'
    ? { ...node, value: maskCredentials(secretMask.applyToValue(node.value)) }
    : node
}
