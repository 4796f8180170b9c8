import { transactionalResource, type Isolation } from '@lokstra/core'

import { DatabaseError } from './errors.js'
import type { Sql } from './sql.js'

/** The protocol counts them in 16 bits. */
const maxValues = 65_535
/** One less than Postgres' NAMEDATALEN. */
const maxChannelBytes = 63

/** A row whose columns the statement alone knows. */
export type Row = Record<string, unknown>

/** What a statement gave. */
export interface QueryResult<T> {
  readonly rows: T[]
  /** Rows returned or changed. */
  readonly rowCount: number
}

/** How a statement is run. */
export interface QueryOptions {
  /**
   * Stops the statement, which then rejects with SQLSTATE `57014`. Default: the signal of the request, where the code runs in a scope;
   * a transaction follows that in any case.
   */
  readonly signal?: AbortSignal
}

/** How a transaction is run. Inside of another one, all but `readOnly` is the outermost one's matter. */
export interface TransactionOptions extends QueryOptions {
  /** Default: the server's, usually `read committed`. */
  readonly isolation?: Isolation
  readonly readOnly?: boolean
  /**
   * How often the whole function is run again after a serialization failure (40001) or a deadlock (40P01). Default 0:
   * what the function does outside the database happens each time.
   */
  readonly retries?: number
}

/**
 * What a database and a transaction have in common. A statement is written with the `sql` tag, or is text with `$1`, `$2` …
 * and the values beside it. `undefined` values are NULL; objects are sent as JSON, arrays as SQL arrays.
 *
 * Errors of all methods: {@link DatabaseUnavailableError} (503 to clients), {@link DatabaseError} with the SQLSTATE.
 */
export abstract class Queryable {
  abstract query<T = Row>(
    statement: Sql | string,
    values?: readonly unknown[],
    options?: QueryOptions,
  ): Promise<QueryResult<T>>

  async many<T = Row>(statement: Sql | string, values?: readonly unknown[], options?: QueryOptions): Promise<T[]> {
    return (await this.query<T>(statement, values, options)).rows
  }

  /** The only row. @throws DatabaseError with code `P0002` when there is none, `P0003` when there are several */
  async one<T = Row>(statement: Sql | string, values?: readonly unknown[], options?: QueryOptions): Promise<T> {
    const row = await this.maybeOne<T>(statement, values, options)
    if (row === undefined) throw wrongCount('P0002', 'no row', statement)
    return row
  }

  /** The only row, or undefined when there is none. @throws DatabaseError with code `P0003` when there are several */
  async maybeOne<T = Row>(
    statement: Sql | string,
    values?: readonly unknown[],
    options?: QueryOptions,
  ): Promise<T | undefined> {
    const { rows } = await this.query<T>(statement, values, options)
    if (rows.length > 1) throw wrongCount('P0003', `${rows.length} rows`, statement)
    return rows[0]
  }

  /**
   * Runs a function in a transaction: committed when it returns, rolled back when it throws. Inside a transaction it is a savepoint.
   * Only what goes through the given {@link Transaction} takes part.
   */
  abstract transaction<T>(run: (tx: Transaction) => Promise<T>): Promise<T>
}

/**
 * One open transaction on one connection. Not usable once its function has returned, nor while a nested one is open.
 * `commit` and `rollback` are not for its statements: @throws DatabaseError with code `2D000`
 */
export abstract class Transaction extends Queryable {}

/**
 * A relational database. Inject it by this class; configuration decides which one it is.
 *
 * In a `@Transactional` method all its statements belong to the method's transaction, and `transaction` makes a savepoint in it.
 */
export abstract class Database extends Queryable {
  get [transactionalResource](): true {
    return true
  }

  abstract override transaction<T>(run: (tx: Transaction) => Promise<T>, options?: TransactionOptions): Promise<T>

  /**
   * Calls `handler` with the payload of each notification on a channel, until the returned function is called.
   * Survives a restart of the server; what is notified while there is no connection is lost. Errors of the handler are logged.
   * @param onReconnect  called when there is a connection again: something may have been missed
   * @throws TypeError when the channel's name is longer than 63 bytes
   */
  abstract listen(
    channel: string,
    handler: (payload: string) => unknown,
    onReconnect?: () => unknown,
  ): Promise<() => Promise<void>>

  /**
   * Notifies the listeners of a channel in every process. A payload holds at most 7,999 bytes.
   * @throws TypeError when the channel's name is longer than 63 bytes
   */
  async notify(channel: string, payload = ''): Promise<void> {
    checkChannel(channel)
    await this.query('select pg_notify($1, $2)', [channel, payload])
  }
}

/** `LISTEN` cuts longer names off, and would then wait for ever on a channel that nobody can notify. */
export function checkChannel(channel: string): void {
  const bytes = Buffer.byteLength(channel)
  if (bytes <= maxChannelBytes) return
  throw new TypeError(`The name of a channel holds at most ${maxChannelBytes} bytes, and ${channel} has ${bytes}`)
}

/** Text and values of a statement in either of its two forms. */
export function readStatement(
  statement: Sql | string,
  values: readonly unknown[] | undefined,
): { text: string; values: readonly unknown[] } {
  if (typeof statement === 'string') return { text: statement, values: checkCount(values ?? []) }
  if (values !== undefined) throw new TypeError('A statement made by sql`…` holds its values already: give no others')
  return { text: statement.text, values: checkCount(statement.values) }
}

/** The driver would send another number. */
function checkCount(values: readonly unknown[]): readonly unknown[] {
  if (values.length <= maxValues) return values
  const advice = 'give a list as one value: `where id = any(${list})`'
  throw new TypeError(`A statement holds at most ${maxValues} values, and this one has ${values.length}: ${advice}`)
}

function wrongCount(code: string, found: string, statement: Sql | string): DatabaseError {
  const { text } = readStatement(statement, undefined)
  return new DatabaseError(`Expected one row, got ${found}, from: ${text.replace(/\s+/g, ' ').trim()}`, {
    code,
    statement: text,
  })
}
