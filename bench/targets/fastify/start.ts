import type { AddressInfo } from 'node:net'

import Fastify from 'fastify'

import { success } from '../../sample/envelope.js'
import { answerWith, plannedControllers } from '../../sample/start-plan.js'
import { announce } from '../serve.js'

/** A schema of its own for each GET. */
const defineQuerySchema = () => ({
  type: 'object',
  properties: {
    page: { type: 'integer', minimum: 1, default: 1 },
    size: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
    search: { type: 'string', minLength: 1, maxLength: 50 },
    sort: { type: 'string', enum: ['name', 'date'] },
  },
  additionalProperties: false,
})

/** A schema of its own for each POST. */
const defineBodySchema = () => ({
  type: 'object',
  required: ['name', 'email', 'age', 'active'],
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 100 },
    email: { type: 'string', format: 'email' },
    age: { type: 'integer', minimum: 0, maximum: 150 },
    active: { type: 'boolean' },
    note: { type: 'string', maxLength: 500 },
  },
  additionalProperties: false,
})

const app = Fastify({ logger: false })
for (const { prefix, operations } of plannedControllers()) {
  for (const { verb, path } of operations) {
    app.route({
      method: verb,
      url: `${prefix}${path}`,
      schema: verb === 'GET' ? { querystring: defineQuerySchema() } : { body: defineBodySchema() },
      handler: (request, reply) => {
        reply.send(success(answerWith(verb === 'GET' ? request.query : request.body)))
      },
    })
  }
}
await app.listen({ port: 0, host: '127.0.0.1' })
announce((app.server.address() as AddressInfo).port)
