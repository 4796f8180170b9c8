import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common'
import type { AbstractHttpAdapter } from '@nestjs/core'

import { failureOf, invalid } from '../../sample/envelope.js'
import { InvalidInput } from './invalid-input.js'

@Catch()
export class ErrorFilter implements ExceptionFilter {
  constructor(private readonly adapter: Pick<AbstractHttpAdapter, 'reply'>) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<object>()
    if (error instanceof InvalidInput) {
      this.adapter.reply(response, invalid(error.fields), 400)
      return
    }
    const status = statusOf(error)
    if (status >= 500) process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
    this.adapter.reply(response, failureOf(status), status)
  }
}

/** Body parsers of the two platforms throw errors of their own. */
function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus()
  const { status, statusCode } = (error ?? {}) as { status?: number; statusCode?: number }
  return status ?? statusCode ?? 500
}
