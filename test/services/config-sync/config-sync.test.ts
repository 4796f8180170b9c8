import { setTimeout as delay } from 'node:timers/promises'

import { Context, Get, Route, ServerRuntime } from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { ConfigSync, ConfigSyncConfig } from '@lokstra/services/config-sync'
import { PostgresConfig, PostgresDatabase } from '@lokstra/services/postgres'
import { expect } from 'chai'

import { describeConfigSource } from '../../contracts/config-source.js'
import { poll } from '../../helpers/poll.js'
import { PostgresServer } from '../../helpers/postgres-server.js'
import { recordLog } from '../recorded-log.js'
import { failureOf } from '../postgres/database-contract.js'

@Route('/')
class Limits {
  @Get() limits(ctx: Context) {
    return ctx.app.limits.keys
  }
}

class Named extends ServerRuntime {
  readonly folder = ''
  readonly phase = 'ready'
  readonly services = []
  readonly calls = []
  readonly transactionCrossings = 0
  readonly contractProblems = []
  constructor(readonly name: string) {
    super()
  }
}

describe('ConfigSync', () => {
  let postgres: PostgresServer
  const opened: PostgresDatabase[] = []
  let count = 0

  before(async function () {
    this.timeout(60_000)
    postgres = await PostgresServer.startOrSkip(this)
  })
  after(async () => {
    for (const db of opened) await db.stop()
    await postgres.stop()
  })

  async function openDatabase(): Promise<PostgresDatabase> {
    const db = new PostgresDatabase(Object.assign(new PostgresConfig(), { url: postgres.url }), recordLog().log)
    opened.push(db)
    await db.start()
    return db
  }

  async function open(db: PostgresDatabase, server: string, { log } = recordLog()): Promise<ConfigSync> {
    const sync = new ConfigSync(new ConfigSyncConfig(), db, new Named(server), log)
    await sync.start()
    return sync
  }

  describeConfigSource('the table lokstra_config', async () => {
    const source = await open(await openDatabase(), `server${count++}`)
    return {
      source,
      set: (limits) =>
        limits ? source.set('apps.api.limits.keys', limits.keys) : source.unset('apps.api.limits.keys'),
      [Symbol.asyncDispose]: () => opened.pop()!.stop(),
    }
  })

  it('is made once by processes that start together', async () => {
    const db = await openDatabase()
    await db.query('drop table if exists lokstra_config cascade')
    await Promise.all(Array.from({ length: 5 }, (_, index) => open(db, `together${index}`)))
    expect(await db.many('select * from lokstra_config')).to.deep.equal([])
  })

  it('gives the values for all servers, with those of its own over them', async () => {
    const db = await openDatabase()
    const [one, other] = [await open(db, 'one'), await open(db, 'other')]
    const set = (server: string, path: string, value: unknown) =>
      db.query('select lokstra_config_set($1, $2, $3::jsonb)', [server, path, JSON.stringify(value)])
    await set('*', 'shutdown', { timeout: '5s', idle: 1 })
    await set('*', 'services["my.log"].level', 'debug')
    await set('one', 'shutdown.timeout', '9s')
    await set('one', 'middleware', ['cors'])
    const common = [{ shutdown: { timeout: '5s', idle: 1 } }, { services: { 'my.log': { level: 'debug' } } }]
    expect(await one.read()).to.deep.equal([...common, { middleware: ['cors'] }, { shutdown: { timeout: '9s' } }])
    expect(await other.read()).to.deep.equal(common)
    await db.query('delete from lokstra_config')
  })

  it('lays what is said of one server over what is said of all, however long the paths are', async () => {
    const set = `select lokstra_config_set('*', 'apps.app.limits.keys', '5'),
      lokstra_config_set('*', 'apps.app.limits', '{ "depth": 6, "body": "2MiB" }'),
      lokstra_config_set('exception', 'apps.app', '{ "limits": { "keys": 8, "body": null } }')`
    const db = await openDatabase()
    await open(db, 'exception')
    await db.query(set)
    const test = await createTestServer({
      name: 'exception',
      services: [ConfigSync, { use: PostgresDatabase, name: 'db', config: { url: postgres.url } }],
      controllers: [Limits],
      config: { apps: [{ name: 'app' }] },
    })
    const limits = (await test.server.configuration()).valueAt('apps.app.limits')
    expect(limits).to.include({ keys: 8, depth: 6, body: '1MiB' })
    await db.query('delete from lokstra_config')
  })

  it('leaves out a value whose path is none, and says so', async () => {
    const db = await openDatabase()
    const log = recordLog()
    const sync = await open(db, 'mistyped', log)
    for (const path of ['apps[0].limits.keys', 'apps..x', 'shutdown.idle'])
      await db.query("select lokstra_config_set('mistyped', $1, '1')", [path])
    expect(await sync.read()).to.deep.equal([{ shutdown: { idle: 1 } }])
    expect(log.lines.map(({ level, path }) => [level, path])).to.deep.equal([
      ['error', 'apps..x'],
      ['error', 'apps[0].limits.keys'],
    ])
  })

  it('takes no text that is no path', async () => {
    const sync = await open(await openDatabase(), 'paths')
    for (const path of ['', 'apps.', 'apps[0].listen', '__proto__.polluted', 'a b']) {
      expect(await failureOf(sync.set(path, 1)), path).to.be.instanceOf(TypeError)
    }
  })

  it('keeps no secret', async () => {
    const sync = await open(await openDatabase(), 'secrets')
    for (const [path, value] of [
      ['services.db.password', 'hunter2'],
      ['services.db', { poolSize: 5, url: 'postgres://me:hunter2@db/shop' }],
    ] as const) {
      const failure = await failureOf(sync.set(path, value))
      expect(String(failure)).to.include('E_CONFIG_SOURCE_SECRET').and.not.include('hunter2')
    }
    expect(await sync.read()).to.deep.equal([])
  })

  it('keeps nothing that says which code runs', async () => {
    const sync = await open(await openDatabase(), 'code')
    for (const [path, value] of [
      ['discover', ['/tmp/**/*.js']],
      ['secrets.vault', { type: 'exec', command: ['sh'] }],
      ['services.db.type', 'other'],
    ] as const) {
      expect(String(await failureOf(sync.set(path, value)))).to.include('E_CONFIG_SOURCE_CODE')
    }
    expect(await sync.read()).to.deep.equal([])
  })

  it('tells both servers when a value goes from one to the other, and all when the table is emptied', async () => {
    const db = await openDatabase()
    const [from, to, other] = [await open(db, 'from'), await open(db, 'to'), await open(db, 'neither')]
    const told = { from: 0, to: 0, other: 0 }
    await from.set('shutdown.timeout', '9s')
    await from.watch(() => told.from++)
    await to.watch(() => told.to++)
    await other.watch(() => told.other++)

    await db.query(`update lokstra_config set server = 'to' where server = 'from'`)
    await poll(
      () => told.from > 0 && told.to > 0,
      () => `not told of the move: ${JSON.stringify(told)}`,
    )
    expect([await from.read(), await to.read()]).to.deep.equal([[], [{ shutdown: { timeout: '9s' } }]])
    expect(told.other).to.equal(0)

    const before = { ...told }
    await db.query('truncate lokstra_config')
    await poll(
      () => told.from > before.from && told.to > before.to && told.other > before.other,
      () => `not told of the truncation: ${JSON.stringify(told)}`,
    )
    expect(await to.read()).to.deep.equal([])
  })

  it('changes a running server, also what was changed while the connection was lost', async function () {
    this.timeout(60_000)
    const test = await createTestServer({
      name: 'live',
      services: [ConfigSync, { use: PostgresDatabase, name: 'db', config: { url: postgres.url } }],
      controllers: [Limits],
    })
    const until = async (keys: number) => {
      for (let waited = 0; ((await test.inject('GET', '/')).json() as { data: number }).data !== keys; waited += 10) {
        if (waited > 20_000) throw new Error(`The limit is not ${keys}`)
        await delay(10)
      }
    }
    const sync = test.get(ConfigSync)
    await sync.set('apps.app.limits.keys', 5)
    await until(5)

    const db = await openDatabase()
    const others = `select pid from pg_stat_activity where query ilike 'listen%' and pid <> pg_backend_pid()`
    await poll(
      async () => (await db.many(others)).length > 0,
      () => 'nobody listens',
    )
    await db.transaction(async (tx) => {
      await tx.query(`select pg_terminate_backend(pid) from (${others}) listening`)
      await tx.query('alter table lokstra_config disable trigger user')
      await tx.query(`select lokstra_config_set('live', 'apps.app.limits.keys', '6')`)
      await tx.query('alter table lokstra_config enable trigger user')
    })
    await until(6)
    await sync.unset('apps.app.limits.keys')
    await until(1000)
    expect(test.logs.some(({ message }) => message.includes('notification connection restored'))).to.equal(true)
  })
})
