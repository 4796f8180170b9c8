import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import {
  currentContext,
  joinTransaction,
  Logger,
  lokstraError,
  OnStart,
  OnStop,
  runAsOpenWork,
  ServerRuntime,
  Service,
  type ConfigCheck,
  type TransactionSettings,
} from '@lokstra/core'

import { HealthCheck } from '../health/health-check.js'
import { E_DATABASE_LISTEN, E_DATABASE_UNREACHABLE, E_DATABASE_URL, E_EMBEDDED_PRODUCTION } from './catalogue.js'
import {
  connectionOptions,
  createClient,
  createPool,
  isReadable,
  prepareSession,
  type Pool,
  type ReadOptions,
} from './connection.js'
import {
  checkChannel,
  Database,
  readStatement,
  type QueryOptions,
  type QueryResult,
  type Row,
  type Transaction,
  type TransactionOptions,
} from './database.js'
import { DatabasePart } from './database-part.js'
import { openEmbedded, type EmbeddedServer } from './embedded/embedded-server.js'
import { DatabaseError, DatabaseUnavailableError, isConflict, statementCancelled, toDatabaseError } from './errors.js'
import { Lease } from './lease.js'
import { LeasedTransaction } from './leased-transaction.js'
import { migrate } from './migrate.js'
import { NotificationListener } from './notification-listener.js'
import { onAbort } from './on-abort.js'
import { PostgresConfig } from './postgres-config.js'
import { quoteIdentifier, type Sql } from './sql.js'
import { StatementCanceller } from './statement-canceller.js'
import { OpenTransaction } from './transaction.js'
import type { TransactionLevel } from './transaction-level.js'

const firstStartLimitMs = 120_000
const stopLimitMs = 20_000

/**
 * {@link Database} on a pool of Postgres connections, which recovers by itself when the server comes back.
 *
 * `int8`, and so `count(*)`, is a number while it is a safe integer and a bigint beyond; `numeric` is text; `date` is text
 * (`2026-01-31`); `timestamp` and `timestamptz` are Dates, the former taken as UTC.
 */
@Service({ name: 'postgres', config: PostgresConfig })
export class PostgresDatabase extends Database {
  /** Refuses urls that cannot be read, and an embedded database in production: a variable that was forgotten would start an empty one. */
  static checkConfig({ url }: PostgresConfig, check: ConfigCheck): void {
    if (url !== 'embedded') {
      if (!isReadable(url)) check.refuse(E_DATABASE_URL, {}, ['url'])
    } else if (check.environment === 'production') check.refuse(E_EMBEDDED_PRODUCTION, {}, ['url'])
  }

  readonly #config: PostgresConfig
  readonly #log: Logger
  #pool: Pool | undefined
  #canceller: StatementCanceller | undefined
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
      const readOptions = connectionOptions(url, config)
      // PGlite has one session, shared by whoever connects: two connections would share their transactions.
      const pool = createPool(readOptions, config, this.#embedded?.singleSession ? 1 : config.poolSize)
      this.#pool = pool
      // PGlite runs in this process, which does nothing else meanwhile.
      this.#canceller = this.#embedded?.singleSession ? undefined : new StatementCanceller(readOptions)
      pool.on('connect', (client) => client.on('error', ignore))
      pool.on('error', (err) => this.#log.debug('idle database connection lost', { err }))
      this.#listener = new NotificationListener(() => createClient(readOptions), this.#log)
      await this.#reach(url)
      await this.#prepare(readOptions)
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

  async query<T = Row>(
    statement: Sql | string,
    values?: readonly unknown[],
    options?: QueryOptions,
  ): Promise<QueryResult<T>> {
    const level = this.#joined()
    if (level) return level.query<T>(statement, values, options)
    const signal = options?.signal ?? currentContext()?.signal
    const lease = await this.#acquire(signal)
    try {
      const result = await lease.run<T>(statement, values, signal)
      if (lease.isIdle) return result
      // 25001 active SQL transaction.
      const message = 'The statement left a transaction open, and was rolled back with it: use db.transaction'
      throw new DatabaseError(message, { code: '25001', statement: readStatement(statement, values).text })
    } finally {
      lease.release()
    }
  }

  async transaction<T>(body: (tx: Transaction) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    const level = this.#joined()
    if (level) return level.transaction(body, options)
    const { isolation, readOnly = false, retries = 0 } = options
    const signal = options.signal ?? currentContext()?.signal
    for (let attempt = 0; ; attempt++) {
      const leased = this.#lease({ isolation, readOnly, signal })
      try {
        return await inTransaction(leased, body)
      } catch (error) {
        if (attempt >= retries || !isConflict(error)) throw error
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

  /** What the statements of the calling code go through where that runs in a transactional method. */
  #joined(): TransactionLevel | undefined {
    return joinTransaction(this, (settings) => new DatabasePart(this, this.#lease(settings)))
  }

  #lease(settings: TransactionSettings): LeasedTransaction {
    return new LeasedTransaction((signal) => this.#acquire(signal), settings)
  }

  async #acquire(signal?: AbortSignal): Promise<Lease> {
    if (!this.#pool) throw notStarted()
    if (signal?.aborted) throw statementCancelled(signal.reason)
    const canceller = this.#canceller
    const connecting = this.#pool.connect().then((client) => new Lease(client, canceller))
    try {
      return await (signal ? unlessAborted(connecting, signal, (late) => late.release()) : connecting)
    } catch (error) {
      throw toDatabaseError(error)
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
          this.#log.info('database not reachable yet: trying again', { server: withoutCredentials(url), delayMs })
          await delay(delayMs)
          continue
        }
        const cause = error instanceof DatabaseUnavailableError ? error.cause : error
        const params = { server: withoutCredentials(url), reason: reasonOf(cause) }
        throw lokstraError(E_DATABASE_UNREACHABLE, params, [], { cause })
      }
    }
  }

  async #prepare(readOptions: ReadOptions): Promise<void> {
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
      const client = await this.#pool!.connect()
      try {
        await migrate(client, migrations, this.#config, this.#log)
      } finally {
        client.release(client.getTransactionStatus() !== 'I')
      }
      return
    }
    // A connection of its own: a long migration must not run into the time limit of statements.
    const client = createClient(readOptions)
    client.on('error', ignore)
    try {
      await client.connect()
      await prepareSession(client, this.#config)
      await migrate(client, migrations, this.#config, this.#log)
    } catch (error) {
      throw toDatabaseError(error)
    } finally {
      await client.end()
    }
  }
}

async function inTransaction<T>(leased: LeasedTransaction, body: (tx: Transaction) => Promise<T>): Promise<T> {
  const tx = new OpenTransaction((statement, values, options) => leased.run(statement, values, options))
  try {
    await leased.begin()
    const result = await runAsOpenWork('a transaction of the database', () => body(tx))
    tx.close()
    await leased.commit()
    return result
  } catch (error) {
    tx.end()
    await leased.rollback()
    throw error
  }
}

/** @param giveBack  takes what comes too late */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal, giveBack: (late: T) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const stopListening = onAbort(signal, () => {
      work.then(giveBack, ignore)
      reject(statementCancelled(signal.reason))
    })
    work.finally(stopListening).then(resolve, reject)
  })
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
