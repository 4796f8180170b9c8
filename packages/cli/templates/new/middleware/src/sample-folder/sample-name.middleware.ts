import { Service, type Context, type MiddlewareHandler, type Next } from '@lokstra/core'
import { Matches } from 'class-validator'

/** What the configuration may say: `sampleName: { header: x-other }`. */
export class SampleNameConfig {
  /** Response header that is set. Default `x-sample-name`. */
  @Matches(/^[\w-]+$/, { message: '$property must be the name of an HTTP header' })
  header = 'x-sample-name'
}

@Service({ name: 'sampleName', config: SampleNameConfig })
export class SampleNameMiddleware implements MiddlewareHandler {
  constructor(private readonly config: SampleNameConfig) {}

  /** Answers with what `next()` gives. On the context, not on a result, a header is set for errors too. */
  handle(ctx: Context, next: Next): unknown {
    ctx.setHeader(this.config.header, '1')
    return next()
  }
}
