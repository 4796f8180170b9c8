import { isSecretValue, maskCredentials } from '../../secrecy/secret-key.js'
import type { SecretScope } from '../../secrecy/secret-scope.js'
import { isFromSecret, type ConfigNode } from '../tree/config-node.js'
import type { ConfigPath } from '../tree/config-path.js'

const masked = '***'

/**
 * The tree with every secret replaced: what a provider gave, what stands under keys such as `password`, and passwords in addresses.
 * @param secrets  what other values may hold as well
 */
export function maskSecrets(node: ConfigNode, path: ConfigPath, secrets: SecretScope): ConfigNode {
  if (isFromSecret(node)) return { kind: 'scalar', value: masked, origin: node.origin }
  if (node.kind === 'list')
    return { ...node, items: node.items.map((item, index) => maskSecrets(item, [...path, index], secrets)) }
  if (node.kind === 'map') {
    const entries = Array.from(
      node.entries,
      ([key, value]) => [key, maskSecrets(value, [...path, key], secrets)] as const,
    )
    return { ...node, entries: new Map(entries) }
  }
  if (node.value === null || node.value === '' || typeof node.value === 'boolean') return node
  if (isSecretValue(node.value, path)) return { ...node, value: masked }
  return typeof node.value === 'string' ? { ...node, value: maskCredentials(secrets.apply(node.value)) } : node
}
