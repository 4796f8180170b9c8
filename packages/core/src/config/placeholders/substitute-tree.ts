import { didYouMean } from '../../errors/did-you-mean.js'
import type { LokstraError } from '../../errors/lokstra-error.js'
import {
  hasUnusable,
  toPlain,
  withoutKeys,
  type ConfigMap,
  type ConfigNode,
  type PlaceholderUse,
} from '../tree/config-node.js'
import { formatPath, type ConfigPath } from '../tree/config-path.js'
import { childOf, locateIn, namesIn } from '../tree/find-node.js'
import type { SecretSource } from '../secrets/secret-reader.js'
import type { Variables } from '../layers/variables.js'
import { FetchedSecrets } from './fetched-secrets.js'
import { parsePlaceholders, type Placeholder } from './parse-placeholders.js'
import { PlaceholderProblems } from './placeholder-problems.js'
import { needsReplacing, type TextNode } from './text-node.js'

/** Values that `${config:…}` may repeat; a few nested ones could otherwise stand for billions. */
const maxRepeatedValues = 100_000
/** Characters of a text that is put together, for the same reason. */
const maxTextLength = 1024 * 1024
/** References that may lead one through the other; a stack holds only so many. */
const maxReferences = 500

export interface SubstitutionOptions {
  readonly variables: Variables
  readonly secrets: SecretSource
  /** What relative paths of secret providers start from. */
  readonly folder: string
  /** Receives what cannot be replaced. */
  readonly problems: LokstraError[]
}

/** Replaces the placeholders of a tree. Text that came in through one is not looked at again. */
export async function substituteTree(root: ConfigMap, options: SubstitutionOptions): Promise<ConfigNode> {
  return new Substitution(root, options).run()
}

/** What replacing a part of the tree may use. */
interface Scope {
  readonly secrets: FetchedSecrets
  /** Why `${config:…}` cannot be used here. */
  readonly noConfig?: string
  /** What was replaced, so that it is the same wherever references repeat it. */
  readonly results: Map<ConfigNode, ConfigNode>
}

class Substitution {
  readonly #root: ConfigMap
  readonly #options: SubstitutionOptions
  readonly #problems: PlaceholderProblems
  /** Nodes being replaced, to see circles. */
  readonly #open: ConfigNode[] = []
  readonly #sizes = new Map<ConfigNode, number>()
  #repeated = 0

  constructor(root: ConfigMap, options: SubstitutionOptions) {
    this.#root = root
    this.#options = options
    this.#problems = new PlaceholderProblems(root, options.problems)
  }

  /** The entries of `secrets` first, each when a secret is asked of it; then all the rest. */
  async run(): Promise<ConfigNode> {
    const { secrets, variables, folder, problems } = this.#options
    const section = childOf(this.#root, 'secrets')
    const entries = new Map(section?.kind === 'map' ? section.entries : [])
    // One for all: references lead to values within the entries, whose secrets are not fetched for the rest.
    const results = new Map<ConfigNode, ConfigNode>()
    const reader = secrets.open(
      {
        names: [...entries.keys()],
        discover: this.#readPatterns(),
        problems,
        evaluate: async (name, read) => {
          const written = entries.get(name)!
          const noConfig = 'secrets are read before the rest of the configuration is known'
          const scope = { secrets: await FetchedSecrets.of(written, read), noConfig, results }
          const entry = this.#replace(written, scope)
          entries.set(name, entry)
          return hasUnusable(entry) ? undefined : { values: toPlain(entry), locate: locateIn(entry) }
        },
      },
      { folder, env: variables.all },
    )
    const rest = withoutKeys(this.#root, ['secrets'])
    const fetched = await FetchedSecrets.of(rest, (provider, key) => reader.read(provider, key))
    await reader.complete()
    if (section) results.set(section, section.kind === 'map' ? { ...section, entries } : section)
    return this.#replace(this.#root, { secrets: fetched, results })
  }

  /** What stands under `discover`, as far as it is known before secrets are. Its mistakes are reported with the rest. */
  #readPatterns(): string[] {
    const node = childOf(this.#root, 'discover')
    if (!node) return []
    const silent = new Substitution(this.#root, { ...this.#options, problems: [] })
    const secrets = new FetchedSecrets(new Map())
    const patterns = toPlain(silent.#replace(node, { secrets, results: new Map() }))
    return Array.isArray(patterns) ? patterns.filter((pattern) => typeof pattern === 'string') : []
  }

  #replace(node: ConfigNode, scope: Scope): ConfigNode {
    const known = scope.results.get(node)
    if (known) return known
    const result = this.#replaceNew(node, scope)
    scope.results.set(node, result)
    return result
  }

  #replaceNew(node: ConfigNode, scope: Scope): ConfigNode {
    if (needsReplacing(node)) {
      this.#open.push(node)
      const result = this.#replaceText(node, scope)
      this.#open.pop()
      return result
    }
    if (node.kind === 'scalar') return node
    this.#open.push(node)
    const result: ConfigNode =
      node.kind === 'list'
        ? { ...node, items: node.items.map((item) => this.#replace(item, scope)) }
        : { ...node, entries: new Map(Array.from(node.entries, ([key, value]) => [key, this.#replace(value, scope)])) }
    this.#open.pop()
    return result
  }

  #replaceText(node: TextNode, scope: Scope): ConfigNode {
    const parts = parsePlaceholders(node.value)
    const uses: PlaceholderUse[] = []
    const values: ConfigNode[] = []
    for (const part of parts) {
      if (typeof part === 'string') {
        values.push({ ...node, value: part })
        continue
      }
      const found =
        part.kind === 'mistake' ? this.#problems.refuseMistake(node, part) : this.#valueOf(part, node, scope, uses)
      if (found) values.push(found)
    }
    if (values.length < parts.length) return { ...node, value: null, isUnusable: true }
    if (values.length === 1) return { ...values[0]!, origin: node.origin, ...(uses.length > 0 ? { uses } : {}) }
    const texts = values.map((value) => this.#textOf(value, node))
    if (texts.includes(undefined)) return { ...node, value: null, isUnusable: true }
    if (texts.reduce((sum, text) => sum + text!.length, 0) > maxTextLength) {
      this.#problems.refuse(node, {
        problem: `the text would be longer than ${maxTextLength} characters`,
        fix: 'Leave out what it repeats.',
      })
      return { ...node, value: null, isUnusable: true }
    }
    return { ...node, value: texts.join(''), uses }
  }

  #valueOf(placeholder: Placeholder, node: TextNode, scope: Scope, uses: PlaceholderUse[]): ConfigNode | undefined {
    if (placeholder.kind === 'variable') return this.#variable(placeholder, node, uses)
    if (placeholder.kind === 'secret') return this.#secret(placeholder, node, scope, uses)
    return this.#configured(placeholder, node, scope, uses)
  }

  #variable(
    { text, name, fallback }: Extract<Placeholder, { kind: 'variable' }>,
    node: TextNode,
    uses: PlaceholderUse[],
  ): ConfigNode | undefined {
    const variable = this.#options.variables.get(name)
    if (variable && variable.value !== '') {
      const source = `the variable ${name} of ${variable.place}`
      uses.push({ text, source, isSecret: false })
      return { ...node, value: variable.value }
    }
    const state = variable ? 'empty' : 'not set'
    if (fallback !== undefined) {
      uses.push({ text, source: `the default, since the variable ${name} is ${state}`, isSecret: false })
      return { ...node, value: fallback }
    }
    const hint = variable ? '' : didYouMean(name, this.#options.variables.names)
    return this.#problems.refuse(node, {
      problem: `the environment variable ${name} is ${state}`,
      fix: `Set it, or give a default: \${${name}:value}.${hint}`,
    })
  }

  #secret(
    { text, provider, key }: Extract<Placeholder, { kind: 'secret' }>,
    node: TextNode,
    { secrets }: Scope,
    uses: PlaceholderUse[],
  ): ConfigNode | undefined {
    const secret = secrets.get({ provider, key })
    if (typeof secret === 'string') {
      uses.push({ text, source: `the secret ${key} of ${provider}`, isSecret: true })
      return { ...node, value: secret }
    }
    return this.#problems.refuseSecret(node, secret)
  }

  #configured(
    { text, path }: Extract<Placeholder, { kind: 'config' }>,
    node: TextNode,
    scope: Scope,
    uses: PlaceholderUse[],
  ): ConfigNode | undefined {
    if (scope.noConfig !== undefined) {
      return this.#problems.refuse(node, {
        problem: `"${text}" cannot be used here: ${scope.noConfig}`,
        fix: 'Write the value itself, or take it from a variable.',
      })
    }
    const target = this.#find(path, node, text, scope)
    if (!target) return undefined
    const circle = this.#open.indexOf(target)
    if (circle >= 0) return this.#problems.refuseCircle(node, this.#open.slice(circle))
    if (this.#open.filter(needsReplacing).length > maxReferences) {
      return this.#problems.refuse(node, {
        problem: `more than ${maxReferences} references lead one through the other`,
        fix: 'Refer to the value itself.',
      })
    }
    const value = this.#replace(target, scope)
    if (value.isUnusable) return this.#problems.leaveOut(node)
    this.#repeated += this.#sizeOf(value)
    if (this.#repeated > maxRepeatedValues) {
      return this.#problems.refuse(node, {
        problem: `references repeat more than ${maxRepeatedValues} values`,
        fix: 'Write the values out.',
      })
    }
    const isSecret = value.uses?.some((use) => use.isSecret) ?? false
    uses.push({ text, source: `${formatPath(path)} at ${target.origin.value}`, isSecret })
    // What is referred to twice is told once: a few such texts could otherwise stand for billions.
    for (const use of value.uses ?? []) if (!uses.includes(use)) uses.push(use)
    return value
  }

  /** The node that a reference names; where it leads through another reference, that one is followed first. */
  #find(path: ConfigPath, node: TextNode, text: string, scope: Scope): ConfigNode | undefined {
    let current: ConfigNode = this.#root
    for (const [depth, step] of path.entries()) {
      if (needsReplacing(current)) {
        if (this.#open.includes(current))
          return this.#problems.refuseCircle(node, this.#open.slice(this.#open.indexOf(current)))
        current = this.#replace(current, scope)
      }
      const next = childOf(current, step)
      if (!next) {
        const here = formatPath(path.slice(0, depth)) || 'the configuration'
        const hint = didYouMean(String(step), namesIn(current))
        return this.#problems.refuse(node, {
          problem: `"${text}" names a value that is not set: ${here} has no ${step}`,
          fix: `Name a value that the configuration sets; defaults cannot be referred to.${hint}`,
        })
      }
      current = next
    }
    return current
  }

  #textOf(value: ConfigNode, node: TextNode): string | undefined {
    if (value.kind === 'scalar' && value.value !== null) return String(value.value)
    const what = value.kind === 'scalar' ? 'nothing' : value.kind === 'list' ? 'a list' : 'a map'
    return this.#problems.refuse(node, {
      problem: `a reference within a text leads to ${what}`,
      fix: 'Refer to a text or number; a reference that stands alone may lead to anything.',
    })
  }

  #sizeOf(node: ConfigNode): number {
    let size = this.#sizes.get(node)
    if (size === undefined) {
      const children = node.kind === 'list' ? node.items : node.kind === 'map' ? [...node.entries.values()] : []
      size = children.reduce((sum, child) => sum + this.#sizeOf(child), 1)
      this.#sizes.set(node, size)
    }
    return size
  }
}
