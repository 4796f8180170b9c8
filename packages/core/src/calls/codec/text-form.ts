import { parseJson } from '../../binding/body-parsers/json.js'
import type { Transform } from '../../contract/object-plan.js'

/*
 * What a call carries beside its body. A text that says all by itself is written as it is, and everything else as JSON, so that lists
 * with commas in them, empty ones, null and nested objects are told apart. In a header the text is percent-encoded.
 */

/** Callee's side: undoes the percent-encoding of a header. */
export const readEscaped: Transform = ({ value }) => decodeURIComponent(textOf(value))

/** Callee's side: reads the JSON of a query value. */
export const readJson: Transform = ({ value }) => parseText(textOf(value))

/** Callee's side: reads the JSON of a header. */
export const readEscapedJson: Transform = ({ value }) => parseText(decodeURIComponent(textOf(value)))

/** What is no text has been repeated: no caller of ours does that, and the value counts as one of the wrong type. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  throw new TypeError('A value of a call was given twice')
}

/** The length of a request's head is bounded, so that nothing else needs to be. */
const limits = { depth: Infinity, keys: Infinity, items: Infinity }

function parseText(text: string): unknown {
  return parseJson(text, limits)
}
