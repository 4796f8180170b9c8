import { isAlias, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node, type YAMLMap } from 'yaml'

import { E_CONFIG_KEY_DUPLICATE, E_CONFIG_SYNTAX } from '../errors/catalogue/config.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import { formatPath, type ConfigPath } from './config-path.js'

/** Values that aliases may repeat in one file; a few nested ones could otherwise stand for billions. */
const maxRepeatedValues = 10_000

/** What is done with a text value on its way in: its new text, or undefined when it cannot be used. */
export type ReadText = (text: string, path: ConfigPath) => string | undefined

interface Offsets {
  readonly key: number
  readonly value: number
}

/** One YAML file as plain values, each of which can be found again. */
export class YamlDocument {
  readonly #file: string
  readonly #lines = new LineCounter()
  readonly #document: Document.Parsed
  readonly #text: string
  readonly #offsets = new Map<string, Offsets>()
  readonly #unusable = new Set<string>()
  /** Collections being read, to see an alias inside its own anchor. */
  readonly #open = new Set<Node>()
  #repeated = 0

  constructor(text: string, file: string) {
    this.#file = file
    this.#text = text
    // Duplicate keys are found while reading, where their path is known.
    this.#document = parseDocument(text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      uniqueKeys: false,
    })
  }

  get isEmpty(): boolean {
    const { contents } = this.#document
    return contents === null || (isScalar(contents) && contents.value === null)
  }

  /** Mistakes that leave the structure in doubt, the first of each line: one often causes the next. */
  syntaxProblems(): LokstraError[] {
    const seen = new Set<number>()
    const problems: LokstraError[] = []
    const errors = [...this.#document.errors].sort((a, b) => a.pos[0] - b.pos[0])
    for (const { code, message, pos } of errors) {
      const { line } = this.#lines.linePos(pos[0])
      if (seen.has(line) || (code === 'RESOURCE_EXHAUSTION' && problems.length > 0)) continue
      seen.add(line)
      problems.push(lokstraError(E_CONFIG_SYNTAX, describeSyntax(code, message, this.#line(line)), this.#place(pos[0])))
      if (code === 'RESOURCE_EXHAUSTION') break
    }
    return problems
  }

  /** The plain value. What cannot be used is reported and marked, so that it is not reported again as missing. */
  read(readText: ReadText, problems: LokstraError[]): unknown {
    for (const { message, pos } of this.#document.warnings) {
      problems.push(
        lokstraError(
          E_CONFIG_SYNTAX,
          { problem: message, fix: 'Remove it: configuration takes plain YAML.' },
          this.#place(pos[0]),
        ),
      )
    }
    const refuse = (problem: string, fix: string, node: Node, path?: ConfigPath) => {
      if (path) this.#unusable.add(JSON.stringify(path))
      problems.push(lokstraError(E_CONFIG_SYNTAX, { problem, fix }, this.#place(startOf(node))))
      return null
    }

    const read = (node: Node | null, path: ConfigPath, keyOffset: number, isRepeated: boolean): unknown => {
      if (node === null) return null
      if (isRepeated && ++this.#repeated > maxRepeatedValues) {
        const isFirst = this.#repeated === maxRepeatedValues + 1
        if (!isFirst) this.#unusable.add(JSON.stringify(path))
        return isFirst
          ? refuse(
              `The aliases of this file repeat more than ${maxRepeatedValues} values`,
              'Write the values out.',
              node,
              path,
            )
          : null
      }
      if (!isRepeated)
        this.#offsets.set(JSON.stringify(path), { key: keyOffset, value: this.#valueOffset(node, keyOffset) })
      if (isAlias(node)) {
        const target = node.resolve(this.#document)
        if (!target)
          return refuse(
            `*${node.source} refers to an anchor that does not exist`,
            `Put &${node.source} in front of a value above it.`,
            node,
            path,
          )
        if (this.#open.has(target))
          return refuse(`*${node.source} stands inside its own anchor`, 'Write the value out.', node, path)
        return read(target, path, keyOffset, true)
      }
      if (isScalar(node)) {
        if (typeof node.value !== 'string') return node.value
        const text = readText(node.value, path)
        if (text === undefined) this.#unusable.add(JSON.stringify(path))
        return text ?? null
      }
      this.#open.add(node)
      const value = isSeq(node)
        ? node.items.map((item, index) =>
            read(item as Node | null, [...path, index], startOf(item as Node), isRepeated),
          )
        : readMap(node as YAMLMap<Node, Node | null>, path, isRepeated)
      this.#open.delete(node)
      return value
    }

    const readMap = (
      map: YAMLMap<Node, Node | null>,
      path: ConfigPath,
      isRepeated: boolean,
    ): Record<string, unknown> => {
      const values: Record<string, unknown> = {}
      const seen = new Map<string, number>()
      for (const { key, value } of map.items) {
        const name = isScalar(key) ? (typeof key.value === 'string' ? key.value : (key.source ?? '')) : undefined
        const offset = startOf(key)
        if (name === undefined || name === '') {
          refuse('A key must be plain text', 'Write keys as words, such as listen: ":3000".', key)
          continue
        }
        const at = [...path, name]
        const first = seen.get(name)
        if (first !== undefined) {
          problems.push(
            lokstraError(E_CONFIG_KEY_DUPLICATE, { path: formatPath(at) }, [this.#place(offset), this.#place(first)]),
          )
          continue
        }
        seen.set(name, offset)
        if (name === '__proto__') refuse('The key __proto__ is not allowed', 'Remove it.', key, at)
        else if (name === '<<')
          refuse(
            'Merge keys (<<) are not supported',
            'Write the keys out; an alias may stand for a whole value.',
            key,
            at,
          )
        else values[name] = read(value, at, offset, isRepeated)
      }
      return values
    }

    return read(this.#document.contents as Node | null, [], 0, false)
  }

  /** Whether a value, or one around it, was reported already. */
  isUnusable(path: ConfigPath): boolean {
    return (
      path.some((_, index) => this.#unusable.has(JSON.stringify(path.slice(0, index + 1)))) || this.#unusable.has('[]')
    )
  }

  /** `lokstra.yaml:12:5` of a value or its key; of the nearest value around it when there is none. */
  readonly locate = (path: ConfigPath, part: 'key' | 'value' = 'value'): string => {
    for (let length = path.length; length > 0; length--) {
      const offsets = this.#offsets.get(JSON.stringify(path.slice(0, length)))
      if (offsets) return this.#place(offsets[length === path.length ? part : 'key'])
    }
    return this.#place(this.#offsets.get('[]')?.value ?? 0)
  }

  /** A value that is empty or starts below its key is best found at its key. */
  #valueOffset(node: Node, keyOffset: number): number {
    const [start, end] = node.range ?? [keyOffset, keyOffset]
    return start !== end && this.#lines.linePos(start).line === this.#lines.linePos(keyOffset).line ? start : keyOffset
  }

  #place(offset: number): string {
    const { line, col } = this.#lines.linePos(offset)
    return `${this.#file}:${Math.max(line, 1)}:${Math.max(col, 1)}`
  }

  #line(line: number): string {
    return this.#text.split('\n')[line - 1] ?? ''
  }
}

function startOf(node: Node | null): number {
  return node?.range?.[0] ?? 0
}

interface SyntaxProblem {
  readonly problem: string
  readonly fix: string
}

const syntax: Readonly<Record<string, SyntaxProblem>> = {
  TAB_AS_INDENT: { problem: 'A tab stands in the indentation', fix: 'Indent with spaces.' },
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
  UNEXPECTED_TOKEN: {
    problem: 'The text does not fit here',
    fix: 'Check the quotes, brackets and indentation of this line and of the one above it.',
  },
  RESOURCE_EXHAUSTION: { problem: 'The values are nested too deeply', fix: 'Remove levels of nesting.' },
}

/** Places of errors that have nothing to do with an unquoted placeholder on their line. */
const exactCodes: ReadonlySet<string> = new Set(['TAB_AS_INDENT', 'MULTIPLE_DOCS', 'RESOURCE_EXHAUSTION'])

function describeSyntax(code: string, message: string, line: string): SyntaxProblem {
  const bracket = /^Flow .* end with a (.)$/.exec(message)?.[1]
  const isQuote = message.startsWith('Missing closing')
  const problem =
    syntax[code]?.problem ??
    (bracket ? `A bracket is not closed with ${bracket}` : isQuote ? 'A quote is not closed' : message)
  if (line.includes('${') && !exactCodes.has(code)) {
    return { problem, fix: 'Put text that contains ${…} in quotes: "${NAME:default}".' }
  }
  const fix =
    bracket || isQuote
      ? 'Close it; it may have been opened some lines above.'
      : 'Correct this line, or the one above it.'
  return { problem, fix: syntax[code]?.fix ?? fix }
}
