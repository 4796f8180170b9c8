import { Body, Path, Query } from '@lokstra/core'
import { Type } from 'class-transformer'
import {
  ArrayMaxSize,
  IsBoolean,
  IsDate,
  IsIn,
  IsInt,
  IsOptional,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator'

import { IsOneLine } from './is-one-line.js'
import { todoOrders, type TodoOrder } from './todo.js'

/** The rule's own words are about JavaScript; clients send text. */
const dateMessage = { message: '$property must be a date such as 2026-12-24' }

export class TagInput {
  @IsOneLine() @MaxLength(30) name!: string
  @Matches(/^#[0-9a-f]{6}$/i, { message: '$property must be a colour such as #3366ff' }) colour = '#808080'
}

export class ListTodos {
  @Query() @IsInt() @Min(1) page = 1
  @Query('per_page') @IsInt() @Min(1) @Max(100) size = 20
  @Query() @IsOptional() @IsBoolean() done?: boolean
  @Query() @IsOptional() @IsOneLine() tag?: string
  @Query({ description: 'Part of the title; upper and lower case are the same', example: 'orange' })
  @IsOptional()
  @IsOneLine()
  search?: string
  @Query() @IsIn(todoOrders) sort: TodoOrder = '-createdAt'
}

export class CreateTodo {
  @Body() @IsOneLine() @MaxLength(200) title!: string
  @Body() @IsOptional() @IsDate(dateMessage) due?: Date | null
  @Body() @Type(() => TagInput) @ValidateNested({ each: true }) @ArrayMaxSize(10) tags: TagInput[] = []
}

export class TodoId {
  @Path() @IsInt() @Min(1) id!: number
}

/** What is left out stays as it is; a `due` of null takes the date away. */
export class UpdateTodo extends TodoId {
  @Body() @IsOptional() @IsOneLine() @MaxLength(200) title?: string
  @Body() @IsOptional() @IsBoolean() done?: boolean
  @Body() @IsOptional() @IsDate(dateMessage) due?: Date | null
  @Body() @IsOptional() @Type(() => TagInput) @ValidateNested({ each: true }) @ArrayMaxSize(10) tags?: TagInput[]
}
