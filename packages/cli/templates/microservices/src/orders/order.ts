import { Field } from '@lokstra/core'

export class Order {
  @Field() readonly id!: number
  @Field() readonly item!: string
  /** Name of the user who placed it. */
  @Field() readonly customer!: string
}
