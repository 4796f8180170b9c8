import { Field } from '@lokstra/core'

export class Task {
  @Field() readonly id!: number
  @Field() readonly title!: string
  @Field() readonly done!: boolean
  @Field() readonly createdAt!: Date
  @Field() readonly updatedAt!: Date
}
