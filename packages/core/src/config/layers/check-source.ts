import { E_CONFIG_SOURCE_CODE, E_CONFIG_SOURCE_SECRET } from '../../errors/catalogue/reload.js'
import { lokstraError, type LokstraError } from '../../errors/lokstra-error.js'
import { isRecord } from '../../objects/is-record.js'
import { isSecretValue, maskCredentials, smallestSecretNumber } from '../../secrecy/secret-key.js'
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

/** What of a source's values is a secret, by its key, be it one of a list there, or as the password of a URL. */
function secretsIn(values: unknown, path: ConfigPath = [], key = ''): readonly ConfigPath[] {
  if (Array.isArray(values)) return values.flatMap((value, index) => secretsIn(value, [...path, index], key))
  if (typeof values !== 'object' || values === null) return isSecret(values, key) ? [path] : []
  return Object.entries(values).flatMap(([own, value]) => secretsIn(value, [...path, own], own))
}

function isSecret(value: unknown, key: string): boolean {
  if (typeof value === 'string') return isSecretValue(value, [key]) || maskCredentials(value) !== value
  return typeof value === 'number' && value >= smallestSecretNumber && isSecretValue(value, [key])
}
