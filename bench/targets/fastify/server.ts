import type { AddressInfo } from 'node:net'

import Fastify from 'fastify'

import { failureOf, invalid, success } from '../../sample/envelope.js'
import { guards } from '../../sample/guards.js'
import { bodyLimitBytes } from '../../sample/limits.js'
import { receiptOf, type Order } from '../../sample/order.js'
import { storedOrders } from '../../sample/orders.js'
import { announce } from '../serve.js'
import { resourceRoutes } from './resource-routes.js'
import { createOrderSchema, guardedSchema, helloSchema, listOrdersSchema, showCustomerSchema } from './schemas.js'
import { compileValidator } from './validators.js'
import { wrongFields } from './wrong-fields.js'

const app = Fastify({ logger: false, bodyLimit: bodyLimitBytes })
app.setValidatorCompiler(compileValidator)
app.setNotFoundHandler((request, reply) => reply.code(404).send(failureOf(404, request.id)))
app.setErrorHandler(
  (error: Error & { statusCode?: number; validation?: unknown; validationContext?: string }, request, reply) => {
    if (error.validation !== undefined) return reply.code(400).send(invalid(wrongFields(error), request.id))
    const status = error.statusCode ?? 500
    if (status >= 500) process.stderr.write(`${error.stack}\n`)
    return reply.code(status).send(failureOf(status, request.id))
  },
)

app.get('/hello', { schema: helloSchema }, (_request, reply) => {
  reply.send(success({ hello: 'world' }))
})

app.get('/customers/:id/orders', { schema: showCustomerSchema }, (request, reply) => {
  const { id } = request.params as { id: number }
  const { page, size, active } = request.query as { page: number; size: number; active: boolean }
  reply.send(success({ id, page, size, active, tenant: request.headers['x-tenant'] }))
})

app.post('/orders', { schema: createOrderSchema }, (request, reply) => {
  reply.code(201).send(success(receiptOf(request.body as Order)))
})

app.get('/orders', { schema: listOrdersSchema }, (_request, reply) => {
  reply.send(success(storedOrders))
})

app.get(
  '/guarded',
  {
    schema: guardedSchema,
    onRequest: guards.map((name) => (request, reply, done) => {
      if (request.headers['x-stop'] === name) reply.code(403).send(failureOf(403, request.id))
      else done()
    }),
  },
  (_request, reply) => {
    reply.send(success({ guarded: true }))
  },
)

resourceRoutes(app)

await app.listen({ port: 0, host: '127.0.0.1' })
announce((app.server.address() as AddressInfo).port)
