import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { LokstraError } from '@lokstra/core'
import { PostgresConfig, PostgresDatabase } from '@lokstra/services/postgres'
import { expect } from 'chai'

import { PostgresServer } from '../../helpers/postgres-server.js'
import { recordLog, type RecordedLog } from '../recorded-log.js'
import { failureOf } from './database-contract.js'

describe('migrations', () => {
  let server: PostgresServer
  let folder: string
  let schema: string
  let recorded: RecordedLog
  let count = 0
  const opened: PostgresDatabase[] = []

  before(async function () {
    this.timeout(60_000)
    server = await PostgresServer.startOrSkip(this)
  })
  after(() => server?.stop())

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lokstra-migrations-'))
    schema = `m${++count}`
    recorded = recordLog()
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((db) => db.stop()))
    rmSync(folder, { recursive: true })
  })

  const write = (file: string, text: string): void => writeFileSync(join(folder, file), text)
  const open = async (config: Partial<PostgresConfig> = {}): Promise<PostgresDatabase> => {
    const settings = { url: server.url, schema, migrations: folder, ...config }
    const db = new PostgresDatabase(Object.assign(new PostgresConfig(), settings), recorded.log)
    opened.push(db)
    await db.start()
    return db
  }
  const codeOf = async (work: Promise<unknown>): Promise<string> => {
    const error = await failureOf(work)
    return LokstraError.is(error) ? error.code : error.message
  }

  it('are applied in the order of their numbers, each once', async () => {
    write('2_fill.sql', `insert into todos values (1, 'a;b'); insert into todos values (2, 'c');`)
    write('001_create.up.sql', 'create table todos (id int primary key, title text)')
    write('001_create.down.sql', 'drop table todos')
    write('README.md', 'not a migration')
    await open()
    const db = await open()
    expect(await db.many('select id from todos order by id')).to.deep.equal([{ id: 1 }, { id: 2 }])
    const applied = recorded.lines.filter(({ msg }) => msg === 'migration applied').map(({ file }) => file)
    expect(applied).to.deep.equal(['001_create.up.sql', '2_fill.sql'])
  })

  it('are applied once by processes that start together', async () => {
    write('1_create.sql', 'create table once (id int); select pg_sleep(0.1); insert into once values (1)')
    const [db] = await Promise.all([open(), open(), open()])
    expect(await db.many('select id from once')).to.deep.equal([{ id: 1 }])
  })

  it('write where the service reads, whatever those before them set for their session', async () => {
    write(
      '1_dump.sql',
      `select pg_catalog.set_config('search_path', '', false); create table ${schema}.dumped (id int)`,
    )
    write(
      '2_audit.sql',
      `create schema ${schema}_audit; set search_path to ${schema}_audit; create table audit (id int)`,
    )
    write('3_role.sql', 'set role pg_monitor')
    write('4_user.sql', 'create table orders (id int); set session authorization pg_monitor')
    write('5_last.sql', 'insert into orders values (1)')
    const db = await open()
    expect(await db.many('select id from orders')).to.deep.equal([{ id: 1 }])
    expect(await db.one('select to_regclass($1)::text as audit', [`${schema}_audit.audit`])).to.deep.equal({
      audit: `${schema}_audit.audit`,
    })
  })

  it('may take longer than a statement may', async () => {
    write('1_slow.sql', 'create table slow (id int); select pg_sleep(0.3); insert into slow values (1)')
    const db = await open({ statementTimeout: 100 })
    expect(await db.many('select id from slow')).to.deep.equal([{ id: 1 }])
  })

  it('are rolled back as a whole, and name file and line, when a statement fails', async () => {
    write('1_bad.sql', 'create table half (id int);\n\ncreate tabel other (id int);')
    const error = await failureOf(open())
    expect(LokstraError.is(error) && error.code).to.equal('E_MIGRATION_FAILED')
    expect(error.message).to.contain('1_bad.sql:3').and.contain('syntax error')
    unlinkSync(join(folder, '1_bad.sql'))
    const db = await open()
    expect(await db.one('select to_regclass($1) as half', [`${schema}.half`])).to.deep.equal({ half: null })
  })

  it('tell that something stays when a file that commits by itself fails behind that', async () => {
    write('1_dump.sql', 'begin;\ncreate table one (id int);\ncommit;\ninsert into nowhere values (1);\n')
    const error = await failureOf(open())
    expect(error.message).to.contain('1_dump.sql:4').and.contain('leave begin and commit out')
    unlinkSync(join(folder, '1_dump.sql'))
    expect(await (await open()).many('select * from one')).to.deep.equal([])
  })

  it('tell that nothing stays when what they wrote is refused at their commit', async () => {
    write(
      '1_late.sql',
      `create table a (id int primary key);
       create table b (a int references a deferrable initially deferred);
       insert into b values (1)`,
    )
    const error = await failureOf(open())
    expect(error.message).to.contain('rolled back as a whole').and.not.contain('leave begin and commit out')
    unlinkSync(join(folder, '1_late.sql'))
    const db = await open()
    expect(await db.one('select to_regclass($1) as a', [`${schema}.a`])).to.deep.equal({ a: null })
  })

  it('may begin with a byte order mark', async () => {
    write('1_one.sql', '\uFEFFcreate table one (id int);\n')
    await open()
    expect(await (await open()).many('select * from one')).to.deep.equal([])
  })

  it('refuse an applied file that was changed, but not other line ends', async () => {
    write('1_create.sql', 'create table a\n(id int)')
    await open()
    write('1_create.sql', 'create table a\r\n(id int)')
    await open()
    write('1_create.sql', 'create table a\n(id bigint)')
    const error = await failureOf(open())
    expect(LokstraError.is(error) && error.code).to.equal('E_MIGRATION_CHANGED')
    expect(error.message).to.contain('1_create.sql')
  })

  it('refuse an applied file that is missing', async () => {
    write('1_create.sql', 'create table a (id int)')
    await open()
    unlinkSync(join(folder, '1_create.sql'))
    expect(await codeOf(open())).to.equal('E_MIGRATION_MISSING')
  })

  it('refuse two files of one number, and a file without a number, together', async () => {
    write('1_a.sql', 'select 1')
    write('001_b.sql', 'select 1')
    write('create.sql', 'select 1')
    const error = await failureOf(open())
    expect(error.message).to.contain('E_MIGRATION_DUPLICATE').and.contain('E_MIGRATION_NAME')
    expect(error.message).to.contain('001_b.sql').and.contain('1_a.sql').and.contain('create.sql')
  })

  it('refuse a new file whose number comes before one that was applied', async () => {
    write('2_b.sql', 'select 1')
    await open()
    write('1_a.sql', 'select 1')
    expect(await codeOf(open())).to.equal('E_MIGRATION_ORDER')
  })

  it('name the folder that does not exist', async () => {
    const error = await failureOf(open({ migrations: join(folder, 'none') }))
    expect(LokstraError.is(error) && error.code).to.equal('E_MIGRATION_FOLDER')
    expect(error.message).to.contain(join(folder, 'none'))
  })
})
