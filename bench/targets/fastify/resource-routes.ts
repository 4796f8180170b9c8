import type { FastifyInstance } from 'fastify'

import { success } from '../../sample/envelope.js'
import { resourceOperations, resources } from '../../sample/resources.js'
import { resourceSchema } from './schemas.js'

export function resourceRoutes(app: FastifyInstance): void {
  for (const resource of resources) {
    for (const { name: operation, verb, path } of resourceOperations) {
      app.route({
        method: verb,
        url: `/${resource}${path}`,
        schema: resourceSchema,
        handler: (request, reply) => {
          const { id, part } = request.params as { id?: string; part?: string }
          reply.send(success({ resource, operation, id, part }))
        },
      })
    }
  }
}
