import { Field, Post, Returns, Route, Service } from '@lokstra/core'

import { OrderInput } from '../sample/order-classes.js'
import { receiptOf, type Receipt } from '../sample/order.js'

class OrderReceipt implements Receipt {
  @Field() reference!: string
  @Field() items!: number
  @Field() total!: number
}

/** What the target of `POST /orders` does, as a service that other servers can call. */
@Service()
@Route('/orders')
export class OrderService {
  @Post()
  @Returns(OrderReceipt, 201)
  async place(order: OrderInput): Promise<OrderReceipt> {
    return Object.assign(new OrderReceipt(), receiptOf(order))
  }
}

/** Has the service as any other code has it: through its constructor. */
@Service({ eager: true })
export class Orders {
  constructor(readonly service: OrderService) {}
}
