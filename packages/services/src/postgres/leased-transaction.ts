import type { TransactionSettings } from '@lokstra/core'

import type { QueryOptions, QueryResult } from './database.js'
import { DatabaseError, statementCancelled } from './errors.js'
import type { Lease } from './lease.js'
import { onAbort } from './on-abort.js'
import type { Sql } from './sql.js'
import { Turns } from './turns.js'

/** One transaction on one connection, which is taken when it begins and given back when it ends. */
export class LeasedTransaction {
  readonly settings: TransactionSettings
  readonly #acquire: (signal: AbortSignal | undefined) => Promise<Lease>
  readonly #turns = new Turns()
  #lease: Lease | undefined
  #ending: Promise<void> | undefined
  #stopListening: (() => void) | undefined

  constructor(acquire: (signal: AbortSignal | undefined) => Promise<Lease>, settings: TransactionSettings) {
    this.#acquire = acquire
    this.settings = settings
  }

  get isOpen(): boolean {
    return this.#lease !== undefined
  }

  /** Begins, unless it has begun. */
  async begin(): Promise<void> {
    await this.#turns.take(() => this.#begun())
  }

  /** Runs a statement after those before it. */
  run<T>(statement: Sql | string, values?: readonly unknown[], options?: QueryOptions): Promise<QueryResult<T>> {
    return this.#turns.take(async () => {
      const lease = await this.#begun()
      assertOpen(lease)
      const result = await lease.run<T>(statement, values, options?.signal)
      assertOpen(lease)
      return result
    })
  }

  /**
   * Does nothing where it has not begun.
   * @throws DatabaseError `57014` when the signal has ended it
   */
  async commit(): Promise<void> {
    await this.#turns.ended()
    this.#assertNotAborted()
    const lease = this.#lease
    if (!lease) return
    assertOpen(lease)
    // From here on it is too late to abort.
    this.#stopListening?.()
    await lease.commit()
    this.#ending = Promise.resolve()
    this.#release()
  }

  /** Never rejects. What waits for its turn is refused. */
  rollback(): Promise<void> {
    return (this.#ending ??= this.#rollBack())
  }

  async #rollBack(): Promise<void> {
    await this.#turns.ended()
    await this.#lease?.rollback()
    this.#release()
  }

  /** The connection, on which the transaction has begun. */
  async #begun(): Promise<Lease> {
    this.#assertNotAborted()
    // 25000 invalid transaction state.
    if (this.#ending) {
      throw new DatabaseError('This transaction has ended: await everything inside of it', { code: '25000' })
    }
    if (this.#lease) return this.#lease
    const { isolation, readOnly, signal } = this.settings
    const lease = await this.#acquire(signal)
    this.#lease = lease
    this.#stopListening = signal && onAbort(signal, () => this.#abort(signal.reason))
    const modes = [isolation && `isolation level ${isolation}`, readOnly && 'read only'].filter(Boolean).join(' ')
    try {
      await lease.run(`begin ${modes}`)
    } catch (error) {
      lease.giveUp()
      this.#release()
      throw error
    }
    this.#assertNotAborted()
    return lease
  }

  /** Whoever waits for it is gone, so its locks are not kept until the code that runs in it notices. */
  #abort(reason: unknown): void {
    this.#lease?.interrupt(reason)
    void this.rollback()
  }

  #assertNotAborted(): void {
    const { signal } = this.settings
    if (signal?.aborted) throw statementCancelled(signal.reason)
  }

  #release(): void {
    this.#stopListening?.()
    this.#lease?.release()
    this.#lease = undefined
  }
}

function assertOpen(lease: Lease): void {
  if (!lease.isIdle) return
  // 2D000 invalid transaction termination.
  const message =
    'A statement inside the transaction has ended it: leave commit and rollback to db.transaction. ' +
    'What it committed stays'
  throw new DatabaseError(message, { code: '2D000' })
}
