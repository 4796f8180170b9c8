/** A parsed `Content-Type`. */
export interface MediaType {
  /** Lower case, such as `application/json`. */
  readonly essence: string
  /** Names in lower case, values as sent. */
  readonly parameters: ReadonlyMap<string, string>
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const essence = new RegExp(`^${token}/${token}`)
const parameter = new RegExp(`[ \\t]*;[ \\t]*(?:(${token})=(?:(${token})|"((?:[^"\\\\]|\\\\.)*)"))?`, 'y')

/**
 * Undefined for anything RFC 9110 §8.3 does not allow: spaces around `/` or `=`, text behind the type, a parameter given twice.
 * A type that two readers understand differently is how checks are got around.
 */
export function parseMediaType(header: string): MediaType | undefined {
  const type = essence.exec(header)?.[0]
  if (type === undefined) return undefined
  const parameters = new Map<string, string>()
  parameter.lastIndex = type.length
  while (parameter.lastIndex < header.length) {
    const match = parameter.exec(header)
    if (!match) return undefined
    const name = match[1]?.toLowerCase()
    if (name === undefined) continue
    if (parameters.has(name)) return undefined
    parameters.set(name, match[2] ?? match[3]!.replace(/\\(.)/g, '$1'))
  }
  return { essence: type.toLowerCase(), parameters }
}
