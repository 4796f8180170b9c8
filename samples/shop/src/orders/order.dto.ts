import { Body, Header, Path, Query } from '@lokstra/core'
import { Type } from 'class-transformer'
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsInt,
  IsUUID,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator'

import { Line, mostLines } from '../catalog/catalog.dto.js'

/** Visible ASCII: what can stand in a header as it is. */
const keyPattern = /^[\x21-\x7e]{1,100}$/

/** What is ordered. */
export class Basket {
  @Header('idempotency-key', { description: 'Chosen by the client; an order is placed once for each' })
  @Matches(keyPattern, { message: '$property must be 1 to 100 visible characters' })
  idempotencyKey!: string

  @Body()
  @Type(() => Line)
  @ValidateNested({ each: true })
  @ArrayMinSize(1)
  @ArrayMaxSize(mostLines)
  @ArrayUnique(({ sku }: Line) => sku, { message: 'a product must not be listed twice' })
  lines!: Line[]
}

export class PlaceOrder extends Basket {
  @Body() @IsUUID() customerId!: string
}

export class OrderId {
  @Path() @IsUUID() id!: string
}

/** The newest first. */
export class ListOrders {
  @Query() @IsUUID() customerId!: string
  @Query() @IsInt() @Min(1) page = 1
  @Query('per_page') @IsInt() @Min(1) @Max(100) size = 20
}
