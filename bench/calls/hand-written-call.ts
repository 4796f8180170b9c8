import { Pool } from 'undici'

import type { Order, Receipt } from '../sample/order.js'

/** What an application would write to call `POST /orders` of another server, and no more. */
export function createCall(port: number): (order: Order) => Promise<Receipt> {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 64 })
  return async (order) => {
    const { statusCode, body } = await pool.request({
      method: 'POST',
      path: '/orders',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(order),
    })
    const answer = (await body.json()) as { data: Receipt }
    if (statusCode !== 201) throw new Error(`The server answered ${statusCode}`)
    return answer.data
  }
}
