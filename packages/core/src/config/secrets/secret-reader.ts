import type { Locate } from '../config-path.js'

/** What the loader asks for each `${secret:provider:key}` of one load. */
export interface SecretReader {
  /**
   * Fetches a secret, once however often it is asked for; secrets asked for together are fetched together.
   * The value is registered with the secret mask before it is returned.
   * @throws LokstraError without a place: the loader puts that of the placeholder
   */
  read(provider: string, key: string): Promise<string>
}

/** One entry of the section `secrets` with its placeholders replaced. */
export interface SecretEntry {
  readonly values: unknown
  /** Places of the values; of the entry for an empty path. */
  readonly locate: Locate
}

/** The section `secrets`, merged, whose placeholders are replaced when an entry is asked for. */
export interface SecretSection {
  /** Names of its entries. */
  readonly names: readonly string[]
  /**
   * Replaces the placeholders of one entry. Those of secrets are asked of `read`, so that providers that wait for one another are
   * seen; `${config:…}` has no place there.
   * @returns undefined when something in it cannot be replaced, which is reported
   */
  evaluate(name: string, read: SecretReader['read']): Promise<SecretEntry | undefined>
}

/** Opens the secrets of a load. One for each server: its providers stay open from load to load. */
export interface SecretSource {
  /** @param folder  what relative paths of the configuration start from */
  open(section: SecretSection, folder: string): SecretReader
}
