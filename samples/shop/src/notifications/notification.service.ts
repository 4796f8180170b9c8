import { Get, Inject, Put, Returns, Route, Service } from '@lokstra/core'
import { Database, sql } from '@lokstra/services/postgres'

import { ListNotifications, SendNotification } from './notification.dto.js'
import { Notification } from './notification.js'

const columns = sql`position, id, user_id as "userId", kind, text, sent_at as "sentAt"`

/** What users are told. */
@Service()
@Route('/notifications')
export class NotificationService {
  constructor(@Inject('notificationsDb') private readonly db: Database) {}

  @Put('/:id')
  @Returns(Notification)
  async send({ id, userId, kind, text }: SendNotification): Promise<Notification> {
    const sent = await this.db.maybeOne<Notification>(sql`
      insert into notifications (id, user_id, kind, text) values (${id}, ${userId}, ${kind}, ${text})
      on conflict (id) do nothing
      returning ${columns}`)
    return sent ?? this.db.one<Notification>(sql`select ${columns} from notifications where id = ${id}`)
  }

  @Get()
  @Returns([Notification])
  list({ userId, after, size }: ListNotifications): Promise<Notification[]> {
    return this.db.many<Notification>(sql`
      select ${columns} from notifications where user_id = ${userId} and position > ${after}
      order by position limit ${size}`)
  }
}
