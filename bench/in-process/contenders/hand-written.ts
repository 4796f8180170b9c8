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

/** What a framework without output types does, when the application has left out beforehand what clients may not see. */
export const plainStringify: SerialiseContender = {
  name: 'plain-stringify',
  title: 'JSON.stringify of objects that hold no more',
  prepare: viewOf,
  one: (order) => JSON.stringify(order),
  list: (orders) => JSON.stringify(orders),
}

export const jsonStringify: SerialiseContender = {
  name: 'json-stringify',
  title: 'hand-written mapping, JSON.stringify',
  one: (order) => JSON.stringify(viewOf(order as StoredOrder)),
  list: (orders) => JSON.stringify((orders as readonly StoredOrder[]).map(viewOf)),
}
