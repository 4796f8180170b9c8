import type { InputLimits } from '../../context/context.js'
import { nestPairs, type FormValue } from '../nest-pairs.js'
import { parsePairs } from '../parse-pairs.js'

/** @throws ValidationError code `malformed` */
export function parseUrlencoded(text: string, limits: InputLimits): Record<string, FormValue> {
  return nestPairs(parsePairs(text, limits, 'body'), limits, 'body')
}
