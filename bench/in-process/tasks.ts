import { isDeepStrictEqual } from 'node:util'

import { viewOf } from '../sample/order.js'
import { invalidFields, invalidOrder, sampleOrder, storedOrders } from '../sample/orders.js'
import type { BindContender, SerialiseContender } from './contender.js'
import { ajvContender } from './contenders/ajv.js'
import { classValidatorContender } from './contenders/class-validator.js'
import { fastJsonStringifyContender } from './contenders/fast-json-stringify.js'
import { handWritten, jsonStringify, plainStringify } from './contenders/hand-written.js'
import { lokstraBinder, lokstraSerialiser } from './contenders/lokstra.js'
import { typeboxContender } from './contenders/typebox.js'
import { zodContender } from './contenders/zod.js'

const binders: readonly BindContender[] = [
  handWritten,
  lokstraBinder,
  ajvContender,
  typeboxContender,
  zodContender,
  classValidatorContender,
]
const serialisers: readonly SerialiseContender[] = [
  jsonStringify,
  plainStringify,
  lokstraSerialiser,
  fastJsonStringifyContender,
]

/** One thing to do over and over; gives something back, so that no compiler leaves it out. */
export interface TimedTask {
  readonly task: 'valid' | 'invalid' | 'serialise one' | 'serialise list'
  readonly contender: string
  readonly title: string
  readonly run: (index: number) => unknown
}

// Parsed, as a request's body is. Several, so that nothing is compiled for one order alone; their number is a power of two.
const validOrders: readonly unknown[] = Array.from({ length: 64 }, (_, index) => parsed(sampleOrder(index)))
const invalidOrders: readonly unknown[] = Array.from({ length: 64 }, (_, index) => parsed(invalidOrder(index)))

/** All tasks of all contenders. @throws where a contender does not do what the others do */
export function checkedTasks(): readonly TimedTask[] {
  binders.forEach(checkBinder)
  serialisers.forEach(checkSerialiser)
  return [
    ...binders.flatMap(({ name, title, bind }): TimedTask[] => [
      { task: 'valid', contender: name, title, run: (index) => bind(validOrders[index & 63]) },
      { task: 'invalid', contender: name, title, run: (index) => bind(invalidOrders[index & 63]) },
    ]),
    ...serialisers.flatMap((contender): TimedTask[] => {
      const { name, title, one, list } = contender
      const orders = ordersFor(contender)
      return [
        { task: 'serialise one', contender: name, title, run: (index) => one(orders[index & 63]!) },
        { task: 'serialise list', contender: name, title, run: () => list(orders) },
      ]
    }),
  ]
}

function checkBinder({ title, bind }: BindContender): void {
  for (const value of validOrders) {
    const bound = bind(value)
    if (!('order' in bound) || !isDeepStrictEqual(parsed(bound.order), value)) {
      throw new Error(`${title} makes ${JSON.stringify(bound)} of ${JSON.stringify(value)}`)
    }
  }
  for (const value of invalidOrders) {
    const bound = bind(value)
    // class-validator tells nested fields below the outer one.
    if (!('wrong' in bound) || bound.wrong.length !== invalidFields.length) {
      throw new Error(`${title} finds ${JSON.stringify(bound)} in ${JSON.stringify(value)}`)
    }
  }
}

function ordersFor({ prepare }: SerialiseContender): readonly object[] {
  return prepare ? storedOrders.map((order) => prepare(order)) : storedOrders
}

function checkSerialiser(contender: SerialiseContender): void {
  const { title, one, list } = contender
  const orders = ordersFor(contender)
  const views = storedOrders.map(viewOf)
  if (!isDeepStrictEqual(JSON.parse(one(orders[0]!)), parsed(views[0]))) {
    throw new Error(`${title} writes ${one(orders[0]!)}`)
  }
  if (!isDeepStrictEqual(JSON.parse(list(orders)), parsed(views))) {
    throw new Error(`${title} writes ${list(orders).slice(0, 1000)}`)
  }
}

function parsed(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}
