import 'reflect-metadata'

import { plainToInstance } from 'class-transformer'
import { validateSync } from 'class-validator'

import { OrderInput } from '../../sample/order-classes.js'
import type { BindContender } from '../contender.js'

/** What NestJS's ValidationPipe does. */
export const classValidatorContender: BindContender = {
  name: 'class-validator',
  title: 'class-transformer + class-validator',
  bind(value) {
    const order = plainToInstance(OrderInput, value)
    const wrong = validateSync(order, { whitelist: true })
    return wrong.length === 0 ? { order } : { wrong }
  },
}
