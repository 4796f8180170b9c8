import type { Topology } from '@lokstra/core/testing'

import { CatalogService } from '../catalog/catalog.service.js'
import type { Order } from '../orders/order.js'
import { OrderService } from '../orders/order.service.js'
import type { Asked } from './shopper.js'

/** What there was before anything was sold, by SKU. */
export interface Goods {
  readonly onHand: number
  readonly priceCents: number
}

/**
 * What must hold once all orders are settled, whatever went wrong on the way: each order exists once, its total is right, no promise is
 * broken, and the stock is what there was without what was sold.
 * @returns what does not hold, one line each
 */
export async function brokenInvariants(
  topology: Topology,
  asked: readonly Asked[],
  goods: ReadonlyMap<string, Goods>,
): Promise<string[]> {
  const catalog = topology.get(CatalogService)
  const broken: string[] = []
  const orders = new Map<string, Order>()
  for (const customerId of new Set(asked.map((one) => one.customerId))) {
    const own = await ordersOf(topology, customerId)
    const keys = asked.filter((one) => one.customerId === customerId).length
    if (own.length > keys) broken.push(`customer ${customerId} has ${own.length} orders and asked for ${keys}`)
    for (const order of own) orders.set(order.id, order)
  }
  for (const { id, sku, quantity, isConfirmed, isCancelled } of asked) {
    if (id === undefined) continue
    const order = orders.get(id)
    if (!order) {
      broken.push(`the order ${id} was promised and does not exist`)
      continue
    }
    const total = quantity * goods.get(sku)!.priceCents
    if (order.totalCents !== total) broken.push(`the total of ${id} is ${order.totalCents} instead of ${total}`)
    if (isConfirmed && !isCancelled && order.status !== 'confirmed')
      broken.push(`the order ${id} was confirmed to its client and is ${order.status} (${String(order.reason)})`)
  }
  const sold = new Map<string, number>()
  for (const { id, status, lines } of orders.values()) {
    if (status !== 'confirmed' && status !== 'cancelled') {
      broken.push(`the order ${id} is still ${status}`)
      continue
    }
    const { state } = await catalog.reservation({ orderId: id })
    if (state !== (status === 'confirmed' ? 'confirmed' : 'released'))
      broken.push(`${id} is ${status}, its goods ${state}`)
    if (status === 'confirmed') for (const { sku, quantity } of lines) sold.set(sku, (sold.get(sku) ?? 0) + quantity)
  }
  for (const { sku, onHand, reserved } of await catalog.stock({ skus: [...goods.keys()] })) {
    const left = goods.get(sku)!.onHand - (sold.get(sku) ?? 0)
    if (onHand !== left) broken.push(`of ${sku} there are ${onHand} instead of ${left}`)
    if (reserved !== 0) broken.push(`of ${sku} ${reserved} are still reserved`)
  }
  return broken
}

async function ordersOf(topology: Topology, customerId: string): Promise<readonly Order[]> {
  const all: Order[] = []
  for (let page = 1; ; page++) {
    const { orders, total } = await topology.get(OrderService).list({ customerId, page, size: 100 })
    all.push(...orders)
    if (all.length >= total || orders.length === 0) return all
  }
}
