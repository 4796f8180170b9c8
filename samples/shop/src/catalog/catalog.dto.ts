import { Body, Path, Query } from '@lokstra/core'
import { Type } from 'class-transformer'
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsInt,
  IsOptional,
  IsUUID,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator'

import { IsOneLine } from '../is-one-line.js'

/** Lower case, digits and dashes: a SKU can stand in an address and in a list. */
const skuPattern = /^[a-z0-9][a-z0-9-]{0,39}$/
export const mostLines = 50

export class ListProducts {
  @Query({ description: 'Only products whose SKU comes after this one' })
  @IsOptional()
  @Matches(skuPattern)
  after?: string
  @Query() @IsInt() @Min(1) @Max(100) size = 50
}

export class Skus {
  @Query() @Matches(skuPattern, { each: true }) @ArrayMinSize(1) @ArrayMaxSize(mostLines) skus!: string[]
}

export class PutProduct {
  @Path() @Matches(skuPattern) sku!: string
  @Body() @IsOneLine() @MaxLength(200) name!: string
  @Body() @IsInt() @Min(1) @Max(10_000_000) priceCents!: number
}

/** The id makes a delivery count once, however often it is told. */
export class Deliver {
  @Path() @IsUUID() id!: string
  @Body() @Matches(skuPattern) sku!: string
  @Body() @IsInt() @Min(1) @Max(1_000_000) quantity!: number
}

export class Line {
  @Matches(skuPattern) sku!: string
  @IsInt() @Min(1) @Max(1_000) quantity!: number
}

export class Reserve {
  @Path() @IsUUID() orderId!: string

  @Body()
  @Type(() => Line)
  @ValidateNested({ each: true })
  @ArrayMinSize(1)
  @ArrayMaxSize(mostLines)
  @ArrayUnique(({ sku }: Line) => sku, { message: 'a product must not be listed twice' })
  lines!: Line[]
}

export class ReservationId {
  @Path() @IsUUID() orderId!: string
}
