import { serve } from '@hono/node-server'
import { zValidator } from '@hono/zod-validator'
import { Hono } from 'hono'

import { success } from '../../sample/envelope.js'
import { answerWith, plannedControllers } from '../../sample/start-plan.js'
import { defineBodySchema, defineQuerySchema } from '../../sample/start-zod.js'
import { announce } from '../serve.js'

const app = new Hono()
for (const { prefix, operations } of plannedControllers()) {
  for (const { verb, path } of operations) {
    if (verb === 'GET') {
      app.get(`${prefix}${path}`, zValidator('query', defineQuerySchema()), (c) =>
        c.json(success(answerWith(c.req.valid('query')))),
      )
    } else {
      app.post(`${prefix}${path}`, zValidator('json', defineBodySchema()), (c) =>
        c.json(success(answerWith(c.req.valid('json')))),
      )
    }
  }
}
serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => announce(port))
