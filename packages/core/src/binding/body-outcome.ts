import type { Context } from '../context/context.js'
import { Awaitable, type Settle } from '../promises/awaitable.js'
import { isThenable } from '../promises/is-thenable.js'
import type { BodyParser } from './body-parsers/find-body-parser.js'
import type { BodyListener } from './read-body.js'

/** Gives the outcome when the body is there. */
export type UseBody = (ctx: Context, bytes: Buffer, parser: BodyParser | undefined) => unknown

/** What comes of a handler that has to wait for the body of its request. */
export class BodyOutcome extends Awaitable implements BodyListener {
  readonly #ctx: Context
  readonly #parser: BodyParser | undefined
  readonly #use: UseBody
  #resolve: Settle | undefined
  #reject: Settle | undefined

  /** @param parser  undefined where the body may be empty and needs none then */
  constructor(ctx: Context, parser: BodyParser | undefined, use: UseBody) {
    super()
    this.#ctx = ctx
    this.#parser = parser
    this.#use = use
  }

  then(resolve: Settle, reject: Settle): void {
    this.#resolve = resolve
    this.#reject = reject
    this.#ctx.readBody(this)
  }

  bodyRead(bytes: Buffer): void {
    try {
      const outcome = this.#use(this.#ctx, bytes, this.#parser)
      // A query builder may throw as soon as it is awaited, and above this there is only the event that the body has ended.
      if (isThenable(outcome)) outcome.then(this.#resolve, this.#reject)
      else this.#resolve!(outcome)
    } catch (error) {
      this.#reject!(error)
    }
  }

  bodyFailed(error: unknown): void {
    this.#reject!(error)
  }
}
