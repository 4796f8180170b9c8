export type Settle = (value: unknown) => void

/**
 * Awaited like a promise, once, and without the turns and objects that promises take. Whoever may do more with it, such as a middleware
 * with what `next` gives, gets a promise.
 */
export abstract class Awaitable {
  abstract then(resolve: Settle, reject: Settle): void

  toPromise(): Promise<unknown> {
    return new Promise((resolve, reject) => this.then(resolve, reject))
  }
}
