import { Field, Get, Path, Returns, Route, Service, type Class } from '@lokstra/core'
import { IsInt } from 'class-validator'

/** How often operations have run. */
export const runs = { byId: 0, names: 0 }

class UserId {
  @Path() @IsInt() id!: number
}

function userService(User: Class, make: (id: number) => object): Class {
  @Service()
  @Route('/users')
  class UserService {
    @Get('/:id') @Returns(User) async byId({ id }: UserId): Promise<object> {
      runs.byId++
      return Object.assign(new User() as object, make(id))
    }

    @Get() @Returns([String]) async names(): Promise<readonly string[]> {
      runs.names++
      return ['Ada']
    }
  }
  return UserService
}

function first(): Class {
  class User {
    @Field() id!: number
    @Field() name!: string
  }
  return userService(User, (id) => ({ id, name: 'Ada' }))
}

/** Its users have an address as well. */
function withMore(): Class {
  class User {
    @Field() id!: number
    @Field() name!: string
    @Field() mail!: string
  }
  return userService(User, (id) => ({ id, name: 'Ada', mail: 'ada@example.org' }))
}

/** Its users have no name. */
function withLess(): Class {
  class User {
    @Field() id!: number
  }
  return userService(User, (id) => ({ id }))
}

/** Versions of one class, as one release after another declares it. */
export const versions = { first: first(), withMore: withMore(), withLess: withLess() }
