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
  #nested: OpenTransaction | undefined
  #hasEnded = false

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
    const nested = (this.#nested = new OpenTransaction(this.#run, this.#depth + 1))
    try {
      await this.#run(`savepoint ${savepoint}`)
      try {
        const result = await run(nested)
        nested.close()
        this.#assertOpen()
        await this.#run(`release savepoint ${savepoint}`)
        return result
      } catch (error) {
        nested.end()
        // A lost connection has rolled back everything already; the first error is the one to report.
        const undo = `rollback to savepoint ${savepoint}; release savepoint ${savepoint}`
        if (!this.#hasEnded) await this.#run(undo).catch(() => undefined)
        throw error
      }
    } finally {
      this.#nested = undefined
    }
  }

  /** Ends it after its function has succeeded. @throws DatabaseError `3B001` when one inside of it is open, which would be cut in two */
  close(): void {
    const isUnfinished = this.#nested !== undefined
    this.end()
    if (isUnfinished) {
      throw new DatabaseError('A nested transaction is still open: await it inside the function', { code: '3B001' })
    }
  }

  /** Whatever is asked of it, or of one inside of it, is refused from now on. */
  end(): void {
    this.#hasEnded = true
    this.#nested?.end()
  }

  // 25000 invalid transaction state, 3B001 invalid savepoint.
  #assertUsable(): void {
    this.#assertOpen()
    if (this.#nested) {
      throw new DatabaseError('A nested transaction is open: use its own tx, and await it before going on', {
        code: '3B001',
      })
    }
  }

  #assertOpen(): void {
    if (this.#hasEnded) {
      throw new DatabaseError('This transaction has ended: await everything inside its function', { code: '25000' })
    }
  }
}
