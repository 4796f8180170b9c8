import { copyFileSync, rmSync } from 'node:fs'

import { PostgresConfig, PostgresDatabase } from '@lokstra/services/postgres'
import { expect } from 'chai'

import { Certificates } from '../../helpers/certificates.js'
import { poll } from '../../helpers/poll.js'
import { PostgresServer } from '../../helpers/postgres-server.js'
import { recordLog } from '../recorded-log.js'
import { failureOf } from './database-contract.js'

describe('the authority that a database url names', function () {
  this.timeout(60_000)
  let certificates: Certificates
  let postgres: PostgresServer
  /** Looks at the server from outside. */
  let observer: PostgresDatabase
  let db: PostgresDatabase
  let file: string

  const create = (url: string, applicationName: string) =>
    new PostgresDatabase(Object.assign(new PostgresConfig(), { url, poolSize: 1, applicationName }), recordLog().log)
  const closeAll = () =>
    observer.query(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tested'`)
  const untilSleeping = () =>
    poll(
      async () => {
        const { n } = await observer.one<{ n: number }>(
          `select count(*) as n from pg_stat_activity where query = 'select pg_sleep(60)' and state = 'active'`,
        )
        return n > 0
      },
      () => 'It does not sleep',
    )

  before(async function () {
    certificates = new Certificates()
    file = certificates.path('named.pem')
    postgres = await PostgresServer.startOrSkip(this, certificates.server)
    observer = create(postgres.url, 'observer')
    await observer.start()
  })

  beforeEach(async () => {
    copyFileSync(certificates.ca, file)
    db = create(`${postgres.url}?sslmode=verify-full&sslrootcert=${file}`, 'tested')
    await db.start()
  })

  afterEach(() => db?.stop())

  after(async () => {
    await observer?.stop()
    await postgres?.stop()
    certificates?.remove()
  })

  it('is the one that was read last while its file cannot be read, for listeners', async () => {
    const heard: string[] = []
    await db.listen('news', (payload) => heard.push(payload))
    rmSync(file)
    await closeAll()
    await poll(
      async () => {
        await observer.notify('news', 'again')
        return heard.length > 0
      },
      () => 'It does not listen again',
    )
  })

  it('is the one that was read last while its file cannot be read, for statements that wait for a connection', async () => {
    const sleeping = failureOf(db.query('select pg_sleep(60)'))
    await untilSleeping()
    const waiting = db.one('select 1 as n')
    rmSync(file)
    await closeAll()
    await sleeping
    expect(await waiting).to.deep.equal({ n: 1 })
  })

  it('is the one that was read last while its file cannot be read, for requests to stop a statement', async () => {
    const abort = new AbortController()
    const sleeping = failureOf(db.query('select pg_sleep(60)', [], { signal: abort.signal }))
    await untilSleeping()
    rmSync(file)
    abort.abort(new Error('stop'))
    expect(await sleeping).to.have.property('message', 'The statement was cancelled: stop')
    expect(db.poolState).to.deep.equal({ open: 1, idle: 1, waiting: 0 })
  })

  it('is read again for each connection', async () => {
    copyFileSync(certificates.authority('another'), file)
    await closeAll()
    await poll(
      () => db.poolState.open === 0,
      () => 'The connection is not lost',
    )
    expect((await failureOf(db.query('select 1'))).message).to.match(/certificate/)
    copyFileSync(certificates.ca, file)
    expect(await db.one('select 1 as n')).to.deep.equal({ n: 1 })
  })

  it('keeps the database from starting when it cannot be read at all', async () => {
    rmSync(file)
    const other = create(`${postgres.url}?sslmode=verify-full&sslrootcert=${file}`, 'other')
    const error = await failureOf(other.start())
    expect(error).to.have.property('code', 'E_DATABASE_UNREACHABLE')
    expect(error.message).to.contain('ENOENT').and.contain(file)
  })
})
