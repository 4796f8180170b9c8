import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Alias,
  type Document,
  type Node,
  type YAMLMap,
} from 'yaml'

import { E_CONFIG_KEY_DUPLICATE, E_CONFIG_SYNTAX } from '../../errors/catalogue/config.js'
import { lokstraError, type LokstraError } from '../../errors/lokstra-error.js'
import { unusableNode, type ConfigNode, type Origin } from '../tree/config-node.js'
import { formatPath, type ConfigPath } from '../tree/config-path.js'
import { withAppName } from '../tree/find-node.js'
import { describeSyntax } from './yaml-syntax.js'

/** Values that aliases may repeat in one file; a few nested ones could otherwise stand for billions. */
const maxRepeatedValues = 10_000

/** Where a value is being read. */
interface Position {
  readonly path: ConfigPath
  /** Offset of its key, or of the value itself in a list. */
  readonly keyOffset: number
  /** Place of the alias through which it is reached; it stands elsewhere. */
  readonly alias?: Origin
}

/** One YAML file as a tree of values that know where they stand. */
export class YamlDocument {
  readonly #file: string
  readonly #text: string
  readonly #problems: LokstraError[]
  readonly #document: Document.Parsed
  readonly #lines = new LineCounter()
  /** Collections being read, to see an alias inside its own anchor. */
  readonly #open = new Set<Node>()
  readonly #anchors = new Map<string, Node>()
  readonly #targets = new Map<Alias, Node>()
  /** Maps that lack keys of which only this file's author knows. */
  readonly #incomplete = new Set<Node>()
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

  /** The values. What cannot be used is reported, and is null in the tree. */
  read(): ConfigNode {
    for (const { message, pos } of this.#document.warnings) {
      this.#report(message, 'Remove it: configuration takes plain YAML.', pos[0])
    }
    return this.#read(this.#document.contents, { path: [], keyOffset: startOf(this.#document.contents) })
  }

  #read(node: Node | null, at: Position): ConfigNode {
    const origin = at.alias ?? this.#originOf(node, at.keyOffset)
    if (node === null) return { kind: 'scalar', value: null, origin }
    if (at.alias && ++this.#repeated > maxRepeatedValues) return this.#refuseRepetition(node, origin)
    if (isAlias(node)) return this.#readAlias(node, at, origin)
    if (!at.alias && node.anchor !== undefined) this.#anchors.set(node.anchor, node)
    if (isScalar(node)) return { kind: 'scalar', value: node.value, origin }
    this.#open.add(node)
    const read: ConfigNode = isSeq<Node | null>(node)
      ? {
          kind: 'list',
          items: node.items.map((item, index) =>
            this.#read(item, { ...at, path: [...at.path, index], keyOffset: startOf(item) || at.keyOffset }),
          ),
          origin,
        }
      : { kind: 'map', entries: this.#readEntries(node as YAMLMap<Node, Node | null>, at), origin }
    this.#open.delete(node)
    return this.#incomplete.has(node) ? unusableNode(origin) : read
  }

  #readAlias(node: Alias, at: Position, origin: Origin): ConfigNode {
    const name = node.source
    // Looked up where the alias stands: an anchor may be given anew before its content is repeated.
    const target = this.#targets.get(node) ?? this.#anchors.get(name)
    if (!target) {
      const fix = `Put &${name} in front of a value above it.`
      return this.#refuse(`*${name} refers to an anchor that does not exist`, fix, node, origin)
    }
    if (this.#open.has(target))
      return this.#refuse(`*${name} stands inside its own anchor`, 'Write the value out.', node, origin)
    this.#targets.set(node, target)
    const repeated = this.#read(target, { ...at, alias: { key: origin.key, value: origin.key } })
    return at.alias ? repeated : { ...repeated, origin }
  }

  #readEntries(map: YAMLMap<Node, Node | null>, at: Position): Map<string, ConfigNode> {
    const entries = new Map<string, ConfigNode>()
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
        this.#problems.push(lokstraError(E_CONFIG_KEY_DUPLICATE, { path: this.#nameOf(path) }, places))
      } else if (name === '__proto__') {
        this.#report('The key __proto__ is not allowed', 'Remove it.', keyOffset)
      } else if (name === '<<') {
        const fix = 'Write the keys out; an alias may stand for a whole value.'
        this.#report('Merge keys (<<) are not supported', fix, keyOffset)
        // What it would have brought would seem to be missing; of the root the rest is still looked at.
        if (at.path.length > 0) this.#incomplete.add(map)
      } else {
        first.set(name, keyOffset)
        entries.set(name, this.#read(value, { ...at, path, keyOffset }))
      }
    }
    return entries
  }

  /** A path as people write it. Names of apps that come from elsewhere are not known here. */
  #nameOf(path: ConfigPath): string {
    const apps: unknown = this.#document.get('apps')
    const names = (isSeq(apps) ? apps.items : []).map((app) => (isMap(app) ? app.get('name') : undefined))
    const name = names[Number(path[1])]
    const isOwn = typeof name === 'string' && !name.includes('${') && names.filter((one) => one === name).length === 1
    return formatPath(isOwn ? withAppName(path, new Map([[Number(path[1]), name]])) : path)
  }

  #refuseRepetition(node: Node, origin: Origin): ConfigNode {
    if (this.#repeated > maxRepeatedValues + 1) return unusableNode(origin)
    const problem = `The aliases of this file repeat more than ${maxRepeatedValues} values`
    return this.#refuse(problem, 'Write the values out.', node, origin)
  }

  #refuse(problem: string, fix: string, node: Node, origin: Origin): ConfigNode {
    this.#report(problem, fix, startOf(node))
    return unusableNode(origin)
  }

  #report(problem: string, fix: string, offset: number): void {
    this.#problems.push(lokstraError(E_CONFIG_SYNTAX, { problem, fix }, this.#place(offset)))
  }

  /** A value that is empty or starts below its key is best found at its key. */
  #originOf(node: Node | null, keyOffset: number): Origin {
    const key = this.#place(keyOffset)
    const [start, end] = node?.range ?? [keyOffset, keyOffset]
    const isBeside = start !== end && this.#lines.linePos(start).line === this.#lines.linePos(keyOffset).line
    return { key, value: isBeside ? this.#place(start) : key }
  }

  #place(offset: number): string {
    const { line, col } = this.#lines.linePos(offset)
    return `${this.#file}:${Math.max(line, 1)}:${Math.max(col, 1)}`
  }
}

function startOf(node: Node | null): number {
  return node?.range?.[0] ?? 0
}
