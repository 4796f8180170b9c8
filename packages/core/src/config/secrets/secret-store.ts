import { E_SECRET_PROVIDER_FAILED } from '../../errors/catalogue/secrets.js'
import { lokstraError } from '../../errors/lokstra-error.js'
import type { Class } from '../../decorators/metadata.js'
import { readService } from '../../decorators/service.js'
import { bindConfig } from '../bind-service-config.js'
import { SecretEntryConfig } from './secret-entry-config.js'
import { SecretLoad } from './secret-load.js'
import type { SecretProvider } from './secret-provider.js'
import type { SecretContext, SecretEntry, SecretReader, SecretSection, SecretSource } from './secret-reader.js'

/** Finds the class of a `type`. */
export interface SecretTypes {
  /**
   * @param name  of the entry, for what is reported
   * @returns undefined when there is none, which is reported
   */
  find(type: string, name: string, where: string): Promise<Class<SecretProvider> | undefined>
}

/** A provider that secrets can be asked of. */
export interface OpenProvider {
  readonly provider: SecretProvider
  readonly timeoutMs: number
}

interface KeptProvider extends OpenProvider {
  /** Number of the last load that used it. */
  load: number
}

/** The secret providers of one server. One whose entry stays as it was is kept from load to load, with its sessions. */
export class SecretStore implements SecretSource {
  readonly #types: SecretTypes
  readonly #kept = new Map<string, KeptProvider>()
  #loads = 0

  constructor(types: SecretTypes) {
    this.#types = types
  }

  open(section: SecretSection, context: SecretContext): SecretReader {
    const load = ++this.#loads
    return new SecretLoad(section, {
      provide: (name, entry) => this.#provide(name, entry, section, context, load),
      end: () => this.#closeWhere((kept) => kept.load !== load),
    })
  }

  /** Closes every provider; a later load opens what it needs again. */
  async close(): Promise<void> {
    await this.#closeWhere(() => true)
  }

  async #provide(
    name: string,
    { values, locate }: SecretEntry,
    { problems }: SecretSection,
    context: SecretContext,
    load: number,
  ): Promise<OpenProvider | undefined> {
    const fingerprint = JSON.stringify([name, values, context])
    const kept = this.#kept.get(fingerprint)
    if (kept) {
      kept.load = load
      return kept
    }
    const before = problems.length
    const label = `secrets.${name}`
    const [common, own] = splitEntry(values)
    const { type, timeout } = bindConfig(SecretEntryConfig, common, locate, label, problems)
    if (problems.length > before) return undefined
    const providerClass = await this.#types.find(type, name, locate(['type']))
    if (!providerClass) return undefined
    const configClass = readService(providerClass)?.options.config ?? NoConfig
    const config = bindConfig(configClass as Class<object>, own, locate, label, problems)
    if (problems.length > before) return undefined
    try {
      const opened = { provider: new providerClass(config, context), timeoutMs: timeout, load }
      this.#kept.set(fingerprint, opened)
      return opened
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      problems.push(lokstraError(E_SECRET_PROVIDER_FAILED, { name, reason }, locate([]), { cause: error }))
      return undefined
    }
  }

  async #closeWhere(isOver: (kept: KeptProvider) => boolean): Promise<void> {
    for (const [fingerprint, kept] of this.#kept) {
      if (!isOver(kept)) continue
      this.#kept.delete(fingerprint)
      // A provider that cannot say goodbye is of no use any more, and nothing waits for it.
      await Promise.resolve(kept.provider.close?.()).catch(() => undefined)
    }
  }
}

class NoConfig {}

/** What is common to all entries, and what the type reads; what is no map is left for the check of the first. */
function splitEntry(values: unknown): [common: unknown, own: unknown] {
  if (typeof values !== 'object' || values === null || Array.isArray(values)) return [values, {}]
  const { type, timeout, ...own } = values as Record<string, unknown>
  return [{ ...(type !== undefined && { type }), ...(timeout !== undefined && { timeout }) }, own]
}
