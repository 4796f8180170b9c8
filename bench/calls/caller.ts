// Decorators read metadata that it defines.
import '@lokstra/core'

import { isDeepStrictEqual } from 'node:util'

import { OrderInput } from '../sample/order-classes.js'
import { receiptOf, type Order, type Receipt } from '../sample/order.js'
import { sampleOrder } from '../sample/orders.js'
import { createCall } from './hand-written-call.js'
import { Orders, OrderService } from './order-service.js'
import { startLocal, startOf } from './servers.js'

/** Asked for names it lists its ways to call; with one it measures that for a while. */
export interface CallOrder {
  readonly way: string
  readonly milliseconds: number
}

interface Way {
  readonly name: string
  readonly title: string
  /** Calls under way at the same time: one waits for another in one process as well as between two. */
  readonly concurrent: number
  readonly call: (order: OrderInput) => Promise<Receipt>
}

const [handWrittenPort, calleePort] = process.argv.slice(2).map(Number) as [number, number]
const orders = Array.from({ length: 64 }, (_, index) => asInput(sampleOrder(index)))

const plain = new OrderService()
const [direct, checked, remote] = await Promise.all([
  startLocal('direct'),
  startLocal('checked'),
  startOf('caller', `http://127.0.0.1:${calleePort}`),
])
const serviceOf = (server: typeof direct) => server.get(Orders).service
const handWritten = createCall(handWrittenPort)

const ways: readonly Way[] = [
  { name: 'plain', title: 'a method, called', concurrent: 1, call: (order) => plain.place(order) },
  way('direct', 'Lokstra, direct', 1, serviceOf(direct)),
  way('checked', 'Lokstra, checked', 1, serviceOf(checked)),
  { name: 'hand-written', title: 'undici to node:http, by hand', concurrent: 16, call: (order) => handWritten(order) },
  way('remote', 'Lokstra, remote', 16, serviceOf(remote)),
]

function way(name: string, title: string, concurrent: number, service: OrderService): Way {
  return { name, title, concurrent, call: (order) => service.place(order) }
}

function asInput(order: Order): OrderInput {
  return Object.assign(new OrderInput(), order)
}

for (const { title, call } of ways) {
  for (const order of orders) {
    const receipt = await call(order)
    if (!isDeepStrictEqual({ ...receipt }, { ...receiptOf(order) })) {
      throw new Error(`${title} gives ${JSON.stringify(receipt)}`)
    }
  }
}

/** Nanoseconds of one call, over calls that take about that long together. */
async function sample({ call, concurrent }: Way, milliseconds: number): Promise<number> {
  let calls = 0
  const begun = process.hrtime.bigint()
  const until = begun + BigInt(Math.round(milliseconds * 1e6))
  const one = async (): Promise<void> => {
    while (process.hrtime.bigint() < until) {
      // The clock is not to be what is measured.
      for (let index = 0; index < 16; index++) await call(orders[calls++ & 63]!)
    }
  }
  await Promise.all(Array.from({ length: concurrent }, one))
  return Number(process.hrtime.bigint() - begun) / calls
}

process.on('message', (order: 'list' | CallOrder) => {
  if (order === 'list') {
    process.send!(ways.map(({ name, title }) => ({ way: name, title })))
    return
  }
  const chosen = ways.find(({ name }) => name === order.way)!
  void sample(chosen, order.milliseconds).then((nanoseconds) => process.send!({ nanoseconds }))
})
process.on('disconnect', () => process.exit())
process.send!('ready')
