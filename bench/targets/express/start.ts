import { createServer, type RequestListener } from 'node:http'

import express from 'express'

import { success } from '../../sample/envelope.js'
import { answerWith, plannedControllers } from '../../sample/start-plan.js'
import { defineBodySchema, defineQuerySchema } from '../../sample/start-zod.js'
import { serve } from '../serve.js'
import { check } from './check.js'

const app = express()
for (const { prefix, operations } of plannedControllers()) {
  const router = express.Router()
  for (const { verb, path } of operations) {
    if (verb === 'GET') {
      const schema = defineQuerySchema()
      router.get(path, (req, res) => {
        const query = check(res, schema, req.query, 'query')
        if (query) res.json(success(answerWith(query)))
      })
    } else {
      const schema = defineBodySchema()
      router.post(path, express.json(), (req, res) => {
        const body = check(res, schema, req.body, 'body')
        if (body) res.json(success(answerWith(body)))
      })
    }
  }
  app.use(prefix, router)
}
await serve(createServer(app as RequestListener))
