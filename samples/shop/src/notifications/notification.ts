import { Field } from '@lokstra/core'

export const notificationKinds = ['order-confirmed', 'order-cancelled'] as const
export type NotificationKind = (typeof notificationKinds)[number]

export class Notification {
  @Field({ description: 'Grows with every notification: where to read on from' }) readonly position!: number
  @Field() readonly id!: string
  @Field() readonly userId!: string
  @Field({ example: 'order-confirmed' }) readonly kind!: NotificationKind
  @Field() readonly text!: string
  @Field() readonly sentAt!: Date
}
