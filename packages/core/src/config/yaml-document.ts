import { isAlias, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node, type YAMLMap } from 'yaml'

import { E_CONFIG_KEY_DUPLICATE, E_CONFIG_SYNTAX } from '../errors/catalogue/config.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import { formatPath, type ConfigPath, type Locate } from './config-path.js'
import { describeSyntax } from './yaml-syntax.js'

/** Values that aliases may repeat in one file; a few nested ones could otherwise stand for billions. */
const maxRepeatedValues = 10_000

/** What is done with a text value on its way in: its new text, or undefined when it cannot be used. */
export type ReadText = (text: string, path: ConfigPath) => string | undefined

/** Where a value is being read. */
interface Position {
  readonly path: ConfigPath
  /** Offset of its key, or of the value itself in a list. */
  readonly keyOffset: number
  /** It is reached through an alias, and stands elsewhere. */
  readonly isRepeated: boolean
}

/** One YAML file as plain values, each of which can be found again. */
export class YamlDocument {
  readonly #file: string
  readonly #text: string
  readonly #problems: LokstraError[]
  readonly #document: Document.Parsed
  readonly #lines = new LineCounter()
  readonly #offsets = new Map<string, { readonly key: number; readonly value: number }>()
  readonly #unusable = new Set<string>()
  /** Collections being read, to see an alias inside its own anchor. */
  readonly #open = new Set<Node>()
  #repeated = 0

  /** @param problems  receives what is wrong with the values that are read */
  constructor(text: string, file: string, problems: LokstraError[]) {
    this.#file = file
    this.#text = text
    this.#problems = problems
    // Duplicate keys are found while reading, where their path is known.
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, uniqueKeys: false })
  }

  get isEmpty(): boolean {
    const { contents } = this.#document
    return contents === null || (isScalar(contents) && contents.value === null)
  }

  /** Mistakes that leave the structure in doubt, the first of each line: one often causes the next. */
  syntaxProblems(): LokstraError[] {
    const seen = new Set<number>()
    const problems: LokstraError[] = []
    for (const { code, message, pos } of [...this.#document.errors].sort((a, b) => a.pos[0] - b.pos[0])) {
      const { line } = this.#lines.linePos(pos[0])
      if (seen.has(line)) continue
      seen.add(line)
      const problem = describeSyntax(code, message, this.#text.split('\n')[line - 1] ?? '')
      problems.push(lokstraError(E_CONFIG_SYNTAX, problem, this.#place(pos[0])))
      if (problem.isFollowedByOthers) break
    }
    return problems
  }

  /** The plain value. What cannot be used is reported, is null, and counts as reported. */
  read(readText: ReadText): unknown {
    for (const { message, pos } of this.#document.warnings) {
      this.#report(message, 'Remove it: configuration takes plain YAML.', pos[0])
    }
    return this.#read(this.#document.contents, { path: [], keyOffset: 0, isRepeated: false }, readText)
  }

  /** Whether a value, or one around it, was reported while reading. */
  readonly isReported = (path: ConfigPath): boolean => {
    return [...path.keys(), path.length].some((length) => this.#unusable.has(toKey(path.slice(0, length))))
  }

  /** `lokstra.yaml:12:5` of a value or its key; of the nearest value around it when there is none. */
  readonly locate: Locate = (path, part = 'value') => {
    for (let length = path.length; length > 0; length--) {
      const offsets = this.#offsets.get(toKey(path.slice(0, length)))
      if (offsets) return this.#place(offsets[length === path.length ? part : 'key'])
    }
    return this.#place(this.#offsets.get(toKey([]))?.value ?? 0)
  }

  #read(node: Node | null, at: Position, readText: ReadText): unknown {
    if (node === null) return null
    if (at.isRepeated && ++this.#repeated > maxRepeatedValues) return this.#refuseRepetition(node, at)
    if (!at.isRepeated) {
      this.#offsets.set(toKey(at.path), { key: at.keyOffset, value: this.#valueOffset(node, at.keyOffset) })
    }
    if (isAlias(node)) {
      const target = node.resolve(this.#document)
      const name = node.source
      if (!target)
        return this.#refuse(
          `*${name} refers to an anchor that does not exist`,
          `Put &${name} in front of a value above it.`,
          node,
          at.path,
        )
      if (this.#open.has(target))
        return this.#refuse(`*${name} stands inside its own anchor`, 'Write the value out.', node, at.path)
      return this.#read(target, { ...at, isRepeated: true }, readText)
    }
    if (isScalar(node)) {
      if (typeof node.value !== 'string') return node.value
      const text = readText(node.value, at.path)
      if (text === undefined) this.#unusable.add(toKey(at.path))
      return text ?? null
    }
    this.#open.add(node)
    const value = isSeq<Node | null>(node)
      ? node.items.map((item, index) =>
          this.#read(item, { ...at, path: [...at.path, index], keyOffset: startOf(item) }, readText),
        )
      : this.#readMap(node as YAMLMap<Node, Node | null>, at, readText)
    this.#open.delete(node)
    return value
  }

  #readMap(map: YAMLMap<Node, Node | null>, at: Position, readText: ReadText): Record<string, unknown> {
    const values: Record<string, unknown> = {}
    const first = new Map<string, number>()
    for (const { key, value } of map.items) {
      const name = isScalar(key) ? (typeof key.value === 'string' ? key.value : (key.source ?? '')) : ''
      const path = [...at.path, name]
      const keyOffset = startOf(key)
      const firstOffset = first.get(name)
      if (name === '') {
        this.#report('A key must be plain text', 'Write keys as words, such as listen: ":3000".', keyOffset)
      } else if (firstOffset !== undefined) {
        const places = [this.#place(keyOffset), this.#place(firstOffset)]
        this.#problems.push(lokstraError(E_CONFIG_KEY_DUPLICATE, { path: formatPath(path) }, places))
      } else if (name === '__proto__') {
        this.#refuse('The key __proto__ is not allowed', 'Remove it.', key, path)
      } else if (name === '<<') {
        this.#refuse(
          'Merge keys (<<) are not supported',
          'Write the keys out; an alias may stand for a whole value.',
          key,
          path,
        )
      } else {
        first.set(name, keyOffset)
        values[name] = this.#read(value, { ...at, path, keyOffset }, readText)
      }
    }
    return values
  }

  #refuseRepetition(node: Node, { path }: Position): null {
    this.#unusable.add(toKey(path))
    const isFirst = this.#repeated === maxRepeatedValues + 1
    return isFirst
      ? this.#refuse(
          `The aliases of this file repeat more than ${maxRepeatedValues} values`,
          'Write the values out.',
          node,
          path,
        )
      : null
  }

  #refuse(problem: string, fix: string, node: Node, path: ConfigPath): null {
    this.#unusable.add(toKey(path))
    this.#report(problem, fix, startOf(node))
    return null
  }

  #report(problem: string, fix: string, offset: number): void {
    this.#problems.push(lokstraError(E_CONFIG_SYNTAX, { problem, fix }, this.#place(offset)))
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
}

function toKey(path: ConfigPath): string {
  return JSON.stringify(path)
}

function startOf(node: Node | null): number {
  return node?.range?.[0] ?? 0
}
