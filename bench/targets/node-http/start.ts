import { createServer } from 'node:http'

import { failureOf, success } from '../../sample/envelope.js'
import { answerWith, plannedControllers } from '../../sample/start-plan.js'
import { serve } from '../serve.js'

const handlers = new Map<string, () => unknown>()
for (const { prefix, operations } of plannedControllers()) {
  for (const { verb, path } of operations) handlers.set(`${verb} ${prefix}${path}`, () => answerWith(undefined))
}

await serve(
  createServer((req, res) => {
    const handler = handlers.get(`${req.method} ${req.url}`)
    res.writeHead(handler ? 200 : 404, { 'content-type': 'application/json' })
    res.end(JSON.stringify(handler ? success(handler()) : failureOf(404)))
  }),
)
