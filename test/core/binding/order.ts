import { Type } from 'class-transformer'
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsDate,
  IsEmail,
  IsEnum,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  IsUUID,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator'

export enum Priority {
  Low = 'low',
  High = 'high',
}

export class Address {
  @IsString() @Length(1, 100) street!: string
  @IsString() @Length(1, 60) city!: string
  @Matches(/^\d{5}$/) zip!: string
  @IsIn(['DE', 'FR', 'AT', 'CH']) country!: string
}

export class Customer {
  @IsString() @Length(1, 80) name!: string
  @IsEmail() email!: string
  @ValidateNested() @Type(() => Address) address!: Address
}

export class OrderItem {
  @IsString() @Length(3, 20) sku!: string
  @IsInt() @Min(1) @Max(999) quantity!: number
  @IsNumber() @Min(0) price!: number
}

/** A body of about 500 bytes with what orders usually have. */
export class Order {
  @IsUUID() id!: string
  @ValidateNested() @Type(() => Customer) customer!: Customer
  @ArrayMinSize(1) @ArrayMaxSize(100) @ValidateNested({ each: true }) @Type(() => OrderItem) items!: OrderItem[]
  @IsIn(['EUR', 'USD', 'CHF']) currency!: string
  @IsEnum(Priority) priority: Priority = Priority.Low
  @IsDate() orderedAt!: Date
  @IsOptional() @IsString() @MaxLength(500) note?: string
  @IsArray() @ArrayMaxSize(10) @IsString({ each: true }) tags: string[] = []
  @IsBoolean() gift = false
  @IsOptional() @IsInt() @Min(0) discount?: number
  @IsNumber() @Min(0) total!: number
}

export const order = {
  id: '0b0c9a3e-3f7a-4f3f-9d9b-6a1b7f0c2d11',
  customer: {
    name: 'Ada Lovelace',
    email: 'ada@example.com',
    address: { street: 'Musterweg 7', city: 'Berlin', zip: '10115', country: 'DE' },
  },
  items: [
    { sku: 'A-100', quantity: 2, price: 19.5 },
    { sku: 'B-200', quantity: 1, price: 120 },
    { sku: 'C-300', quantity: 5, price: 3.25 },
  ],
  currency: 'EUR',
  priority: 'high',
  orderedAt: '2024-02-27T12:30:00.000Z',
  note: 'Please ring twice',
  tags: ['gift', 'express'],
  gift: true,
  total: 175.25,
}
