import { Field } from '@lokstra/core'

/** `pending` → `reserved` → `confirmed`; `cancelled` from each of them. */
export type OrderStatus = 'pending' | 'reserved' | 'confirmed' | 'cancelled'

/** Why an order is off: by its customer, for want of goods, or because its placing was given up half way. */
export type CancelReason = 'customer' | 'out-of-stock' | 'abandoned'

export class OrderLine {
  @Field() readonly sku!: string
  @Field() readonly name!: string
  @Field() readonly quantity!: number
  @Field({ description: 'When the order was placed' }) readonly unitPriceCents!: number
}

export class Order {
  @Field() readonly id!: string
  @Field() readonly customerId!: string
  @Field() readonly tenant!: string
  @Field({ example: 'confirmed' }) readonly status!: OrderStatus
  @Field({ type: () => String, description: 'Why it was cancelled', example: 'customer' })
  readonly reason!: CancelReason | null
  @Field({ type: () => OrderLine }) readonly lines!: readonly OrderLine[]
  @Field() readonly totalCents!: number
  @Field() readonly placedAt!: Date
  @Field() readonly updatedAt!: Date
}

export class OrderPage {
  @Field({ type: () => Order }) readonly orders!: readonly Order[]
  @Field({ description: 'Of all pages' }) readonly total!: number
}
