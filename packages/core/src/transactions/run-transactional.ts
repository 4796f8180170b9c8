import { setTimeout as delay } from 'node:timers/promises'

import { currentScope, runInScope, type OpenWork, type WorkScope } from '../context/work-scope.js'
import { E_TRANSACTION_ISOLATION } from '../errors/catalogue/transactions.js'
import { lokstraError } from '../errors/lokstra-error.js'
import { reasonOf } from '../errors/reason-of.js'
import { Result } from '../response/result.js'
import { worksFrom } from './join-transaction.js'
import { Savepoint } from './savepoint.js'
import type { Failure, TransactionWork } from './transaction-work.js'
import { hasName, type Isolation } from './transactional-resource.js'
import { UnitOfWork } from './unit-of-work.js'

/** What `@Transactional` says of a method. */
export interface TransactionalOptions {
  /** Name of the service whose statements take part. Default: every database that is used, each in a transaction of its own. */
  readonly database?: string
  /** Default: the database's, usually `read committed`. A method that joins a transaction must not ask for another. */
  readonly isolation?: Isolation
  /** The database refuses to write. Counts for the outermost method. Default false. */
  readonly readOnly?: boolean
  /**
   * How often the whole method is run again when the error that comes out of it, or one that caused it, is a collision with other
   * transactions. Counts for the outermost method, and only as long as none of several databases has committed; not where a transaction
   * around it may use the same database, since what was written there stays. Default 0: what the method does elsewhere happens each time.
   */
  readonly retries?: number
}

/**
 * Runs a method in a transaction: in the one that the caller is in, or in a new one, committed when the method succeeds.
 * @param method  `OrderService.place`
 */
export async function runTransactional<T>(
  method: string,
  options: TransactionalOptions,
  work: () => Promise<T>,
): Promise<T> {
  const scope = currentScope()
  const outer = scope?.transaction
  const joined = findJoined(outer, options.database)
  // Each of them would be cut in two if it ended before, and keeps what was done in it when the method is to run again.
  const shared = [...sharedWith(outer, options.database)]
  const retries = shared.length === 0 ? options.retries : 0
  const run = joined
    ? () => join(joined, method, options, work)
    : () => begin(scope, method, { ...options, retries }, work)
  try {
    const outcome = await shared.reduce((inner, one) => () => one.include(method, inner), run)()
    const reason = outer && failureOf(outcome, undefined)
    if (reason !== undefined) spread({ method, reason, cause: undefined }, outer, options.database)
    return outcome
  } catch (error) {
    spread({ method, reason: reasonOf(error), cause: error }, outer, options.database)
    throw error
  }
}

async function join<T>(
  unit: UnitOfWork,
  method: string,
  { isolation }: TransactionalOptions,
  work: () => Promise<T>,
): Promise<T> {
  unit.assertOpen()
  if (isolation !== undefined && isolation !== unit.options.isolation) {
    const params = { method, isolation, outer: unit.method, outerIsolation: unit.options.isolation }
    throw lokstraError(E_TRANSACTION_ISOLATION, params)
  }
  return work()
}

async function begin<T>(
  scope: WorkScope | undefined,
  method: string,
  { database, isolation, readOnly = false, retries = 0 }: TransactionalOptions,
  work: () => Promise<T>,
): Promise<T> {
  const { context, transaction: outer } = scope ?? {}
  for (let attempt = 0; ; attempt++) {
    const unit = new UnitOfWork(method, { database, isolation, readOnly }, outer, () => context?.signal)
    try {
      const outcome = await runInScope({ context, transaction: unit }, () => settle(unit, work))
      if (failureOf(outcome, context) === undefined) await unit.commit()
      else await unit.rollback()
      return outcome
    } catch (error) {
      if (attempt >= retries || !unit.isRepeatableAfter(error)) throw error
      // Those who collided once must not collide again at the same moment.
      await delay(Math.random() * 20 * 2 ** Math.min(attempt, 6))
      if (context?.signal.aborted) throw error
    }
  }
}

async function settle<T>(unit: UnitOfWork, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    await unit.rollback()
    throw error
  }
}

/** The transaction that a method takes part in as a whole. */
function findJoined(innermost: OpenWork | undefined, database: string | undefined): UnitOfWork | undefined {
  let found: UnitOfWork | undefined
  for (const work of worksFrom(innermost)) {
    if (!(work instanceof UnitOfWork)) continue
    const own = work.options.database
    if (own === undefined || own === database) found = work
  }
  return found
}

/** Why an outcome is none to commit for; undefined where it is a success. */
function failureOf(outcome: unknown, context: WorkScope['context']): string | undefined {
  if (Result.is(outcome)) {
    if (outcome.body.kind === 'error') return reasonOf(outcome.body.error)
    return outcome.status >= 400 ? `it answered ${outcome.status}` : undefined
  }
  const sent = outcome === undefined && context?.res.headersSent ? context.res.statusCode : 0
  return sent >= 400 ? `it answered ${sent}` : undefined
}

/** The pieces of work, from the innermost on, in which a method has a part when its statements go to a database, or to any. */
function* sharedWith(innermost: OpenWork | undefined, database: string | undefined): Generator<TransactionWork> {
  for (const work of worksFrom(innermost)) {
    if (work instanceof Savepoint) {
      if (database === undefined || hasName(work.resource, database)) yield work
    } else if (work instanceof UnitOfWork) {
      const own = work.options.database
      if (own === undefined || database === undefined || own === database) yield work
    }
  }
}

/** All that a failed method has a part in fails, up to a savepoint that undoes everything the method can have done. */
function spread(failure: Failure, innermost: OpenWork | undefined, database: string | undefined): void {
  let used = 0
  for (const work of worksFrom(innermost)) if (work instanceof UnitOfWork) used += work.size
  for (const work of sharedWith(innermost, database)) {
    work.fail(failure)
    if (work instanceof Savepoint && used === 1) return
  }
}
