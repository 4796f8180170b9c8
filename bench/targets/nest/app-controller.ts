import { Body, Controller, Get, HttpCode, Param, ParseIntPipe, Post, Query } from '@nestjs/common'
import { Transform, Type } from 'class-transformer'
import { IsBoolean, IsInt, Max, Min } from 'class-validator'

import { success } from '../../sample/envelope.js'
import { OrderInput } from '../../sample/order-classes.js'
import { receiptOf, viewOf } from '../../sample/order.js'
import { storedOrders } from '../../sample/orders.js'
import { Tenant } from './tenant.js'

class Paging {
  @IsInt() @Min(1) @Type(() => Number) page = 1
  @IsInt() @Min(1) @Max(100) @Type(() => Number) size = 20
  @IsBoolean() @Transform(({ value }) => booleans.get(value)) active!: boolean
}

const booleans = new Map<unknown, boolean>([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
])

@Controller()
export class AppController {
  @Get('/hello')
  hello() {
    return success({ hello: 'world' })
  }

  @Get('/customers/:id/orders')
  show(@Param('id', ParseIntPipe) id: number, @Query() { page, size, active }: Paging, @Tenant() tenant: string) {
    return success({ id, page, size, active, tenant })
  }

  @Post('/orders')
  @HttpCode(201)
  create(@Body() order: OrderInput) {
    return success(receiptOf(order))
  }

  // Spelled out by hand: ClassSerializerInterceptor is many times slower.
  @Get('/orders')
  list() {
    return success(storedOrders.map(viewOf))
  }

  @Get('/guarded')
  guarded() {
    return success({ guarded: true })
  }
}
