import { currencies, referencePattern, zipPattern } from '../../sample/order.js'

type Schema = Readonly<Record<string, unknown>>

const text = (minLength: number, maxLength: number) => ({ type: 'string', minLength, maxLength })
/** All properties are required but those named as optional. */
const object = (properties: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema => ({
  type: 'object',
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
  properties,
  additionalProperties: false,
})

const address = object({
  street: text(1, 100),
  city: text(1, 60),
  zip: { type: 'string', pattern: zipPattern.source },
  country: text(2, 2),
})
const customer = object({ name: text(1, 100), email: { type: 'string', format: 'email' }, address })
const item = object({
  sku: text(1, 40),
  quantity: { type: 'integer', minimum: 1, maximum: 1000 },
  price: { type: 'number', minimum: 0 },
})
const orderFields = {
  reference: { type: 'string', pattern: referencePattern.source },
  customer,
  currency: { type: 'string', enum: currencies },
  priority: { type: 'integer', minimum: 1, maximum: 5 },
  discount: { type: 'number', minimum: 0, maximum: 1 },
  express: { type: 'boolean' },
  note: text(0, 500),
  tags: { type: 'array', items: text(1, 40), maxItems: 10 },
  items: { type: 'array', items: item, minItems: 1, maxItems: 100 },
}

export const orderSchema = object(orderFields, ['note'])
export const orderViewSchema = object(
  { id: { type: 'integer' }, placedAt: { type: 'string', format: 'date-time' }, ...orderFields },
  ['note'],
)
const receiptSchema = object({
  reference: { type: 'string' },
  items: { type: 'integer' },
  total: { type: 'number' },
})

const successSchema = (data: Schema): Schema => object({ status: { type: 'string' }, data })

const failureSchema = object({
  status: { type: 'string' },
  error: object(
    {
      code: { type: 'string' },
      message: { type: 'string' },
      fields: {
        type: 'array',
        items: object({
          in: { type: 'string' },
          field: { type: 'string' },
          code: { type: 'string' },
          message: { type: 'string' },
        }),
      },
      requestId: { type: 'string' },
    },
    ['fields'],
  ),
})

export const helloSchema = { response: { 200: successSchema(object({ hello: { type: 'string' } })) } }

export const showCustomerSchema = {
  params: object({ id: { type: 'integer', minimum: 1 } }),
  querystring: object(
    {
      page: { type: 'integer', minimum: 1, default: 1 },
      size: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
      active: { type: 'boolean' },
    },
    ['page', 'size'],
  ),
  headers: { type: 'object', required: ['x-tenant'], properties: { 'x-tenant': text(1, 50) } },
  response: {
    200: successSchema(
      object({
        id: { type: 'integer' },
        page: { type: 'integer' },
        size: { type: 'integer' },
        active: { type: 'boolean' },
        tenant: { type: 'string' },
      }),
    ),
    400: failureSchema,
  },
}

export const createOrderSchema = {
  body: orderSchema,
  response: { 201: successSchema(receiptSchema), 400: failureSchema },
}

export const listOrdersSchema = { response: { 200: successSchema({ type: 'array', items: orderViewSchema }) } }

export const guardedSchema = {
  response: { 200: successSchema(object({ guarded: { type: 'boolean' } })), 403: failureSchema },
}

export const resourceSchema = {
  response: {
    200: successSchema(
      object(
        {
          resource: { type: 'string' },
          operation: { type: 'string' },
          id: { type: 'string' },
          part: { type: 'string' },
        },
        ['id', 'part'],
      ),
    ),
  },
}
