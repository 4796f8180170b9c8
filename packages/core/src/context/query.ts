import { parsePairs } from '../binding/parse-pairs.js'

/** Decoded names and values of a query, without a prototype; a repeated name has an array. */
export type QueryValues = Readonly<Record<string, string | string[]>>

/**
 * Parses what follows `?`. A percent sign that encodes nothing stands for itself, as in browsers.
 * @param limits `keys`: most values; `depth`: deepest nesting of names with brackets
 * @throws ValidationError (400, code `malformed`) above a limit, and for names that reach for prototypes
 */
export function parseQuery(search: string, limits: { readonly keys: number; readonly depth: number }): QueryValues {
  return parsePairs(search, limits, 'query')
}
