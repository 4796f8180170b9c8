import { Context, Get, Post, Query, Returns, Route, Throws, UnauthorizedError, type Result } from '@lokstra/core'
import { IsInt, Max, Min } from 'class-validator'

import { OutOfStock, ProductNotFound } from '../catalog/catalog.errors.js'
import { Basket, OrderId } from '../orders/order.dto.js'
import { CustomerBlocked, IdempotencyKeyReused, OrderNotFound } from '../orders/order.errors.js'
import { Order } from '../orders/order.js'
import { OrderService } from '../orders/order.service.js'
import { UserNotFound } from '../users/user.errors.js'
import { userOf } from './sign-in.js'

export class Page {
  @Query() @IsInt() @Min(1) page = 1
  @Query('per_page') @IsInt() @Min(1) @Max(100) size = 20
}

/** Orders of whoever has signed in. Those of others do not exist for them. */
@Route('/orders')
export class OrderController {
  constructor(private readonly orders: OrderService) {}

  @Post()
  @Returns(Order, 201)
  @Throws(UnauthorizedError, UserNotFound, CustomerBlocked, ProductNotFound, OutOfStock, IdempotencyKeyReused)
  async place({ idempotencyKey, lines }: Basket, ctx: Context): Promise<Result> {
    const order = await this.orders.place({ idempotencyKey, lines, customerId: userOf(ctx) }, ctx)
    return ctx.created(order).withHeader('location', `/orders/${order.id}`)
  }

  @Get()
  @Returns([Order])
  @Throws(UnauthorizedError)
  async list({ page, size }: Page, ctx: Context): Promise<Result> {
    const { orders, total } = await this.orders.list({ customerId: userOf(ctx), page, size })
    return ctx.page(orders, { page, size, total })
  }

  @Get('/:id')
  @Returns(Order)
  @Throws(UnauthorizedError, OrderNotFound)
  show({ id }: OrderId, ctx: Context): Promise<Order> {
    return this.#own(id, ctx)
  }

  @Post('/:id/cancel')
  @Returns(Order)
  @Throws(UnauthorizedError, OrderNotFound)
  async cancel({ id }: OrderId, ctx: Context): Promise<Order> {
    await this.#own(id, ctx)
    return this.orders.cancel({ id })
  }

  async #own(id: string, ctx: Context): Promise<Order> {
    const user = userOf(ctx)
    const order = await this.orders.byId({ id })
    if (order.customerId !== user) throw new OrderNotFound()
    return order
  }
}
