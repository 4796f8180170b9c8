import { Pool } from 'undici'

import type { Order, Receipt } from '../sample/order.js'

/** Milliseconds until a call is given up. */
const timeoutMs = 10_000

/**
 * What a careful engineer writes by hand to call `POST /orders` of another server: connections that are kept, a time-out, and a look
 * at the status and the form of the answer. By undici's own time-outs, which cost less than a signal.
 */
export function createCall(port: number): (order: Order) => Promise<Receipt> {
  const pool = new Pool(`http://127.0.0.1:${port}`, {
    connections: 64,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  })
  return async (order) => {
    const { statusCode, body } = await pool.request({
      method: 'POST',
      path: '/orders',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(order),
    })
    if (statusCode !== 201) {
      await body.dump()
      throw new Error(`The server answered ${statusCode}`)
    }
    return receiptOf(await body.json())
  }
}

/** @throws TypeError for what is no receipt */
function receiptOf(answer: unknown): Receipt {
  const { reference, items, total } = (answer as { readonly data: Record<string, unknown> }).data
  if (typeof reference !== 'string' || typeof items !== 'number' || typeof total !== 'number') {
    throw new TypeError('The answer is no receipt')
  }
  return { reference, items, total }
}
