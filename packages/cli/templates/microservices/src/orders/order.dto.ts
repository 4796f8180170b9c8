import { Body } from '@lokstra/core'
import { IsInt, Length, Min } from 'class-validator'

export class PlaceOrder {
  @Body() @IsInt() @Min(1) userId!: number
  @Body() @Length(1, 200) item!: string
}
