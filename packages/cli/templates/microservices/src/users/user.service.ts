import { Service } from '@lokstra/core'

import type { CreateUser } from './user.dto.js'
import type { User } from './user.js'

/** Keeps users in memory: they are gone when the process is. */
@Service()
export class UserService {
  readonly #users: User[] = []

  create({ name }: CreateUser): User {
    const user = { id: this.#users.length + 1, name }
    this.#users.push(user)
    return user
  }

  find(id: number): User | undefined {
    return this.#users[id - 1]
  }
}
