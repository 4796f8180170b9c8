import { Body, Path } from '@lokstra/core'
import { Transform } from 'class-transformer'
import { IsEmail, IsUUID, MaxLength } from 'class-validator'

import { IsOneLine } from '../is-one-line.js'

export class RegisterUser {
  /** Two spellings of one address are one user. */
  @Body()
  @Transform(({ value }) => (typeof value === 'string' ? value.trim().toLowerCase() : (value as unknown)), {
    toClassOnly: true,
  })
  @IsEmail()
  @MaxLength(200)
  email!: string

  @Body() @IsOneLine() @MaxLength(100) name!: string
}

export class UserId {
  @Path() @IsUUID() id!: string
}
