import { joinTransaction, runInSavepoint } from '@lokstra/core'

import { Transaction, type QueryOptions, type QueryResult, type Row, type TransactionOptions } from './database.js'
import { DatabaseError } from './errors.js'
import type { Sql } from './sql.js'
import { Turns } from './turns.js'

/**
 * What the statements of code go through that runs in a transactional method, or in a savepoint of it. Statements that come at the same
 * time are run one after the other, and a savepoint keeps those out that do not come from within.
 */
export class TransactionLevel extends Transaction {
  readonly #database: object
  readonly #tx: Transaction
  readonly #isolation: string | undefined
  readonly #outer: TransactionLevel | undefined
  readonly #turns = new Turns()
  #savepoints = 0

  /** @param tx  the transaction, or the savepoint, that it stands for */
  constructor(database: object, tx: Transaction, isolation: string | undefined, outer?: TransactionLevel) {
    super()
    this.#database = database
    this.#tx = tx
    this.#isolation = isolation
    this.#outer = outer
  }

  get hasSavepoint(): boolean {
    return this.#savepoints > 0
  }

  /** Resolves when all that was given to it so far has settled. */
  ended(): Promise<void> {
    return this.#turns.ended()
  }

  async query<T = Row>(
    statement: Sql | string,
    values?: readonly unknown[],
    options?: QueryOptions,
  ): Promise<QueryResult<T>> {
    this.#assertNotAround()
    return this.#turns.take(() => this.#tx.query<T>(statement, values, options))
  }

  async transaction<T>(
    run: (tx: Transaction) => Promise<T>,
    { isolation, readOnly }: TransactionOptions = {},
  ): Promise<T> {
    this.#assertNotAround()
    // 25001 active SQL transaction.
    if (isolation !== undefined && isolation !== this.#isolation) {
      const message = `The transaction that is open has another isolation than "${isolation}": its outermost method decides`
      throw new DatabaseError(message, { code: '25001' })
    }
    this.#savepoints++
    const savepoint = (tx: Transaction) => {
      const level = new TransactionLevel(this.#database, tx, this.#isolation, this)
      return runInSavepoint(this.#database, level, async () => {
        if (readOnly) await level.query('set transaction read only')
        return run(level)
      })
    }
    try {
      return await this.#turns.take(() => this.#tx.transaction(savepoint))
    } finally {
      this.#savepoints--
    }
  }

  /** From within a savepoint it would wait for the savepoint to end, and so for itself. */
  #assertNotAround(): void {
    let level = joinTransaction<TransactionLevel>(this.#database, refuseToBegin)
    while (level !== undefined) {
      level = level.#outer
      if (level !== this) continue
      // 3B001 invalid savepoint specification.
      const message = 'A nested transaction is open: use its own tx, and await it before going on'
      throw new DatabaseError(message, { code: '3B001' })
    }
  }
}

function refuseToBegin(): never {
  throw new DatabaseError('This transaction has ended: await everything inside of it', { code: '25000' })
}
