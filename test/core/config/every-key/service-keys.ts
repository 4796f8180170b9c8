import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { Post, Route, Service, type ServerOptions } from '@lokstra/core'
import { HealthCheck } from '@lokstra/services/health'
import { Database } from '@lokstra/services/postgres'
import { expect } from 'chai'
import { IsOptional } from 'class-validator'

import { PostgresServer } from '../../../helpers/postgres-server.js'
import { describeFailure } from './describe-failure.js'
import type { KeyCases } from './key-case.js'
import { probe, probeApp, startYaml } from './yaml-server.js'

@Service({ eager: true })
class Stock {
  @HealthCheck() check(): void {
    throw new Error('stock.internal is gone')
  }
}

/** What a logger writes into a file, of a line of its own. */
async function logged(config: string, fields: Record<string, unknown> = {}): Promise<string> {
  const services = `services: { log: { type: logger, destination: ./own.log, ${config} } }`
  const server = await startYaml(probeApp('', services), { code: probe, ownLog: true })
  try {
    server.server.log.info('a line', fields)
    return readFileSync(join(server.folder, 'own.log'), 'utf8')
  } finally {
    await server[Symbol.asyncDispose]()
  }
}

export const serviceKeys: KeyCases = {
  async 'services.health.details'() {
    const textOf = async (details: boolean) => {
      const yaml = probeApp('controllers: [health]', `services: { health: { type: health, details: ${details} } }`)
      await using server = await startYaml(yaml, { code: { services: [Stock] } })
      return await (await server.request('/health/ready')).text()
    }
    expect(await textOf(true)).to.contain('stock.internal')
    expect(await textOf(false)).not.to.contain('stock.internal')
  },
  async 'services.logger.destination'() {
    expect(await logged('format: json')).to.contain('a line')
  },
  async 'services.logger.level'() {
    expect(await logged('level: warn')).to.equal('')
    expect(await logged('level: info')).to.contain('a line')
  },
  async 'services.logger.format'() {
    expect(await logged('format: json')).to.match(/^\{.*\}\n$/s)
    expect(await logged('format: pretty')).to.match(/^[^{]/)
  },
  async 'services.logger.redact'() {
    const text = await logged('format: json, redact: note', { note: 'first', token: 'second' })
    expect([text.includes('first'), text.includes('second')]).to.deep.equal([false, true])
  },
  async 'services.logger.extraRedact'() {
    const text = await logged('format: json, extraRedact: [note]', { note: 'first', token: 'second' })
    expect([text.includes('first'), text.includes('second')]).to.deep.equal([false, false])
  },
}

class Anything {
  @IsOptional() a?: unknown
}

/** Keeps the database that the server gives it. */
@Route('/db')
class Holder {
  static last: Database

  constructor(db: Database) {
    Holder.last = db
  }
  @Post() post(_: Anything): object {
    return {}
  }
}

let postgres: PostgresServer | undefined

after(() => postgres?.stop())

/** The real thing on a server of its own; the suite is skipped where there is none. */
async function urlFor(context: Mocha.Context): Promise<string> {
  context.timeout(60_000)
  return (postgres ??= await PostgresServer.startOrSkip(context)).url
}

/** A server with a database, which its controller is given. */
interface DatabaseServer extends AsyncDisposable {
  readonly db: Database
}

async function startDatabase(keys: string, files: Readonly<Record<string, string>> = {}): Promise<DatabaseServer> {
  const server = await startYaml(databaseYaml(keys), { code: holding, files })
  return { db: Holder.last, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

const holding: ServerOptions = { apps: [{ name: 'api', controllers: [Holder] }] }

function databaseYaml(keys: string): string {
  return probeApp('', `services: { db: { type: postgres, ${keys} } }`)
}

async function valueOf({ db }: DatabaseServer, text: string): Promise<unknown> {
  const row = await db.one<{ value: unknown }>(text)
  return row?.value
}

async function failureOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'it did not fail',
    (error: unknown) => String(error),
  )
}

const sleeping = 'select pg_sleep(1)'

export const postgresKeys: KeyCases = {
  async 'services.postgres.url'() {
    await using open = await startDatabase(`url: '${await urlFor(this)}'`)
    expect(await valueOf(open, 'select inet_server_port() as value')).to.equal(postgres!.port)
  },
  async 'services.postgres.poolSize'() {
    const url = await urlFor(this)
    for (const poolSize of [1, 2]) {
      await using open = await startDatabase(`url: '${url}', poolSize: ${poolSize}, connectionTimeout: 700ms`)
      const busy = open.db.query(sleeping)
      const failure = await failureOf(open.db.query('select 1'))
      expect(failure === 'it did not fail').to.equal(poolSize === 2)
      await busy
    }
  },
  async 'services.postgres.connectionTimeout'() {
    const url = await urlFor(this)
    for (const timeout of ['700ms', '10s']) {
      await using open = await startDatabase(`url: '${url}', poolSize: 1, connectionTimeout: ${timeout}`)
      const busy = open.db.query(sleeping)
      const failure = await failureOf(open.db.query('select 1'))
      expect(failure === 'it did not fail').to.equal(timeout === '10s')
      await busy
    }
  },
  async 'services.postgres.statementTimeout'() {
    await using open = await startDatabase(`url: '${await urlFor(this)}', statementTimeout: 100ms`)
    expect(await failureOf(open.db.query('select pg_sleep(30)'))).to.match(/statement timeout/)
  },
  async 'services.postgres.idleTimeout'() {
    const url = await urlFor(this)
    await using idle = await startDatabase(`url: '${url}', idleTimeout: 100ms, applicationName: soon-gone`)
    await idle.db.query('select 1')
    await using watcher = await startDatabase(`url: '${url}', applicationName: watcher`)
    const count = () =>
      valueOf(watcher, `select count(*)::int as value from pg_stat_activity where application_name = 'soon-gone'`)
    for (let left = 200; (await count()) !== 0; left--) {
      expect(left, 'connections are kept').to.be.greaterThan(0)
      await delay(25)
    }
  },
  async 'services.postgres.ssl'() {
    const url = await urlFor(this)
    expect(await describeFailure(startYaml(databaseYaml(`url: '${url}', ssl: require`), { code: holding }))).to.match(
      /SSL/,
    )
  },
  async 'services.postgres.schema'() {
    await using open = await startDatabase(`url: '${await urlFor(this)}', schema: shop`)
    expect(await valueOf(open, 'select current_schema() as value')).to.equal('shop')
  },
  async 'services.postgres.applicationName'() {
    await using open = await startDatabase(`url: '${await urlFor(this)}', applicationName: shop-api`)
    expect(await valueOf(open, `select current_setting('application_name') as value`)).to.equal('shop-api')
  },
  async 'services.postgres.migrations'() {
    const files = { 'migrations/001_items.sql': 'create table items (id int); insert into items values (7);' }
    const keys = `url: '${await urlFor(this)}', schema: migrated, migrations: ./migrations`
    await using open = await startDatabase(keys, files)
    expect(await valueOf(open, 'select id as value from items')).to.equal(7)
  },
  async 'services.postgres.dataDir'() {
    this.timeout(60_000)
    const dataDir = mkdtempSync(join(tmpdir(), 'lokstra-every-key-'))
    try {
      const start = () => startDatabase(`url: embedded, dataDir: '${dataDir}', durable: false`)
      {
        await using open = await start()
        await open.db.query('create table kept as select 5 as value')
      }
      await using open = await start()
      expect(await valueOf(open, 'select value from kept')).to.equal(5)
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
    }
  },
  async 'services.postgres.durable'() {
    this.timeout(60_000)
    const dataDir = mkdtempSync(join(tmpdir(), 'lokstra-every-key-'))
    try {
      await using open = await startDatabase(`dataDir: '${dataDir}', durable: false`)
      expect(await valueOf(open, `select current_setting('fsync') as value`)).to.equal('off')
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
    }
  },
  async 'services.configSync.server'() {
    const services = `services: { db: { type: postgres, url: '${await urlFor(this)}' }, sync: { type: configSync, server: blue } }`
    await using server = await startYaml(probeApp('', services), { code: holding })
    const keysLimit = async () => {
      const headers = { 'content-type': 'application/json' }
      const init = { method: 'POST', headers, body: '{"a":1,"b":2}' }
      return (await server.request('/db', init)).status
    }
    const before = await keysLimit()
    await Holder.last.query(`select lokstra_config_set('blue', 'apps.api.limits.keys', '1')`)
    for (let left = 200; (await keysLimit()) !== 400; left--) {
      expect([left > 0, before]).to.deep.equal([true, 200])
      await delay(25)
    }
  },
}
