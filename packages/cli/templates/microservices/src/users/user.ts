import { Field } from '@lokstra/core'

export class User {
  @Field() readonly id!: number
  @Field() readonly name!: string
}
