import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

import { viewOf } from '../../sample/order.js'
import { storedOrders } from '../../sample/orders.js'
import { serve } from '../serve.js'
import { guarded } from './guarded.js'
import { createOrder } from './create-order.js'
import { findResourceRoute } from './resource-routes.js'
import { sendFailure, sendSuccess } from './send.js'
import { showCustomer } from './show-customer.js'

/** What a careful engineer writes by hand for the same requests: no framework, every check spelled out. */
function handle(req: IncomingMessage, res: ServerResponse): void {
  const url = req.url ?? '/'
  const mark = url.indexOf('?')
  const path = mark < 0 ? url : url.slice(0, mark)
  switch (path) {
    case '/hello':
      if (req.method === 'GET') return sendSuccess(res, 200, { hello: 'world' })
      break
    case '/orders':
      if (req.method === 'GET') return sendSuccess(res, 200, storedOrders.map(viewOf))
      if (req.method === 'POST') return createOrder(req, res)
      break
    case '/guarded':
      if (req.method === 'GET') return guarded(req, res)
      break
    default: {
      if (req.method === 'GET' && path.startsWith('/customers/')) {
        const [, , id, rest, end] = path.split('/')
        if (rest === 'orders' && end === undefined) {
          return showCustomer(req, res, id!, mark < 0 ? '' : url.slice(mark + 1))
        }
      }
      const found = findResourceRoute(req.method ?? 'GET', path)
      if (found) return sendSuccess(res, 200, found)
    }
  }
  sendFailure(res, 404)
}

await serve(
  createServer((req, res) => {
    try {
      handle(req, res)
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
      if (res.headersSent) res.destroy()
      else sendFailure(res, 500)
    }
  }),
)
