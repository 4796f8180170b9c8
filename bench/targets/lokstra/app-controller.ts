import { ForbiddenError, Get, Header, Middleware, Path, Post, Query, Returns, Route } from '@lokstra/core'
import type { MiddlewareFunction } from '@lokstra/core'
import { IsBoolean, IsInt, IsNumber, IsString, Length, Max, Min } from 'class-validator'

import { OrderInput, OrderOutput } from '../../sample/order-classes.js'
import { receiptOf, type Receipt } from '../../sample/order.js'
import { storedOrders } from '../../sample/orders.js'
import { guards } from '../../sample/guards.js'

class ShowCustomer {
  @Path() @IsInt() @Min(1) id!: number
  @Query() @IsInt() @Min(1) page = 1
  @Query() @IsInt() @Min(1) @Max(100) size = 20
  @Query() @IsBoolean() active!: boolean
  @Header('x-tenant') @Length(1, 50) tenant!: string
}

class Greeting {
  @IsString() hello!: string
}

class ReceiptOutput implements Receipt {
  @IsString() reference!: string
  @IsInt() items!: number
  @IsNumber() total!: number
}

class GuardedAnswer {
  @IsBoolean() guarded!: boolean
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
  @Returns(Greeting)
  hello() {
    return { hello: 'world' }
  }

  @Get('/customers/:id/orders')
  @Returns(ShowCustomer)
  show(input: ShowCustomer): ShowCustomer {
    return input
  }

  @Post('/orders')
  @Returns(ReceiptOutput, 201)
  create(order: OrderInput): Receipt {
    return receiptOf(order)
  }

  @Get('/orders')
  @Returns([OrderOutput])
  list() {
    return storedOrders
  }

  @Get('/guarded')
  @Middleware(...guards.map(guard))
  @Returns(GuardedAnswer)
  guarded() {
    return { guarded: true }
  }
}
