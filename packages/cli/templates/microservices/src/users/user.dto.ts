import { Body, Path } from '@lokstra/core'
import { IsInt, Length, Min } from 'class-validator'

export class UserId {
  @Path() @IsInt() @Min(1) id!: number
}

export class CreateUser {
  @Body() @Length(1, 100) name!: string
}
