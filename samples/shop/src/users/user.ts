import { Field } from '@lokstra/core'

/** A blocked user orders nothing. */
export type UserStatus = 'active' | 'blocked'

export class User {
  @Field() readonly id!: string
  @Field() readonly email!: string
  @Field() readonly name!: string
  @Field({ description: 'A blocked user orders nothing', example: 'active' }) readonly status!: UserStatus
  @Field() readonly createdAt!: Date
}
