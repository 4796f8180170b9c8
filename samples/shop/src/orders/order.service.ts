import { createHash, randomUUID } from 'node:crypto'

import { Context, Get, Post, Returns, Route, Service, Throws } from '@lokstra/core'

import { OutOfStock, ProductNotFound } from '../catalog/catalog.errors.js'
import { CatalogService } from '../catalog/catalog.service.js'
import { UserNotFound } from '../users/user.errors.js'
import { UserService } from '../users/user.service.js'
import { ListOrders, OrderId, PlaceOrder } from './order.dto.js'
import { CustomerBlocked, IdempotencyKeyReused, OrderNotFound } from './order.errors.js'
import { Order, OrderPage } from './order.js'
import { OrderProcess } from './order-process.js'
import { OrderStore, type OrderKey } from './order-store.js'
import { Reconciler } from './reconciler.js'

/** The shop of requests that name none. */
const mainTenant = 'main'

/** Who has ordered what. */
@Service()
@Route('/orders')
export class OrderService {
  constructor(
    private readonly orders: OrderStore,
    private readonly process: OrderProcess,
    private readonly reconciler: Reconciler,
    private readonly users: UserService,
    private readonly catalog: CatalogService,
  ) {}

  /** The same key gives the same order: a client that got no answer asks again. */
  @Post({ idempotent: true })
  @Returns(Order, 201)
  @Throws(UserNotFound, CustomerBlocked, ProductNotFound, OutOfStock, IdempotencyKeyReused)
  async place(input: PlaceOrder, ctx?: Context): Promise<Order> {
    const { customerId, idempotencyKey } = input
    const key: OrderKey = { tenant: ctx?.tenant ?? mainTenant, customerId, idempotencyKey }
    const order = (await this.#known(key, input)) ?? (await this.#create(key, input))
    if (order.status === 'cancelled' && order.reason === 'out-of-stock') throw new OutOfStock()
    try {
      return await this.process.fulfil(order)
    } finally {
      this.reconciler.wake()
    }
  }

  @Get('/:id')
  @Returns(Order)
  @Throws(OrderNotFound)
  async byId({ id }: OrderId): Promise<Order> {
    const order = await this.orders.byId(id)
    if (!order) throw new OrderNotFound()
    return order
  }

  @Get()
  @Returns(OrderPage)
  list({ customerId, page, size }: ListOrders): Promise<OrderPage> {
    return this.orders.list(customerId, page, size)
  }

  /** Goods of a confirmed order come back to the warehouse. */
  @Post('/:id/cancel', { idempotent: true })
  @Returns(Order)
  @Throws(OrderNotFound)
  async cancel({ id }: OrderId): Promise<Order> {
    const cancelled = await this.orders.move(id, ['pending', 'reserved', 'confirmed'], 'cancelled', 'customer')
    this.reconciler.wake()
    return cancelled ?? this.byId({ id })
  }

  /** @throws IdempotencyKeyReused */
  async #known(key: OrderKey, input: PlaceOrder): Promise<Order | undefined> {
    const known = await this.orders.byKey(key)
    if (known && known.fingerprint !== fingerprintOf(input)) throw new IdempotencyKeyReused()
    return known
  }

  async #create(key: OrderKey, input: PlaceOrder): Promise<Order> {
    const skus = input.lines.map(({ sku }) => sku)
    const [customer, prices] = await Promise.all([
      this.users.byId({ id: input.customerId }),
      this.catalog.prices({ skus }),
    ])
    if (customer.status === 'blocked') throw new CustomerBlocked()
    const lines = input.lines.map(({ sku, quantity }) => {
      const { name, priceCents } = prices.find((price) => price.sku === sku)!
      return { sku, name, quantity, unitPriceCents: priceCents }
    })
    const order = await this.orders.insert({
      ...key,
      id: randomUUID(),
      fingerprint: fingerprintOf(input),
      lines,
      totalCents: lines.reduce((total, { quantity, unitPriceCents }) => total + quantity * unitPriceCents, 0),
      dueAfterMs: this.reconciler.config.abandonAfter,
    })
    // Another request with the same key was quicker.
    return order ?? (await this.#known(key, input))!
  }
}

/** The same for the same order, in whichever order its lines are told. */
function fingerprintOf({ lines }: PlaceOrder): string {
  const sorted = lines.map(({ sku, quantity }) => `${sku} ${quantity}`).sort()
  return createHash('sha256').update(sorted.join('\n')).digest('hex')
}
