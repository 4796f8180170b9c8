import { Context, Get, Route, type Result } from '@lokstra/core'

import { Metrics } from './metrics.js'

/** `GET /metrics` for Prometheus. Meant for an internal app: it tells everything about the server. */
@Route('/metrics')
export class MetricsController {
  readonly #metrics: Metrics

  constructor(metrics: Metrics) {
    this.#metrics = metrics
  }

  @Get()
  async read(ctx: Context): Promise<Result<never>> {
    const text = await this.#metrics.text()
    return ctx.text(text).withHeader('content-type', this.#metrics.contentType).withHeader('cache-control', 'no-store')
  }
}
