import { BadGatewayError, Duration, Service } from '@lokstra/core'
import { IsInt, IsUrl, Min } from 'class-validator'

import { UserDirectory } from './user-directory.js'
import type { User } from './user.js'

export class HttpUserDirectoryConfig {
  /** Where the app `users` is reached, such as `http://users:3001`. */
  @IsUrl({ require_tld: false, require_protocol: true })
  url!: string

  /** How long an answer may take, in milliseconds or as text such as `5s`. Default 2 s. */
  @Duration()
  @IsInt()
  @Min(1)
  timeout = 2_000
}

/** Users of another server, asked over HTTP. */
@Service({ name: 'httpUserDirectory', config: HttpUserDirectoryConfig })
export class HttpUserDirectory extends UserDirectory {
  constructor(private readonly config: HttpUserDirectoryConfig) {
    super()
  }

  override async find(id: number): Promise<User | undefined> {
    const answer = await this.#get(`/users/${id}`)
    if (answer.status === 404) return undefined
    if (!answer.ok) throw new BadGatewayError(`Users answered ${answer.status}`)
    const { data } = (await answer.json()) as { data: User }
    return data
  }

  async #get(path: string): Promise<Response> {
    try {
      return await fetch(new URL(path, this.config.url), {
        signal: AbortSignal.timeout(this.config.timeout),
      })
    } catch (cause) {
      throw new BadGatewayError('Users cannot be reached', { cause })
    }
  }
}
