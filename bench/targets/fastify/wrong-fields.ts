import type { ErrorObject } from 'ajv'

import type { WrongField } from '../../sample/envelope.js'

const sources: Readonly<Record<string, WrongField['in']>> = {
  body: 'body',
  params: 'path',
  querystring: 'query',
  headers: 'header',
}
const codes: Readonly<Record<string, string>> = {
  enum: 'isIn',
  minimum: 'min',
  maximum: 'max',
  minLength: 'isLength',
  maxLength: 'isLength',
  minItems: 'arrayMinSize',
  maxItems: 'arrayMaxSize',
  pattern: 'matches',
}

/** What the validator found, in the shape that clients of all targets get. */
export function wrongFields(error: { validation?: unknown; validationContext?: string }): WrongField[] {
  const source = sources[error.validationContext ?? 'body'] ?? 'body'
  return (error.validation as ErrorObject[]).map((found) => toWrongField(found, source))
}

function toWrongField({ keyword, instancePath, params, message }: ErrorObject, source: WrongField['in']): WrongField {
  const path = fieldOf(instancePath)
  const text = message ?? 'is not valid'
  if (keyword === 'required') {
    const name = (params as { missingProperty: string }).missingProperty
    return { in: source, field: path === '' ? name : `${path}.${name}`, code: 'required', message: text }
  }
  const format = (params as { format?: string }).format
  return { in: source, field: path, code: format === 'email' ? 'isEmail' : (codes[keyword] ?? keyword), message: text }
}

/** `/items/1/price` → `items[1].price` */
function fieldOf(pointer: string): string {
  return pointer
    .slice(1)
    .replace(/\/(\d+)(?=\/|$)/g, '[$1]')
    .replaceAll('/', '.')
}
