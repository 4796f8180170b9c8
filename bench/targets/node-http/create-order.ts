import type { IncomingMessage, ServerResponse } from 'node:http'

import { receiptOf } from '../../sample/order.js'
import { readJson } from './read-json.js'
import { readOrder } from './read-order.js'
import { sendFailure, sendInvalid, sendSuccess } from './send.js'

export function createOrder(req: IncomingMessage, res: ServerResponse): void {
  readJson(
    req,
    (body) => {
      const order = readOrder(body)
      if (Array.isArray(order)) sendInvalid(res, order)
      else sendSuccess(res, 201, receiptOf(order))
    },
    (status) => {
      // What else the client may be sending is not waited for.
      if (status === 413) res.setHeader('connection', 'close')
      sendFailure(res, status)
    },
  )
}
