import type { Class } from '../../decorators/metadata.js'
import { E_SECRET_TYPE_UNKNOWN } from '../../errors/catalogue/secrets.js'
import { didYouMean } from '../../errors/did-you-mean.js'
import { lokstraError } from '../../errors/lokstra-error.js'
import { EnvSecrets } from './env-secrets.js'
import { ExecSecrets } from './exec-secrets.js'
import { FileSecrets } from './file-secrets.js'
import type { SecretProvider } from './secret-provider.js'
import type { WantedType } from './secret-store.js'

/** What `type` of an entry may be without any package. */
export const builtInSecretTypes: ReadonlyMap<string, Class<SecretProvider>> = new Map<string, Class<SecretProvider>>([
  ['env', EnvSecrets],
  ['file', FileSecrets],
  ['exec', ExecSecrets],
])

/** Finds what is built in, and nothing else. */
export function findBuiltInSecretType(wanted: WantedType): Promise<Class<SecretProvider> | undefined> {
  const type = builtInSecretTypes.get(wanted.type)
  if (!type) refuseSecretType(wanted, [])
  return Promise.resolve(type)
}

/** @param others  names of types that are known besides those built in */
export function refuseSecretType({ type, name, where, section }: WantedType, others: readonly string[]): void {
  const known = [...new Set([...builtInSecretTypes.keys(), ...others])]
  const params = { name, type, hint: didYouMean(type, known), known: known.join(', ') }
  section.problems.push(lokstraError(E_SECRET_TYPE_UNKNOWN, params, where))
}
