import { parseEnv } from 'node:util'

import { E_CONFIG_SYNTAX } from '../../errors/catalogue/config.js'
import { lokstraError, type LokstraError } from '../../errors/lokstra-error.js'
import type { Variable } from '../layers/variables.js'

/**
 * The variables of a `.env` file: `NAME=value`, with or without `export` and quotes; quoted values may span lines.
 * @param file  as errors name it
 */
export function parseEnvFile(text: string, file: string, problems: LokstraError[]): ReadonlyMap<string, Variable> {
  const lines = linesOf(text)
  const variables = new Map<string, Variable>()
  for (const [name, value] of Object.entries(parseEnv(text))) {
    if (/^[A-Za-z_]\w*$/.test(name)) {
      const line = lines.get(name)
      const place = line === undefined ? file : `${file}:${line}`
      variables.set(name, { value: value!, place })
      if (isOpenQuote(text.split('\n')[line! - 1], value!)) {
        const fix = 'Close it on this or a later line, or put quotes of another kind around the value.'
        problems.push(
          lokstraError(E_CONFIG_SYNTAX, { problem: `The quote of ${name} is not closed`, fix }, `${place}:1`),
        )
      }
    } else {
      const [first] = name.split('\n')
      const line = text.split('\n').findIndex((other) => other.trim().startsWith(first!)) + 1
      const fix = 'Write NAME=value, the name in letters, digits and _; comments start with #.'
      problems.push(lokstraError(E_CONFIG_SYNTAX, { problem: 'The line names no variable', fix }, `${file}:${line}:1`))
    }
  }
  return variables
}

/** A quote that nothing closes is taken for a part of the value. */
function isOpenQuote(line: string | undefined, value: string): boolean {
  const quote = line && /=\s*(["'`])/.exec(line)?.[1]
  return quote !== undefined && quote !== '' && value.startsWith(quote)
}

/** The line of each name, from 1; of a name that is set twice the last one, which counts. */
function linesOf(text: string): Map<string, number> {
  const found = new Map<string, number>()
  for (const [index, line] of text.split('\n').entries()) {
    const name = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=/.exec(line)?.[1]
    if (name !== undefined) found.set(name, index + 1)
  }
  return found
}
