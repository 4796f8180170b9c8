import type { Response } from 'express'
import type { z } from 'zod'

import { invalid, type WrongField } from '../../sample/envelope.js'
import { zodWrongFields } from '../../sample/zod-schemas.js'

/** What the schema makes of a value; undefined after answering that it does not fit. */
export function check<T extends z.ZodType>(
  res: Response,
  schema: T,
  value: unknown,
  source: WrongField['in'],
): z.infer<T> | undefined {
  const { success, data, error } = schema.safeParse(value)
  if (success) return data
  res.status(400).json(invalid(zodWrongFields(error.issues, source)))
  return undefined
}
