import { Context, Field, Get, Post, Returns, Route, Throws, UnauthorizedError } from '@lokstra/core'

import { RegisterUser } from '../users/user.dto.js'
import { EmailTaken, UserNotFound } from '../users/user.errors.js'
import { UserService } from '../users/user.service.js'
import { User } from '../users/user.js'
import { userOf } from './sign-in.js'
import { Tokens } from './tokens.js'

export class Registered {
  @Field() readonly user!: User
  @Field({ description: 'For `authorization: Bearer …`; it is shown once' }) readonly token!: string
}

@Route('/users')
export class UserController {
  constructor(
    private readonly users: UserService,
    private readonly tokens: Tokens,
  ) {}

  @Post()
  @Returns(Registered, 201)
  @Throws(EmailTaken)
  async register(input: RegisterUser): Promise<Registered> {
    const user = await this.users.register(input)
    return { user, token: this.tokens.issue(user.id) }
  }

  @Get('/me')
  @Returns(User)
  @Throws(UnauthorizedError, UserNotFound)
  async me(ctx: Context): Promise<User> {
    return this.users.byId({ id: userOf(ctx) })
  }
}
