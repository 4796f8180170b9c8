import { Get, NotFoundError, Post, Returns, Route, Service, Throws } from '@lokstra/core'

import { CreateUser, UserId } from './user.dto.js'
import { User } from './user.js'

export class UserUnknown extends NotFoundError {
  constructor(message = 'There is no such user') {
    super(message, { code: 'USER_UNKNOWN' })
  }
}

/**
 * Users, over HTTP and for whoever injects this class. The server that publishes it runs it; on any other the same calls go there.
 * Keeps them in memory: they are gone when the process is.
 */
@Service()
@Route('/users')
export class UserService {
  readonly #users: User[] = []

  @Post()
  @Returns(User, 201)
  async create({ name }: CreateUser): Promise<User> {
    const user = { id: this.#users.length + 1, name }
    this.#users.push(user)
    return user
  }

  @Get('/:id')
  @Returns(User)
  @Throws(UserUnknown)
  async show({ id }: UserId): Promise<User> {
    const user = this.#users[id - 1]
    if (user === undefined) throw new UserUnknown(`There is no user ${id}`)
    return user
  }
}
