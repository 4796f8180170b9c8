import { Context, Get, Query, Returns, Route, Throws, UnauthorizedError } from '@lokstra/core'
import { IsInt, Max, Min } from 'class-validator'

import { NotificationService } from '../notifications/notification.service.js'
import { Notification } from '../notifications/notification.js'
import { userOf } from './sign-in.js'

export class ReadOn {
  @Query({ description: 'Position of the last one that is known' }) @IsInt() @Min(0) after = 0
  @Query() @IsInt() @Min(1) @Max(100) size = 20
}

@Route('/notifications')
export class NotificationController {
  constructor(private readonly notifications: NotificationService) {}

  @Get()
  @Returns([Notification])
  @Throws(UnauthorizedError)
  async list({ after, size }: ReadOn, ctx: Context): Promise<Notification[]> {
    return this.notifications.list({ userId: userOf(ctx), after, size })
  }
}
