import { z } from 'zod'

import type { WrongField } from './envelope.js'
import { currencies, referencePattern, zipPattern } from './order.js'

const address = z.object({
  street: z.string().min(1).max(100),
  city: z.string().min(1).max(60),
  zip: z.string().regex(zipPattern),
  country: z.string().length(2),
})

/** The order as zod schemas: what Hono and Express are given. */
export const orderSchema = z.object({
  reference: z.string().regex(referencePattern),
  customer: z.object({ name: z.string().min(1).max(100), email: z.email(), address }),
  currency: z.enum(currencies),
  priority: z.int().min(1).max(5),
  discount: z.number().min(0).max(1),
  express: z.boolean(),
  note: z.string().max(500).optional(),
  tags: z.array(z.string().min(1).max(40)).max(10),
  items: z
    .array(
      z.object({
        sku: z.string().min(1).max(40),
        quantity: z.int().min(1).max(1000),
        price: z.number().min(0),
      }),
    )
    .min(1)
    .max(100),
})

export const customerPathSchema = z.object({ id: z.coerce.number().int().min(1) })
export const customerQuerySchema = z.object({
  page: z.coerce.number().int().min(1).default(1),
  size: z.coerce.number().int().min(1).max(100).default(20),
  active: z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1'),
})
export const customerHeaderSchema = z.object({ 'x-tenant': z.string().min(1).max(50) })

/** What zod found, in the shape that clients of all targets get. */
export function zodWrongFields(issues: readonly z.core.$ZodIssue[], source: WrongField['in']): WrongField[] {
  return issues.map((issue) => ({
    in: source,
    field: fieldOf(issue.path),
    code: codeOf(issue),
    message: issue.message,
  }))
}

function codeOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_format':
      return issue.format === 'email' ? 'isEmail' : 'matches'
    case 'invalid_value':
      return 'isIn'
    case 'too_small':
      return sized(issue.origin, 'min', 'arrayMinSize')
    case 'too_big':
      return sized(issue.origin, 'max', 'arrayMaxSize')
    default:
      return 'type'
  }
}

function sized(origin: string, number: string, array: string): string {
  return origin === 'string' ? 'isLength' : origin === 'array' ? array : number
}

function fieldOf(path: readonly PropertyKey[]): string {
  let field = ''
  for (const key of path) {
    field += typeof key === 'number' ? `[${key}]` : field === '' ? String(key) : `.${String(key)}`
  }
  return field
}
