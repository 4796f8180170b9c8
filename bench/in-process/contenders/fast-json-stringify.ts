import fastJsonStringify from 'fast-json-stringify'

import { orderViewSchema } from '../../targets/fastify/schemas.js'
import type { SerialiseContender } from '../contender.js'

// The library's type of a schema names no property that this one lacks; it is written for ajv.
type Compile = (schema: object) => (value: unknown) => string
const compile = fastJsonStringify as unknown as Compile

export const fastJsonStringifyContender: SerialiseContender = {
  name: 'fast-json-stringify',
  title: 'fast-json-stringify',
  one: compile(orderViewSchema),
  list: compile({ type: 'array', items: orderViewSchema }),
}
