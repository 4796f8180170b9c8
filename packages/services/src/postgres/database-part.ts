import type { TransactionPart } from '@lokstra/core'

import { isConflict } from './errors.js'
import type { LeasedTransaction } from './leased-transaction.js'
import { OpenTransaction } from './transaction.js'
import { TransactionLevel } from './transaction-level.js'

/** What a database does in a transactional method: one transaction, begun with the first statement. */
export class DatabasePart implements TransactionPart<TransactionLevel> {
  readonly use: TransactionLevel
  readonly isConflict = isConflict
  readonly #leased: LeasedTransaction
  readonly #tx: OpenTransaction

  constructor(database: object, leased: LeasedTransaction) {
    this.#leased = leased
    this.#tx = new OpenTransaction((statement, values, options) => leased.run(statement, values, options))
    this.use = new TransactionLevel(database, this.#tx, leased.settings.isolation)
  }

  get isOpen(): boolean {
    return this.#leased.isOpen
  }

  get unfinished(): string | undefined {
    return this.use.hasSavepoint ? 'db.transaction(…)' : undefined
  }

  async commit(): Promise<void> {
    await this.use.ended()
    this.#tx.close()
    await this.#leased.commit()
  }

  async rollback(): Promise<void> {
    this.#tx.end()
    await this.#leased.rollback()
  }
}
