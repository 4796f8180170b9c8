import { once } from 'node:events'
import { EventEmitter } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'

import type { Database, Sql, Transaction } from '@lokstra/services/postgres'
import { DatabaseError, sql } from '@lokstra/services/postgres'
import { expect } from 'chai'

/** What every driver of {@link Database} must do. `open` is called inside the suite's `before`. */
export function itBehavesLikeADatabase(open: (suite: Mocha.Context) => Promise<Database>): void {
  let db: Database

  before(async function () {
    this.timeout(60_000)
    db = await open(this)
    await db.query('drop table if exists contract; create table contract (id int primary key, name text)')
  })

  beforeEach(() => db.query('truncate contract'))

  const insert = (id: number, name = 'x') => sql`insert into contract values (${id}, ${name})`
  const ids = async () => (await db.many<{ id: number }>('select id from contract order by id')).map(({ id }) => id)

  describe('queries', () => {
    it('gives the rows and their number', async () => {
      const result = await db.query<{ n: number }>(sql`select * from generate_series(1, ${3}::int) as n`)
      expect(result).to.deep.equal({ rows: [{ n: 1 }, { n: 2 }, { n: 3 }], rowCount: 3 })
    })

    it('counts the rows that a statement changed', async () => {
      await db.query(sql`insert into contract select n, 'x' from generate_series(1, 4) as n`)
      expect((await db.query('update contract set name = $1 where id > $2', ['y', 1])).rowCount).to.equal(3)
    })

    it('refuses another number of values than the statement has places, which is no outage', async () => {
      const error = await failureOf(db.query('select $1::int', [1, 2]))
      expect(error).to.be.instanceOf(DatabaseError)
      expect(error).to.have.property('code', '08P01')
      expect(error.message).to.contain('bind message supplies 2 parameters')
    })

    it('refuses more values than a statement can carry, and says what to write', async () => {
      const numbers = Array.from({ length: 65_536 }, (_, n) => n)
      const count = (list: Sql) =>
        db.one(sql`select count(*) as n from generate_series(1, 10) as n where n in (${list})`)
      const error = await failureOf(count(sql.join(numbers)))
      expect(error).to.be.instanceOf(TypeError)
      expect(error.message).to.contain('65535').and.contain('65536').and.contain('= any(${list})')
      expect(await count(sql.join(numbers.slice(0, 65_535)))).to.deep.equal({ n: 10 })
      const all = sql`select count(*) as n from generate_series(1, 10) as n where n = any(${numbers})`
      expect(await db.one(all)).to.deep.equal({ n: 10 })
    })

    it('keeps values out of the text, whatever they hold', async () => {
      const name = `'; drop table contract; --`
      await db.query(insert(1, name))
      expect(await db.one(sql`select name from contract where name = ${name}`)).to.deep.equal({ name })
    })

    it('composes fragments, quoted names and lists', async () => {
      await db.query(insert(1))
      await db.query(insert(2))
      const where = sql`where id in (${sql.join([2, 3])})`
      expect(await db.many(sql`select id from ${sql.identifier('contract')} ${where}`)).to.deep.equal([{ id: 2 }])
    })

    it('refuses values beside a statement that holds its own', async () => {
      const error = await failureOf(db.query(sql`select ${1}`, [2]))
      expect(error).to.be.instanceOf(TypeError)
    })

    it('names the statement when one row was expected and none or several came', async () => {
      const none = await failureOf(db.one('select * from contract'))
      expect(none).to.be.instanceOf(DatabaseError).with.property('code', 'P0002')
      expect(none.message).to.contain('select * from contract')
      expect(await db.maybeOne('select * from contract')).to.equal(undefined)
      const several = await failureOf(db.maybeOne('select * from generate_series(1, 2)'))
      expect(several).to.have.property('code', 'P0003')
    })

    it('reports the SQLSTATE, the constraint and the table of what the database refuses', async () => {
      await db.query(insert(1))
      const error = await failureOf(db.query(insert(1)))
      expect(error).to.be.instanceOf(DatabaseError)
      expect(error).to.include({ code: '23505', constraint: 'contract_pkey', table: 'contract' })
    })

    it('goes on with the same connections after errors', async () => {
      for (let i = 0; i < 30; i++) await failureOf(db.query('select nonsense'))
      expect(await db.one('select 1 as n')).to.deep.equal({ n: 1 })
    })
  })

  describe('values', () => {
    it('reads counts as numbers, and larger integers without rounding', async () => {
      const row = await db.one(
        sql`select count(*) as n, 9007199254740993::int8 as big, array[1::int8] as list from contract`,
      )
      expect(row).to.deep.equal({ n: 0, big: 9007199254740993n, list: [1] })
    })

    it('reads numeric and date as text, timestamps as dates in UTC', async () => {
      const row = await db.one(sql`select 1.10::numeric as price, '2026-01-31'::date as day,
        '2026-01-31 10:00'::timestamp as local, '2026-01-31 10:00+02'::timestamptz as moment`)
      expect(row).to.deep.equal({
        price: '1.10',
        day: '2026-01-31',
        local: new Date('2026-01-31T10:00:00Z'),
        moment: new Date('2026-01-31T08:00:00Z'),
      })
    })

    it('writes a date as the moment that it reads again, with and without a zone', async () => {
      const moment = new Date('2026-07-01T12:34:56.789Z')
      const row = await db.one(
        sql`select ${moment}::timestamp as a, ${moment}::timestamptz as b, ${[moment]}::timestamp[] as c`,
      )
      expect(row).to.deep.equal({ a: moment, b: moment, c: [moment] })
    })

    it('sends objects as JSON, undefined as NULL, bytes as they are', async () => {
      const row = await db.one(
        sql`select ${{ a: [1] }}::jsonb as j, ${undefined}::text as u, ${Buffer.from([0, 255])}::bytea as b`,
      )
      expect(row).to.deep.equal({ j: { a: [1] }, u: null, b: Buffer.from([0, 255]) })
    })
  })

  describe('transactions', () => {
    it('commits what the function did and gives its result', async () => {
      const result = await db.transaction(async (tx) => {
        await tx.query(insert(1))
        return 'done'
      })
      expect(result).to.equal('done')
      expect(await ids()).to.deep.equal([1])
    })

    it('rolls back and passes the error on when the function throws', async () => {
      const reason = new Error('no')
      const error = await failureOf(
        db.transaction(async (tx) => {
          await tx.query(insert(1))
          throw reason
        }),
      )
      expect(error).to.equal(reason)
      expect(await ids()).to.deep.equal([])
    })

    it('rolls back to the savepoint when a nested one throws, and keeps the rest', async () => {
      await db.transaction(async (tx) => {
        await tx.query(insert(1))
        await failureOf(
          tx.transaction(async (nested) => {
            await nested.query(insert(2))
            await nested.transaction((deeper) => deeper.query(insert(3)))
            await nested.query(insert(1))
          }),
        )
        await tx.transaction((nested) => nested.query(insert(4)))
      })
      expect(await ids()).to.deep.equal([1, 4])
    })

    it('reports a commit that the database turned into a rollback', async () => {
      const error = await failureOf(
        db.transaction(async (tx) => {
          await tx.query(insert(1))
          await failureOf(tx.query('select nonsense'))
        }),
      )
      expect(error).to.be.instanceOf(DatabaseError).with.property('code', '25P02')
      expect(await ids()).to.deep.equal([])
    })

    it('refuses work on a transaction that has ended', async () => {
      let leaked: { query(text: string): Promise<unknown> } | undefined
      await db.transaction(async (tx) => {
        leaked = tx
      })
      expect(await failureOf(leaked!.query('select 1'))).to.have.property('code', '25000')
    })

    it('refuses work beside an open nested transaction', async () => {
      const error = await failureOf(db.transaction((tx) => tx.transaction(() => tx.query(insert(1)))))
      expect(error).to.have.property('code', '3B001')
    })

    it('refuses to commit while a nested transaction is open, and keeps nothing of it', async () => {
      const late: Promise<unknown>[] = []
      const nested = async (tx: Transaction) => {
        await tx.query(insert(1))
        await tx.query(insert(2))
      }
      const outcome = db.transaction(async (tx) => {
        late.push(failureOf(tx.transaction(nested)))
      })
      expect(await failureOf(outcome)).to.have.property('code', '3B001')
      await db.transaction(async (tx) => {
        const inner = tx.transaction(async (open) => {
          late.push(failureOf(open.transaction(nested)))
        })
        expect(await failureOf(inner)).to.have.property('code', '3B001')
        await Promise.all(late)
        await tx.query(insert(3))
      })
      for (const error of await Promise.all(late)) expect(error).to.have.property('code', '25000')
      expect(await ids()).to.deep.equal([3])
    })

    it('refuses to write in a read-only one', async () => {
      const error = await failureOf(db.transaction((tx) => tx.query(insert(1)), { readOnly: true }))
      expect(error).to.have.property('code', '25006')
    })

    it('refuses a transaction that a plain query leaves open, and rolls it back', async () => {
      const error = await failureOf(db.query(`begin; insert into contract values (1, 'x')`))
      expect(error).to.be.instanceOf(DatabaseError).with.property('code', '25001')
      expect(error.message).to.contain('db.transaction')
      expect(await ids()).to.deep.equal([])
    })

    it('gives nobody a connection on which a transaction failed', async () => {
      for (let i = 0; i < 12; i++) {
        const error = await failureOf(db.query('begin; select 1/0; commit'))
        expect(error).to.have.property('code', '22012')
      }
      const answers = await Promise.all(Array.from({ length: 12 }, () => db.one('select 1 as n')))
      expect(answers).to.deep.equal(Array(12).fill({ n: 1 }))
    })

    it('refuses a commit or rollback inside the function, and whatever would follow it', async () => {
      for (const ending of ['commit', 'rollback', 'commit; select nonsense']) {
        const outcome = db.transaction(async (tx) => {
          await failureOf(tx.query(ending))
          await tx.query(insert(1))
        })
        expect(await failureOf(outcome), ending).to.have.property('code', '2D000')
        const swallowed = db.transaction((tx) => failureOf(tx.query(ending)))
        expect(await failureOf(swallowed), ending).to.have.property('code', '2D000')
      }
      expect(await ids()).to.deep.equal([])
      await db.transaction((tx) => tx.query(insert(2)))
      expect(await ids()).to.deep.equal([2])
    })

    const writes: Record<string, (tx: Transaction, statement: Sql) => Promise<unknown>> = {
      '': (tx, statement) => tx.query(statement),
      ' in a savepoint': (tx, statement) => tx.transaction((nested) => nested.query(statement)),
      ' of one of two statements': (tx, statement) => Promise.all([tx.query(statement), tx.query('select 1')]),
    }
    for (const [how, write] of Object.entries(writes)) {
      it(`runs the function again after a serialization failure${how}, as often as asked`, async () => {
        await db.query(insert(1, '0'))
        const increment = () =>
          db.transaction(
            async (tx) => {
              const { name } = await tx.one<{ name: string }>('select name from contract where id = 1')
              await delay(5)
              await write(tx, sql`update contract set name = ${String(Number(name) + 1)} where id = 1`)
            },
            { isolation: 'serializable', retries: 50 },
          )
        await Promise.all([increment(), increment(), increment(), increment()])
        expect(await db.one('select name from contract')).to.deep.equal({ name: '4' })
      })
    }

    it('reports the serialization failure when no retry is asked for', async () => {
      await db.query(insert(1, '0'))
      const increment = () =>
        db.transaction(
          async (tx) => {
            await tx.query('select name from contract')
            await delay(50)
            await tx.query(`update contract set name = name || '1'`)
          },
          { isolation: 'serializable' },
        )
      const results = await Promise.allSettled([increment(), increment()])
      const failed = results.filter((result) => result.status === 'rejected')
      expect(failed).to.have.length(1)
      expect(failed[0]!.reason).to.have.property('code', '40001')
    })
  })

  describe('notifications', () => {
    it('reach every handler of their channel until it is given up', async () => {
      const events = new EventEmitter()
      const odd = 'We"ird channel'
      const stop = await db.listen(odd, (payload) => events.emit('first', payload))
      const stopOther = await db.listen(odd, (payload) => events.emit('second', payload))
      const both = Promise.all([once(events, 'first'), once(events, 'second')])
      await db.notify(odd, 'hello')
      expect(await both).to.deep.equal([['hello'], ['hello']])
      let late = 0
      events.on('first', () => late++)
      await stop()
      const second = once(events, 'second')
      await db.notify(odd)
      expect(await second).to.deep.equal([''])
      expect(late).to.equal(0)
      await stopOther()
    })

    it('refuse a channel whose name Postgres would cut off', async () => {
      const long = 'é'.repeat(32)
      for (const outcome of [db.listen(long, () => undefined), db.notify(long)]) {
        const error = await failureOf(outcome)
        expect(error).to.be.instanceOf(TypeError)
        expect(error.message).to.contain('63 bytes').and.contain('has 64')
      }
      const events = new EventEmitter()
      const longest = 'c'.repeat(63)
      const stop = await db.listen(longest, (payload) => events.emit('got', payload))
      const got = once(events, 'got')
      await db.notify(longest, 'x')
      expect(await got).to.deep.equal(['x'])
      await stop()
    })

    it('go on after a handler failed', async () => {
      const events = new EventEmitter()
      const stop = await db.listen('failing', (payload) => {
        events.emit('got', payload)
        throw new Error('handler')
      })
      for (const payload of ['1', '2']) {
        const got = once(events, 'got')
        await db.notify('failing', payload)
        expect(await got).to.deep.equal([payload])
      }
      await stop()
    })
  })
}

export async function failureOf(work: Promise<unknown>): Promise<Error> {
  try {
    await work
  } catch (error) {
    return error as Error
  }
  throw new Error('It was expected to fail')
}
