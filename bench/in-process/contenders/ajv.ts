import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'

import { orderSchema } from '../../targets/fastify/schemas.js'
import type { BindContender } from '../contender.js'

const ajv = new Ajv({ allErrors: true, removeAdditional: true })
addFormats.default(ajv)
const validate = ajv.compile(orderSchema)

/** Checks the parsed value itself, from which it removes unknown keys; makes no instance. */
export const ajvContender: BindContender = {
  name: 'ajv',
  title: 'ajv',
  bind: (value) => (validate(value) ? { order: value as object } : { wrong: validate.errors! }),
}
