import secureJson = require('secure-json-parse')

import type { ValidationError } from '../../errors/http-error.js'
import { malformed } from '../parse-pairs.js'
import { findJsonErrorPosition, findJsonExcess, mayExceed, type JsonLimits } from './json-text.js'

/** @throws ValidationError code `malformed` */
export function parseJson(text: string, limits: JsonLimits): unknown {
  // Counted before anything is built of it.
  if (mayExceed(text, limits)) assertWithin(text, limits)
  try {
    // The library's look at the text and at every key costs a quarter of the parsing.
    return mayBePoisoned(text) ? secureJson.parse(text) : JSON.parse(text)
  } catch (error) {
    // A text that is no JSON was not counted.
    assertWithin(text, limits)
    throw explain(text, error as Error)
  }
}

/**
 * Whether a key may be `__proto__`, or `prototype` below `constructor`; each can be written with escapes. The other half of the pair
 * would be looked for in twice the time: more words begin with a c.
 */
function mayBePoisoned(text: string): boolean {
  return text.includes('__proto__') || text.includes('prototype') || text.includes('\\u')
}

function assertWithin(text: string, limits: JsonLimits): void {
  const excess = findJsonExcess(text, limits)
  if (excess === 'depth') throw malformed('body', '', `The body is nested deeper than ${limits.depth} levels`)
  if (excess === 'keys') throw malformed('body', '', `The body has an object with more than ${limits.keys} keys`)
  if (excess === 'items') throw malformed('body', '', `The body has an array with more than ${limits.items} items`)
}

function explain(text: string, error: Error): ValidationError {
  // The library says so with a SyntaxError too.
  if (error.message.includes('forbidden prototype')) {
    return malformed('body', '', 'The body has a forbidden key: __proto__, or constructor with prototype')
  }
  const position = findJsonErrorPosition(text)
  const found =
    position < text.length ? `unexpected ${JSON.stringify(characterAt(text, position))}` : 'it ends too early'
  return malformed('body', '', `The body is not valid JSON: ${found} at position ${position}`)
}

function characterAt(text: string, position: number): string {
  return String.fromCodePoint(text.codePointAt(position)!)
}
