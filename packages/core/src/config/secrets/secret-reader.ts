import type { LokstraError } from '../../errors/lokstra-error.js'
import type { Locate } from '../tree/config-path.js'
import type { SecretContext } from './secret-provider.js'

/** What is the same for all secrets of a load. */
export type SecretPlace = Pick<SecretContext, 'folder' | 'env'>

/** Reads the secrets of one load. */
export interface SecretReader {
  /**
   * Fetches what `${secret:provider:key}` asks for: once, however often it is asked for, and together with what else is asked for.
   * The value is hidden in texts before it is returned.
   * @returns undefined when the provider's own entry is wrong, which is reported there
   * @throws LokstraError without a place: the caller knows where the placeholder stands
   */
  read(provider: string, key: string): Promise<string | undefined>

  /** Checks the entries that no placeholder has asked for, and closes providers of an earlier load. Called when all is read. */
  complete(): Promise<void>
}

/** One entry of the section `secrets`, its placeholders replaced. */
export interface SecretEntry {
  readonly values: unknown
  /** Places of the values; of the entry for an empty path. */
  readonly locate: Locate
}

/** The section `secrets`, merged, whose placeholders are replaced when an entry is asked for. */
export interface SecretSection {
  readonly names: readonly string[]
  /**
   * Replaces the placeholders of one entry. Its secrets are asked of `read`, so that providers that wait for one another are seen;
   * `${config:…}` has no place there.
   * @returns undefined when something in it cannot be replaced, which is reported
   */
  evaluate(name: string, read: SecretReader['read']): Promise<SecretEntry | undefined>
  /** What the configuration says under `discover`, for types that are classes of the application. */
  readonly discover: readonly string[]
  /** Receives what is wrong with the entries themselves. */
  readonly problems: LokstraError[]
}

/** Opens the secrets of a load. */
export interface SecretSource {
  open(section: SecretSection, place: SecretPlace): SecretReader
}
