import type { Hono } from 'hono'

import { success } from '../../sample/envelope.js'
import { resourceOperations, resources } from '../../sample/resources.js'

export function resourceRoutes(app: Hono): void {
  for (const resource of resources) {
    for (const { name: operation, verb, path } of resourceOperations) {
      app.on(verb, `/${resource}${path}`, (c) => {
        return c.json(success({ resource, operation, id: c.req.param('id'), part: c.req.param('part') }))
      })
    }
  }
}
