import { configFromPaths, ConfigSource, Logger, OnStart, ServerRuntime, Service } from '@lokstra/core'

import { Database } from '../postgres/database.js'
import { ConfigSyncConfig } from './config-sync-config.js'
import { channel, everyServer, schema, schemaLock } from './schema.js'

interface Row {
  readonly path: string
  readonly value: unknown
}

/**
 * Values of the configuration from the table `lokstra_config` of a Postgres: of every process that has this service, as soon as one
 * of them, or anybody in SQL, changes them. The table is for settings: secrets in it are refused, and what says which code runs.
 */
@Service({ name: 'configSync', config: ConfigSyncConfig })
export class ConfigSync extends ConfigSource {
  readonly #db: Database
  readonly #log: Logger
  readonly #server: string

  constructor(config: ConfigSyncConfig, db: Database, runtime: ServerRuntime, log: Logger) {
    super()
    this.#db = db
    this.#log = log
    this.#server = config.server ?? runtime.name
  }

  /** Makes the table and its functions; processes that start together wait for one another. */
  @OnStart()
  async start(): Promise<void> {
    await this.#db.transaction(async (tx) => {
      await tx.query('select pg_advisory_xact_lock($1)', [schemaLock])
      await tx.query(schema)
    })
  }

  /** A row whose path is none is left out and logged: anybody can write to the table, and the others are as good as before. */
  async read(): Promise<readonly object[]> {
    const rows = await this.#db.many<Row & { readonly isOwn: boolean }>(
      'select path, value, server = $1 as "isOwn" from lokstra_config where server in ($1, $2) order by path',
      [this.#server, everyServer],
    )
    const usable = rows.filter((row) => this.#hasPath(row))
    return [false, true].flatMap((isOwn) =>
      configFromPaths(usable.filter((row) => row.isOwn === isOwn).map(({ path, value }) => [path, value] as const)),
    )
  }

  #hasPath({ path, value }: Row): boolean {
    try {
      configFromPaths([[path, value]])
      return true
    } catch (err) {
      this.#log.error('configuration value left out: its path is none', { path, err })
      return false
    }
  }

  /** Also after a lost connection: what was notified meanwhile did not arrive. */
  watch(onChange: () => unknown): Promise<() => Promise<void>> {
    const isMeant = (server: string) => server === this.#server || server === everyServer
    return this.#db.listen(channel, (server) => (isMeant(server) ? onChange() : undefined), onChange)
  }

  /**
   * Sets a value, here and in all processes of this server's name.
   * @param path  such as `apps.api.limits.keys`, apps by name
   * @param value  anything that JSON holds; lists are replaced as a whole
   * @throws TypeError when it is no path · E_CONFIG_SOURCE_SECRET when it looks like a secret · E_CONFIG_SOURCE_CODE when it says which code runs
   */
  async set(path: string, value: unknown): Promise<void> {
    this.assertAllowed(configFromPaths([[path, value]]))
    await this.#db.query('select lokstra_config_set($1, $2, $3::jsonb)', [this.#server, path, JSON.stringify(value)])
  }

  /** Takes a value away, so that what is below counts again. */
  async unset(path: string): Promise<void> {
    await this.#db.query('select lokstra_config_unset($1, $2)', [this.#server, path])
  }
}
