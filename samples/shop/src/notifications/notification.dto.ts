import { Body, Duration, Path, Query } from '@lokstra/core'
import { IsIn, IsInt, IsUUID, Matches, Max, MaxLength, Min } from 'class-validator'

import { IsOneLine } from '../is-one-line.js'
import { notificationKinds, type NotificationKind } from './notification.js'

/** The id, such as `order-confirmed:<order>`, makes a notification be sent once, however often it is told. */
export class SendNotification {
  @Path() @Matches(/^[a-z0-9:-]{1,100}$/) id!: string
  @Body() @IsUUID() userId!: string
  @Body() @IsIn(notificationKinds) kind!: NotificationKind
  @Body() @IsOneLine() @MaxLength(500) text!: string
}

/** Of one user, the oldest first. */
export class ListNotifications {
  @Query() @IsUUID() userId!: string
  @Query() @IsInt() @Min(0) after = 0
  @Query() @IsInt() @Min(1) @Max(100) size = 20
}

/** Those that have come and those that come, until none has come for a while. */
export class WatchNotifications {
  @Query() @IsUUID() userId!: string
  @Query() @IsInt() @Min(0) after = 0
  @Query({ description: 'Milliseconds, or text such as 5s' }) @Duration() @IsInt() @Min(0) @Max(8_000) wait = 5_000
}
