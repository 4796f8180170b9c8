import { builtInSecretTypes } from '../config/secrets/built-in-secret-types.js'
import { SecretProvider } from '../config/secrets/secret-provider.js'
import type { WantedType } from '../config/secrets/secret-store.js'
import { defaultName } from '../container/service-definition.js'
import type { Class } from '../decorators/metadata.js'
import { readService } from '../decorators/service.js'
import { discover, isClass } from '../discovery/discover.js'
import { E_SECRET_TYPE_UNKNOWN } from '../errors/catalogue/secrets.js'
import { didYouMean } from '../errors/did-you-mean.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import type { ServerOptions } from '../server/server-options.js'
import { Offers } from './offers.js'

/**
 * Finds the class of a secret provider: built in, given in code, offered by a package, or, last since its files have to be imported,
 * discovered.
 */
export async function findSecretType(
  wanted: WantedType,
  options: ServerOptions,
): Promise<Class<SecretProvider> | undefined> {
  const { type, folder, where, section } = wanted
  const known = builtInSecretTypes.get(type) ?? chooseSecretType((options.services ?? []).filter(isClass), type)
  if (known) return known
  const offers = new Offers(folder, section.problems)
  const offered = await offers.load('secrets', type, where)
  if (!offered) return undefined
  const inPackage = chooseSecretType(offered, type)
  if (inPackage) return inPackage
  // What is wrong with the files is reported when all of them are read, unless it is why the class is missing.
  const problems: LokstraError[] = []
  const { services } = await discover([...section.discover, ...(options.discover ?? [])], folder, problems)
  const found = chooseSecretType(services, type)
  if (!found) {
    section.problems.push(...problems)
    const providers = services.filter(isProvider).map((candidate) => defaultName(candidate))
    refuseSecretType(wanted, [...offers.names('secrets'), ...providers])
  }
  return found
}

/** Of classes, the secret provider that `type` means. */
export function chooseSecretType(classes: readonly Class[], type: string): Class<SecretProvider> | undefined {
  return classes.filter(isProvider).find((candidate) => candidate.name === type || defaultName(candidate) === type)
}

export function isProvider(type: Class): type is Class<SecretProvider> {
  return type.prototype instanceof SecretProvider && readService(type) !== undefined
}

/** @param others  names of types that are known besides those built in */
function refuseSecretType({ type, name, where, section }: WantedType, others: readonly string[]): void {
  const known = [...new Set([...builtInSecretTypes.keys(), ...others])]
  const params = { name, type, hint: didYouMean(type, known), known: known.join(', ') }
  section.problems.push(lokstraError(E_SECRET_TYPE_UNKNOWN, params, where))
}
