import { hasToJson, quote } from './json-text.js'
import { refuse } from './misfit.js'

export type Scalar = string | number | boolean | null

/**
 * What is written where a scalar is declared. A scalar of another kind stays what it is: an id may be a number in one store and text
 * in another. An object counts by its `toJSON` (Date, Decimal, ObjectId), if that gives a scalar.
 * @throws OutputMisfit for what is no scalar
 */
export function toScalar(value: unknown, field: string, expected: string): Scalar {
  if (typeof value === 'object' && value !== null && hasToJson(value)) {
    const plain = value.toJSON()
    return scalarOf(plain) ?? (isNothing(plain) ? null : refuse(value, field, expected))
  }
  return scalarOf(value) ?? absentScalar(value, field, expected)
}

/** The JSON text of {@link toScalar}. */
export function scalarText(value: unknown, field: string, expected: string): string {
  const scalar = toScalar(value, field, expected)
  return typeof scalar === 'string' ? quote(scalar) : JSON.stringify(scalar)
}

/** An invalid date is null, as in JSON. What JSON.stringify does beside looks for methods, which hardly any date replaces. */
export function dateText(date: Date, field: string, expected: string): string {
  if (date.toJSON !== Date.prototype.toJSON) return scalarText(date, field, expected)
  return Number.isNaN(date.getTime()) ? 'null' : `"${Date.prototype.toISOString.call(date)}"`
}

function scalarOf(value: unknown): string | number | boolean | undefined {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return value
    case 'bigint':
      return String(value)
    default:
      return undefined
  }
}

function absentScalar(value: unknown, field: string, expected: string): null {
  return isNothing(value) ? null : refuse(value, field, expected)
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined
}
