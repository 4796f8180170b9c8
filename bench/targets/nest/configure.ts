import { Logger, ValidationPipe, type INestApplication } from '@nestjs/common'

import { ErrorFilter } from './error-filter.js'
import { InvalidInput } from './invalid-input.js'

// This module is loaded before an application is created: no line for each route.
Logger.overrideLogger(['error'])

/** What both platforms have in common. */
export function configure(app: INestApplication): void {
  app.useGlobalPipes(
    new ValidationPipe({ transform: true, whitelist: true, exceptionFactory: (errors) => new InvalidInput(errors) }),
  )
  app.useGlobalFilters(new ErrorFilter(app.getHttpAdapter()))
}
