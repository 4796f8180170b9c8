import { readFileSync, statSync } from 'node:fs'

import { maskLines, rangesByLine, type MaskedLine } from '../secrecy/mask-lines.js'
import { readPlace } from './place.js'
import type { Paint } from './paint.js'
import { secretRanges } from '../secrecy/yaml-secrets.js'

/** Lines before and after the one that is meant. */
const around = 2
/** A larger file is not one that a person wrote. */
const maxBytes = 1024 * 1024
const maxWidth = 160
/** Of a line that is looked through for secrets. */
const maxLength = 1_000

/** Whether the lines around one place show another one as well. */
export function isNear(one: string, other: string): boolean {
  const [a, b] = [readPlace(one), readPlace(other)]
  return b !== undefined && a?.file === b.file && Math.abs(a.line - b.line) <= around
}

/** Shows places of files. Each file is read once. */
export class CodeFrames {
  readonly #paint: Paint
  readonly #files = new Map<string, readonly MaskedLine[] | undefined>()

  constructor(paint: Paint) {
    this.#paint = paint
  }

  /** The lines around a place such as `lokstra.yaml:12:5`, with a caret; empty where the file cannot be read. Secrets are masked. */
  frame(where: string | undefined): string {
    const place = readPlace(where)
    const lines = place && this.#lines(place.file)
    const line = place && lines?.[place.line - 1]
    if (!line) return ''
    const first = Math.max(1, place.line - around)
    const shown = lines.slice(first - 1, place.line + around)
    while (shown.length > 1 && shown.at(-1)!.text.trim() === '' && first + shown.length - 1 > place.line) shown.pop()
    const width = String(first + shown.length - 1).length
    return shown
      .flatMap(({ text }, index) => {
        const number = first + index
        const isMeant = number === place.line
        const row = `${isMeant ? '>' : ' '} ${String(number).padStart(width)} | ${text.slice(0, maxWidth)}`.trimEnd()
        if (!isMeant) return [this.#paint('dim', row)]
        const caret = place.column === undefined ? undefined : this.#caret(line, place.column, width)
        return [row, ...(caret === undefined ? [] : [caret])]
      })
      .map((row) => `  ${row}`)
      .join('\n')
  }

  #caret(line: MaskedLine, column: number, width: number): string | undefined {
    const start = line.toColumn(column)
    if (start > Math.min(line.text.length + 1, maxWidth)) return undefined
    const length = lengthOfToken(line.text.slice(start - 1))
    return `  ${' '.repeat(width)} | ${' '.repeat(start - 1)}${this.#paint('red', '^'.repeat(length))}`
  }

  #lines(file: string): readonly MaskedLine[] | undefined {
    if (!this.#files.has(file)) this.#files.set(file, readLines(file))
    return this.#files.get(file)
  }
}

function readLines(file: string): readonly MaskedLine[] | undefined {
  try {
    const stats = statSync(file)
    if (!stats.isFile() || stats.size > maxBytes) return undefined
    const text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '')
    const lines = text.split('\n')
    const parsed = /\.ya?ml$/.test(file) ? rangesByLine(lines, secretRanges(text)) : undefined
    // Terminals move for a tab, and control characters change more than that.
    const shown = lines.map((line) =>
      line
        .replace(/\r$/, '')
        .slice(0, maxLength)
        .replace(/\p{Cc}/gu, ' '),
    )
    return maskLines(shown, file, parsed)
  } catch {
    // It was there a moment ago, or it is the place of something that is no file.
    return undefined
  }
}

/** Of a key or a value that begins here. */
function lengthOfToken(text: string): number {
  const [token = ''] =
    /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|\$\{[^}]*\}[^\s,\]}]*|[^\s,\]}:]+(?::[^\s,\]}]+)*)/.exec(text) ?? []
  return Math.max(1, Math.min(token.length, maxWidth))
}
