import { Field } from '@lokstra/core'

export class Tag {
  @Field() readonly name!: string
  @Field({ example: '#2e7d32' }) readonly colour!: string
}

export class Todo {
  @Field() readonly id!: number
  @Field() readonly title!: string
  @Field() readonly done!: boolean
  @Field({ type: () => Date }) readonly due!: Date | null
  @Field({ type: () => Tag }) readonly tags!: readonly Tag[]
  @Field({ description: 'Counts the changes; the entity tag of the resource', example: 1 }) readonly version!: number
  @Field() readonly createdAt!: Date
  @Field() readonly updatedAt!: Date
}

/** What `sort` accepts; a minus puts the largest first. */
export const todoOrders = ['createdAt', '-createdAt', 'due', '-due', 'title', '-title'] as const
export type TodoOrder = (typeof todoOrders)[number]
