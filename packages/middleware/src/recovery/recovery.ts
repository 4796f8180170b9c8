import { inspect } from 'node:util'

import {
  HttpError,
  Inject,
  InternalError,
  Result,
  Service,
  beginItems,
  isThenable,
  type Context,
  type MiddlewareHandler,
  type Next,
} from '@lokstra/core'
import { IsIn } from 'class-validator'

export class RecoveryConfig {
  /**
   * Who sees message and stack of unexpected errors, as `details` of the answer: nobody (`never`, the default), or every client
   * while NODE_ENV is `development` or `test`. In production nobody does, whatever is set here.
   */
  @IsIn(['never', 'development'])
  expose: 'never' | 'development' = 'never'
}

/**
 * Translates errors of your domain into errors for clients. Extend it, decorate the class with `@Service()`, and
 * {@link Recovery} uses it:
 *
 * ```ts
 * @Service()
 * export class ShopErrors extends ErrorMapper {
 *   map(error: unknown): unknown {
 *     return error instanceof OutOfStock ? new ConflictError(error.message, { code: 'OUT_OF_STOCK', cause: error }) : error
 *   }
 * }
 * ```
 */
export abstract class ErrorMapper {
  /**
   * Returns what to answer with, an `HttpError`, or the error as it is; or a promise of it. What it throws itself, or rejects
   * with, is answered and logged instead.
   */
  abstract map(error: unknown, ctx: Context): unknown
}

/**
 * Turns what is thrown below it into an error result, so that middleware around it sees an outcome with a status instead of an
 * exception. Without it errors still get their answer; they then pass through the outer middleware as exceptions.
 * Errors of 500 and above are logged, once, when the answer is sent.
 */
@Service({ name: 'recovery', config: RecoveryConfig })
export class Recovery implements MiddlewareHandler {
  readonly #exposes: boolean
  readonly #mapper: ErrorMapper | undefined

  constructor(config: RecoveryConfig, @Inject(ErrorMapper, { optional: true }) mapper: ErrorMapper | undefined) {
    this.#exposes = config.expose === 'development' && ['development', 'test'].includes(process.env.NODE_ENV ?? '')
    this.#mapper = mapper
  }

  handle(ctx: Context, next: Next): unknown {
    let outcome: unknown
    try {
      outcome = next()
    } catch (error) {
      return this.#toResult(ctx, error)
    }
    // A generator throws only when it is asked.
    if (ctx.route.streamForm) outcome = Promise.resolve(outcome).then((items) => beginItems(ctx, items))
    if (!isThenable(outcome)) return outcome
    // A query may throw as soon as it is awaited, and its `then` need not be that of a promise.
    return Promise.resolve(outcome).catch((error: unknown) => this.#toResult(ctx, error))
  }

  #toResult(ctx: Context, thrown: unknown): Result<never> | Promise<Result<never>> {
    if (!this.#mapper) return this.#resultOf(thrown)
    const mapped = this.#mapper.map(thrown, ctx)
    return isThenable(mapped) ? Promise.resolve(mapped).then((error) => this.#resultOf(error)) : this.#resultOf(mapped)
  }

  #resultOf(error: unknown): Result<never> {
    if (HttpError.is(error)) return new Result<never>(error.status, { kind: 'error', error })
    return new Result<never>(500, { kind: 'error', error: this.#exposes ? exposed(error) : error })
  }
}

/** As the client would see any 500, with what helps whoever is developing it. */
function exposed(error: unknown): HttpError {
  const details = error instanceof Error ? { message: error.message, stack: error.stack } : { message: inspect(error) }
  return new InternalError(undefined, { details, cause: error })
}
