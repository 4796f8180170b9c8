import { E_CONFIG_VARIABLE } from '../errors/catalogue/config.js'
import { didYouMean } from '../errors/did-you-mean.js'
import { lokstraError, placed, type LokstraError } from '../errors/lokstra-error.js'
import { readServerConfig, type BoundConfig } from './bind-server-config.js'
import type { ConfigLayer } from './config-layer.js'
import { childOf, hasUnusable, locateIn, toPlain, type ConfigNode, type ConfigScalar } from './config-node.js'
import { formatPath, type ConfigPath } from './config-path.js'
import { ConfigTree } from './config-tree.js'
import { layOver } from './lay-over.js'
import { FetchedSecrets } from './secrets/fetched-secrets.js'
import type { SecretSource } from './secrets/secret-reader.js'
import { substitute, type Environment, type SecretName, type SubstitutionProblem } from './substitute.js'

/** A configuration put together from its layers and checked. */
export interface ComposedConfig extends BoundConfig {
  readonly tree: ConfigTree
}

export interface ComposeOptions {
  readonly env: Environment
  readonly secrets: SecretSource
  /** What relative paths of the configuration start from. */
  readonly folder: string
  /** The files that were read. */
  readonly files: readonly string[]
  /** Receives every mistake; what is wrong has its default then, or is left out. */
  readonly problems: LokstraError[]
}

/** Lays the layers over one another, lowest first, replaces the placeholders and checks the result. */
export async function composeConfig(layers: readonly ConfigLayer[], options: ComposeOptions): Promise<ComposedConfig> {
  const { files, problems } = options
  const [lowest, ...upper] = layers.map(({ root }) => root)
  // Laid over a list or a text, what is above would hide that the file says nothing of use.
  const merged = lowest!.kind === 'map' ? upper.reduce(layOver, lowest!) : lowest!
  const root = await replacePlaceholders(merged, options)
  const tree = new ConfigTree(root, layers, files)
  return { ...readServerConfig(toPlain(root), tree.locate, problems), tree }
}

/** The entries of `secrets` first, each when a secret is asked of it; then all the rest. */
async function replacePlaceholders(root: ConfigNode, options: ComposeOptions): Promise<ConfigNode> {
  const { env, secrets, folder, problems } = options
  const section = childOf(root, 'secrets')
  const entries = new Map(section?.kind === 'map' ? section.entries : [])
  const rest = withoutKey(root, 'secrets')
  const reader = secrets.open(
    {
      names: [...entries.keys()],
      discover: readPatterns(rest, options),
      problems,
      evaluate: async (name, read) => {
        const written = entries.get(name)!
        const entry = substituteTree(written, ['secrets', name], await FetchedSecrets.of(written, read), options)
        entries.set(name, entry)
        return hasUnusable(entry) ? undefined : { values: toPlain(entry), locate: locateIn(entry) }
      },
    },
    { folder, env },
  )
  const fetched = await FetchedSecrets.of(rest, (provider, key) => reader.read(provider, key))
  await reader.complete()
  const replaced = substituteTree(rest, [], fetched, options)
  if (replaced.kind !== 'map' || !section) return replaced
  const last = section.kind === 'map' ? { ...section, entries } : section
  return { ...replaced, entries: new Map([...replaced.entries, ['secrets', last]]) }
}

/** What stands under `discover`, as far as it is known before secrets are. Its mistakes are reported with the rest. */
function readPatterns(root: ConfigNode, options: ComposeOptions): string[] {
  const node = childOf(root, 'discover')
  if (!node) return []
  const silent = { ...options, problems: [] }
  const patterns = toPlain(substituteTree(node, ['discover'], new FetchedSecrets(new Map()), silent))
  return Array.isArray(patterns) ? patterns.filter((pattern) => typeof pattern === 'string') : []
}

function withoutKey(node: ConfigNode, key: string): ConfigNode {
  if (node.kind !== 'map') return node
  const entries = new Map(node.entries)
  entries.delete(key)
  return { ...node, entries }
}

function substituteTree(
  root: ConfigNode,
  base: ConfigPath,
  secrets: FetchedSecrets,
  { env, problems }: ComposeOptions,
): ConfigNode {
  const visit = (node: ConfigNode, path: ConfigPath): ConfigNode => {
    if (node.kind === 'list') return { ...node, items: node.items.map((item, index) => visit(item, [...path, index])) }
    if (node.kind === 'map') {
      const entries = Array.from(node.entries, ([key, value]) => [key, visit(value, [...path, key])] as const)
      return { ...node, entries: new Map(entries) }
    }
    return node.origin.isLiteral || typeof node.value !== 'string' ? node : substituteScalar(node, node.value, path)
  }
  const substituteScalar = (node: ConfigScalar, text: string, path: ConfigPath): ConfigNode => {
    const before = problems.length
    let isComplete = true
    const secretOf = (name: SecretName) => {
      const secret = secrets.get(name)
      if (typeof secret === 'string') return secret
      isComplete = false
      if (secret) problems.push(placed(secret, node.origin.value))
      return undefined
    }
    const report = ({ problem, fix, variable }: SubstitutionProblem) => {
      const isUnset = variable !== undefined && env[variable] === undefined
      const hint = isUnset ? didYouMean(variable, Object.keys(env)) : ''
      const params = { path: formatPath(path), problem, fix: `${fix}${hint}` }
      problems.push(lokstraError(E_CONFIG_VARIABLE, params, node.origin.value, { path: params.path }))
    }
    const value = substitute(text, env, report, secretOf)
    return problems.length > before || !isComplete ? { ...node, value: null, isUnusable: true } : { ...node, value }
  }
  return visit(root, base)
}
