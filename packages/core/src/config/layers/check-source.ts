import { E_CONFIG_SOURCE_CODE, E_CONFIG_SOURCE_SECRET } from '../../errors/catalogue/reload.js'
import { lokstraError, type LokstraError } from '../../errors/lokstra-error.js'
import { isRecord } from '../../objects/is-record.js'
import { isSecretKey, maskCredentials } from '../../secrecy/secret-key.js'
import { fromPlain } from '../tree/config-node.js'
import { formatPath, type ConfigPath } from '../tree/config-path.js'
import { appNamesIn, withAppName } from '../tree/find-node.js'

/** Sections that lead to modules that are imported, or to programs that are run. */
const codeSections = ['discover', 'modules', 'secrets', 'deployments']

/**
 * What values of a source may not say, whatever the rest of the configuration says: which code runs, and secrets. Whoever can write
 * to its table could run code in every server otherwise, and whoever can read it could read the secrets.
 */
export function checkSource(values: object, source: string): LokstraError[] {
  const code = codeIn(values).map((path) =>
    lokstraError(E_CONFIG_SOURCE_CODE, { source, path: formatPath(path) }, source),
  )
  const secrets = secretsIn(values)
  if (secrets.length === 0) return code
  const names = appNamesIn(fromPlain(values, { key: source, value: source, isLiteral: true }))
  return [
    ...code,
    ...secrets.map((path) =>
      lokstraError(E_CONFIG_SOURCE_SECRET, { source, path: formatPath(withAppName(path, names)) }, source),
    ),
  ]
}

function codeIn(values: object): readonly ConfigPath[] {
  const sections = codeSections.filter((section) => Object.hasOwn(values, section))
  const services = 'services' in values && isRecord(values.services) ? Object.entries(values.services) : []
  const types = services.filter(([, service]) => isRecord(service) && Object.hasOwn(service, 'type'))
  return [...sections.map((section) => [section]), ...types.map(([name]) => ['services', name, 'type'])]
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
