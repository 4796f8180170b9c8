import { z } from 'zod'

/** A schema of its own for each GET. */
export function defineQuerySchema() {
  return z.object({
    page: z.coerce.number().int().min(1).default(1),
    size: z.coerce.number().int().min(1).max(100).default(20),
    search: z.string().min(1).max(50).optional(),
    sort: z.enum(['name', 'date']).optional(),
  })
}

/** A schema of its own for each POST. */
export function defineBodySchema() {
  return z.object({
    name: z.string().min(1).max(100),
    email: z.email(),
    age: z.int().min(0).max(150),
    active: z.boolean(),
    note: z.string().max(500).optional(),
  })
}
