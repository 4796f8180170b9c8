import type { Context } from '../context/context.js'

/** Something that answers what is below a prefix and no operation answers: files, a single-page application, another server. */
export interface Mount {
  /** Starts with `/`; `/` takes the whole app. */
  readonly prefix: string
  /** `static ./public`, for `lokstra routes`. */
  readonly description: string
  /** What it answers: `GET` (default), which is HEAD as well, or `ALL` verbs. */
  readonly verb?: 'GET' | 'ALL'
  /** Milliseconds until an answer that is not there is given up; 0 where the mount sees to that itself. Default: as for the app. */
  readonly handlerTimeoutMs?: number
  /** Takes requests for WebSocket: their `ctx.res` is an `UpgradeResponse`. Default false: to them the request is like any other. */
  readonly upgrades?: boolean
  /** Tells clients itself to go on that wait for `100 Continue`. Default false: they are told at once. */
  readonly continues?: boolean
  /** Returns a result, or throws `NotFoundError`. `ctx.params['*']` is the path below the prefix, decoded. */
  handle(ctx: Context): unknown
  /** Releases what it holds, once the last request has ended. Nobody waits for it; what it throws is logged. */
  close?(): Promise<void> | void
}
