import { Service, type Context, type MiddlewareHandler, type Next } from '@lokstra/core'
import { IsBoolean, Matches } from 'class-validator'

/** Nothing that could break a log line, a header or a shell. */
const acceptable = /^[\w.~:+/=@-]{1,128}$/

export class RequestIdConfig {
  /** Header that the id is read from and answered in. Default `x-request-id`. */
  @Matches(/^[\w!#$%&'*+.^`|~-]+$/, { message: '$property must be the name of an HTTP header' })
  header = 'x-request-id'

  /**
   * Take over the client's id when it has at most 128 letters, digits and `.~:+/=@_-`. Default true.
   * Switch it off where clients are strangers whose ids must not appear in your logs.
   */
  @IsBoolean()
  trustIncoming = true
}

/** Gives every request an id, for logs, for error answers and for the next server on the way. */
@Service({ name: 'requestId', config: RequestIdConfig })
export class RequestId implements MiddlewareHandler {
  readonly #header: string
  readonly #trustIncoming: boolean

  constructor(config: RequestIdConfig) {
    this.#header = config.header.toLowerCase()
    this.#trustIncoming = config.trustIncoming
  }

  handle(ctx: Context, next: Next): unknown {
    const incoming = this.#trustIncoming ? ctx.headers[this.#header] : undefined
    if (typeof incoming === 'string' && acceptable.test(incoming)) ctx.requestId = incoming
    ctx.setHeader(this.#header, ctx.requestId)
    return next()
  }
}
