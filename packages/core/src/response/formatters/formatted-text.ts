import { toJson } from '../serialize/json-text.js'
import type { Formatted } from './formatter.js'

export const jsonType = 'application/json; charset=utf-8'

/** The body that a formatter gave, as it is sent; undefined where there is none. */
export function formattedText(formatted: Formatted): string | undefined {
  return formatted.text ?? toJson(formatted.body)
}
