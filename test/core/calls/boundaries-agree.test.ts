import {
  Body,
  ConflictError,
  Context,
  Cookie,
  Field,
  Get,
  Header,
  HttpError,
  Path,
  Post,
  Put,
  Query,
  RemoteCallError,
  Returns,
  Route,
  Service,
  ServiceUnavailableError,
  stream,
  Throws,
  type HttpErrorOptions,
} from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { Exclude, Expose, Transform, Type } from 'class-transformer'
import { IsInt, IsOptional, Min } from 'class-validator'
import { expect } from 'chai'

import { poll } from '../../helpers/poll.js'

class Line {
  @Body() sku!: string
  @Body() @IsInt() @Min(1) count!: number
}

class Place {
  @Path() id!: string
  @Query() since?: Date
  @Header('x-shop') shop?: string
  @Cookie('session') session?: string
  @Query({ type: () => String }) tags?: string[]
  @Body({ type: () => Line }) lines: Line[] = []
  @Body() total?: bigint
  @Body({ type: () => String }) words?: Set<string>
  @Type(() => Number) @Body() prices?: Map<string, number>
  @Body() priority = 5
  @Body({ type: () => String, nullable: true }) @IsOptional() note?: string | null
  @Transform(({ value }) => (value as string).split('').reverse().join('')) @Body() @IsOptional() code?: string
}

class Order {
  @Field() id = ''
  @Field() since = new Date(0)
  @Field() total = 0n
  @Type(() => Line) @Field() lines: Line[] = []
  @Field({ type: () => String }) words = new Set<string>()
  @Type(() => Number) @Field() prices = new Map<string, number>()
  @Transform(({ value }) => `#${value}`) @Field() number?: string
  @Field({ type: () => String, nullable: true }) note?: string | null
  @Exclude() secret = ''

  @Expose() get title(): string {
    return `Order ${this.id}`
  }

  count(): number {
    return this.lines.length
  }
}

class OutOfStock extends ConflictError {
  constructor(sku = '', options?: HttpErrorOptions) {
    super(`No ${sku} left`, { code: 'OUT_OF_STOCK', details: { sku }, ...options })
  }
}

class Ask {
  @Query() what!: string
}

@Service()
@Route('/orders')
class OrderService {
  static readonly seen: Place[] = []
  static readonly kept = new Order()
  static isStopped = false

  @Put('/:id')
  @Returns(Order)
  async place(place: Place): Promise<Order> {
    OrderService.seen.push(place)
    const { id, since = new Date(0), total = 0n, lines, words = new Set(), prices = new Map(), note, code } = place
    return Object.assign(new Order(), { id, since, total, lines, words, prices, note, number: code, secret: 'hunter2' })
  }

  /** Changes what it was given, and gives what it keeps. */
  @Post('/:id/spoil')
  @Returns(Order)
  async spoil(place: Place): Promise<Order> {
    place.lines.push(new Line())
    place.words?.clear()
    place.since?.setTime(0)
    return Promise.resolve(OrderService.kept)
  }

  @Get('/any')
  @Returns([Order])
  @Throws(OutOfStock)
  async ask({ what }: Ask): Promise<Order[]> {
    switch (what) {
      case 'declared':
        throw new OutOfStock('tea')
      case 'undeclared':
        throw new ConflictError('hunter2', { code: 'HUNTER' })
      case 'away':
        throw new ServiceUnavailableError('hunter2', { headers: { 'retry-after': '7' } })
      case 'fault':
        throw new TypeError('hunter2')
      case 'no list':
        return new Order() as unknown as Order[]
      case 'another type':
        return [Object.assign(new Order(), { since: 'yesterday' })]
      case 'no number':
        return [Object.assign(new Order(), { lines: [{ sku: 'a', count: NaN }] })]
      case 'undefined':
        return undefined as unknown as Order[]
      case 'null':
        return null as unknown as Order[]
      case 'rows':
        return Promise.resolve([{ id: 'row', password: 'hunter2' } as unknown as Order])
      default:
        return Promise.resolve([])
    }
  }

  @Post('/nothing')
  @Returns(undefined, 204)
  async nothing(_ctx: Context): Promise<void> {
    return Promise.resolve()
  }

  @Get('/bytes')
  @Returns(stream(Uint8Array))
  async *bytes({ what }: Ask): AsyncGenerator<Uint8Array> {
    yield Buffer.from([0, 255])
    await new Promise((resolve) => setTimeout(resolve, 20))
    if (what === 'fault') throw new TypeError('hunter2')
    yield Buffer.from('end')
  }

  @Get('/stream')
  @Returns(stream(Order))
  @Throws(OutOfStock)
  async *all({ what }: Ask): AsyncGenerator<Order> {
    try {
      for (let id = 0; id < 3 || what === 'endless'; id++) {
        await Promise.resolve()
        yield Object.assign(new Order(), { id: String(id) })
      }
      if (what === 'declared') throw new OutOfStock('tea')
      if (what === 'fault') throw new TypeError('hunter2')
    } finally {
      OrderService.isStopped = true
    }
  }
}

@Service({ eager: true })
class Caller {
  constructor(readonly orders: OrderService) {}
}

const services = [OrderService, Caller]
const deployments = {
  split: {
    servers: {
      callee: { apps: [{ name: 'callee', listen: '127.0.0.1:0', publish: ['OrderService'] }] },
      caller: { apps: [{ name: 'caller', listen: '127.0.0.1:0' }] },
    },
  },
}

const boundaries: Readonly<Record<string, () => Promise<OrderService>>> = {
  checked: async () => {
    const apps = [{ name: 'all', listen: '127.0.0.1:0', publish: ['OrderService'] }]
    const server = await createTestServer({ services, config: { apps, calls: { boundary: 'checked' } } })
    server.expectError(/hunter2|E_OUTPUT_VALUE/)
    return server.server.get(Caller).orders
  },
  remote: async () => {
    const callee = await createTestServer({ services, config: { deployments }, server: 'split.callee', listen: true })
    callee.expectError(/hunter2|E_OUTPUT_VALUE/)
    const set = [`deployments.split.servers.callee.url=${callee.url()}`]
    const caller = await createTestServer({
      services,
      config: { deployments },
      server: 'split.caller',
      set,
      listen: true,
    })
    return caller.server.get(Caller).orders
  },
}

async function failureOf(promise: Promise<unknown>): Promise<Readonly<Record<string, unknown>>> {
  const error: unknown = await promise.then(
    (value) => expect.fail(`It gave ${String(value)}`),
    (thrown: unknown) => thrown,
  )
  return error as Readonly<Record<string, unknown>>
}

async function collect(items: AsyncIterable<Order>): Promise<{ ids: string[]; error: unknown }> {
  const ids: string[] = []
  try {
    for await (const item of items) {
      expect(item).to.be.instanceOf(Order)
      ids.push(item.id)
    }
    return { ids, error: undefined }
  } catch (error) {
    return { ids, error }
  }
}

function fullPlace(): Place {
  return Object.assign(new Place(), {
    id: 'a/../ü 🦉',
    since: new Date(1),
    shop: 'Grüße,\r\n "',
    session: 'a; b=c',
    tags: ['a,b', ''],
    lines: [Object.assign(new Line(), { sku: 'tea', count: 2 })],
    total: 12345678901234567890n,
    words: new Set(['', 'x']),
    prices: new Map([['a.b[c]', -0.5]]),
    priority: 1,
    note: null,
    code: 'abc',
  })
}

for (const [name, open] of Object.entries(boundaries)) {
  describe(`a ${name} boundary`, () => {
    it('hands over what the method was called with, and what it returned', async () => {
      const orders = await open()
      OrderService.seen.length = 0
      const place = fullPlace()
      const order = await orders.place(place)
      expect(OrderService.seen).to.deep.equal([place])
      expect(OrderService.seen[0]).to.be.instanceOf(Place).and.not.equal(place)
      const { id, since, total, lines, words, prices } = order
      expect({ id, since, total, lines, words, prices }).to.deep.equal({
        id: place.id,
        since: place.since,
        total: place.total,
        lines: place.lines,
        words: place.words,
        prices: place.prices,
      })
      expect(order).to.be.instanceOf(Order)
      expect([order.note, order.number, order.title, order.count()]).to.deep.equal([null, 'abc', `Order ${id}`, 1])
      expect(order.secret).to.equal('', 'What is excluded does not cross')
    })

    it('gives fields that are absent their defaults, of a plain object as of an instance', async () => {
      const orders = await open()
      OrderService.seen.length = 0
      await orders.place({ id: '1', lines: [{ sku: 'a', count: 1 }] } as Place)
      const [seen] = OrderService.seen
      expect(seen).to.be.instanceOf(Place)
      expect(seen!.lines[0]).to.be.instanceOf(Line)
      expect([seen!.priority, seen!.note, seen!.since]).to.deep.equal([5, undefined, undefined])
    })

    it('keeps what either side changes from the other', async () => {
      const orders = await open()
      const place = fullPlace()
      for (const part of [place, place.lines, place.lines[0]!]) Object.freeze(part)
      const order = await orders.spoil(place)
      expect(place).to.deep.equal(fullPlace())
      order.lines.push(new Line())
      order.since.setTime(99)
      expect((await orders.spoil(place)).lines).to.deep.equal([])
      expect(OrderService.kept.since.getTime()).to.equal(0)
    })

    it('throws declared errors as they are', async () => {
      const error = await failureOf((await open()).ask({ what: 'declared' }))
      expect(error).to.be.instanceOf(OutOfStock)
      const { message, code, status, details } = error
      expect({ message, code, status, details }).to.deep.equal({
        message: 'No tea left',
        code: 'OUT_OF_STOCK',
        status: 409,
        details: { sku: 'tea' },
      })
    })

    for (const what of ['undeclared', 'fault', 'no list', 'another type', 'no number']) {
      it(`fails with 502 and no word of why: ${what}`, async () => {
        const error = await failureOf((await open()).ask({ what }))
        expect(error).to.be.instanceOf(RemoteCallError)
        const { status, code, message, service, method, executed, attempts, server } = error
        expect(server).to.be.oneOf(['split.callee', 'this process'])
        expect({ status, code, message, service, method, executed, attempts }).to.deep.equal({
          status: 502,
          code: 'REMOTE_FAILED',
          message: 'OrderService failed',
          service: 'OrderService',
          method: 'ask',
          executed: 'maybe',
          attempts: 1,
        })
      })
    }

    it('fails with 503 where the operation cannot be done for now, and says when it may be tried again', async () => {
      const error = await failureOf((await open()).ask({ what: 'away' }))
      expect(error).to.be.instanceOf(RemoteCallError)
      expect(error).to.include({ status: 503, code: 'REMOTE_UNAVAILABLE', executed: 'maybe' })
      expect(error.message).not.to.include('hunter2')
      expect(error.headers).to.deep.equal({ 'retry-after': '7' })
    })

    it('asks the rules of the input', async () => {
      const error = await failureOf((await open()).place({ id: '1', lines: [{ sku: 'a', count: 0 }] } as Place))
      expect(error).to.be.instanceOf(RemoteCallError).and.include({ status: 502 })
    })

    it('takes no more beside the body than the head of a request may have', async () => {
      const orders = await open()
      OrderService.seen.length = 0
      const large = Object.assign(fullPlace(), { shop: 'x'.repeat(17_000) })
      const error = await failureOf(orders.place(large))
      expect(error).to.be.instanceOf(RemoteCallError).and.include({ status: 502, executed: 'maybe', attempts: 1 })
      expect(String(error.cause)).to.include('431: HEADERS_TOO_LARGE')
      expect(OrderService.seen).to.deep.equal([])
    })

    it('refuses what cannot cross before anything runs', async () => {
      const orders = await open()
      OrderService.seen.length = 0
      const invalid = Object.assign(fullPlace(), { since: new Date(NaN) })
      expect(await failureOf(orders.place(invalid))).to.include({ code: 'E_CALL_VALUE' })
      expect(OrderService.seen).to.deep.equal([])
    })

    it('tells nothing, undefined and null apart', async () => {
      const orders = await open()
      expect(await orders.nothing(undefined as unknown as Context)).to.equal(undefined)
      expect(await orders.ask({ what: 'undefined' })).to.equal(undefined)
      expect(await orders.ask({ what: 'null' })).to.equal(null)
    })

    it('makes instances of rows, with the declared fields and no others', async () => {
      const [row] = await (await open()).ask({ what: 'rows' })
      expect(row).to.be.instanceOf(Order)
      expect([row!.id, row!.since, row!.title]).to.deep.equal(['row', undefined, 'Order row'])
      expect(row).not.to.have.property('password')
    })

    it('gives items as they come', async () => {
      expect(await collect((await open()).all({ what: 'all' }))).to.deep.equal({
        ids: ['0', '1', '2'],
        error: undefined,
      })
    })

    it('fails in the middle of the items where the source does', async () => {
      const orders = await open()
      const declared = await collect(orders.all({ what: 'declared' }))
      expect(declared.ids).to.deep.equal(['0', '1', '2'])
      expect(declared.error).to.be.instanceOf(OutOfStock)
      const fault = await collect(orders.all({ what: 'fault' }))
      expect(fault.ids).to.deep.equal(['0', '1', '2'])
      expect(fault.error).to.be.instanceOf(RemoteCallError)
      expect(HttpError.is(fault.error) && fault.error.message).to.equal('OrderService failed')
    })

    it('gives bytes, and never fewer without an error', async () => {
      const orders = await open()
      const read = async (what: string) => {
        const chunks: Uint8Array[] = []
        try {
          for await (const chunk of orders.bytes({ what })) chunks.push(chunk)
        } catch (error) {
          expect(error).to.be.instanceOf(RemoteCallError)
          return `${Buffer.concat(chunks).toString('latin1')} and an error`
        }
        return Buffer.concat(chunks).toString('latin1')
      }
      expect(await read('all')).to.equal('\0ÿend')
      expect(await read('fault')).to.equal('\0ÿ and an error')
    })

    it('ends the source where the loop is left', async () => {
      const orders = await open()
      OrderService.isStopped = false
      for await (const item of orders.all({ what: 'endless' })) if (item.id === '50') break
      await poll(
        () => OrderService.isStopped,
        () => 'The source goes on',
      )
    })

    it('takes many calls at once', async () => {
      const orders = await open()
      const placed = await Promise.all(
        Array.from({ length: 300 }, (_, index) => orders.place(Object.assign(fullPlace(), { id: String(index) }))),
      )
      expect(placed.map(({ id }) => id)).to.deep.equal(placed.map((_, index) => String(index)))
    })
  })
}
