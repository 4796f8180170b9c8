import type { MiddlewareHandler } from 'hono'

import { failureOf } from '../../sample/envelope.js'
import { guards } from '../../sample/guards.js'

type Guards = [MiddlewareHandler, MiddlewareHandler, ...MiddlewareHandler[]]

// Without `async`, which would add a promise to each.
export const guardMiddleware = guards.map((name): MiddlewareHandler => {
  return (c, next) => {
    if (c.req.header('x-stop') === name) return Promise.resolve(c.json(failureOf(403), 403))
    return next()
  }
}) as Guards
