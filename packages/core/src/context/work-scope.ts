import { AsyncLocalStorage } from 'node:async_hooks'

import type { Context } from './context.js'

/**
 * What belongs to one piece of work, wherever its code runs: usually a request. Only work that can need it has one: routes whose
 * services call across a boundary or take part in transactions.
 */
export interface WorkScope {
  /** Undefined for work that no request started. */
  readonly context: Context | undefined
  /** What the work has begun in a database and not yet ended. */
  readonly transaction: OpenWork | undefined
}

/** Work that holds something until it ends, so that it cannot wait for another server. */
export interface OpenWork {
  /** What holds it, such as `the transaction of OrderService.place`. */
  readonly name: string
  /** Something has been done in it: an empty one holds nothing. */
  readonly isOpen: boolean
}

const storage = new AsyncLocalStorage<WorkScope | undefined>()

/** Of the code that asks; undefined outside of any. */
export function currentScope(): WorkScope | undefined {
  return storage.getStore()
}

/** The request that the code that asks works for; undefined outside of requests, and on routes that need no scope. */
export function currentContext(): Context | undefined {
  return storage.getStore()?.context
}

/**
 * Runs `work`, and all that it starts, as if no request had started it: its calls have a time of their own, and neither the principal nor
 * the tenant nor the transaction of the request. For what goes on when the request has been answered.
 */
export function runOutsideScopes<T>(work: () => T): T {
  return storage.getStore() ? storage.run(undefined, work) : work()
}

/** Runs `work` and all that it starts in a scope. */
export function runInScope<T>(scope: WorkScope, work: () => T): T {
  return storage.run(scope, work)
}
