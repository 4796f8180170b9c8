import { E_CONFIG_VARIABLE } from '../errors/catalogue/config.js'
import { didYouMean } from '../errors/did-you-mean.js'
import { lokstraError, type LokstraError } from '../errors/lokstra-error.js'
import { readServerConfig, type BoundConfig } from './bind-server-config.js'
import type { ConfigLayer } from './config-layer.js'
import { toPlain, type ConfigNode, type ConfigScalar } from './config-node.js'
import { formatPath, type ConfigPath } from './config-path.js'
import { ConfigTree } from './config-tree.js'
import { layOver } from './lay-over.js'
import { substitute, type Environment } from './substitute.js'

/** A configuration put together from its layers and checked. */
export interface ComposedConfig extends BoundConfig {
  readonly tree: ConfigTree
}

export interface ComposeOptions {
  readonly env: Environment
  /** The files that were read. */
  readonly files: readonly string[]
  /** Receives every mistake; what is wrong has its default then, or is left out. */
  readonly problems: LokstraError[]
}

/** Lays the layers over one another, lowest first, replaces the placeholders and checks the result. */
export async function composeConfig(
  layers: readonly ConfigLayer[],
  { env, files, problems }: ComposeOptions,
): Promise<ComposedConfig> {
  const [lowest, ...upper] = layers.map(({ root }) => root)
  // Laid over a list or a text, what is above would hide that the file says nothing of use.
  const merged = lowest!.kind === 'map' ? upper.reduce(layOver, lowest!) : lowest!
  const root = substituteTree(merged, env, problems)
  const tree = new ConfigTree(root, layers, files)
  return { ...readServerConfig(toPlain(root), tree.locate, problems), tree }
}

function substituteTree(root: ConfigNode, env: Environment, problems: LokstraError[]): ConfigNode {
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
    const value = substitute(text, env, ({ problem, fix, variable }) => {
      const isUnset = variable !== undefined && env[variable] === undefined
      const hint = isUnset ? didYouMean(variable, Object.keys(env)) : ''
      const params = { path: formatPath(path), problem, fix: `${fix}${hint}` }
      problems.push(lokstraError(E_CONFIG_VARIABLE, params, node.origin.value, { path: params.path }))
    })
    return problems.length > before ? { ...node, value: null, isUnusable: true } : { ...node, value }
  }
  return visit(root, [])
}
