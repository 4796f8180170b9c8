import { Service } from '@lokstra/core'

import { OutOfStock, ProductNotFound, ReservationReleased } from '../catalog/catalog.errors.js'
import { CatalogService } from '../catalog/catalog.service.js'
import { NotificationService } from '../notifications/notification.service.js'
import type { Order } from './order.js'
import { OrderStore } from './order-store.js'

/**
 * What has to happen to an order. Each step tells others first and writes down afterwards that it did: a step that was cut off is
 * simply done again, since whoever is told keeps the order's id and does it once.
 */
@Service()
export class OrderProcess {
  constructor(
    private readonly orders: OrderStore,
    private readonly catalog: CatalogService,
    private readonly notifications: NotificationService,
  ) {}

  /**
   * pending → reserved → confirmed, as far as it goes.
   * @throws OutOfStock · ProductNotFound: the order is cancelled · what the catalogue fails with: the order stays where it is
   */
  async fulfil(order: Order): Promise<Order> {
    let current = order
    if (current.status === 'pending') current = await this.#reserve(current)
    if (current.status === 'reserved') current = await this.#confirm(current)
    return current
  }

  /** Gives up an order that is not confirmed; its goods are released afterwards. */
  async abandon(order: Order): Promise<Order> {
    const cancelled = await this.orders.move(order.id, ['pending'], 'cancelled', 'abandoned')
    return cancelled ?? this.#again(order)
  }

  /** Tells the catalogue and the customer how it has ended. */
  async settle(order: Order): Promise<void> {
    const { id, customerId, status, totalCents } = order
    if (status === 'cancelled') await this.catalog.release({ orderId: id })
    if (status === 'cancelled' || status === 'confirmed') {
      const kind = `order-${status}` as const
      const text = `Your order over ${(totalCents / 100).toFixed(2)} is ${status}`
      await this.notifications.send({ id: `${kind}:${id}`, userId: customerId, kind, text })
      await this.orders.settled(order)
    }
  }

  async #reserve(order: Order): Promise<Order> {
    const lines = order.lines.map(({ sku, quantity }) => ({ sku, quantity }))
    try {
      await this.catalog.reserve({ orderId: order.id, lines })
    } catch (error) {
      if (error instanceof OutOfStock || error instanceof ProductNotFound) {
        await this.orders.move(order.id, ['pending'], 'cancelled', 'out-of-stock')
        throw error
      }
      // It was cancelled, and its goods released, while it was being placed.
      if (error instanceof ReservationReleased) return this.#cancelled(order)
      throw error
    }
    return (await this.orders.move(order.id, ['pending'], 'reserved')) ?? this.#again(order)
  }

  async #confirm(order: Order): Promise<Order> {
    try {
      await this.catalog.confirm({ orderId: order.id })
    } catch (error) {
      if (error instanceof ReservationReleased) return this.#cancelled(order)
      throw error
    }
    return (await this.orders.move(order.id, ['reserved'], 'confirmed')) ?? this.#again(order)
  }

  /** Without goods there is no order, whoever has released them. */
  async #cancelled(order: Order): Promise<Order> {
    const cancelled = await this.orders.move(order.id, ['pending', 'reserved'], 'cancelled', 'abandoned')
    return cancelled ?? this.#again(order)
  }

  /** Somebody else has moved it meanwhile. */
  async #again({ id }: Order): Promise<Order> {
    return (await this.orders.byId(id))!
  }
}
