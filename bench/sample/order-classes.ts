import { Type } from 'class-transformer'
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsBoolean,
  IsDate,
  IsEmail,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator'

import { currencies, referencePattern, zipPattern } from './order.js'
import type { Order } from './order.js'

export class Address {
  @Length(1, 100) street!: string
  @Length(1, 60) city!: string
  @Matches(zipPattern) zip!: string
  @Length(2, 2) country!: string
}

export class Customer {
  @Length(1, 100) name!: string
  @IsEmail() email!: string
  @ValidateNested() @Type(() => Address) address!: Address
}

export class Item {
  @Length(1, 40) sku!: string
  @IsInt() @Min(1) @Max(1000) quantity!: number
  @IsNumber() @Min(0) price!: number
}

/** The order as classes of class-validator: what Lokstra and NestJS are given. */
export class OrderInput implements Order {
  @Matches(referencePattern) reference!: string
  @ValidateNested() @Type(() => Customer) customer!: Customer
  @IsIn(currencies) currency!: Order['currency']
  @IsInt() @Min(1) @Max(5) priority!: number
  @IsNumber() @Min(0) @Max(1) discount!: number
  @IsBoolean() express!: boolean
  @IsOptional() @MaxLength(500) note?: string
  @IsString({ each: true }) @Length(1, 40, { each: true }) @ArrayMaxSize(10) tags!: string[]
  @ValidateNested({ each: true }) @ArrayMinSize(1) @ArrayMaxSize(100) @Type(() => Item) items!: Item[]
}

/** What clients see of a stored order. */
export class OrderOutput extends OrderInput {
  @IsInt() id!: number
  @IsDate() placedAt!: Date
}
