import { once, EventEmitter } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { HttpError, LokstraError } from '@lokstra/core'
import { DatabaseUnavailableError, PostgresConfig, PostgresDatabase, sql } from '@lokstra/services/postgres'
import { expect } from 'chai'

import { PostgresServer } from '../../helpers/postgres-server.js'
import { recordLog } from '../recorded-log.js'
import { failureOf, itBehavesLikeADatabase } from './database-contract.js'

function createDatabase(config: Partial<PostgresConfig>, log = recordLog().log): PostgresDatabase {
  return new PostgresDatabase(Object.assign(new PostgresConfig(), config), log)
}

describe('PostgresDatabase, embedded', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'lokstra-embedded-'))
  const db = createDatabase({ dataDir, durable: false })
  after(async () => {
    await db.stop()
    rmSync(dataDir, { recursive: true, force: true })
  })
  itBehavesLikeADatabase(async () => {
    await db.start()
    return db
  })
})

const configured = process.env.DATABASE_URL

// One more server to agree with, for those who name one; the suite has run on two kinds of it by then.
if (configured !== undefined) {
  describe('PostgresDatabase, on the server of DATABASE_URL', () => {
    const db = createDatabase({ url: configured, schema: 'lokstra_contract' })
    after(async () => {
      await db.query('drop schema if exists lokstra_contract cascade')
      await db.stop()
    })
    itBehavesLikeADatabase(async () => {
      await db.start()
      return db
    })
  })
}

describe('PostgresDatabase, on a server of its own', () => {
  let server: PostgresServer
  let db: PostgresDatabase
  const recorded = recordLog()
  const opened: PostgresDatabase[] = []

  const open = async (config: Partial<PostgresConfig> = {}): Promise<PostgresDatabase> => {
    const database = createDatabase({ url: server.url, ...config }, recorded.log)
    opened.push(database)
    await database.start()
    return database
  }

  before(async function () {
    this.timeout(60_000)
    server = await PostgresServer.startOrSkip(this)
    db = await open({ connectionTimeout: 1_000 })
  })

  after(async () => {
    await Promise.all(opened.map((database) => database.stop()))
    await server?.stop()
  })

  itBehavesLikeADatabase(async () => db)

  it('keeps to its pool size and gives every connection back', async () => {
    const small = await open({ poolSize: 3 })
    await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const work =
          i % 2 ? small.query('select 1') : small.transaction((tx) => tx.query(i % 4 ? 'select 1' : 'select no'))
        await work.catch(() => undefined)
      }),
    )
    const { open: count, idle, waiting } = small.poolState
    expect(count).to.be.at.most(3)
    expect({ idle, waiting }).to.deep.equal({ idle: count, waiting: 0 })
  })

  it('is unavailable, not hanging, when no connection is free in time', async () => {
    const small = await open({ poolSize: 1, connectionTimeout: 200 })
    const error = await small.transaction(() => failureOf(small.query('select 1')))
    expect(error).to.be.instanceOf(DatabaseUnavailableError)
  })

  it('ends a statement that runs too long and keeps the connection', async () => {
    const impatient = await open({ statementTimeout: 100, poolSize: 1 })
    expect(await failureOf(impatient.query('select pg_sleep(5)'))).to.have.property('code', '57014')
    expect(await impatient.one('select 1 as n')).to.deep.equal({ n: 1 })
  })

  it('makes the configured schema and works in it', async () => {
    const other = await open({ schema: 'Tenant_1', applicationName: 'contract' })
    await other.query('create table mine (id int)')
    const { schema, app } = await other.one<{ schema: string; app: string }>(
      sql`select table_schema as schema, current_setting('application_name') as app from information_schema.tables where table_name = ${'mine'}`,
    )
    expect({ schema, app }).to.deep.equal({ schema: 'Tenant_1', app: 'contract' })
  })

  it('does not start, and says why without the password, when the server cannot be reached', async () => {
    const database = createDatabase({ url: 'postgres://me:hunter2@127.0.0.1:1/shop', connectionTimeout: 200 })
    const error = await failureOf(database.start())
    expect(LokstraError.is(error) && error.code).to.equal('E_DATABASE_UNREACHABLE')
    expect(error.message).to.contain('127.0.0.1:1/shop').and.contain('ECONNREFUSED').and.not.contain('hunter2')
  })

  it('does not start with a wrong password', async () => {
    const error = await failureOf(open({ url: server.url.replace(/:[0-9a-f]+@/, ':wrong@') }))
    expect(error.message).to.contain('password authentication failed')
  })

  it('is unavailable before it has started and after it has stopped', async () => {
    const database = createDatabase({ url: server.url })
    expect(await failureOf(database.query('select 1'))).to.be.instanceOf(DatabaseUnavailableError)
    await database.start()
    await database.stop()
    expect(await failureOf(database.query('select 1'))).to.be.instanceOf(DatabaseUnavailableError)
  })

  it('shows clients a 503 without the cause', async () => {
    const error = await failureOf(createDatabase({ url: server.url }).query('select secret'))
    expect(HttpError.is(error) && error.status).to.equal(503)
    expect(error.message).to.equal('The database is not available')
  })

  it('fails fast while the server is gone, under load, and recovers with its listeners when it is back', async function () {
    this.timeout(60_000)
    const unhandled: unknown[] = []
    const onUnhandled = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', onUnhandled)
    const events = new EventEmitter()
    const stopListening = await db.listen('restart', (payload) => events.emit('restart', payload))
    let running = true
    let served = 0
    const failures: unknown[] = []
    const worker = async (i: number): Promise<void> => {
      while (running) {
        const work =
          i % 2 ? db.query('select pg_sleep(0.01)') : db.transaction((tx) => tx.query('select pg_sleep(0.01)'))
        await work.then(
          () => served++,
          (error: unknown) => failures.push(error),
        )
        await delay(5)
      }
    }
    const workers = Array.from({ length: 20 }, (_, i) => worker(i))
    const idleInTransaction = failureOf(
      db.transaction(async (tx) => {
        await once(events, 'killed')
        await tx.query('select 1')
      }),
    )
    await until(() => served > 20)
    await server.kill()
    events.emit('killed')
    await until(() => failures.length > 20)
    expect(await idleInTransaction).to.be.instanceOf(DatabaseUnavailableError)
    await server.start()
    const before = served
    await until(() => served > before + 50)
    running = false
    await Promise.all(workers)
    expect(failures.filter((error) => !(error instanceof DatabaseUnavailableError))).to.deep.equal([])
    expect(db.poolState.waiting).to.equal(0)

    const heard = once(events, 'restart')
    let isHeard = false
    void heard.then(() => (isHeard = true))
    await until(async () => {
      await db.notify('restart', 'again')
      return isHeard
    })
    expect(await heard).to.deep.equal(['again'])
    await stopListening()
    process.off('unhandledRejection', onUnhandled)
    expect(unhandled).to.deep.equal([])
  })
})

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(20)
}
