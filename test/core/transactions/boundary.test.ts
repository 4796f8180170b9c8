import { request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

import {
  Body,
  Context,
  Post,
  Returns,
  Route,
  Service,
  Transactional,
  withoutTransaction,
  type Next,
} from '@lokstra/core'
import { createTestServer, type TestServerOptions } from '@lokstra/core/testing'
import { IsString } from 'class-validator'
import { expect } from 'chai'

import { Ledger } from './ledger.js'

class Entry {
  @Body() @IsString() text!: string
}

@Service({ name: 'ledger' })
class MainLedger extends Ledger {}

/** Called across a boundary; it writes to the same ledger. */
@Service()
@Route('/billing')
class Billing {
  constructor(private readonly ledger: Ledger) {}

  @Post('/charge')
  @Returns(undefined, 204)
  async charge({ text }: Entry): Promise<void> {
    await this.ledger.add(`charged ${text}`)
  }

  @Post('/book')
  @Returns(undefined, 204)
  @Transactional()
  async book({ text }: Entry): Promise<void> {
    await this.ledger.add(`booked ${text}`)
  }
}

/** The same without any transaction of its own. */
@Service()
@Route('/notes')
class Notes {
  constructor(private readonly ledger: Ledger) {}

  @Post('/note')
  @Returns(undefined, 204)
  async note({ text }: Entry): Promise<void> {
    await this.ledger.add(`noted ${text}`)
  }
}

@Route('/orders')
class Orders {
  constructor(
    private readonly ledger: Ledger,
    private readonly billing: Billing,
    private readonly notes: Notes,
  ) {}

  @Post('/write-and-charge')
  @Transactional()
  async writeAndCharge(input: Entry): Promise<void> {
    await this.ledger.add('written')
    await this.billing.charge(input)
  }

  @Post('/charge-and-fail')
  @Transactional()
  async chargeAndFail(input: Entry): Promise<void> {
    await this.billing.charge(input)
    await this.billing.book(input)
    await this.notes.note(input)
    await this.ledger.add('written')
    throw new Error('failed after the calls')
  }

  @Post('/write-and-note')
  @Transactional()
  async writeAndNote(input: Entry): Promise<void> {
    await this.ledger.add('written')
    await withoutTransaction(() => this.billing.book(input))
  }

  @Post('/write')
  async write(_: Entry): Promise<void> {
    await this.ledger.add('written')
  }
}

/** A transaction around whatever the handler does. */
@Service()
class Around {
  constructor(private readonly ledger: Ledger) {}

  @Transactional()
  async handle(_: Context, next: Next): Promise<unknown> {
    await this.ledger.add('around')
    return next()
  }
}

describe('a transaction at a boundary', () => {
  async function start(options: TestServerOptions = {}) {
    const server = await createTestServer({
      services: [MainLedger, Billing, Notes],
      config: {
        apps: [{ name: 'api', publish: ['Billing', 'Notes'] }],
        calls: { boundary: 'checked', secret: 'k'.repeat(40) },
      },
      apps: [{ name: 'api', controllers: [Orders] }],
      ...options,
    })
    const post = async (path: string) => (await server.inject('POST', path, { body: { text: 'tea' } })).status
    return { server, post, ledger: server.get(MainLedger) }
  }

  it('must not be open when another service is called, and is rolled back', async () => {
    const { server, post, ledger } = await start()
    expect(await post('/orders/write-and-charge')).to.equal(500)
    server.expectError(
      /E_TRANSACTION_CROSSES: Billing\.charge was called while the transaction of Orders\.writeAndCharge was open/,
    )
    expect(ledger.entries).to.deep.equal([])
    expect(ledger.open).to.equal(0)
  })

  it('does not reach what is called before it begins', async () => {
    const { server, post, ledger } = await start()
    expect(await post('/orders/charge-and-fail')).to.equal(500)
    server.expectError(/failed after the calls/)
    expect(ledger.entries).to.deep.equal(['charged tea', 'booked tea', 'noted tea'])
  })

  it('can be left for a call', async () => {
    const { post, ledger } = await start()
    expect(await post('/orders/write-and-note')).to.equal(204)
    expect(ledger.events).to.deep.equal(['begin', 'begin', 'commit', 'commit'])
  })

  it('is counted in production, and warned of once', async () => {
    const { server, post } = await start({ environment: 'production' })
    for (let i = 0; i < 3; i++) expect(await post('/orders/write-and-charge')).to.equal(204)
    const warnings = server.logs.filter(({ fields }) => fields.code === 'E_TRANSACTION_CROSSES')
    expect(warnings).to.have.length(1)
    expect(warnings[0]).to.deep.include({ level: 'warn' })
    expect(warnings[0]!.fields).to.include({ service: 'Billing', method: 'charge' })
  })
})

describe('a transaction of a middleware', () => {
  it('spans the handler, however late its body comes', async () => {
    const server = await createTestServer({
      services: [MainLedger, Around],
      controllers: [OrdersAlone],
      app: { middleware: [Around] },
      listen: true,
    })
    const ledger = server.get(MainLedger)
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { 'content-type': 'application/json' }
      const req = request(`${server.url()}/alone`, { method: 'POST', headers }, (res) => {
        res.resume()
        resolve(res.statusCode)
      })
      req.on('error', reject)
      req.write('{ "text":')
      void delay(30).then(() => req.end('"tea" }'))
    })
    expect(status).to.equal(204)
    expect(ledger.events).to.deep.equal(['begin', 'commit'])
    expect(ledger.entries).to.deep.equal(['around', 'written tea'])
  })
})

@Route('/alone')
class OrdersAlone {
  constructor(private readonly ledger: Ledger) {}

  @Post()
  async write({ text }: Entry): Promise<void> {
    await this.ledger.add(`written ${text}`)
  }
}
