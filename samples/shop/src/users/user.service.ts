import { randomUUID } from 'node:crypto'

import { Get, Inject, Post, Put, Returns, Route, Service, Throws } from '@lokstra/core'
import { Database, sql } from '@lokstra/services/postgres'

import { RegisterUser, UserId } from './user.dto.js'
import { EmailTaken, UserNotFound } from './user.errors.js'
import { User } from './user.js'

const columns = sql`id, email, name, status, created_at as "createdAt"`

/** Who the customers are. */
@Service()
@Route('/users')
export class UserService {
  constructor(@Inject('usersDb') private readonly db: Database) {}

  @Post()
  @Returns(User, 201)
  @Throws(EmailTaken)
  async register({ email, name }: RegisterUser): Promise<User> {
    const user = await this.db.maybeOne<User>(sql`
      insert into users (id, email, name) values (${randomUUID()}, ${email}, ${name})
      on conflict (email) do nothing
      returning ${columns}`)
    if (!user) throw new EmailTaken()
    return user
  }

  @Get('/:id')
  @Returns(User)
  @Throws(UserNotFound)
  async byId({ id }: UserId): Promise<User> {
    return found(await this.db.maybeOne<User>(sql`select ${columns} from users where id = ${id}`))
  }

  /** Orders that the user has placed go on. */
  @Put('/:id/block')
  @Returns(User)
  @Throws(UserNotFound)
  async block({ id }: UserId): Promise<User> {
    return found(
      await this.db.maybeOne<User>(sql`update users set status = 'blocked' where id = ${id} returning ${columns}`),
    )
  }
}

function found(user: User | undefined): User {
  if (!user) throw new UserNotFound()
  return user
}
