import { isSecretKey, maskCredentials, namesPemFile } from './secret-key.js'

const mask = '***'

/** A key and what follows it, as far as one line goes: `password: x`, `"apiKey" : x`, `TOKEN=x`; none of a placeholder's. */
const keyValue = /(?<!\$\{[\w-]*)([\w-]+)(["']?\??\s*[:=]\s*)/g
const quoted = /^(?:"(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?|`(?:[^`\\]|\\.)*`?)/
const code = /\.[cm]?[jt]sx?$/
const variables = /(?:^|[\\/])\.env[^\\/]*$/

/** One line to be shown. */
export interface MaskedLine {
  readonly text: string
  /** Where a column of the original is in the text; both count from 1. */
  toColumn(column: number): number
}

/**
 * The lines of a file as they may be shown: without the values of keys that look secret, all that stands below such a key, and the
 * passwords of URLs. Of code only text in quotes is hidden, and of a file of variables every value.
 */
export function maskLines(lines: readonly string[], file: string): readonly MaskedLine[] {
  let hiddenBelow: number | undefined
  return lines.map((line) => {
    const indent = line.search(/\S/)
    // A list may stand as far left as its key.
    const inner = line.startsWith('- ', indent) ? indent + 1 : indent
    const isBelow = hiddenBelow !== undefined && (indent < 0 || inner > hiddenBelow)
    if (isBelow) return indent < 0 ? unmasked(line) : masked(line, [[indent, line.length]])
    hiddenBelow = undefined
    const spans = secretSpans(line, file)
    // What a secret key says may go on below it: a block of text, a map, a list.
    if (!code.test(file) && spans.some(([, end]) => end === line.length)) hiddenBelow = indent
    return masked(line, spans)
  })
}

type Span = readonly [start: number, end: number]

function secretSpans(line: string, file: string): readonly Span[] {
  const spans: Span[] = []
  for (const match of line.matchAll(keyValue)) {
    const [whole, key] = match
    const start = match.index + whole.length
    if (start < (spans.at(-1)?.[1] ?? 0)) continue
    if (variables.test(file)) return [[start, line.length]]
    if (!isSecretKey(key!) || line.startsWith('${secret:', match.index - 2)) continue
    const rest = line.slice(start)
    const [text = ''] = quoted.exec(rest) ?? []
    // A plain value ends with its line, or within brackets at a comma or their end.
    const isBlock = /^[\s-]*["']?$/.test(line.slice(0, match.index))
    const plain = isBlock ? rest : (/^(?:\$\{[^}]*\}|[^,}\]])*/.exec(rest)?.[0] ?? '').trimEnd()
    if (text === '' && code.test(file)) continue
    spans.push([start, start + (text || plain).length])
  }
  return spans
}

function unmasked(text: string): MaskedLine {
  return { text, toColumn: (column) => column }
}

function masked(line: string, spans: readonly Span[]): MaskedLine {
  const shown = spans.filter(([start, end]) => !isPlain(line.slice(start, end)))
  let text = ''
  let from = 0
  for (const [start, end] of shown) {
    text += line.slice(from, start) + mask
    from = end
  }
  text += line.slice(from)
  const withoutCredentials = maskCredentials(text)
  if (withoutCredentials === line) return unmasked(line)
  return { text: withoutCredentials, toColumn: (column) => toColumn(line, shown, column) }
}

/** Says where the secret comes from, and holds none. */
function isPlain(value: string): boolean {
  const [, , text = value.trim()] = /^(["'])(.*)\1$/.exec(value.trim()) ?? []
  return text === '' || namesPemFile(text) || /^\$\{(?:\w+|secret:[^}]*|config:[^}]*)\}$/.test(text)
}

function toColumn(line: string, spans: readonly Span[], column: number): number {
  const offset = column - 1
  const [start] = spans.find(([from, to]) => from <= offset && offset < to) ?? [offset]
  const before = spans.filter(([, to]) => to <= start)
  return masked(line.slice(0, start), before).text.length + 1
}
