import { isSecretKey, maskCredentials, namesPemFile } from './secret-key.js'
import type { Range } from './yaml-secrets.js'

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
 * @param parsed  where a parser has found such values, by the index of the line. Default none
 */
export function maskLines(
  lines: readonly string[],
  file: string,
  parsed: ReadonlyMap<number, readonly Range[]> = new Map(),
): readonly MaskedLine[] {
  let hiddenBelow: number | undefined
  return lines.map((line, index) => {
    const indent = line.search(/\S/)
    // A list may stand as far left as its key.
    const inner = line.startsWith('- ', indent) ? indent + 1 : indent
    const isBelow = hiddenBelow !== undefined && (indent < 0 || inner > hiddenBelow)
    if (isBelow) return indent < 0 ? unmasked(line) : masked(line, [[indent, line.length]])
    hiddenBelow = undefined
    const spans = secretSpans(line, file)
    // What a secret key says may go on below it: a block of text, a map, a list.
    if (!code.test(file) && spans.some(([, end]) => end === line.length)) hiddenBelow = indent
    return masked(line, merge([...spans, ...(parsed.get(index) ?? [])]))
  })
}

/**
 * Of ranges in a whole text, the parts in each of its lines.
 * @param ranges  in their order, none within another
 */
export function rangesByLine(
  lines: readonly string[],
  ranges: readonly Range[],
): ReadonlyMap<number, readonly Range[]> {
  const byLine = new Map<number, readonly Range[]>()
  let start = 0
  let first = 0
  for (const [index, line] of lines.entries()) {
    const end = start + line.length
    const indent = line.search(/\S|$/)
    while (first < ranges.length && ranges[first]![1] <= start) first++
    const inside: Range[] = []
    for (let next = first; next < ranges.length && ranges[next]![0] < end; next++) {
      const [from, to] = ranges[next]!
      const part: Range = [Math.max(from - start, indent), Math.min(to, end) - start]
      if (part[0] < part[1]) inside.push(part)
    }
    if (inside.length > 0) byLine.set(index, inside)
    start = end + 1
  }
  return byLine
}

/** In their order, those that overlap as one. */
function merge(ranges: readonly Range[]): readonly Range[] {
  const merged: Range[] = []
  for (const [start, end] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1)
    if (last && start < last[1]) merged[merged.length - 1] = [last[0], Math.max(last[1], end)]
    else merged.push([start, end])
  }
  return merged
}

function secretSpans(line: string, file: string): readonly Range[] {
  const spans: Range[] = []
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

function masked(line: string, spans: readonly Range[]): MaskedLine {
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

function toColumn(line: string, spans: readonly Range[], column: number): number {
  const offset = column - 1
  const [start] = spans.find(([from, to]) => from <= offset && offset < to) ?? [offset]
  const before = spans.filter(([, to]) => to <= start)
  return masked(line.slice(0, start), before).text.length + 1
}
