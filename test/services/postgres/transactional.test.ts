import { EventEmitter, getEventListeners, once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'

import {
  ConflictError,
  Context,
  Get,
  Path,
  Post,
  Returns,
  Route,
  Service,
  Transactional,
  withoutTransaction,
  type Result,
} from '@lokstra/core'
import { createTestServer, override, type TestServer } from '@lokstra/core/testing'
import {
  Database,
  DatabaseError,
  PostgresConfig,
  PostgresDatabase,
  sql,
  type Sql,
  type Transaction,
} from '@lokstra/services/postgres'
import { IsInt } from 'class-validator'
import { expect } from 'chai'

import { poll } from '../../helpers/poll.js'
import { PostgresServer } from '../../helpers/postgres-server.js'
import { silentLogger } from '../../helpers/silent-logger.js'
import { failureOf } from './database-contract.js'

class Id {
  @Path() @IsInt() id!: number
}

@Service()
class Notes {
  constructor(readonly db: Database) {}

  async add(id: number): Promise<void> {
    await this.db.query(sql`insert into notes values (${id})`)
  }

  @Transactional()
  async addOrFail(id: number): Promise<void> {
    await this.add(id)
    if (id < 0) throw new ConflictError('negative')
  }

  /** Any program, as a method with a transaction. */
  @Transactional()
  async run<T>(work: () => Promise<T>): Promise<T> {
    return work()
  }

  @Transactional({ isolation: 'repeatable read' })
  async strictly<T>(work: () => Promise<T>): Promise<T> {
    return work()
  }

  @Transactional({ isolation: 'serializable', retries: 50 })
  async increment(write: (db: Database, statement: Sql) => Promise<unknown>): Promise<void> {
    const { n } = await this.db.one<{ n: number }>('select n from counter')
    await delay(5)
    await write(this.db, sql`update counter set n = ${n + 1}`)
  }

  @Transactional({ readOnly: true })
  async look(write: boolean): Promise<number> {
    if (write) await this.add(1)
    return (await this.db.one<{ n: number }>('select count(*) as n from notes')).n
  }

  @Transactional()
  async none(): Promise<string> {
    return 'none'
  }
}

/** What the handler of `/notes/hold` waits for. */
const held = new EventEmitter()

@Route('/notes')
class NoteController {
  constructor(private readonly notes: Notes) {}

  @Post('/:id')
  @Transactional()
  async add({ id }: Id, ctx: Context): Promise<Result<number>> {
    await this.notes.add(id)
    await this.notes.addOrFail(id + 1_000_000)
    if (id % 3 === 1) throw new ConflictError('one')
    return ctx.ok(id).withStatus(id % 3 === 2 ? 422 : 201)
  }

  @Get('/sleep')
  @Transactional()
  async sleep(): Promise<void> {
    await this.notes.add(7)
    await this.notes.db.query('select pg_sleep(60)')
  }

  @Get('/sleep-alone')
  async sleepAlone(): Promise<void> {
    await this.notes.db.query('select pg_sleep(60)')
  }

  @Get('/sleep-limited', { handlerTimeout: 100 })
  @Transactional()
  async sleepLimited(): Promise<void> {
    await this.sleep()
  }

  @Get('/hold')
  @Transactional()
  async hold(_: Context): Promise<void> {
    await this.notes.add(8)
    await once(held, 'end')
  }
}

/** How to reach the server that a suite uses, and how to end it. */
interface Opened {
  readonly config: Partial<PostgresConfig>
  close(): Promise<void>
}

async function openEmbedded(): Promise<Opened> {
  const dataDir = mkdtempSync(join(tmpdir(), 'lokstra-transactional-'))
  return {
    config: { dataDir, durable: false },
    close: async () => rmSync(dataDir, { recursive: true, force: true }),
  }
}

async function openSeparate(suite: Mocha.Context): Promise<Opened> {
  const postgres = await PostgresServer.startOrSkip(suite)
  return { config: { url: postgres.url }, close: () => postgres.stop() }
}

/** Runs on another server than who calls it. */
@Service()
@Route('/archive')
class Archive {
  constructor(private readonly db: Database) {}

  @Post('/:id')
  @Returns(undefined, 204)
  @Transactional()
  async store({ id }: Id): Promise<void> {
    await this.db.query(sql`insert into notes values (${id})`)
    await this.db.query('select pg_sleep(60)')
  }
}

@Route('/far')
class FarController {
  constructor(
    private readonly archive: Archive,
    private readonly db: Database,
  ) {}

  @Get('/:id')
  async store(id: Id): Promise<void> {
    await this.archive.store(id)
  }

  @Post('/method/:id')
  @Transactional()
  async inMethod(id: Id): Promise<void> {
    await this.db.query(sql`insert into notes values (${id.id})`)
    await this.archive.store(id)
  }

  @Post('/alone/:id')
  async inTransaction(id: Id): Promise<void> {
    await this.db.transaction(() => this.archive.store(id))
  }
}

describe('@Transactional on the embedded Postgres', () => itIsTransactional(openEmbedded))
describe('@Transactional on a separate Postgres', () => itIsTransactional(openSeparate))

describe('@Transactional without a database', () => {
  it('runs with what a test puts in its place', async () => {
    const added: unknown[] = []
    const query = async (statement: unknown) => {
      added.push(statement)
      return { rows: [], rowCount: 1 }
    }
    const server = await createTestServer({
      services: [PostgresDatabase, Notes],
      controllers: [NoteController],
      overrides: [override(Database, { query })],
    })
    expect((await server.inject('POST', '/notes/3')).json()).to.have.property('data', 3)
    expect(added).to.have.length(2)
  })
})

function itIsTransactional(open: (suite: Mocha.Context) => Promise<Opened>): void {
  let opened: Opened
  /** Looks at the server from outside. */
  let observer: PostgresDatabase

  before(async function () {
    this.timeout(60_000)
    opened = await open(this)
    const config = Object.assign(new PostgresConfig(), opened.config, { applicationName: 'observer' })
    observer = new PostgresDatabase(config, silentLogger.value)
    await observer.start()
  })

  after(async () => {
    await observer?.stop()
    await opened?.close()
  })

  beforeEach(() => observer.query('drop table if exists notes, counter; create table notes (id int primary key)'))

  async function start(config: Partial<PostgresConfig> = {}): Promise<TestServer & { notes: Notes }> {
    const server = await createTestServer({
      services: [{ use: PostgresDatabase, name: 'db', config: { ...opened.config, ...config } }, Notes],
      controllers: [NoteController],
      listen: true,
    })
    return Object.assign(server, { notes: server.get(Notes) })
  }

  const ids = async () => (await observer.many<{ id: number }>('select id from notes order by id')).map(({ id }) => id)
  const sessions = (where: string) =>
    observer.many<{ pid: number }>(
      `select pid from pg_stat_activity where application_name = 'lokstra' and backend_type = 'client backend' and ${where}`,
    )
  const running = () => sessions(`state = 'active' and query like '%pg_sleep%'`)
  const untilNone = (where: string) =>
    poll(
      async () => (await sessions(where)).length === 0,
      () => `There are sessions with ${where}`,
    )
  /** The pool hears later than the observer that a statement has ended. */
  const untilIdle = (db: PostgresDatabase) =>
    poll(
      () => isDeepStrictEqual(db.poolState, { open: 1, idle: 1, waiting: 0 }),
      () => `The pool is ${JSON.stringify(db.poolState)}`,
    )
  const untilSleeping = () =>
    poll(
      async () => (await running()).length > 0,
      () => 'Nothing sleeps',
    )

  /** A request whose client leaves once `left` resolves. */
  async function leave(server: Pick<TestServer, 'url'>, path: string, when: () => Promise<void>): Promise<void> {
    const req = request(server.url() + path)
    const closed = new Promise((resolve) => req.on('error', () => undefined).on('close', resolve))
    req.end()
    await when()
    req.destroy()
    await closed
  }

  describe('statements', () => {
    it('take part wherever the code is that runs them, and are seen by others after the commit', async () => {
      const { notes } = await start()
      await notes.run(async () => {
        await notes.add(1)
        await notes.addOrFail(2)
        expect(await notes.look(false)).to.equal(2)
        expect(await ids()).to.deep.equal([])
      })
      expect(await ids()).to.deep.equal([1, 2])
    })

    it('take no connection where there are none', async () => {
      const server = await start({ poolSize: 1 })
      const { notes } = server
      const db = server.get(PostgresDatabase)
      await notes.run(async () => {
        await notes.none()
        expect(db.poolState.open - db.poolState.idle).to.equal(0)
        await withoutTransaction(() => notes.add(1))
        expect(db.poolState.open - db.poolState.idle).to.equal(0)
        await notes.add(2)
        expect(db.poolState.open - db.poolState.idle).to.equal(1)
      })
      expect(db.poolState.open - db.poolState.idle).to.equal(0)
    })

    it('are run one after the other when they come at the same time, savepoints among them', async () => {
      const { notes } = await start()
      const warnings: Error[] = []
      const onWarning = (warning: Error) => warnings.push(warning)
      process.on('warning', onWarning)
      await notes.run(async () => {
        const failing = notes.db.transaction(async (tx) => {
          await tx.query('insert into notes values (100)')
          await delay(20)
          await notes.add(101)
          throw new Error('undo')
        })
        const kept = notes.db.transaction(async () => notes.add(50))
        await Promise.all([
          ...Array.from({ length: 20 }, (_, id) => notes.add(id)),
          failureOf(failing).then(({ message }) => expect(message).to.equal('undo')),
          kept,
        ])
      })
      process.off('warning', onWarning)
      expect(await ids()).to.deep.equal([...Array.from({ length: 20 }, (_, id) => id), 50])
      expect(warnings).to.deep.equal([])
    })

    it('are refused beside the savepoint that they come from, instead of waiting for ever', async () => {
      const { notes } = await start()
      const error = await failureOf(
        notes.run(() => notes.db.transaction((tx) => tx.transaction(() => tx.query('select 1')))),
      )
      expect(error).to.be.instanceOf(DatabaseError).with.property('code', '3B001')
    })

    it('write nothing where the method is read-only, and a savepoint can be', async () => {
      const { notes } = await start()
      expect(await failureOf(notes.look(true))).to.have.property('code', '25006')
      expect(await notes.look(false)).to.equal(0)
      await notes.run(async () => {
        const write = notes.db.transaction(() => notes.add(1), { readOnly: true })
        expect(await failureOf(write)).to.have.property('code', '25006')
        await notes.add(2)
      })
      expect(await ids()).to.deep.equal([2])
    })

    it('have the isolation of the outermost method, also in savepoints', async () => {
      const { notes } = await start()
      await notes.run(async () => {
        const other = notes.db.transaction(() => notes.add(1), { isolation: 'serializable' })
        expect(await failureOf(other)).to.have.property('code', '25001')
      })
      const { isolation } = await notes.strictly(() =>
        notes.db.transaction(
          (tx) => tx.one<{ isolation: string }>(`select current_setting('transaction_isolation') as isolation`),
          {
            isolation: 'repeatable read',
          },
        ),
      )
      expect(isolation).to.equal('repeatable read')
    })

    it('are refused on a savepoint of another transaction, which has ended', async () => {
      const { notes } = await start()
      let leaked: Transaction | undefined
      await notes.run(() => notes.db.transaction(async (tx) => (leaked = tx)))
      expect(await failureOf(leaked!.query('select 1'))).to.have.property('code', '25000')
      expect(await failureOf(notes.run(() => leaked!.query('select 1')))).to.have.property('code', '25000')
    })

    it('lose no connection where the transaction cannot begin', async () => {
      const server = await start({ poolSize: 1 })
      const { db } = server.notes
      for (let i = 0; i < 3; i++) {
        const failing = db.transaction((tx) => tx.query('select 1'), { isolation: 'chaos' as never })
        expect(await failureOf(failing)).to.have.property('code', '42601')
      }
      expect(await db.one('select 1 as n')).to.deep.equal({ n: 1 })
    })

    it('fail the commit when one of them failed and the error was caught', async () => {
      const { notes } = await start()
      const error = await failureOf(
        notes.run(async () => {
          await notes.add(1)
          await failureOf(notes.add(1))
        }),
      )
      expect(error).to.be.instanceOf(DatabaseError).with.property('code', '25P02')
      expect(await ids()).to.deep.equal([])
    })

    it('are refused after the method has settled, also in a savepoint that it left open', async () => {
      const { notes } = await start()
      let late: Promise<Error> | undefined
      await notes.run(async () => {
        await notes.add(1)
        late = failureOf(delay(20).then(() => notes.add(2)))
      })
      expect(await late).to.have.property('code', 'E_TRANSACTION_ENDED')
      expect(await ids()).to.deep.equal([1])

      const unfinished = await failureOf(
        notes.run(async () => {
          await notes.add(3)
          late = failureOf(
            notes.db.transaction(async (tx) => {
              await tx.query('insert into notes values (4)')
              await delay(20)
              await tx.query('insert into notes values (5)')
            }),
          )
        }),
      )
      expect(unfinished).to.have.property('code', 'E_TRANSACTION_UNFINISHED')
      expect(await late).to.have.property('code', '25000')
      expect(await ids()).to.deep.equal([1])
    })

    it('are committed when they had been sent before the method returned', async () => {
      const { notes } = await start()
      await notes.run(async () => {
        void notes.add(1)
        void notes.add(2)
      })
      expect(await ids()).to.deep.equal([1, 2])
    })

    const colliding: Record<string, (db: Database, statement: Sql) => Promise<unknown>> = {
      'with others': (db, statement) => db.query(statement),
      'in a savepoint': (db, statement) => db.transaction((tx) => tx.query(statement)),
      'beside one another': (db, statement) => Promise.all([db.query(statement), db.query('select 1')]),
      'and are told of in other words': (db, statement) =>
        db.query(statement).catch((cause: unknown) => {
          throw new Error('The counter is in use', { cause })
        }),
    }
    for (const [how, write] of Object.entries(colliding)) {
      it(`run again with the method after they collided ${how}`, async () => {
        const { notes } = await start()
        await observer.query('create table counter (n int); insert into counter values (0)')
        await Promise.all(Array.from({ length: 5 }, () => notes.increment(write)))
        expect(await observer.one('select n from counter')).to.deep.equal({ n: 5 })
      })
    }
  })

  describe('of a request that is aborted', () => {
    it('stops the statement that runs and rolls back when the client leaves', async () => {
      const server = await start()
      await leave(server, '/notes/sleep', untilSleeping)
      await untilNone(`state <> 'idle'`)
      expect(await ids()).to.deep.equal([])
      const db = server.get(PostgresDatabase)
      await untilIdle(db)
      expect(await db.one('select 1 as n')).to.deep.equal({ n: 1 })
    })

    it('stops a statement outside of any transaction, too', async () => {
      const server = await start()
      await leave(server, '/notes/sleep-alone', untilSleeping)
      await untilNone(`state <> 'idle'`)
      await untilIdle(server.get(PostgresDatabase))
    })

    it('rolls back at once while no statement runs, whatever the handler waits for', async () => {
      const server = await start()
      await leave(server, '/notes/hold', () =>
        poll(
          async () => (await sessions(`state = 'idle in transaction'`)).length > 0,
          () => 'No transaction is open',
        ),
      )
      await untilNone(`state = 'idle in transaction'`)
      expect(await ids()).to.deep.equal([])
      held.emit('end')
    })

    it('stops it when the handler timeout is over', async () => {
      const server = await start()
      const response = await server.inject('GET', '/notes/sleep-limited')
      expect(response.status).to.equal(503)
      await untilNone(`state <> 'idle'`)
      expect(await ids()).to.deep.equal([])
      await server.server.stop()
      expect(server.logs.filter(({ message }) => message.includes('after its handler timeout'))).to.deep.equal([])
    })

    it('gives back a connection that comes when nobody waits for it any more', async () => {
      const server = await start({ poolSize: 1 })
      const db = server.get(PostgresDatabase)
      const abort = new AbortController()
      let waiting: Promise<Error> | undefined
      await db.transaction(async (tx) => {
        waiting = failureOf(db.query('select 1', [], { signal: abort.signal }))
        await tx.query('select 1')
        abort.abort(new Error('no longer'))
        expect(await waiting).to.have.property('code', '57014')
      })
      expect(await db.one('select 1 as n')).to.deep.equal({ n: 1 })
      expect(db.poolState).to.deep.equal({ open: 1, idle: 1, waiting: 0 })
    })

    it('says what stopped a statement, and leaves the connection in order', async () => {
      const server = await start({ poolSize: 1 })
      const db = server.get(PostgresDatabase)
      for (let i = 0; i < 20; i++) {
        const abort = new AbortController()
        const failing = failureOf(db.query(sql`select pg_sleep(60)`, undefined, { signal: abort.signal }))
        await untilSleeping()
        const reason = new Error('the user pressed stop')
        abort.abort(reason)
        const error = await failing
        expect(error).to.be.instanceOf(DatabaseError).with.property('code', '57014')
        expect(error.message).to.equal('The statement was cancelled: the user pressed stop')
        expect(error.cause).to.equal(reason)
        // Nothing meets what follows on the same connection.
        expect(await db.one('select 1 as n')).to.deep.equal({ n: 1 })
      }
      expect(await failureOf(db.query('select 1', [], { signal: AbortSignal.abort('gone') }))).to.have.property(
        'message',
        'The statement was cancelled: gone',
      )
      expect(db.poolState.open).to.equal(1)
    })

    it('leaves no listener on a signal, nor warns of many', async () => {
      const server = await start()
      const db = server.get(PostgresDatabase)
      const { signal } = new AbortController()
      const warnings: Error[] = []
      const onWarning = (warning: Error) => warnings.push(warning)
      process.on('warning', onWarning)
      await Promise.all([
        ...Array.from({ length: 30 }, () => db.query('select 1', [], { signal })),
        ...Array.from({ length: 30 }, () => failureOf(db.query('select nonsense', [], { signal }))),
        ...Array.from({ length: 30 }, () => db.transaction((tx) => tx.query('select 1'), { signal })),
        failureOf(db.transaction((tx) => tx.query('select nonsense'), { signal })),
      ])
      await delay(0)
      process.off('warning', onWarning)
      expect(warnings).to.deep.equal([])
      expect(getEventListeners(signal, 'abort')).to.have.length(0)
    })

    it('stops many at once with few connections', async () => {
      const server = await start({ poolSize: 30 })
      const db = server.get(PostgresDatabase)
      const abort = new AbortController()
      const failing = Array.from({ length: 30 }, () =>
        failureOf(db.transaction((tx) => tx.query('select pg_sleep(60)'), { signal: abort.signal })),
      )
      await poll(
        async () => (await running()).length === 30,
        () => 'Not all of them sleep',
      )
      abort.abort(new Error('all leave'))
      const errors = await Promise.all(failing)
      expect(errors.map((error) => (error as DatabaseError).code)).to.deep.equal(Array(30).fill('57014'))
      expect(db.poolState).to.deep.equal({ open: 30, idle: 30, waiting: 0 })
      expect(await Promise.all(Array.from({ length: 30 }, () => db.one('select 1 as n')))).to.have.length(30)
    })
  })

  it('rolls back and stops its statement on another server when the client of the first one leaves', async () => {
    const deployments = {
      split: {
        servers: {
          archive: { apps: [{ name: 'archive', listen: '127.0.0.1:0', publish: ['Archive'] }] },
          web: { apps: [{ name: 'web', listen: '127.0.0.1:0' }] },
        },
      },
    }
    const db = { use: PostgresDatabase, name: 'db', config: { ...opened.config } }
    const options = { services: [db, Archive], config: { deployments }, listen: true }
    const archive = await createTestServer({ ...options, server: 'split.archive' })
    const web = await createTestServer({
      ...options,
      server: 'split.web',
      set: [`deployments.split.servers.archive.url=${archive.url()}`],
      apps: [{ name: 'web', controllers: [FarController] }],
    })
    await leave(web, '/far/5', untilSleeping)
    await untilNone(`state <> 'idle'`)
    expect(await ids()).to.deep.equal([])
    expect(archive.get(PostgresDatabase).poolState).to.deep.equal({ open: 1, idle: 1, waiting: 0 })
  })

  it('calls no other server while it is open, be it of a method or of a database alone', async () => {
    const server = await createTestServer({
      services: [{ use: PostgresDatabase, name: 'db', config: { ...opened.config } }, Archive],
      config: { apps: [{ name: 'api', publish: ['Archive'] }], calls: { boundary: 'checked' } },
      apps: [{ name: 'api', controllers: [FarController] }],
    })
    for (const path of ['/far/method/1', '/far/alone/1']) {
      expect((await server.inject('POST', path)).status).to.equal(500)
    }
    server.expectError(/E_TRANSACTION_CROSSES: Archive\.store was called while (?:the transaction of|a transaction of)/)
    expect(await ids()).to.deep.equal([])
    expect(server.get(PostgresDatabase).poolState.idle).to.equal(1)
  })

  it('answers 503 and goes on when the backend of a transaction is killed', async () => {
    const server = await start()
    const asked = server.fetch('/notes/sleep')
    await untilSleeping()
    const [session] = await running()
    await observer.query('select pg_terminate_backend($1)', [session!.pid])
    expect((await asked).status).to.equal(503)
    expect((await server.fetch('/notes/3', { method: 'POST' })).status).to.equal(201)
    expect(await ids()).to.deep.equal([3, 1_000_003])
  })

  it('leaves neither connection, listener nor transaction behind after 1,000 requests of all kinds', async function () {
    this.timeout(120_000)
    const server = await start({ poolSize: 8 })
    const { notes } = server
    const kept: number[] = []
    const paths = Array.from({ length: 1_000 }, (_, id) => id)
    const work = async (): Promise<void> => {
      for (let id = paths.pop(); id !== undefined; id = paths.pop()) {
        if (id % 25 === 0) {
          await leave(server, id % 2 ? '/notes/sleep-alone' : '/notes/sleep', () => delay(id % 7))
          continue
        }
        const response = await server.fetch(`/notes/${id}`, { method: 'POST' })
        expect(response.status).to.equal([201, 409, 422][id % 3])
        await response.arrayBuffer()
        if (id % 3 === 0) kept.push(id)
      }
    }
    await Promise.all(Array.from({ length: 20 }, work))
    await untilNone(`state <> 'idle'`)
    const expected = kept.flatMap((id) => [id, id + 1_000_000]).sort((a, b) => a - b)
    expect(await ids()).to.deep.equal(expected)
    const db = server.get(PostgresDatabase)
    await poll(
      () => db.poolState.idle === db.poolState.open,
      () => 'A connection is not given back',
    )
    expect(db.poolState.open).to.be.at.most(8)
    expect(await sessions('xact_start is not null')).to.deep.equal([])
    expect(await notes.look(false)).to.equal(expected.length)
  })
}
