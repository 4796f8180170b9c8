import { E_SECRET_PROVIDER_FAILED } from '../../errors/catalogue/secrets.js'
import { lokstraError, type LokstraError } from '../../errors/lokstra-error.js'
import { reasonOf } from '../../errors/reason-of.js'
import type { Class } from '../../decorators/metadata.js'
import { readService } from '../../decorators/service.js'
import { bindConfig } from '../bind/bind-config.js'
import { SecretEntryConfig } from './secret-entry-config.js'
import { SecretLoad } from './secret-load.js'
import { Semaphore } from '../../promises/semaphore.js'
import { settlesWithin } from '../../promises/settles-within.js'
import { SecretScope } from '../../secrecy/secret-scope.js'
import type { SecretProvider } from './secret-provider.js'
import type { SecretEntry, SecretPlace, SecretReader, SecretSection, SecretSource } from './secret-reader.js'

/** What an entry asks for with its `type`. */
export interface WantedType {
  readonly type: string
  /** Of the entry. */
  readonly name: string
  readonly where: string
  readonly folder: string
  readonly section: SecretSection
}

/** Finds the class of a type. Undefined when there is none, which is reported. */
export type FindSecretType = (wanted: WantedType) => Promise<Class<SecretProvider> | undefined>

/** A provider that secrets can be asked of. */
export interface OpenProvider {
  readonly provider: SecretProvider
  readonly timeoutMs: number
  /** A command may be run for each secret: of hundreds, not all at once. */
  readonly turns: Semaphore
}

/** Secrets that one provider is asked for at the same time. */
const mostAtOnce = 16

/** How long a provider may take to say goodbye, in milliseconds. */
const closeMs = 5_000

/** The secrets of one load. Texts hide them while its scope is held. */
export interface LoadSecrets extends SecretSource {
  readonly scope: SecretScope
}

/**
 * The secret providers of one server. One whose entry stays as it was is kept from load to load, with its sessions. Loads follow one
 * another: each closes what it had no use for.
 */
export class SecretStore {
  readonly #find: FindSecretType
  readonly #kept = new Map<string, OpenProvider>()

  constructor(find: FindSecretType) {
    this.#find = find
  }

  /** The source of one load, with a scope of its own. */
  newLoad(): LoadSecrets {
    const scope = new SecretScope()
    return { scope, open: (section, place) => this.#open(section, place, scope) }
  }

  #open(section: SecretSection, place: SecretPlace, scope: SecretScope): SecretReader {
    const used = new Set<OpenProvider>()
    const source = {
      provide: async (name: string, entry: SecretEntry) => {
        const opened = await this.#provide(name, entry, section, place.folder)
        if (opened) used.add(opened)
        return opened
      },
      end: () => this.#closeWhere((kept) => !used.has(kept)),
    }
    return new SecretLoad(section, place, source, scope)
  }

  /** Closes every provider; a later load opens what it needs again. */
  async close(): Promise<void> {
    await this.#closeWhere(() => true)
  }

  async #provide(
    name: string,
    entry: SecretEntry,
    section: SecretSection,
    folder: string,
  ): Promise<OpenProvider | undefined> {
    const fingerprint = JSON.stringify([name, entry.values, folder])
    const kept = this.#kept.get(fingerprint)
    if (kept) return kept
    // Apart from the problems of entries that are read at the same time.
    const problems: LokstraError[] = []
    const opened = await this.#create(name, entry, section, folder, problems)
    section.problems.push(...problems)
    if (opened) this.#kept.set(fingerprint, opened)
    return opened
  }

  /** @param problems  receives what is wrong with the entry; with any, nothing is returned */
  async #create(
    name: string,
    { values, locate }: SecretEntry,
    section: SecretSection,
    folder: string,
    problems: LokstraError[],
  ): Promise<OpenProvider | undefined> {
    const label = `secrets.${name}`
    const [common, own] = splitEntry(values)
    const { type, timeout } = bindConfig(SecretEntryConfig, { values: common, locate, label }, problems)
    if (problems.length > 0) return undefined
    const providerClass = await this.#find({ type, name, where: locate(['type']), folder, section })
    if (!providerClass) return undefined
    const configClass = (readService(providerClass)?.options.config ?? NoConfig) as Class<object>
    const config = bindConfig(configClass, { values: own, locate, label }, problems)
    if (problems.length > 0) return undefined
    try {
      return { provider: new providerClass(config), timeoutMs: timeout, turns: new Semaphore(mostAtOnce) }
    } catch (error) {
      const params = { name, reason: reasonOf(error) }
      problems.push(lokstraError(E_SECRET_PROVIDER_FAILED, params, locate([]), { cause: error }))
      return undefined
    }
  }

  async #closeWhere(isOver: (kept: OpenProvider) => boolean): Promise<void> {
    const over = [...this.#kept].filter(([, kept]) => isOver(kept))
    for (const [fingerprint] of over) this.#kept.delete(fingerprint)
    await Promise.all(over.map(([, { provider }]) => close(provider)))
  }
}

class NoConfig {}

/** A provider that cannot say goodbye, or not in time, is of no use any more: nobody is told, and nothing waits for it. */
async function close(provider: SecretProvider): Promise<void> {
  const closing = Promise.resolve().then(() => provider.close?.())
  await settlesWithin(closing, closeMs).catch(() => undefined)
}

/** What is common to all entries, and what the type reads; what is no map is left for the check of the first. */
function splitEntry(values: unknown): [common: unknown, own: unknown] {
  if (typeof values !== 'object' || values === null || Array.isArray(values)) return [values, {}]
  const { type, timeout, ...own } = values as Record<string, unknown>
  return [{ ...(type !== undefined && { type }), ...(timeout !== undefined && { timeout }) }, own]
}
