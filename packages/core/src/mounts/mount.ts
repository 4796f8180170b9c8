import type { Context } from '../context/context.js'

/** Something that answers every GET and HEAD below a prefix that no operation answers: files, a single-page application. */
export interface Mount {
  /** Starts with `/`; `/` takes the whole app. */
  readonly prefix: string
  /** `static ./public`, for `lokstra routes`. */
  readonly description: string
  /** Returns a result, or throws `NotFoundError`. `ctx.params['*']` is the path below the prefix, decoded. */
  handle(ctx: Context): unknown
}
