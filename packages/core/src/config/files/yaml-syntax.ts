/** A mistake of the YAML itself, in words. */
export interface SyntaxProblem {
  readonly problem: string
  readonly fix: string
  /** What the parser reports behind it comes of this mistake. */
  readonly isFollowedByOthers?: boolean
}

const syntax: Readonly<Record<string, SyntaxProblem>> = {
  TAB_AS_INDENT: { problem: 'There is a tab in the indentation', fix: 'Indent with spaces.' },
  MULTIPLE_DOCS: {
    problem: 'A second YAML document starts here',
    fix: 'Keep one document in the file: remove the "---" line and what follows it, or move that to another file.',
  },
  BLOCK_AS_IMPLICIT_KEY: {
    problem: 'A value is followed by another key',
    fix: 'Put text that contains ": " in quotes; indent the keys of one map by the same number of spaces.',
  },
  MULTILINE_IMPLICIT_KEY: {
    problem: 'A ":" is missing behind a key',
    fix: 'Write keys as "key: value", each on a line of its own.',
  },
  INDENTATION: {
    problem: 'The indentation fits none of the lines above',
    fix: 'Indent the keys of one map, and the "-" of one list, by the same number of spaces.',
  },
  UNEXPECTED_TOKEN: {
    problem: 'The text does not fit here',
    fix: 'Check the quotes, brackets and indentation of this line and of the one above it.',
  },
  RESOURCE_EXHAUSTION: {
    problem: 'The values are nested too deeply',
    fix: 'Remove levels of nesting.',
    isFollowedByOthers: true,
  },
}

/** Places of errors that have nothing to do with an unquoted placeholder on their line. */
const exact: ReadonlySet<SyntaxProblem | undefined> = new Set([
  syntax.TAB_AS_INDENT,
  syntax.MULTIPLE_DOCS,
  syntax.RESOURCE_EXHAUSTION,
  syntax.INDENTATION,
])

/**
 * Puts the parser's report into words of the catalogue.
 * @param line  the text of the line it is about
 */
export function describeSyntax(code: string, message: string, line: string): SyntaxProblem {
  const known = byMessage(message) ?? syntax[code] ?? openEnd(message)
  const { problem, fix } = known ?? { problem: message, fix: 'Correct this line, or the one above it.' }
  if (line.includes('${') && !exact.has(known)) {
    // Behind a brace that opens in the middle of a text, the parser takes every line for part of a map.
    return { problem, fix: 'Put text that contains ${…} in quotes: "${NAME:default}".', isFollowedByOthers: true }
  }
  return known ?? { problem, fix }
}

function byMessage(message: string): SyntaxProblem | undefined {
  if (message.startsWith('Implicit map keys')) return syntax.MULTILINE_IMPLICIT_KEY
  return /^Sequence item without -|must start at the same column$/.test(message) ? syntax.INDENTATION : undefined
}

function openEnd(message: string): SyntaxProblem | undefined {
  const fix = 'Close it; it may have been opened some lines above.'
  const bracket = /^Flow .* end with an? (.)$/.exec(message)?.[1]
  if (bracket) return { problem: `A bracket is not closed with ${bracket}`, fix }
  return message.startsWith('Missing closing') ? { problem: 'A quote is not closed', fix } : undefined
}
