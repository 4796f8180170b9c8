import { Context, Get, Inject, Put, Returns, Route, Service, stream, Transactional } from '@lokstra/core'
import { Database, sql } from '@lokstra/services/postgres'

import { Arrivals } from './arrivals.js'
import { ListNotifications, SendNotification, WatchNotifications } from './notification.dto.js'
import { Notification } from './notification.js'

const columns = sql`position, id, user_id as "userId", kind, text, sent_at as "sentAt"`

/** What users are told. */
@Service()
@Route('/notifications')
export class NotificationService {
  constructor(
    @Inject('notificationsDb') private readonly db: Database,
    private readonly arrivals: Arrivals,
  ) {}

  /** One after the other for each user: otherwise a position may be committed after a later one, and readers would pass over it. */
  @Put('/:id')
  @Returns(Notification)
  @Transactional({ database: 'notificationsDb' })
  async send({ id, userId, kind, text }: SendNotification): Promise<Notification> {
    await this.db.query(sql`select pg_advisory_xact_lock(hashtextextended(${userId}, 0))`)
    const sent = await this.db.maybeOne<Notification>(sql`
      insert into notifications (id, user_id, kind, text) values (${id}, ${userId}, ${kind}, ${text})
      on conflict (id) do nothing
      returning ${columns}`)
    if (sent) await this.arrivals.announce(userId)
    return sent ?? this.db.one<Notification>(sql`select ${columns} from notifications where id = ${id}`)
  }

  @Get()
  @Returns([Notification])
  list({ userId, after, size }: ListNotifications): Promise<Notification[]> {
    return this.db.many<Notification>(sql`
      select ${columns} from notifications where user_id = ${userId} and position > ${after}
      order by position limit ${size}`)
  }

  @Get('/events')
  @Returns(stream(Notification))
  async *watch({ userId, after, wait }: WatchNotifications, ctx?: Context): AsyncGenerator<Notification> {
    let position = after
    for (let quietSince = performance.now(); !ctx?.signal.aborted;) {
      const arrived = await this.list({ userId, after: position, size: 100 })
      for (const notification of arrived) {
        position = notification.position
        yield notification
      }
      if (arrived.length > 0) quietSince = performance.now()
      else if (performance.now() - quietSince >= wait) return
      else await this.arrivals.next(userId, ctx?.signal)
    }
  }
}
