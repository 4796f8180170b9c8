import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { Logger, lokstraError, OnStart, OnStop, ServerRuntime, Service } from '@lokstra/core'

import { HealthCheck } from '../health/health-check.js'
import { E_DATABASE_LISTEN, E_DATABASE_UNREACHABLE } from './catalogue.js'
import { createClient, createPool, prepareSession, toParameter, type Client, type Pool } from './connection.js'
import {
  checkChannel,
  Database,
  readStatement,
  type QueryResult,
  type Row,
  type Transaction,
  type TransactionOptions,
} from './database.js'
import { openEmbedded, type EmbeddedServer } from './embedded/embedded-server.js'
import { DatabaseError, DatabaseUnavailableError, toDatabaseError } from './errors.js'
import { migrate } from './migrate.js'
import { NotificationListener } from './notification-listener.js'
import { PostgresConfig } from './postgres-config.js'
import { quoteIdentifier, type Sql } from './sql.js'
import { OpenTransaction } from './transaction.js'

const firstStartLimitMs = 120_000
const stopLimitMs = 20_000
const retryable = new Set(['40001', '40P01'])

/** A connection taken from the pool. One that is found broken is closed when it comes back. */
interface Lease {
  readonly client: Client
  broken: boolean
}

/**
 * {@link Database} on a pool of Postgres connections, which recovers by itself when the server comes back.
 *
 * `int8`, and so `count(*)`, is a number while it is a safe integer and a bigint beyond; `numeric` is text; `date` is text
 * (`2026-01-31`); `timestamp` and `timestamptz` are Dates, the former taken as UTC.
 */
@Service({ name: 'postgres', config: PostgresConfig })
export class PostgresDatabase extends Database {
  readonly #config: PostgresConfig
  readonly #log: Logger
  #pool: Pool | undefined
  #listener: NotificationListener | undefined
  #embedded: EmbeddedServer | undefined

  /** @param runtime  relative paths of the configuration start from its folder; without, from the working folder */
  constructor(config: PostgresConfig, log: Logger, runtime?: ServerRuntime) {
    super()
    const absolute = (path: string) => resolve(runtime?.folder ?? '', path)
    this.#config = Object.assign(new PostgresConfig(), config, { dataDir: absolute(config.dataDir) })
    if (config.migrations !== undefined) this.#config.migrations = absolute(config.migrations)
    this.#log = log
  }

  /** @throws LokstraError `E_DATABASE_UNREACHABLE` after `connectionTimeout` · `E_EMBEDDED_…` · `E_MIGRATION_…` */
  @OnStart({ timeoutMs: firstStartLimitMs })
  async start(): Promise<void> {
    if (this.#pool) return
    const config = this.#config
    try {
      if (config.url === 'embedded') this.#embedded = await openEmbedded(config, this.#log)
      const url = this.#embedded?.url ?? config.url
      // PGlite has one session, shared by whoever connects: two connections would share their transactions.
      const pool = createPool(url, config, this.#embedded?.singleSession ? 1 : config.poolSize)
      this.#pool = pool
      pool.on('connect', (client) => client.on('error', ignore))
      pool.on('error', (err) => this.#log.debug('Lost an idle database connection', { err }))
      this.#listener = new NotificationListener(() => createClient(url, config), this.#log)
      await this.#reach(url)
      await this.#prepare(url)
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  @OnStop({ timeoutMs: stopLimitMs })
  async stop(): Promise<void> {
    const [listener, pool, embedded] = [this.#listener, this.#pool, this.#embedded]
    this.#listener = this.#pool = this.#embedded = undefined
    try {
      await listener?.stop()
      await pool?.end()
    } finally {
      await embedded?.release()
    }
  }

  @HealthCheck()
  async ping(): Promise<void> {
    await this.query('select 1')
  }

  /** Connections of the pool: open, of those unused, and how many callers wait for one. */
  get poolState(): { readonly open: number; readonly idle: number; readonly waiting: number } {
    const { totalCount = 0, idleCount = 0, waitingCount = 0 } = this.#pool ?? {}
    return { open: totalCount, idle: idleCount, waiting: waitingCount }
  }

  async query<T = Row>(statement: Sql | string, values?: readonly unknown[]): Promise<QueryResult<T>> {
    return this.#withClient(async ({ client }) => {
      const result = await run<T>(client, statement, values)
      // 25001 active SQL transaction.
      if (!isIdle(client)) {
        const message = 'The statement left a transaction open, and was rolled back with it: use db.transaction'
        throw new DatabaseError(message, { code: '25001', statement: readStatement(statement, values).text })
      }
      return result
    })
  }

  async transaction<T>(body: (tx: Transaction) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#withClient((lease) => inTransaction(lease, body, options))
      } catch (error) {
        const again = error instanceof DatabaseError && retryable.has(error.code) && attempt < (options.retries ?? 0)
        if (!again) throw error
        // Those who collided once must not collide again at the same moment.
        await delay(Math.random() * 20 * 2 ** Math.min(attempt, 6))
      }
    }
  }

  async listen(
    channel: string,
    handler: (payload: string) => unknown,
    onReconnect?: () => unknown,
  ): Promise<() => Promise<void>> {
    if (this.#embedded?.singleSession) throw lokstraError(E_DATABASE_LISTEN, {})
    if (!this.#listener) throw notStarted()
    checkChannel(channel)
    return this.#listener.listen(channel, handler, onReconnect)
  }

  async #withClient<T>(use: (lease: Lease) => Promise<T>): Promise<T> {
    if (!this.#pool) throw notStarted()
    const client = await this.#pool.connect().catch((error: unknown) => {
      throw toDatabaseError(error)
    })
    const lease: Lease = { client, broken: false }
    try {
      return await use(lease)
    } catch (error) {
      if (error instanceof DatabaseUnavailableError) lease.broken = true
      throw error
    } finally {
      // The next caller must not find itself in a transaction of this one.
      client.release(lease.broken || !isIdle(client))
    }
  }

  /** A database that starts together with this process, as in a compose file, is given a moment. */
  async #reach(url: string): Promise<void> {
    const deadline = performance.now() + this.#config.connectionTimeout
    for (let delayMs = 100; ; delayMs *= 2) {
      try {
        await this.ping()
        return
      } catch (error) {
        if (error instanceof DatabaseUnavailableError && performance.now() + delayMs < deadline) {
          this.#log.info('The database does not answer yet; trying again', { server: withoutCredentials(url), delayMs })
          await delay(delayMs)
          continue
        }
        const cause = error instanceof DatabaseUnavailableError ? error.cause : error
        const params = { server: withoutCredentials(url), reason: reasonOf(cause) }
        throw lokstraError(E_DATABASE_UNREACHABLE, params, [], { cause })
      }
    }
  }

  async #prepare(url: string): Promise<void> {
    const { schema, migrations } = this.#config
    if (schema !== undefined) {
      // Asked first: `if not exists` alone needs the right to create even where nothing is created.
      const { missing } = await this.one<{ missing: boolean }>('select to_regnamespace($1) is null as missing', [
        quoteIdentifier(schema),
      ])
      if (missing) await this.transaction((transaction) => createSchema(transaction, schema))
    }
    if (migrations === undefined) return
    if (this.#embedded?.singleSession) {
      await this.#withClient(({ client }) => migrate(client, migrations, this.#log))
      return
    }
    // A connection of its own: a long migration must not run into the time limit of statements.
    const client = createClient(url, this.#config)
    client.on('error', ignore)
    try {
      await client.connect()
      await prepareSession(client, this.#config)
      await migrate(client, migrations, this.#log)
    } catch (error) {
      throw toDatabaseError(error)
    } finally {
      await client.end()
    }
  }
}

async function run<T>(client: Client, statement: Sql | string, values?: readonly unknown[]): Promise<QueryResult<T>> {
  const { text, values: parameters } = readStatement(statement, values)
  try {
    // Without parameters the simple protocol is used, in which one text may hold several statements.
    const result = await (parameters.length === 0
      ? client.query(text)
      : client.query(text, parameters.map(toParameter)))
    const last = Array.isArray(result) ? (result as (typeof result)[]).at(-1)! : result
    return { rows: last.rows as T[], rowCount: last.rowCount ?? 0 }
  } catch (error) {
    const translated = toDatabaseError(error, text)
    // The driver rejects before the server has told what state the connection is in. Only a text without parameters can hold
    // a `begin` or `commit` beside what failed, so only then is the state worth another round trip.
    if (translated instanceof DatabaseError && parameters.length === 0) await client.query('').catch(ignore)
    throw translated
  }
}

/** Whether the connection is outside a transaction. */
function isIdle(client: Client): boolean {
  return client.getTransactionStatus() === 'I'
}

async function inTransaction<T>(
  lease: Lease,
  body: (tx: Transaction) => Promise<T>,
  { isolation, readOnly }: TransactionOptions,
): Promise<T> {
  const { client } = lease
  const tx = new OpenTransaction(async <T>(statement: Sql | string, values?: readonly unknown[]) => {
    assertOpen(client)
    const result = await run<T>(client, statement, values)
    assertOpen(client)
    return result
  })
  const modes = [isolation && `isolation level ${isolation}`, readOnly && 'read only'].filter(Boolean).join(' ')
  await run(client, `begin ${modes}`)
  try {
    const result = await body(tx)
    tx.end()
    assertOpen(client)
    await commit(client)
    return result
  } catch (error) {
    tx.end()
    // A connection whose transaction cannot be ended must not go back to the pool.
    await run(client, 'rollback').catch(() => (lease.broken = true))
    throw error
  }
}

function assertOpen(client: Client): void {
  if (!isIdle(client)) return
  // 2D000 invalid transaction termination.
  const message =
    'A statement inside the transaction has ended it: leave commit and rollback to db.transaction. ' +
    'What it committed stays'
  throw new DatabaseError(message, { code: '2D000' })
}

/** Postgres answers COMMIT with ROLLBACK, and no error, when a statement failed and the failure was swallowed. */
async function commit(client: Client): Promise<void> {
  const { command } = await client.query('commit').catch((error: unknown) => {
    throw toDatabaseError(error, 'commit')
  })
  if (command === 'ROLLBACK') {
    const message = 'The transaction was rolled back: a statement in it had failed, and the error was caught inside'
    throw new DatabaseError(message, { code: '25P02' })
  }
}

function notStarted(): DatabaseUnavailableError {
  return new DatabaseUnavailableError(new Error('The database service is not started'))
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors.map(reasonOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}

function withoutCredentials(url: string): string {
  try {
    const { host, pathname } = new URL(url)
    return `${host}${pathname}`
  } catch {
    return 'of the configured url'
  }
}

/** A connection that breaks emits `error` beside rejecting its query; without a handler that would end the process. */
function ignore(): void {}

/** Under a lock: of two processes that start together `if not exists` alone lets both through, and one then fails. */
async function createSchema(transaction: Transaction, schema: string): Promise<void> {
  await transaction.query('select pg_advisory_xact_lock(hashtext($1))', [`lokstra schema ${schema}`])
  await transaction.query(`create schema if not exists ${quoteIdentifier(schema)}`)
}
