import { createServer, type RequestListener } from 'node:http'

import express, { type ErrorRequestHandler, type RequestHandler } from 'express'

import { failureOf, success } from '../../sample/envelope.js'
import { guards } from '../../sample/guards.js'
import { bodyLimitBytes } from '../../sample/limits.js'
import { receiptOf, viewOf, type Order } from '../../sample/order.js'
import { storedOrders } from '../../sample/orders.js'
import { resourceOperations, resources } from '../../sample/resources.js'
import { customerHeaderSchema, customerPathSchema, customerQuerySchema, orderSchema } from '../../sample/zod-schemas.js'
import { serve } from '../serve.js'
import { check } from './check.js'

const app = express()
app.disable('x-powered-by')
app.disable('etag')

app.get('/hello', (_req, res) => {
  res.json(success({ hello: 'world' }))
})

app.get('/customers/:id/orders', (req, res) => {
  const path = check(res, customerPathSchema, req.params, 'path')
  const query = path && check(res, customerQuerySchema, req.query, 'query')
  const header = query && check(res, customerHeaderSchema, req.headers, 'header')
  if (header) res.json(success({ ...path, ...query, tenant: header['x-tenant'] }))
})

app.post('/orders', express.json({ limit: bodyLimitBytes }), (req, res) => {
  const order: Order | undefined = check(res, orderSchema, req.body, 'body')
  if (order) res.status(201).json(success(receiptOf(order)))
})

app.get('/orders', (_req, res) => {
  res.json(success(storedOrders.map(viewOf)))
})

const guard =
  (name: string): RequestHandler =>
  (req, res, next) => {
    if (req.headers['x-stop'] === name) res.status(403).json(failureOf(403))
    else next()
  }
app.get('/guarded', ...guards.map(guard), (_req, res) => {
  res.json(success({ guarded: true }))
})

for (const resource of resources) {
  // A router of its own for each resource: the usual layout, and much faster than 500 routes in one list.
  const router = express.Router()
  for (const { name: operation, verb, path } of resourceOperations) {
    const handle: RequestHandler = (req, res) => {
      res.json(success({ resource, operation, id: req.params.id, part: req.params.part }))
    }
    if (verb === 'GET') router.get(path || '/', handle)
    else router.delete(path, handle)
  }
  app.use(`/${resource}`, router)
}

app.use((_req, res) => {
  res.status(404).json(failureOf(404))
})
const answerError: ErrorRequestHandler = (error: Error & { status?: number }, _req, res, _next) => {
  const status = error.status ?? 500
  if (status >= 500) process.stderr.write(`${error.stack}\n`)
  res.status(status).json(failureOf(status))
}
app.use(answerError)

await serve(createServer(app as RequestListener))
