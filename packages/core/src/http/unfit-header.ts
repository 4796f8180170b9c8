import { validateHeaderName, validateHeaderValue } from 'node:http'

/** Why no request can have a header, behind its name; undefined where one can. Values are not told: many are credentials. */
export function unfitHeader(name: string, value: string): string | undefined {
  try {
    validateHeaderName(name)
  } catch {
    return 'is no name of a header'
  }
  try {
    validateHeaderValue(name, value)
    return undefined
  } catch {
    return 'has a value with characters that no header can hold'
  }
}
