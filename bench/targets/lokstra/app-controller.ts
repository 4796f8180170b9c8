import { Context, ForbiddenError, Get, Header, Middleware, Path, Post, Query, Returns, Route } from '@lokstra/core'
import type { MiddlewareFunction } from '@lokstra/core'
import { IsBoolean, IsInt, Length, Max, Min } from 'class-validator'

import { OrderInput, OrderOutput } from '../../sample/order-classes.js'
import { receiptOf } from '../../sample/order.js'
import { storedOrders } from '../../sample/orders.js'
import { guards } from '../../sample/guards.js'

class ShowCustomer {
  @Path() @IsInt() @Min(1) id!: number
  @Query() @IsInt() @Min(1) page = 1
  @Query() @IsInt() @Min(1) @Max(100) size = 20
  @Query() @IsBoolean() active!: boolean
  @Header('x-tenant') @Length(1, 50) tenant!: string
}

const guard =
  (name: string): MiddlewareFunction =>
  (ctx, next) => {
    if (ctx.headers['x-stop'] === name) throw new ForbiddenError()
    return next()
  }

@Route()
export class AppController {
  @Get('/hello')
  hello() {
    return { hello: 'world' }
  }

  @Get('/customers/:id/orders')
  show(input: ShowCustomer) {
    return input
  }

  @Post('/orders')
  create(order: OrderInput, ctx: Context) {
    return ctx.created(receiptOf(order))
  }

  @Get('/orders')
  @Returns([OrderOutput])
  list() {
    return storedOrders
  }

  @Get('/guarded')
  @Middleware(...guards.map(guard))
  guarded() {
    return { guarded: true }
  }
}
