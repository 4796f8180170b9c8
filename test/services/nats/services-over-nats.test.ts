import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import {
  Context,
  Field,
  Get,
  Path,
  Post,
  RemoteCallError,
  Returns,
  Route,
  Service,
  stream,
  type ServerOptions,
} from '@lokstra/core'
import { createTestServer, type TestServer } from '@lokstra/core/testing'
import { expect } from 'chai'
import { IsInt } from 'class-validator'

import { problemsOf } from '../../helpers/boot-problems.js'
import { NatsServer } from '../../helpers/nats-server.js'
import { poll } from '../../helpers/poll.js'

class ProductId {
  @Path() @IsInt() id!: number
}

class Product {
  @Field() id!: number
  @Field() name!: string
}

@Service()
@Route('/products')
class ProductService {
  static started = 0
  static ended = 0
  static release: () => void = () => undefined

  @Get('/:id')
  @Returns(Product)
  async byId({ id }: ProductId): Promise<Product> {
    return Object.assign(new Product(), { id, name: `Product ${id}` })
  }

  @Get('/all')
  @Returns(stream(Product))
  async *all(): AsyncGenerator<Product> {
    for (let id = 1; id <= 2_000; id++) {
      if (id % 500 === 0) await delay(1)
      yield Object.assign(new Product(), { id, name: 'x'.repeat(200) })
    }
  }

  @Post('/slow')
  @Returns(undefined, 204)
  async slow(ctx: Context): Promise<void> {
    ProductService.started++
    await new Promise<void>((resolve) => {
      ProductService.release = resolve
      ctx.signal.addEventListener('abort', () => resolve())
    })
    ProductService.ended++
    // Its caller's time ends at the same moment: whoever answers then may be first.
    if (ctx.signal.aborted) await delay(1_000)
  }
}

@Route('/shop')
class ShopController {
  constructor(readonly products: ProductService) {}

  @Get('/:id') product({ id }: ProductId) {
    return this.products.byId(Object.assign(new ProductId(), { id }))
  }
}

const folder = fileURLToPath(new URL('../../../', import.meta.url))
const secret = 'a secret of thirty-two bytes, or more'

describe('services of other servers over NATS', () => {
  let nats: NatsServer
  before(async function () {
    nats = await NatsServer.startOrSkip(this)
  })
  after(() => nats?.stop())
  beforeEach(() => {
    ProductService.started = ProductService.ended = 0
  })

  const configOf = (subject: string, calls: Record<string, unknown>) => ({
    services: { carrier: { type: 'nats', servers: [nats.url], subject } },
    calls: { transport: 'carrier', secret: [secret], ...calls },
    deployments: {
      shop: {
        servers: {
          products: { apps: [{ name: 'products', listen: '127.0.0.1:0', publish: ['ProductService'] }] },
          front: { apps: [{ name: 'front', listen: '127.0.0.1:0' }] },
        },
      },
    },
  })

  const productsOptions = (subject: string, calls: Record<string, unknown> = {}): ServerOptions => ({
    folder,
    services: [ProductService],
    config: configOf(subject, calls),
    server: 'shop.products',
  })

  const startProducts = (subject: string): Promise<TestServer> =>
    createTestServer({ ...productsOptions(subject), listen: true })

  const startFront = (subject: string, calls: Record<string, unknown> = {}): Promise<TestServer> =>
    createTestServer({
      folder,
      services: [ProductService],
      apps: [{ name: 'front', controllers: [ShopController] }],
      config: configOf(subject, calls),
      server: 'shop.front',
      listen: true,
    })

  it('are called without an address, and balanced', async () => {
    const subject = `test-${randomUUID()}`
    await Promise.all([startProducts(subject), startProducts(subject)])
    const front = await startFront(subject)
    const response = await front.inject('GET', '/shop/7')
    expect(response.json().data).to.deep.equal({ id: 7, name: 'Product 7' })
    expect(front.server.calls()[0]).to.deep.include({ service: 'ProductService', inFlight: 0 })
  })

  it('give streams, item by item', async () => {
    const subject = `test-${randomUUID()}`
    await startProducts(subject)
    const front = await startFront(subject)
    let count = 0
    for await (const product of front.get(ProductService).all()) {
      count++
      expect(product).to.be.instanceOf(Product)
      expect(product.id).to.equal(count)
    }
    expect(count).to.equal(2_000)
  })

  it('refuse calls that are not signed with the secret', async () => {
    const subject = `test-${randomUUID()}`
    const products = await startProducts(subject)
    const front = await startFront(subject, { secret: ['another secret of thirty-two bytes...'] })
    const response = await front.inject('GET', '/shop/7')
    expect(response.json().error.code).to.equal('REMOTE_FAILED')
    expect(products.logs.find(({ message }) => message === 'call refused')?.fields.reason).to.equal('another secret')
  })

  it('do not start without a secret: whoever reaches NATS could call', async () => {
    const problems = await problemsOf(productsOptions(`test-${randomUUID()}`, { secret: [] }))
    expect(problems.map(({ code }) => code)).to.deep.equal(['E_CALLS_SECRET'])
  })

  it('were not executed where no server answers for them', async () => {
    const front = await startFront(`test-${randomUUID()}`, { retries: 0 })
    const id = Object.assign(new ProductId(), { id: 1 })
    const error: unknown = await front
      .get(ProductService)
      .byId(id)
      .catch((reason: unknown) => reason)
    expect(error).to.be.instanceOf(RemoteCallError)
    expect(error).to.include({ code: 'REMOTE_UNAVAILABLE', executed: 'no' })
  })

  it('tell the operation when time is over', async () => {
    const subject = `test-${randomUUID()}`
    await startProducts(subject)
    const front = await startFront(subject, { timeout: '300ms' })
    const slow = front.get(ProductService).slow(undefined as never)
    const error: unknown = await slow.catch((reason: unknown) => reason)
    expect(error).to.include({ code: 'REMOTE_TIMEOUT', executed: 'maybe' })
    await poll(
      () => ProductService.ended === 1,
      () => 'the operation goes on',
    )
  })

  it('are answered to the end by a server that stops', async () => {
    const subject = `test-${randomUUID()}`
    const products = await startProducts(subject)
    const front = await startFront(subject)
    const slow = front.get(ProductService).slow(undefined as never)
    await poll(
      () => ProductService.started === 1,
      () => 'the call did not arrive',
    )
    const stopped = products.dispose()
    await delay(50)
    ProductService.release()
    await slow
    await stopped
    expect(ProductService.ended).to.equal(1)
  })
})
