export interface Tag {
  readonly name: string
  /** `#rrggbb` */
  readonly colour: string
}

export class Todo {
  readonly id!: number
  readonly title!: string
  readonly done!: boolean
  readonly due!: Date | null
  readonly tags!: readonly Tag[]
  /** Counts the changes; the entity tag of the resource. */
  readonly version!: number
  readonly createdAt!: Date
  readonly updatedAt!: Date
}

/** What `sort` accepts; a minus puts the largest first. */
export const todoOrders = ['createdAt', '-createdAt', 'due', '-due', 'title', '-title'] as const
export type TodoOrder = (typeof todoOrders)[number]
