import { Context, Get, NotFoundError, Post, Returns, Route, Throws, type Result } from '@lokstra/core'

import { CreateUser, UserId } from './user.dto.js'
import { User } from './user.js'
import { UserService } from './user.service.js'

@Route('/users')
export class UserController {
  constructor(private readonly users: UserService) {}

  @Post()
  @Returns(User, 201)
  create(input: CreateUser, ctx: Context): Result {
    const user = this.users.create(input)
    return ctx.created(user).withHeader('location', `/users/${user.id}`)
  }

  @Get('/:id')
  @Returns(User)
  @Throws(NotFoundError)
  show({ id }: UserId): User {
    const user = this.users.find(id)
    if (user === undefined) throw new NotFoundError(`There is no user ${id}`)
    return user
  }
}
