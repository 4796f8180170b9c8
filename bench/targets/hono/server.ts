import { serve } from '@hono/node-server'
import { zValidator } from '@hono/zod-validator'
import { Hono, type Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { z } from 'zod'

import { failureOf, invalid, success } from '../../sample/envelope.js'
import { bodyLimitBytes } from '../../sample/limits.js'
import { receiptOf, viewOf } from '../../sample/order.js'
import { storedOrders } from '../../sample/orders.js'
import {
  customerHeaderSchema,
  customerPathSchema,
  customerQuerySchema,
  orderSchema,
  zodWrongFields,
} from '../../sample/zod-schemas.js'
import { announce } from '../serve.js'
import { guardMiddleware } from './guard-middleware.js'
import { resourceRoutes } from './resource-routes.js'

const app = new Hono()
app.notFound((c) => c.json(failureOf(404), 404))
app.onError((error, c) => {
  if (error instanceof HTTPException) return c.json(failureOf(error.status), error.status)
  process.stderr.write(`${error.stack}\n`)
  return c.json(failureOf(500), 500)
})

type Checked = { success: true } | { success: false; error: z.core.$ZodError }
const refuse = (source: 'path' | 'query' | 'header' | 'body') => (result: Checked, c: Context) =>
  result.success ? undefined : c.json(invalid(zodWrongFields(result.error.issues, source)), 400)

app.get('/hello', (c) => c.json(success({ hello: 'world' })))

app.get(
  '/customers/:id/orders',
  zValidator('param', customerPathSchema, refuse('path')),
  zValidator('query', customerQuerySchema, refuse('query')),
  zValidator('header', customerHeaderSchema, refuse('header')),
  (c) => {
    const { id } = c.req.valid('param')
    const { page, size, active } = c.req.valid('query')
    return c.json(success({ id, page, size, active, tenant: c.req.valid('header')['x-tenant'] }))
  },
)

app.post(
  '/orders',
  // Hono's own bodyLimit asks for the body as a web stream, which costs more than all else here together.
  (c, next) => {
    const length = Number(c.req.header('content-length'))
    return length <= bodyLimitBytes ? next() : Promise.resolve(c.json(failureOf(413), 413))
  },
  zValidator('json', orderSchema, refuse('body')),
  (c) => c.json(success(receiptOf(c.req.valid('json'))), 201),
)

app.get('/orders', (c) => c.json(success(storedOrders.map(viewOf))))
app.get('/guarded', ...guardMiddleware, (c) => c.json(success({ guarded: true })))
resourceRoutes(app)

serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => announce(port))
