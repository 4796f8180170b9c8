import { Context, Duration, Get, Query, Returns, Route, stream, Throws, UnauthorizedError } from '@lokstra/core'
import { IsInt, Max, Min } from 'class-validator'

import { NotificationService } from '../notifications/notification.service.js'
import { Notification } from '../notifications/notification.js'
import { userOf } from './sign-in.js'

export class ReadOn {
  @Query({ description: 'Position of the last one that is known' }) @IsInt() @Min(0) after = 0
  @Query() @IsInt() @Min(1) @Max(100) size = 20
}

export class WatchOn {
  @Query() @IsInt() @Min(0) after = 0
  @Query({ description: 'How long to wait for more, at most 8s' }) @Duration() @IsInt() @Min(0) @Max(8_000) wait = 5_000
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

  @Get('/events', { summary: 'Notifications as they come' })
  @Returns(stream(Notification))
  @Throws(UnauthorizedError)
  watch({ after, wait }: WatchOn, ctx: Context): AsyncIterable<Notification> {
    return this.notifications.watch({ userId: userOf(ctx), after, wait }, ctx)
  }
}
