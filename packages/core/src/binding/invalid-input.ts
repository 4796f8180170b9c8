import type { ValidationError } from '../errors/http-error.js'
import { Awaitable, type Settle } from '../promises/awaitable.js'

/**
 * What comes of binding an input that is wrong. To throw would cost more than all else about it, and a rejected promise 0.7 µs: Node is
 * told of each that nobody waits for yet.
 */
export class InvalidInput extends Awaitable {
  readonly error: ValidationError

  constructor(error: ValidationError) {
    super()
    this.error = error
  }

  then(_resolve: Settle, reject: Settle): void {
    reject(this.error)
  }
}
