import { BadRequestException, type ValidationError } from '@nestjs/common'

import type { WrongField } from '../../sample/envelope.js'

export class InvalidInput extends BadRequestException {
  readonly fields: readonly WrongField[]

  constructor(errors: readonly ValidationError[]) {
    super()
    this.fields = wrongFields(errors, '')
  }
}

/** What class-validator found, in the shape that clients of all targets get. */
function wrongFields(errors: readonly ValidationError[], parent: string): WrongField[] {
  return errors.flatMap(({ property, constraints, children }) => {
    const field = /^\d+$/.test(property) ? `${parent}[${property}]` : parent === '' ? property : `${parent}.${property}`
    const own = Object.entries(constraints ?? {}).map(([code, message]) => ({
      in: 'body' as const,
      field,
      code,
      message,
    }))
    return [...own, ...wrongFields(children ?? [], field)]
  })
}
