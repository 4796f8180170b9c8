import { currentScope, runInScope, type OpenWork } from '../context/work-scope.js'
import { HeldWork } from './held-work.js'
import { Savepoint } from './savepoint.js'
import { TransactionWork } from './transaction-work.js'
import type { TransactionPart, TransactionSettings } from './transactional-resource.js'
import { UnitOfWork } from './unit-of-work.js'

/** A piece of work and those that it runs in, the innermost first. */
export function* worksFrom(innermost: OpenWork | undefined): Generator<TransactionWork> {
  for (let work = innermost; work instanceof TransactionWork; work = work.outer) yield work
}

/**
 * For resources: what the work of the calling code goes through, which is its part in the transaction that the code runs in.
 * @param begin  makes the part of a resource that is used for the first time; it does nothing yet
 * @returns undefined outside of transactions, and where they leave this resource out
 * @throws E_TRANSACTION_ENDED when the method of the transaction has settled
 */
export function joinTransaction<U>(
  resource: object,
  begin: (settings: TransactionSettings) => TransactionPart<U>,
): U | undefined {
  let outermost: UnitOfWork | undefined
  for (const work of worksFrom(currentScope()?.transaction)) {
    if (work instanceof Savepoint) {
      if (work.resource === resource) return work.use as U
    } else if (work instanceof UnitOfWork && work.covers(resource)) outermost = work
  }
  return outermost?.part(resource, begin).use
}

/**
 * For resources: runs work in a part of the present transaction that can be undone by itself.
 * @param use  what {@link joinTransaction} gives meanwhile
 * @throws E_TRANSACTION_ROLLED_BACK · E_TRANSACTION_UNFINISHED when the work succeeded and must be undone all the same
 */
export async function runInSavepoint<T>(resource: object, use: unknown, work: () => Promise<T>): Promise<T> {
  const scope = currentScope()
  const outer = scope?.transaction
  if (!outer) throw new Error('There is no transaction to make a savepoint in')
  const savepoint = new Savepoint(resource, use, outer)
  const result = await runInScope({ context: scope.context, transaction: savepoint }, work)
  const objection = savepoint.objection()
  if (objection) throw objection
  return result
}

/**
 * For resources: runs work that holds something until it has settled and that nothing joins. Outside of scopes nobody asks for it.
 * @param name  what holds it, such as `a transaction of the database`
 */
export async function runAsOpenWork<T>(name: string, work: () => Promise<T>): Promise<T> {
  const scope = currentScope()
  if (!scope) return work()
  const held = new HeldWork(name, scope.transaction)
  try {
    return await runInScope({ context: scope.context, transaction: held }, work)
  } finally {
    held.isOpen = false
  }
}

/**
 * Runs work outside of the transaction of the code that calls it: what it does in a database counts at once, whatever becomes of the
 * transaction, and it may go on when the transaction has ended. It needs another connection meanwhile.
 */
export function withoutTransaction<T>(work: () => T): T {
  const scope = currentScope()
  return scope?.transaction ? runInScope({ context: scope.context, transaction: undefined }, work) : work()
}
