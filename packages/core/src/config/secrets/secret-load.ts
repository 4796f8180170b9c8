import { E_SECRET_CYCLE, E_SECRET_PROVIDER_UNKNOWN, E_SECRET_UNAVAILABLE } from '../../errors/catalogue/secrets.js'
import { didYouMean } from '../../errors/did-you-mean.js'
import { lokstraError, type LokstraError } from '../../errors/lokstra-error.js'
import { reasonOf } from '../../errors/reason-of.js'
import type { SecretScope } from '../../secrecy/secret-scope.js'
import { settlesWithin } from '../../promises/settles-within.js'
import { SecretError, type SecretContext } from './secret-provider.js'
import type { SecretEntry, SecretPlace, SecretReader, SecretSection } from './secret-reader.js'
import type { OpenProvider } from './secret-store.js'

/** Providers that need no entry. */
const withoutEntry = ['env', 'file']

interface ProviderSource {
  /** @returns undefined when the entry is wrong, which is reported */
  provide(name: string, entry: SecretEntry): Promise<OpenProvider | undefined>
  end(): Promise<void>
}

/** The secrets of one load: providers are opened when they are asked for, and every secret is fetched once. */
export class SecretLoad implements SecretReader {
  readonly #section: SecretSection
  readonly #place: SecretPlace
  readonly #scope: SecretScope
  readonly #source: ProviderSource
  readonly #providers = new Map<string, Promise<OpenProvider | undefined>>()
  readonly #secrets = new Map<string, Promise<string | undefined>>()
  /** Which providers the entry of a provider asks. */
  readonly #asked = new Map<string, Set<string>>()

  /** @param scope  receives what has to be hidden */
  constructor(section: SecretSection, place: SecretPlace, source: ProviderSource, scope: SecretScope) {
    this.#section = section
    this.#place = place
    this.#scope = scope
    this.#source = source
  }

  read(provider: string, key: string): Promise<string | undefined> {
    const name = JSON.stringify([provider, key])
    let secret = this.#secrets.get(name)
    if (!secret) this.#secrets.set(name, (secret = this.#fetch(provider, key)))
    return secret
  }

  async complete(): Promise<void> {
    for (const name of this.#section.names) await this.#provider(name).catch(() => undefined)
    await this.#source.end()
  }

  /** {@link read} for the entry of another provider. Two that wait for one another would wait for ever. */
  async #readFor(asker: string, provider: string, key: string): Promise<string | undefined> {
    const chain = this.#chain(provider, asker)
    if (chain) throw lokstraError(E_SECRET_CYCLE, { chain: [asker, ...chain].join(' -> ') })
    const asked = this.#asked.get(asker) ?? new Set()
    this.#asked.set(asker, asked.add(provider))
    return this.read(provider, key)
  }

  /** How the entry of one provider comes to ask another; undefined when it does not. */
  #chain(from: string, to: string, seen = new Set<string>()): string[] | undefined {
    if (from === to) return [to]
    if (seen.has(from)) return undefined
    seen.add(from)
    for (const next of this.#asked.get(from) ?? []) {
      const rest = this.#chain(next, to, seen)
      if (rest) return [from, ...rest]
    }
    return undefined
  }

  #provider(name: string): Promise<OpenProvider | undefined> {
    let provider = this.#providers.get(name)
    if (!provider) this.#providers.set(name, (provider = this.#open(name)))
    return provider
  }

  async #open(name: string): Promise<OpenProvider | undefined> {
    const { names } = this.#section
    if (names.includes(name)) {
      const entry = await this.#section.evaluate(name, (provider, key) => this.#readFor(name, provider, key))
      return entry && this.#source.provide(name, entry)
    }
    if (withoutEntry.includes(name)) {
      return this.#source.provide(name, { values: { type: name }, locate: () => 'its defaults' })
    }
    const known = [...new Set([...names, ...withoutEntry])]
    throw lokstraError(E_SECRET_PROVIDER_UNKNOWN, {
      provider: name,
      hint: didYouMean(name, known),
      known: known.join(', '),
    })
  }

  async #fetch(name: string, key: string): Promise<string | undefined> {
    const opened = await this.#provider(name)
    if (!opened) return undefined
    const context = { ...this.#place, hide: (text: string) => this.#scope.add(text) }
    const secret = await opened.turns
      .run(() => fetchWithin(opened, key, context))
      .catch((error: unknown) => {
        throw unavailable(name, key, error)
      })
    this.#scope.add(secret)
    return secret
  }
}

async function fetchWithin(
  { provider, timeoutMs }: OpenProvider,
  key: string,
  context: Omit<SecretContext, 'signal'>,
): Promise<string> {
  const abort = new AbortController()
  const fetching: Promise<unknown> = provider.get(key, { ...context, signal: abort.signal })
  if (!(await settlesWithin(fetching, timeoutMs))) {
    const late = new SecretError(
      `there was no answer within ${timeoutMs} ms`,
      'Check that the provider can be reached, or raise its timeout under secrets.',
    )
    abort.abort(late)
    throw late
  }
  const secret = await fetching
  if (typeof secret !== 'string')
    throw new SecretError(`the provider gave ${typeof secret} and no text`, 'Correct the get method of its class.')
  if (secret === '') throw new SecretError('it is empty', 'Store a value for it.')
  return secret
}

function unavailable(provider: string, key: string, cause: unknown): LokstraError {
  const fix =
    cause instanceof SecretError ? cause.fix : 'Check that the provider holds it and that this process may read it.'
  // What a SecretError says is in the message already.
  const beneath = cause instanceof SecretError ? cause.cause : cause
  return lokstraError(E_SECRET_UNAVAILABLE, { provider, key, reason: reasonOf(cause), fix }, [], { cause: beneath })
}
