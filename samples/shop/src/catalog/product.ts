import { Field } from '@lokstra/core'

export class Product {
  @Field({ example: 'apples-1kg' }) readonly sku!: string
  @Field() readonly name!: string
  @Field() readonly priceCents!: number
  @Field({ description: 'What can be ordered now' }) readonly available!: number
}

/** What a product costs now. */
export class Price {
  @Field() readonly sku!: string
  @Field() readonly name!: string
  @Field() readonly priceCents!: number
}

/** What the warehouse knows of a product. */
export class Stock {
  @Field() readonly sku!: string
  @Field() readonly onHand!: number
  @Field({ description: 'Of those, what belongs to orders that are not confirmed yet' }) readonly reserved!: number
}

/** `released` is the end: what comes late changes nothing any more. */
export type ReservationState = 'reserved' | 'confirmed' | 'released'

export class Reservation {
  @Field() readonly orderId!: string
  @Field({ example: 'reserved' }) readonly state!: ReservationState
}
