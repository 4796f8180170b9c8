import 'reflect-metadata'

import { Body, Context, createServer, Get, Header, Path, Post, Query, Route } from '@lokstra/core'
import { Type } from 'class-transformer'
import {
  ArrayMinSize,
  IsBoolean,
  IsEmail,
  IsIn,
  IsInt,
  IsNumber,
  Length,
  Max,
  Min,
  ValidateNested,
} from 'class-validator'

class ShowUser {
  @Path() @IsInt() id!: number
  @Query() @IsInt() @Min(1) page = 1
  @Query() @IsInt() @Max(100) size = 20
  @Query() @IsBoolean() active!: boolean
  @Header('x-tenant') @Length(1, 50) tenant!: string
}

class Customer {
  @Length(1, 100) name!: string
  @IsEmail() email!: string
}

class Item {
  @Length(1, 40) sku!: string
  @IsInt() @Min(1) quantity!: number
  @IsNumber() @Min(0) price!: number
}

class CreateOrder {
  @Body() @ValidateNested() customer!: Customer
  @Body() @IsIn(['EUR', 'USD']) currency!: string
  @Body() @Type(() => Item) @ValidateNested({ each: true }) @ArrayMinSize(1) items!: Item[]
}

@Route()
class BenchController {
  @Get('/hello')
  hello() {
    return { hello: 'world' }
  }

  @Get('/users/:id')
  show({ id, page, size, active, tenant }: ShowUser) {
    return { id, page, size, active, tenant }
  }

  @Post('/orders')
  create(order: CreateOrder, ctx: Context) {
    const total = order.items.reduce((sum, item) => sum + item.quantity * item.price, 0)
    return ctx.created({ items: order.items.length, total })
  }
}

const server = await createServer({
  apps: [{ listen: '127.0.0.1:0', controllers: [BenchController] }],
}).start()
process.send?.(server.listeners[0]!.url)
