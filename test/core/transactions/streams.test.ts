import { request } from 'node:http'
import { PassThrough, Readable } from 'node:stream'

import { Context, Get, OnStart, Returns, Route, Service, stream, Transactional, type Next } from '@lokstra/core'
import { createTestServer, type TestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { poll } from '../../helpers/poll.js'
import { Ledger } from './ledger.js'

@Service({ name: 'ledger' })
class MainLedger extends Ledger {}

/** How a generator ended, and how many transactions were open with each of its items. */
class Seen {
  readonly open: number[] = []
  isEnded = false
}

@Service()
class Entries {
  seen = new Seen()

  constructor(readonly ledger: Ledger) {}

  async *items(count: number): AsyncGenerator<string> {
    try {
      for (let item = 1; item <= count; item++) {
        await this.ledger.add(`item ${item}`)
        this.seen.open.push(this.ledger.open)
        yield `item ${item}`
      }
    } finally {
      this.seen.isEnded = true
    }
  }

  @Transactional()
  async list(count: number): Promise<AsyncIterable<string>> {
    await this.ledger.add('listed')
    return this.items(count)
  }

  /** Has begun to read what it gives. */
  @Transactional()
  async listOn(count: number): Promise<AsyncIterable<string>> {
    const items = this.items(count)
    await items.next()
    return items
  }

  @Transactional()
  async nested(count: number): Promise<AsyncIterable<string>> {
    await this.ledger.add('nested')
    return this.list(count)
  }

  /** What fills the stream is not awaited. */
  @Transactional()
  async piped(failed: (error: unknown) => void): Promise<Readable> {
    await this.ledger.add('piped')
    const pipe = new PassThrough()
    const fill = async (): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      await this.ledger.add('late')
    }
    void fill().catch((error: unknown) => {
      failed(error)
      pipe.end('cut off')
    })
    return pipe
  }
}

const few = 3
const endless = 1_000_000

@Route('/entries')
class EntryController {
  lateFailure: unknown

  constructor(private readonly entries: Entries) {}

  @Get('/declared')
  @Returns(stream(String))
  @Transactional()
  async declared(): Promise<AsyncIterable<string>> {
    return this.entries.list(few)
  }

  @Get('/returned')
  @Transactional()
  async returned(ctx: Context) {
    return ctx.stream(await this.entries.nested(few))
  }

  @Get('/readable')
  @Transactional()
  async readable(ctx: Context) {
    return ctx.stream(Readable.from(await this.entries.list(few)))
  }

  @Get('/begun')
  @Returns(stream(String))
  async begun(): Promise<AsyncIterable<string>> {
    return this.entries.listOn(few)
  }

  @Get('/outside')
  async outside() {
    const items: string[] = []
    for await (const item of await this.entries.nested(few)) items.push(item)
    return items
  }

  @Get('/endless')
  @Returns(stream(String))
  @Transactional()
  async endless(): Promise<AsyncIterable<string>> {
    return this.entries.list(endless)
  }

  @Get('/piped')
  async piped(ctx: Context) {
    return ctx.stream(await this.entries.piped((error) => (this.lateFailure = error)))
  }
}

/** A transaction around whatever the handler gives. */
@Service()
class Around {
  constructor(private readonly ledger: Ledger) {}

  @Transactional()
  async handle(_: Context, next: Next): Promise<unknown> {
    await this.ledger.add('around')
    return next()
  }
}

@Service({ eager: true })
class Starter {
  static items: string[] = []
  constructor(private readonly entries: Entries) {}

  @OnStart()
  async start(): Promise<void> {
    Starter.items = []
    for await (const item of await this.entries.list(few)) Starter.items.push(item)
  }
}

async function start(options: { middleware?: (typeof Around)[]; listen?: boolean } = {}) {
  const server = await createTestServer({
    services: [MainLedger, Entries],
    app: { controllers: [EntryController], ...(options.middleware && { middleware: options.middleware }) },
    ...(options.listen && { listen: true }),
  })
  return { server, ledger: server.get<Ledger>(MainLedger), entries: server.get(Entries) }
}

describe('a stream out of a transactional method', () => {
  for (const middleware of [[], [Around]]) {
    for (const path of ['declared', 'returned', 'readable', 'begun', 'outside']) {
      const around = middleware.length > 0 ? 'inside a transactional middleware' : 'by itself'
      it(`is read when its transaction has ended, and counts as it is read: ${path}, ${around}`, async () => {
        const { server, ledger, entries } = await start({ middleware })
        const answer = await server.inject('GET', `/entries/${path}`)
        expect(answer.status).to.equal(200)
        expect(answer.text).to.include('item 3')
        expect(ledger.open).to.equal(0)
        expect(ledger.events.filter((event) => event === 'rollback')).to.deep.equal([])
        expect(ledger.entries).to.include.members(['item 1', 'item 2', 'item 3'])
        // What is read inside of a method that is still running is a part of it.
        const isWithin = path === 'outside' && middleware.length > 0
        const begun = path === 'begun' ? 1 : 0
        if (!isWithin) expect(entries.seen.open.slice(begun)).to.deep.equal(Array(few - begun).fill(0))
        expect(entries.seen.isEnded).to.equal(true)
      })
    }
  }

  it('holds nothing open when its client leaves half way', async () => {
    const { server, ledger, entries } = await start({ listen: true })
    const sent = request(`${server.url()}/entries/endless`).on('error', () => undefined)
    sent.end()
    await new Promise<void>((resolve) => sent.on('response', (response) => response.once('data', () => resolve())))
    expect(ledger.events).to.deep.equal(['begin', 'commit'])
    sent.destroy()
    await poll(
      () => entries.seen.isEnded,
      () => 'the generator goes on',
    )
    expect(entries.seen.open.every((open) => open === 0)).to.equal(true)
    expect(ledger.events).to.deep.equal(['begin', 'commit'])
  })

  it('is refused the transaction by what fills it without being awaited', async () => {
    const { server, ledger } = await start()
    const answer = await server.inject('GET', '/entries/piped')
    expect(answer.text).to.equal('cut off')
    expect(server.get(EntryController).lateFailure).to.include({ code: 'E_TRANSACTION_ENDED' })
    expect(ledger.entries).to.deep.equal(['piped'])
  })

  it('is read in a hook as anywhere else', async () => {
    const server: TestServer = await createTestServer({ services: [MainLedger, Entries, Starter] })
    expect(Starter.items).to.deep.equal(['item 1', 'item 2', 'item 3'])
    expect(server.get(Entries).seen.open).to.deep.equal([0, 0, 0])
  })
})
