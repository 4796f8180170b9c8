import type { Environment } from '../layers/variables.js'

/** What a provider may know when it is asked for a secret. */
export interface SecretContext {
  /** Absolute; what relative paths of the configuration start from. */
  readonly folder: string
  /** The variables that `${NAME}` sees. */
  readonly env: Environment
  /** Aborted when the time limit of the entry has passed. */
  readonly signal: AbortSignal
  /**
   * Hides a text like the secrets themselves, such as the token that the provider presents. It counts for one reading of the
   * configuration: say it each time.
   */
  readonly hide: (text: string) => void
}

/**
 * Where secrets come from: what `${secret:vault:shop/db}` in the configuration asks for the key `shop/db`.
 *
 * A package or an application adds a type with a class that extends this one and carries `@Service({ name, config })`. It is
 * constructed before any service, with its typed configuration if it has one, and kept while the server lives.
 */
export abstract class SecretProvider {
  /**
   * @param key  what stands behind the provider's name in the placeholder, colons included
   * @throws SecretError with what to do about it, or any other error; what it says is reported at the placeholder
   */
  abstract get(key: string, context: SecretContext): Promise<string>

  /** Called when the server has stopped, or when a reload no longer has this entry. What takes longer than 5 s is not waited for. */
  close?(): Promise<void> | void
}

/** Why a secret cannot be had. Neither text may hold the secret. */
export class SecretError extends Error {
  override readonly name = 'SecretError'

  /**
   * @param reason  follows the provider and the key: `the variable DB_PASSWORD is not set`
   * @param fix  what to do about it
   */
  constructor(
    reason: string,
    readonly fix: string,
    options?: ErrorOptions,
  ) {
    super(reason, options)
  }
}
