import { once } from 'node:events'

import { Context, currentContext, Get, Path, Route, Service, Transactional } from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { Database, PostgresConfig, PostgresDatabase } from '@lokstra/services/postgres'
import { IsString } from 'class-validator'
import { expect } from 'chai'

import { poll } from '../../helpers/poll.js'
import { PostgresServer } from '../../helpers/postgres-server.js'
import { silentLogger } from '../../helpers/silent-logger.js'

class Client {
  @Path() @IsString() name!: string
}

@Service()
class Orders {
  constructor(readonly db: Database) {}

  /** Its routes run in the scope of their request. */
  @Transactional()
  async count(): Promise<number> {
    return (await this.db.one<{ n: number }>('select 7 as n')).n
  }
}

@Route('/orders')
class OrderController {
  /** Clients that listen now. */
  readonly listening = new Set<string>()
  readonly heard: unknown[] = []

  constructor(private readonly orders: Orders) {}

  /** Listens until the client leaves. */
  @Get('/:name')
  async watch({ name }: Client, ctx: Context): Promise<void> {
    const left = once(ctx.signal, 'abort')
    const tell = async (payload: string) => {
      const isInScope = currentContext() !== undefined
      const counted = await this.orders.count().catch(messageOf)
      const asked = await this.orders.db.query('select 1').then(({ rowCount }) => rowCount, messageOf)
      this.heard.push({ name, payload, isInScope, counted, asked })
    }
    const stop = await this.orders.db.listen('orders', tell, () => tell('reconnected'))
    this.listening.add(name)
    await left
    await stop()
    this.listening.delete(name)
  }
}

const messageOf = (error: unknown) => (error as Error).message

describe('a notification', function () {
  this.timeout(60_000)
  let postgres: PostgresServer
  /** Looks at the server from outside. */
  let observer: PostgresDatabase

  before(async function () {
    postgres = await PostgresServer.startOrSkip(this)
    const config = Object.assign(new PostgresConfig(), { url: postgres.url, applicationName: 'observer' })
    observer = new PostgresDatabase(config, silentLogger.value)
    await observer.start()
  })

  after(async () => {
    await observer?.stop()
    await postgres?.stop()
  })

  it('is handled outside of the request that listened first, also when that has ended and the connection was lost', async () => {
    await using server = await createTestServer({
      services: [{ use: PostgresDatabase, name: 'db', config: { url: postgres.url } }, Orders],
      controllers: [OrderController],
      listen: true,
    })
    const { listening, heard } = server.get(OrderController)
    const listen = async (name: string): Promise<AbortController> => {
      const leaving = new AbortController()
      server.fetch(`/orders/${name}`, { signal: leaving.signal }).catch(() => undefined)
      await poll(
        () => listening.has(name),
        () => `${name} does not listen`,
      )
      return leaving
    }
    const untilHeard = (count: number) =>
      poll(
        () => heard.length >= count,
        () => `Heard only ${JSON.stringify(heard)}`,
      )
    const first = await listen('first')
    const second = await listen('second')
    first.abort()
    await poll(
      () => !listening.has('first'),
      () => 'first still listens',
    )
    await observer.notify('orders', 'new')
    await untilHeard(1)
    await observer.query(`select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen %'`)
    await untilHeard(2)
    const seen = { name: 'second', isInScope: false, counted: 7, asked: 1 }
    expect(heard).to.deep.equal([
      { ...seen, payload: 'new' },
      { ...seen, payload: 'reconnected' },
    ])
    second.abort()
  })
})
