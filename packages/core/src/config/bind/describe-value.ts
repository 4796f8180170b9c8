import { isSecretValue, maskCredentials } from '../../secrecy/secret-key.js'
import type { ConfigPath } from '../tree/config-path.js'

const longestText = 80

const secret = 'a secret (not shown)'

/**
 * A configured value for an error message: shortened, nested values unnamed, secrets masked.
 * @param isFromSecret  a secret provider gave it, or a part of it. Default false
 */
export function describeValue(value: unknown, path: ConfigPath, isFromSecret = false): string {
  if (value === undefined || value === null) return 'nothing'
  if (isFromSecret) return secret
  if (Array.isArray(value)) return describeArray(value, path)
  if (typeof value === 'object') return 'an object'
  if (typeof value === 'function') return `the function or class ${value.name || 'without a name'}`
  if (isSecretValue(value, path)) return secret
  if (typeof value !== 'string') return String(value)
  const text = maskCredentials(value)
  return JSON.stringify(text.length > longestText ? `${text.slice(0, longestText)}…` : text)
}

/** Short lists of plain values are shown: often one of the items is the mistake. */
function describeArray(items: readonly unknown[], path: ConfigPath): string {
  const isShown =
    items.length <= 8 &&
    items.every((item) => item === null || (typeof item !== 'object' && typeof item !== 'function'))
  return isShown ? `[${items.map((item) => describeValue(item, path)).join(', ')}]` : 'an array'
}
