import { Field, Get, Inject, Returns, Route, Service } from '@lokstra/core'
import { Database, sql } from '@lokstra/services/postgres'

/** Of all servers, to their database. */
export class Connections {
  @Field() readonly open!: number
  @Field({ description: 'Of those, the ones in a transaction' }) readonly inTransaction!: number
  @Field({ description: 'Age of the oldest transaction in milliseconds, 0 where there is none' })
  readonly oldestMs!: number
}

/** Sees what the servers hold in their database. */
@Service()
@Route('/observer')
export class Observer {
  constructor(@Inject('observerDb') private readonly db: Database) {}

  @Get('/connections')
  @Returns(Connections)
  connections(): Promise<Connections> {
    return this.db.one<Connections>(sql`
      select count(*) as open, count(xact_start) as "inTransaction",
        coalesce(extract(epoch from max(clock_timestamp() - xact_start)) * 1000, 0)::float as "oldestMs"
      from pg_stat_activity
      where backend_type = 'client backend' and pid <> pg_backend_pid()`)
  }
}
