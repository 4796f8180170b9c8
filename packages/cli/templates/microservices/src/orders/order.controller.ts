import { Context, Get, Post, Returns, Route, Throws, UnprocessableError, type Result } from '@lokstra/core'

import { PlaceOrder } from './order.dto.js'
import { Order } from './order.js'
import { OrderService } from './order.service.js'

@Route('/orders')
export class OrderController {
  constructor(private readonly orders: OrderService) {}

  @Post()
  @Returns(Order, 201)
  @Throws(UnprocessableError)
  async place(input: PlaceOrder, ctx: Context): Promise<Result> {
    return ctx.created(await this.orders.place(input))
  }

  @Get()
  @Returns([Order])
  list(): readonly Order[] {
    return this.orders.list()
  }
}
