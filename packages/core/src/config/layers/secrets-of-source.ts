import { E_CONFIG_SOURCE_SECRET } from '../../errors/catalogue/reload.js'
import { lokstraError, type LokstraError } from '../../errors/lokstra-error.js'
import { isSecretKey, maskCredentials } from '../../secrecy/secret-key.js'
import { fromPlain } from '../tree/config-node.js'
import { formatPath, type ConfigPath } from '../tree/config-path.js'
import { appNamesIn, withAppName } from '../tree/find-node.js'

/** What is wrong with values that a source is to hold: each secret among them. */
export function secretsOfSource(values: unknown, source: string): LokstraError[] {
  const found = secretsIn(values)
  if (found.length === 0) return []
  const names = appNamesIn(fromPlain(values, { key: source, value: source, isLiteral: true }))
  return found.map((path) =>
    lokstraError(E_CONFIG_SOURCE_SECRET, { source, path: formatPath(withAppName(path, names)) }, source),
  )
}

/** What of a source's values is a secret, by its key or as the password of a URL. */
function secretsIn(values: unknown, path: ConfigPath = []): readonly ConfigPath[] {
  if (typeof values === 'string') return maskCredentials(values) === values ? [] : [path]
  if (typeof values !== 'object' || values === null) return []
  return Object.entries(values).flatMap(([key, value]) => {
    const at = [...path, Array.isArray(values) ? Number(key) : key]
    return typeof value === 'string' && isSecretKey(key) ? [at] : secretsIn(value, at)
  })
}
