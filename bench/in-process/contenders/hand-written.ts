import { viewOf, type StoredOrder } from '../../sample/order.js'
import { readOrder } from '../../targets/node-http/read-order.js'
import type { BindContender, SerialiseContender } from '../contender.js'

export const handWritten: BindContender = {
  name: 'hand-written',
  title: 'hand-written',
  bind(value) {
    const order = readOrder(value)
    return Array.isArray(order) ? { wrong: order } : { order }
  },
}

export const jsonStringify: SerialiseContender = {
  name: 'json-stringify',
  title: 'hand-written mapping, JSON.stringify',
  one: (order) => JSON.stringify(viewOf(order as StoredOrder)),
  list: (orders) => JSON.stringify((orders as readonly StoredOrder[]).map(viewOf)),
}
