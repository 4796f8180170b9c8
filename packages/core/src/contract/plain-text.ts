import type { InputField } from './input-plan.js'
import { isScalar } from './value-type.js'

/** Whether a value of a field can be written as one text that reads back as it was: a call carries others as JSON. */
export function isPlainText({ type, nullable }: Pick<InputField, 'type' | 'nullable'>): boolean {
  if (nullable || !isScalar(type)) return false
  switch (type.kind) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'bigint':
    case 'date':
      return true
    case 'enum':
      return type.values.every((member) => typeof member === 'string')
    // A number of milliseconds or bytes has forms of text that are read otherwise.
    default:
      return false
  }
}
