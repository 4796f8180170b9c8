import { setTimeout as delay } from 'node:timers/promises'

import type { Topology } from '@lokstra/core/testing'

import { CatalogService } from '../catalog/catalog.service.js'
import { NotificationService } from '../notifications/notification.service.js'
import type { Order } from '../orders/order.js'
import { OrderService } from '../orders/order.service.js'
import { again, type Goods } from './goods.js'
import type { Asked } from './shopper.js'

/** For everything to be settled after all is well again, in milliseconds. */
const settleLimitMs = 90_000
/** What has not changed for so long, in milliseconds, stays as it is: longer than the reconciler leaves an order alone. */
const restMs = 20_000
const atOnce = 16

/** What was found in the end. */
export interface Audit {
  /** What does not hold, one line each. */
  readonly broken: readonly string[]
  readonly orders: number
  readonly confirmed: number
  readonly cancelled: number
}

/**
 * Waits until all orders are settled and looks at what is left: each order exists once, its total is what its goods cost when it was placed,
 * no promise is broken, customers were told of the outcome, and the stock is what has come in without what was sold.
 */
export async function audit(topology: Topology, asked: readonly Asked[], goods: Goods): Promise<Audit> {
  const limit = performance.now() + settleLimitMs
  const broken: string[] = []
  const settled: Order[] = []
  const byCustomer = new Map<string, Asked[]>()
  for (const one of asked) byCustomer.set(one.customerId, [...(byCustomer.get(one.customerId) ?? []), one])
  await inTurns([...byCustomer], async ([customerId, own]) => {
    const orders = await ordersOf(topology, customerId)
    if (orders.length > own.length)
      broken.push(`customer ${customerId} has ${orders.length} orders and asked for ${own.length}`)
    const known = new Map<string, Order>()
    for (const { id } of orders) {
      const [order, problem] = await settle(topology, id, limit)
      known.set(id, order)
      settled.push(order)
      if (problem !== undefined) broken.push(problem)
      broken.push(...wrongTotals(order))
    }
    for (const one of own) broken.push(...brokenPromises(one, known, goods))
    broken.push(...(await untold(topology, customerId, [...known.values()], limit)))
  })
  broken.push(...(await wrongStock(topology, settled, goods, limit)))
  const countOf = (status: Order['status']) => settled.filter((order) => order.status === status).length
  return { broken, orders: settled.length, confirmed: countOf('confirmed'), cancelled: countOf('cancelled') }
}

async function ordersOf(topology: Topology, customerId: string): Promise<readonly Order[]> {
  const all: Order[] = []
  for (let page = 1; ; page++) {
    const { orders, total } = await again(() => topology.get(OrderService).list({ customerId, page, size: 100 }))
    all.push(...orders)
    if (all.length >= total || orders.length === 0) return all
  }
}

/** @returns the order, and what is wrong with it when it did not come to rest */
async function settle(topology: Topology, id: string, limit: number): Promise<[Order, string?]> {
  for (;;) {
    const order = await again(() => topology.get(OrderService).byId({ id }))
    let problem = `the order ${id} is still ${order.status}`
    if (order.status === 'confirmed' || order.status === 'cancelled') {
      const { state } = await again(() => topology.get(CatalogService).reservation({ orderId: id }))
      if (state === (order.status === 'confirmed' ? 'confirmed' : 'released')) return [order]
      problem = `${id} is ${order.status}, its goods ${state}`
    }
    if (performance.now() > limit) return [order, problem]
    await delay(250)
  }
}

function wrongTotals({ id, totalCents, lines }: Order): string[] {
  const total = lines.reduce((sum, { quantity, unitPriceCents }) => sum + quantity * unitPriceCents, 0)
  return total === totalCents ? [] : [`the total of ${id} is ${totalCents} instead of ${total}`]
}

/** What a client was told. */
function brokenPromises(asked: Asked, known: ReadonlyMap<string, Order>, goods: Goods): string[] {
  const { id, sku, quantity, askedAt, toldAt, isConfirmed, isCancelled } = asked
  if (id === undefined) return []
  const order = known.get(id)
  if (!order) return [`the order ${id} was promised and does not exist`]
  const broken: string[] = []
  const [line] = order.lines
  if (order.lines.length !== 1 || line?.sku !== sku || line.quantity !== quantity)
    broken.push(`the order ${id} is for ${JSON.stringify(order.lines)} instead of ${quantity} ${sku}`)
  else if (!goods.couldCost(sku, line.unitPriceCents, askedAt, toldAt!))
    broken.push(`the order ${id} has the price ${line.unitPriceCents}, which ${sku} did not cost at that time`)
  if (isConfirmed && !isCancelled && order.status !== 'confirmed')
    broken.push(`the order ${id} was confirmed to its client and is ${order.status} (${String(order.reason)})`)
  return broken
}

/** Every customer is told how each order has ended. */
async function untold(
  topology: Topology,
  userId: string,
  orders: readonly Order[],
  limit: number,
): Promise<readonly string[]> {
  for (;;) {
    const told = new Set<string>()
    for (let after = 0; ;) {
      const some = await again(() => topology.get(NotificationService).list({ userId, after, size: 100 }))
      for (const { id, position } of some) {
        told.add(id)
        after = position
      }
      if (some.length < 100) break
    }
    const missing = orders.filter(({ id, status }) => !told.has(`order-${status}:${id}`))
    if (missing.length === 0) return []
    if (performance.now() > limit)
      return missing.map(({ id, status }) => `the customer of ${id} was not told that it is ${status}`)
    await delay(250)
  }
}

async function wrongStock(
  topology: Topology,
  orders: readonly Order[],
  goods: Goods,
  limit: number,
): Promise<readonly string[]> {
  const sold = new Map<string, number>()
  for (const { status, lines } of orders)
    if (status === 'confirmed') for (const { sku, quantity } of lines) sold.set(sku, (sold.get(sku) ?? 0) + quantity)
  let last = ''
  let unchangedSince = performance.now()
  for (;;) {
    const broken: string[] = []
    for (const { sku, onHand, reserved } of await again(() =>
      topology.get(CatalogService).stock({ skus: [...goods.skus] }),
    )) {
      const left = goods.delivered(sku) - (sold.get(sku) ?? 0)
      if (onHand !== left) broken.push(`of ${sku} there are ${onHand} instead of ${left}`)
      if (reserved !== 0) broken.push(`of ${sku} ${reserved} are still reserved`)
    }
    const now = performance.now()
    if (broken.join() !== last) unchangedSince = now
    last = broken.join()
    if (broken.length === 0 || now > limit || now - unchangedSince > restMs) return broken
    await delay(250)
  }
}

/** Some at a time. */
async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const item of queue) await work(item)
    }),
  )
}
