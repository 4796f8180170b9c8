import { Transaction, type QueryOptions, type QueryResult, type Row } from './database.js'
import { DatabaseError } from './errors.js'
import type { Sql } from './sql.js'

export type RunStatement = <T>(
  statement: Sql | string,
  values?: readonly unknown[],
  options?: QueryOptions,
) => Promise<QueryResult<T>>

/** A transaction or savepoint that is open on one connection. */
export class OpenTransaction extends Transaction {
  readonly #run: RunStatement
  readonly #depth: number
  #state: 'open' | 'nested' | 'ended' = 'open'

  constructor(run: RunStatement, depth = 0) {
    super()
    this.#run = run
    this.#depth = depth
  }

  async query<T = Row>(
    statement: Sql | string,
    values?: readonly unknown[],
    options?: QueryOptions,
  ): Promise<QueryResult<T>> {
    this.#assertUsable()
    return this.#run<T>(statement, values, options)
  }

  async transaction<T>(run: (tx: Transaction) => Promise<T>): Promise<T> {
    this.#assertUsable()
    const savepoint = `lokstra_${this.#depth + 1}`
    const nested = new OpenTransaction(this.#run, this.#depth + 1)
    this.#state = 'nested'
    try {
      await this.#run(`savepoint ${savepoint}`)
      try {
        const result = await run(nested)
        nested.end()
        await this.#run(`release savepoint ${savepoint}`)
        return result
      } catch (error) {
        nested.end()
        // A lost connection has rolled back everything already; the first error is the one to report.
        await this.#run(`rollback to savepoint ${savepoint}; release savepoint ${savepoint}`).catch(() => undefined)
        throw error
      }
    } finally {
      if (this.#state === 'nested') this.#state = 'open'
    }
  }

  end(): void {
    this.#state = 'ended'
  }

  #assertUsable(): void {
    // 25000 invalid transaction state, 3B001 invalid savepoint.
    if (this.#state === 'ended') {
      throw new DatabaseError('This transaction has ended: await everything inside its function', { code: '25000' })
    }
    if (this.#state === 'nested') {
      throw new DatabaseError('A nested transaction is open: use its own tx, and await it before going on', {
        code: '3B001',
      })
    }
  }
}
