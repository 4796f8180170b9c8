import { liveSecrets } from './secret-mask.js'
import { TextMask } from './text-mask.js'

/** The secrets that one reading of a configuration has fetched: hidden in all texts of the process while somebody holds them. */
export class SecretScope {
  readonly secrets = new Set<string>()
  #holders = 0
  #mask: TextMask | undefined

  add(secret: string): void {
    if (secret === '' || this.secrets.has(secret)) return
    this.secrets.add(secret)
    this.#mask = undefined
    if (this.#holders > 0) liveSecrets.include(this)
  }

  hold(): void {
    if (this.#holders++ === 0) liveSecrets.include(this)
  }

  release(): void {
    if (--this.#holders === 0) liveSecrets.exclude(this)
  }

  /** Hides these secrets in a text, held or not. */
  apply(text: string): string {
    if (this.secrets.size === 0) return text
    return (this.#mask ??= new TextMask(this.secrets)).apply(text)
  }
}
