import { Inject, Service } from '@lokstra/core'
import { Database, sql, type Sql } from '@lokstra/services/postgres'

import type { CancelReason, Order, OrderLine, OrderPage, OrderStatus } from './order.js'

const columns = sql`id, customer_id as "customerId", tenant, status, reason, lines, total_cents as "totalCents",
  placed_at as "placedAt", updated_at as "updatedAt"`

/** Which order a client speaks of: the tenant, the customer, and the key that the client has chosen. */
export interface OrderKey {
  readonly tenant: string
  readonly customerId: string
  readonly idempotencyKey: string
}

export interface NewOrder extends OrderKey {
  readonly id: string
  readonly fingerprint: string
  readonly lines: readonly OrderLine[]
  readonly totalCents: number
  /** Milliseconds after which the reconciler looks at it, unless it has been settled by then. */
  readonly dueAfterMs: number
}

/** Orders in the database. */
@Service()
export class OrderStore {
  constructor(@Inject('ordersDb') private readonly db: Database) {}

  byKey({
    tenant,
    customerId,
    idempotencyKey,
  }: OrderKey): Promise<(Order & { readonly fingerprint: string }) | undefined> {
    return this.db.maybeOne(sql`
      select ${columns}, fingerprint from orders
      where tenant = ${tenant} and customer_id = ${customerId} and idempotency_key = ${idempotencyKey}`)
  }

  byId(id: string): Promise<Order | undefined> {
    return this.db.maybeOne<Order>(sql`select ${columns} from orders where id = ${id}`)
  }

  async list(customerId: string, page: number, size: number): Promise<OrderPage> {
    const [orders, { total }] = await Promise.all([
      this.db.many<Order>(sql`
        select ${columns} from orders where customer_id = ${customerId}
        order by placed_at desc, id limit ${size} offset ${(page - 1) * size}`),
      this.db.one<{ total: number }>(sql`select count(*) as total from orders where customer_id = ${customerId}`),
    ])
    return { orders, total }
  }

  /** @returns undefined when there is an order with that key already */
  insert({
    id,
    tenant,
    customerId,
    idempotencyKey,
    fingerprint,
    lines,
    totalCents,
    dueAfterMs,
  }: NewOrder): Promise<Order | undefined> {
    return this.db.maybeOne<Order>(sql`
      insert into orders (id, customer_id, tenant, idempotency_key, fingerprint, lines, total_cents, due_at)
      values (${id}, ${customerId}, ${tenant}, ${idempotencyKey}, ${fingerprint}, ${JSON.stringify(lines)}, ${totalCents},
        ${later(dueAfterMs)})
      on conflict (tenant, customer_id, idempotency_key) do nothing
      returning ${columns}`)
  }

  /** Moves an order on, unless it has left `from` meanwhile. @returns undefined when it has */
  move(
    id: string,
    from: readonly OrderStatus[],
    to: OrderStatus,
    reason: CancelReason | null = null,
  ): Promise<Order | undefined> {
    // What is confirmed or cancelled has to be told to others: that is due now.
    const dueAt = to === 'confirmed' || to === 'cancelled' ? sql`now()` : sql`due_at`
    return this.db.maybeOne<Order>(sql`
      update orders set status = ${to}, reason = ${reason}, updated_at = now(), attempts = 0, due_at = ${dueAt}
      where id = ${id} and status = any(${from})
      returning ${columns}`)
  }

  /** Takes orders that are due, and puts off when they are due next, so that no other server takes them meanwhile. */
  async takeDue(limit: number, againAfterMs: number): Promise<Order[]> {
    return this.db.many<Order>(sql`
      update orders set attempts = attempts + 1, due_at = ${backOff(againAfterMs)}
      where id in (select id from orders where due_at <= now() order by due_at limit ${limit} for update skip locked)
      returning ${columns}`)
  }

  /** Nothing is left to do, unless it has changed again. */
  async settled(order: Order): Promise<void> {
    await this.db.query(sql`update orders set due_at = null where id = ${order.id} and status = ${order.status}`)
  }
}

function later(ms: number): Sql {
  return sql`now() + ${ms}::float * interval '1 millisecond'`
}

/** Doubles with every attempt, up to 64 times. */
function backOff(ms: number): Sql {
  return sql`now() + ${ms}::float * power(2, least(attempts, 6)) * interval '1 millisecond'`
}
