import { smallestSecretNumber } from './secret-key.js'
import type { SecretScope } from './secret-scope.js'
import { TextMask } from './text-mask.js'

/** Hides secrets in whatever people read: errors, logs and printed configuration. */
export interface SecretMask {
  /**
   * Puts `***` in place of every secret that a running server, or a configuration being read, has from a provider. A word or a number
   * that stands in many texts is hidden only as the password of a URL and behind keys such as `password:`.
   */
  apply(text: string): string
  /** The same of a number: a secret of digits alone may have been read as one. */
  applyToNumber(value: number): number | string
}

/** Of all readings that are held. One for the process: what is secret for one server is so in the log of another. */
class LiveSecrets implements SecretMask {
  readonly #scopes = new Set<SecretScope>()
  #mask: TextMask | undefined

  apply(text: string): string {
    if (this.#scopes.size === 0) return text
    return (this.#mask ??= new TextMask(Array.from(this.#scopes, ({ secrets }) => [...secrets]).flat())).apply(text)
  }

  applyToNumber(value: number): number | string {
    if (this.#scopes.size === 0 || !Number.isInteger(value) || Math.abs(value) < smallestSecretNumber) return value
    const text = String(value)
    const shown = this.apply(text)
    return shown === text ? value : shown
  }

  include(scope: SecretScope): void {
    this.#scopes.add(scope)
    this.#mask = undefined
  }

  exclude(scope: SecretScope): void {
    this.#scopes.delete(scope)
    this.#mask = undefined
  }
}

export const liveSecrets = new LiveSecrets()
export const secretMask: SecretMask = liveSecrets
