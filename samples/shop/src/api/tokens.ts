import { createHmac, timingSafeEqual } from 'node:crypto'

import { Service } from '@lokstra/core'
import { IsString, MinLength } from 'class-validator'

export class TokensConfig {
  /** Key of the signatures. Whoever knows it is everybody. */
  @IsString() @MinLength(32) secret!: string
}

/** Tokens that say who somebody is: `<user>.<signature>`. They stand in for whatever your users sign in with. */
@Service({ name: 'tokens', config: TokensConfig })
export class Tokens {
  constructor(private readonly config: TokensConfig) {}

  issue(userId: string): string {
    return `${userId}.${this.#sign(userId)}`
  }

  /** @returns the user, undefined unless the token is one of ours */
  read(token: string): string | undefined {
    const [userId = '', signature = ''] = token.split('.')
    const given = Buffer.from(signature)
    const right = Buffer.from(this.#sign(userId))
    return given.length === right.length && timingSafeEqual(given, right) ? userId : undefined
  }

  #sign(userId: string): string {
    return createHmac('sha256', this.config.secret).update(userId).digest('base64url')
  }
}
