import { toParameter, type Client, type PooledClient } from './connection.js'
import { readStatement, type QueryResult } from './database.js'
import { DatabaseError, DatabaseUnavailableError, statementCancelled, toDatabaseError } from './errors.js'
import { onAbort } from './on-abort.js'
import type { Sql } from './sql.js'
import type { StatementCanceller } from './statement-canceller.js'

/** How long a statement may go on after the server was asked to stop it, in milliseconds. Then its connection is closed. */
const graceMs = 5_000

/** A statement that has been sent and not answered. */
interface Running {
  /** Why it is to stop; undefined while it is not. */
  interrupted: { readonly reason: unknown } | undefined
  /** Until no request to stop it can reach what follows on the connection. */
  cancelling: Promise<void> | undefined
  /** Closes the connection when nothing else stops it. */
  timer: NodeJS.Timeout | undefined
}

/** A connection taken from the pool, until it is given back. It takes one statement at a time. */
export class Lease {
  readonly #client: PooledClient
  readonly #canceller: StatementCanceller | undefined
  #running: Running | undefined
  #isBroken = false

  /** @param canceller  undefined where the server cannot stop statements */
  constructor(client: PooledClient, canceller: StatementCanceller | undefined) {
    this.#client = client
    this.#canceller = canceller
  }

  /** Whether the connection is outside a transaction. */
  get isIdle(): boolean {
    return this.#client.getTransactionStatus() === 'I'
  }

  /**
   * @param signal  stops the statement
   * @throws DatabaseError `57014` when it was stopped
   */
  async run<T>(statement: Sql | string, values?: readonly unknown[], signal?: AbortSignal): Promise<QueryResult<T>> {
    const { text, values: parameters } = readStatement(statement, values)
    if (signal?.aborted) throw statementCancelled(signal.reason, text)
    const running: Running = (this.#running = { interrupted: undefined, cancelling: undefined, timer: undefined })
    const stopListening = signal && onAbort(signal, () => this.interrupt(signal.reason))
    try {
      const { rows, rowCount } = await send(this.#client, text, parameters)
      return { rows: rows as T[], rowCount: rowCount ?? 0 }
    } catch (error) {
      const isLost = error instanceof DatabaseUnavailableError
      if (isLost) this.giveUp()
      const isStopped = isLost || (error instanceof DatabaseError && error.code === '57014')
      if (running.interrupted && isStopped) throw statementCancelled(running.interrupted.reason, text)
      throw error
    } finally {
      stopListening?.()
      this.#running = undefined
      clearTimeout(running.timer)
      await running.cancelling
    }
  }

  /** @throws DatabaseError `25P02` when there was nothing left to commit */
  async commit(): Promise<void> {
    const { command } = await this.#client.query('commit').catch((error: unknown) => {
      throw toDatabaseError(error, 'commit')
    })
    // Postgres answers so, and with no error, when a statement failed and the failure was swallowed.
    if (command === 'ROLLBACK') {
      const message = 'The transaction was rolled back: a statement in it had failed, and the error was caught inside'
      throw new DatabaseError(message, { code: '25P02' })
    }
  }

  async rollback(): Promise<void> {
    // A connection whose transaction cannot be ended must not go back to the pool.
    await this.run('rollback').catch(() => this.giveUp())
  }

  /** Stops the statement that runs, if there is one. It rejects unless it ends before it is reached. */
  interrupt(reason: unknown): void {
    const running = this.#running
    const canceller = this.#canceller
    if (!running || running.interrupted || !canceller) return
    const isRunning = () => this.#running === running
    const cutOff = () => {
      this.giveUp()
      // As a statement runs on it, it is cut off at once.
      if (isRunning()) this.#client.end().catch(() => undefined)
    }
    running.interrupted = { reason }
    running.timer = setTimeout(cutOff, graceMs)
    running.cancelling = canceller.cancel(this.#client, isRunning).then((isSafe) => {
      if (!isSafe) cutOff()
    })
  }

  /** Nobody knows any more what state the connection is in: it is closed when it is given back. */
  giveUp(): void {
    this.#isBroken = true
  }

  /** Gives the connection back. The next one to have it must not find itself in a transaction of this one. */
  release(): void {
    this.#client.release(this.#isBroken || !this.isIdle)
  }
}

async function send(
  client: Client,
  text: string,
  parameters: readonly unknown[],
): Promise<{ rows: unknown[]; rowCount: number | null }> {
  try {
    // Without parameters the simple protocol is used, in which one text may hold several statements.
    const result = await (parameters.length === 0
      ? client.query(text)
      : client.query(text, parameters.map(toParameter)))
    return Array.isArray(result) ? (result as (typeof result)[]).at(-1)! : result
  } catch (error) {
    const translated = toDatabaseError(error, text)
    // The driver rejects before the server has told what state the connection is in. Only a text without parameters can hold
    // a `begin` or `commit` beside what failed, so only then is the state worth another round trip.
    if (translated instanceof DatabaseError && parameters.length === 0) {
      await client.query('').catch(() => undefined)
    }
    throw translated
  }
}
