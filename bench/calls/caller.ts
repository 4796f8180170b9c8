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

/** What the ways are asked for as a list. */
export interface CallWay {
  readonly name: string
  readonly title: string
  /** Which process answers the calls; undefined where that which calls does. */
  readonly callee: 'hand-written' | 'lokstra' | undefined
}

export interface CallSample {
  readonly calls: number
  /** Of all together. */
  readonly nanoseconds: number
  /** CPU time of this process for all together. */
  readonly cpuMicros: number
}

interface Way extends CallWay {
  /** Calls under way at the same time: one waits for another in one process as well as between two. */
  readonly concurrent: number
  readonly call: (order: OrderInput) => Promise<Receipt>
}

const [handWrittenPort, calleePort] = process.argv.slice(2).map(Number) as [number, number]
const orders = Array.from({ length: 64 }, (_, index) => asInput(sampleOrder(index)))

const [direct, checked, remote] = await Promise.all([
  startLocal('direct'),
  startLocal('checked'),
  startOf('caller', `http://127.0.0.1:${calleePort}`),
])
/** One call site for all of them: V8 inlines what one of its own always calls, and the others would pay for having theirs in common. */
const placing = (service: OrderService) => (order: OrderInput) => service.place(order)
const placeOf = (server: typeof direct) => placing(server.get(Orders).service)
const handWritten = createCall(handWrittenPort)

const ways: readonly Way[] = [
  way('plain', 'a method, called', undefined, placing(new OrderService())),
  way('direct', 'Lokstra, direct', undefined, placeOf(direct)),
  way('checked', 'Lokstra, checked', undefined, placeOf(checked)),
  way('hand-written', 'undici to node:http, by hand', 'hand-written', (order) => handWritten(order)),
  way('remote', 'Lokstra, remote', 'lokstra', placeOf(remote)),
]

function way(name: string, title: string, callee: CallWay['callee'], call: Way['call']): Way {
  return { name, title, callee, concurrent: callee ? 16 : 1, call }
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

/** Makes calls that take about that long together. */
async function sample({ call, concurrent }: Way, milliseconds: number): Promise<CallSample> {
  let calls = 0
  const usage = process.cpuUsage()
  const begun = process.hrtime.bigint()
  const until = begun + BigInt(Math.round(milliseconds * 1e6))
  const one = async (): Promise<void> => {
    while (process.hrtime.bigint() < until) {
      // The clock is not to be what is measured.
      for (let index = 0; index < 16; index++) await call(orders[calls++ & 63]!)
    }
  }
  await Promise.all(Array.from({ length: concurrent }, one))
  const nanoseconds = Number(process.hrtime.bigint() - begun)
  const { user, system } = process.cpuUsage(usage)
  return { calls, nanoseconds, cpuMicros: user + system }
}

process.on('message', (order: 'list' | CallOrder) => {
  if (order === 'list') {
    process.send!(ways.map(({ name, title, callee }): CallWay => ({ name, title, callee })))
    return
  }
  const chosen = ways.find(({ name }) => name === order.way)!
  void sample(chosen, order.milliseconds).then((taken) => process.send!(taken))
})
process.on('disconnect', () => process.exit())
process.send!('ready')
