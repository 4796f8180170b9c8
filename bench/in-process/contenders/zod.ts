import { orderSchema } from '../../sample/zod-schemas.js'
import type { BindContender } from '../contender.js'

/** Makes a plain object without unknown keys. */
export const zodContender: BindContender = {
  name: 'zod',
  title: 'zod',
  bind(value) {
    const { success, data, error } = orderSchema.safeParse(value)
    return success ? { order: data } : { wrong: error.issues }
  },
}
