import type { User } from './user.js'

/** What other services know of users. The configuration decides where these are: see `userDirectory` in lokstra.yaml. */
export abstract class UserDirectory {
  /** @returns undefined when there is no such user */
  abstract find(id: number): Promise<User | undefined>
}
