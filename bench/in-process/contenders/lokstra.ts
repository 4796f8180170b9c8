import { bind, HttpError } from '@lokstra/core'

import type * as ReadOutput from '../../../packages/core/dist/contract/read-output.js'
import type * as CompileSerializer from '../../../packages/core/dist/response/compile-serializer.js'
import { OrderInput, OrderOutput } from '../../sample/order-classes.js'
import type { BindContender, SerialiseContender } from '../contender.js'

export const lokstraBinder: BindContender = {
  name: 'lokstra',
  title: 'Lokstra, bind()',
  bind(value) {
    try {
      return { order: bind(OrderInput, value) }
    } catch (error) {
      if (HttpError.is(error) && error.fields) return { wrong: error.fields }
      throw error
    }
  },
}

/** The serialiser has no public door: an application meets it through `@Returns`. */
function load<T>(file: string): Promise<T> {
  return import(new URL(`../../../../packages/core/dist/${file}`, import.meta.url).href) as Promise<T>
}
const { readOutputType } = await load<typeof ReadOutput>('contract/read-output.js')
const { compileSerializer } = await load<typeof CompileSerializer>('response/compile-serializer.js')

const one = compileSerializer(readOutputType(OrderOutput, 'An order', 'bench', [])!)
const list = compileSerializer(readOutputType([OrderOutput], 'A list of orders', 'bench', [])!)

export const lokstraSerialiser: SerialiseContender = {
  name: 'lokstra',
  title: 'Lokstra, as @Returns compiles it',
  one: (order) => one.write(order)!,
  list: (orders) => list.write(orders)!,
}
