import { Inject, Service } from '@lokstra/core'
import { Database, sql, type Queryable, type Transaction } from '@lokstra/services/postgres'

import type { Line } from './catalog.dto.js'
import {
  OutOfStock,
  ProductNotFound,
  ReservationDiffers,
  ReservationNotFound,
  ReservationReleased,
} from './catalog.errors.js'
import type { Reservation, ReservationState } from './product.js'

interface Kept {
  readonly state: ReservationState
  readonly lines: readonly Line[]
}

/** The counters of `products` that a step changes, by how many of each product an order has. */
type Change = 'reserve' | 'confirm' | 'unreserve' | 'takeBack'

const changes = {
  reserve: sql`reserved = reserved + line.quantity`,
  confirm: sql`reserved = reserved - line.quantity, on_hand = on_hand - line.quantity`,
  unreserve: sql`reserved = reserved - line.quantity`,
  takeBack: sql`on_hand = on_hand + line.quantity`,
} as const

/**
 * Goods that belong to orders. Each order has one reservation: reserved → confirmed → released, or reserved → released. Every step
 * can be told any number of times, in any order: what is released stays so, even when it is released before it was made.
 */
@Service()
export class Reservations {
  constructor(@Inject('catalogDb') private readonly db: Database) {}

  /** @throws ProductNotFound · OutOfStock · ReservationReleased · ReservationDiffers */
  make(orderId: string, wanted: readonly Line[]): Promise<Reservation> {
    const lines = wanted.map(({ sku, quantity }) => ({ sku, quantity })).sort((a, b) => (a.sku < b.sku ? -1 : 1))
    return this.db.transaction(async (tx) => {
      const { rowCount } = await tx.query(sql`
        insert into reservations (order_id, state, lines) values (${orderId}, 'reserved', ${JSON.stringify(lines)})
        on conflict (order_id) do nothing`)
      if (rowCount === 0) return repeated(orderId, lines, (await lock(tx, orderId))!)
      await assertAvailable(tx, lines)
      await change(tx, 'reserve', lines)
      return { orderId, state: 'reserved' }
    })
  }

  /** @throws ReservationNotFound · ReservationReleased */
  confirm(orderId: string): Promise<Reservation> {
    return this.db.transaction(async (tx) => {
      const kept = await lock(tx, orderId)
      if (!kept) throw new ReservationNotFound()
      if (kept.state === 'released') throw new ReservationReleased()
      if (kept.state === 'reserved') await move(tx, orderId, 'confirmed', 'confirm', kept.lines)
      return { orderId, state: 'confirmed' }
    })
  }

  /** Goods of a confirmed order come back. */
  release(orderId: string): Promise<Reservation> {
    return this.db.transaction(async (tx) => {
      // A reservation that is still on its way must find that it comes too late.
      await tx.query(sql`
        insert into reservations (order_id, state, lines) values (${orderId}, 'released', '[]')
        on conflict (order_id) do nothing`)
      const kept = (await lock(tx, orderId))!
      if (kept.state === 'reserved') await move(tx, orderId, 'released', 'unreserve', kept.lines)
      if (kept.state === 'confirmed') await move(tx, orderId, 'released', 'takeBack', kept.lines)
      return { orderId, state: 'released' }
    })
  }

  /** @throws ReservationNotFound */
  async find(orderId: string): Promise<Reservation> {
    const kept = await this.db.maybeOne<Reservation>(
      sql`select order_id as "orderId", state from reservations where order_id = ${orderId}`,
    )
    if (!kept) throw new ReservationNotFound()
    return kept
  }
}

function lock(tx: Transaction, orderId: string): Promise<Kept | undefined> {
  return tx.maybeOne<Kept>(sql`select state, lines from reservations where order_id = ${orderId} for update`)
}

function repeated(orderId: string, lines: readonly Line[], kept: Kept): Reservation {
  if (kept.state === 'released') throw new ReservationReleased()
  const isSame =
    kept.lines.length === lines.length &&
    kept.lines.every(({ sku, quantity }, index) => lines[index]!.sku === sku && lines[index]!.quantity === quantity)
  if (!isSame) throw new ReservationDiffers()
  return { orderId, state: kept.state }
}

/** Locks the products in the order of their SKUs: two orders for the same goods wait for one another, and never both for ever. */
async function assertAvailable(tx: Transaction, lines: readonly Line[]): Promise<void> {
  const skus = lines.map(({ sku }) => sku)
  const products = await tx.many<{ sku: string; available: number }>(
    sql`select sku, on_hand - reserved as available from products where sku = any(${skus}) order by sku for update`,
  )
  for (const { sku, quantity } of lines) {
    const product = products.find((one) => one.sku === sku)
    if (!product) throw new ProductNotFound(sku)
    if (product.available < quantity) throw new OutOfStock(sku, product.available)
  }
}

async function move(
  tx: Transaction,
  orderId: string,
  state: ReservationState,
  counters: Change,
  lines: readonly Line[],
): Promise<void> {
  const skus = lines.map(({ sku }) => sku)
  await tx.query(sql`select from products where sku = any(${skus}) order by sku for update`)
  await change(tx, counters, lines)
  await tx.query(sql`update reservations set state = ${state}, changed_at = now() where order_id = ${orderId}`)
}

async function change(tx: Queryable, counters: Change, lines: readonly Line[]): Promise<void> {
  const skus = lines.map(({ sku }) => sku)
  const quantities = lines.map(({ quantity }) => quantity)
  await tx.query(sql`
    update products set ${changes[counters]}
    from unnest(${skus}::text[], ${quantities}::integer[]) as line(sku, quantity)
    where products.sku = line.sku`)
}
