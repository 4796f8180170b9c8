import { Ajv, type ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'

// Fastify's own settings, but for two: all wrong fields are told, and JSON types of a body are not converted.
const bodies = new Ajv({ removeAdditional: true, useDefaults: true, allErrors: true })
const texts = new Ajv({ removeAdditional: true, useDefaults: true, allErrors: true, coerceTypes: 'array' })
addFormats.default(bodies)
addFormats.default(texts)

export function compileValidator({ schema, httpPart }: { schema: unknown; httpPart?: string }): ValidateFunction {
  return (httpPart === 'body' ? bodies : texts).compile(schema as object)
}
