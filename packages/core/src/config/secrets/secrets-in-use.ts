import type { SecretScope } from '../../secrecy/secret-scope.js'

/** Readings whose values are still used by something that waits for a restart. */
const most = 100

/** The secrets of the configurations that a running server uses or may still use. They are hidden until it has stopped. */
export class SecretsInUse {
  readonly #scopes: SecretScope[] = []

  get scopes(): readonly SecretScope[] {
    return this.#scopes
  }

  /**
   * @param isAlone  nothing runs with the values of an earlier configuration. What has just begun to end may do so for a moment, so
   *   that the one before stays. Default false
   */
  take(scope: SecretScope, isAlone = false): void {
    scope.hold()
    this.#scopes.push(scope)
    const kept = isAlone ? 2 : most
    // The first stays: what cannot change while the server runs has its values.
    if (this.#scopes.length > kept) this.#let(isAlone ? 0 : 1, this.#scopes.length - kept)
  }

  release(): void {
    this.#let(0, this.#scopes.length)
  }

  #let(start: number, count: number): void {
    for (const scope of this.#scopes.splice(start, count)) scope.release()
  }
}
