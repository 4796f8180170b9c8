import { Context, Get, Route, ServiceUnavailableError, type Result } from '@lokstra/core'

import { Health, type HealthReport } from './health.js'

/** `GET /health/live` and `GET /health/ready`: 200, or 503 when the answer is no. Meant for an internal app. */
@Route('/health')
export class HealthController {
  readonly #health: Health

  constructor(health: Health) {
    this.#health = health
  }

  /** For restarting a process that hangs. */
  @Get('/live')
  live(ctx: Context): Result<HealthReport> {
    return answer(ctx, this.#health.live())
  }

  /** For giving it requests; also for waiting until it has started. */
  @Get('/ready', { probe: 'readiness' })
  async ready(ctx: Context): Promise<Result<HealthReport>> {
    return answer(ctx, await this.#health.ready())
  }
}

const headers = { 'cache-control': 'no-store' }

/** @throws ServiceUnavailableError (503) with the report in its details */
function answer(ctx: Context, report: HealthReport): Result<HealthReport> {
  if (report.status === 'down') {
    throw new ServiceUnavailableError('The server is not ready', { code: 'NOT_READY', details: { ...report }, headers })
  }
  return ctx.ok(report).withHeader('cache-control', headers['cache-control'])
}
