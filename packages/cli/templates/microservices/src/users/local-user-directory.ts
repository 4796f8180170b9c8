import { Service } from '@lokstra/core'

import { UserDirectory } from './user-directory.js'
import type { User } from './user.js'
import { UserService } from './user.service.js'

/** Users of this process. */
@Service('localUserDirectory')
export class LocalUserDirectory extends UserDirectory {
  constructor(private readonly users: UserService) {
    super()
  }

  override async find(id: number): Promise<User | undefined> {
    return this.users.find(id)
  }
}
