import { FormatRegistry, Type } from '@sinclair/typebox'
import { TypeCompiler } from '@sinclair/typebox/compiler'

import { currencies, referencePattern, zipPattern } from '../../sample/order.js'
import type { BindContender } from '../contender.js'

// TypeBox has no formats of its own.
const email = /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[a-z\d-]{1,63}(?:\.[a-z\d-]{1,63})+$/i
FormatRegistry.Set('email', (text) => email.test(text))

const text = (minLength: number, maxLength: number) => Type.String({ minLength, maxLength })
const checker = TypeCompiler.Compile(
  Type.Object({
    reference: Type.String({ pattern: referencePattern.source }),
    customer: Type.Object({
      name: text(1, 100),
      email: Type.String({ format: 'email' }),
      address: Type.Object({
        street: text(1, 100),
        city: text(1, 60),
        zip: Type.String({ pattern: zipPattern.source }),
        country: text(2, 2),
      }),
    }),
    currency: Type.Union(currencies.map((currency) => Type.Literal(currency))),
    priority: Type.Integer({ minimum: 1, maximum: 5 }),
    discount: Type.Number({ minimum: 0, maximum: 1 }),
    express: Type.Boolean(),
    note: Type.Optional(text(0, 500)),
    tags: Type.Array(text(1, 40), { maxItems: 10 }),
    items: Type.Array(
      Type.Object({
        sku: text(1, 40),
        quantity: Type.Integer({ minimum: 1, maximum: 1000 }),
        price: Type.Number({ minimum: 0 }),
      }),
      { minItems: 1, maxItems: 100 },
    ),
  }),
)

/** Says whether the parsed value fits; makes no instance and leaves unknown keys. */
export const typeboxContender: BindContender = {
  name: 'typebox',
  title: 'TypeBox, compiled',
  bind: (value) => (checker.Check(value) ? { order: value } : { wrong: [...checker.Errors(value)] }),
}
