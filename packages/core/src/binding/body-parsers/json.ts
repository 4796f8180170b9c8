import { parse } from 'secure-json-parse'

import type { InputLimits } from '../../context/context.js'
import { malformed } from '../parse-pairs.js'
import { findJsonErrorPosition, findJsonExcess } from './json-text.js'

/** @throws ValidationError code `malformed` */
export function parseJson(text: string, limits: InputLimits): unknown {
  const excess = findJsonExcess(text, limits)
  if (excess === 'depth') throw malformed('body', '', `The body is nested deeper than ${limits.depth} levels`)
  if (excess === 'keys') throw malformed('body', '', `The body has an object with more than ${limits.keys} keys`)
  if (excess === 'items') throw malformed('body', '', `The body has an array with more than ${limits.items} items`)
  try {
    return parse(text)
  } catch (error) {
    // The library says so with a SyntaxError too.
    if ((error as Error).message.includes('forbidden prototype')) {
      throw malformed('body', '', 'The body has a forbidden key: __proto__, or constructor with prototype')
    }
    const position = findJsonErrorPosition(text)
    const found =
      position < text.length ? `unexpected ${JSON.stringify(characterAt(text, position))}` : 'it ends too early'
    throw malformed('body', '', `The body is not valid JSON: ${found} at position ${position}`)
  }
}

function characterAt(text: string, position: number): string {
  return String.fromCodePoint(text.codePointAt(position)!)
}
