/** A schema of JSON Schema draft 7, which is what editors know best. Keys are in the order in which they are written. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** Where `${…}` stands, nobody knows the value before the server starts. */
const placeholderPattern = '\\$\\{'

/** Text with a placeholder in it, for what has no text form of its own. */
export const placeholder: JsonSchema = { type: 'string', pattern: placeholderPattern }

/** The pattern, or any text with a placeholder. */
export function orPlaceholderPattern(pattern: string): string {
  return `${pattern}|${placeholderPattern}`
}

/** The value, or text with a placeholder in it. */
export function orPlaceholder(schema: JsonSchema): JsonSchema {
  return { anyOf: [schema, placeholder] }
}

/** Says in an editor what text must look like. */
export function saying(message: string): JsonSchema {
  return { patternErrorMessage: `${message}, or hold \${…}` }
}

/** Editors show the Markdown; plain readers of the schema the text. */
export function described(description: string | undefined): JsonSchema {
  if (description === undefined) return {}
  return description.includes('`') ? { description, markdownDescription: description } : { description }
}

/** The keys of a map. */
export interface Members {
  readonly properties: Readonly<Record<string, JsonSchema>>
  readonly required: readonly string[]
  /** Keywords that say which keys belong together. Default none. */
  readonly together?: JsonSchema | undefined
}

/** A map of known keys. */
export function objectSchema({ properties, required, together }: Members): JsonSchema {
  return {
    type: 'object',
    properties,
    ...(required.length > 0 ? { required } : {}),
    ...together,
    additionalProperties: false,
  }
}

/** A map of known keys; or text, which a placeholder makes a map of. */
export function mapSchema(members: Members): JsonSchema {
  return {
    ...objectSchema(members),
    type: ['object', 'string'],
    pattern: placeholderPattern,
    ...saying('must be a map'),
  }
}

/** A list of what has no text form of its own. */
export function listSchema(items: JsonSchema): JsonSchema {
  return { type: ['array', 'string'], pattern: placeholderPattern, ...saying('must be a list'), items }
}

/** A map with names of the user's choice. */
export function namedSchema(values: JsonSchema): JsonSchema {
  return {
    type: ['object', 'string'],
    pattern: placeholderPattern,
    ...saying('must be a map'),
    additionalProperties: values,
  }
}

/** One of the names; any other text as well where there may be more of them. */
export function nameSchema(names: readonly string[], isClosed: boolean): JsonSchema {
  if (names.length === 0) return { type: 'string', minLength: 1 }
  return { anyOf: [{ enum: [...names] }, isClosed ? placeholder : { type: 'string', minLength: 1 }] }
}

/** Lets null in. */
export function nullable(schema: JsonSchema): JsonSchema {
  const { type } = schema
  // What says nothing lets everything in.
  if (Object.keys(schema).length === 0) return schema
  if (typeof type === 'string' || Array.isArray(type)) {
    const types = typeof type === 'string' ? [type] : (type as readonly string[])
    return types.includes('null') ? schema : { ...schema, type: [...types, 'null'] }
  }
  return { anyOf: [schema, { type: 'null' }] }
}
