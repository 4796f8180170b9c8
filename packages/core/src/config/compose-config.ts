import type { LokstraError } from '../errors/lokstra-error.js'
import { readServerConfig, type BoundConfig } from './bind/bind-server-config.js'
import type { ConfigLayer } from './layers/config-layer.js'
import { toPlain, withEntry, withoutKeys, type ConfigMap } from './tree/config-node.js'
import { ConfigTree } from './layers/config-tree.js'
import { chooseServer, keepApps } from './layers/deployments.js'
import { listDeployments, type DeploymentNames } from './layers/list-deployments.js'
import { layOver } from './tree/lay-over.js'
import { childOf, namesIn } from './tree/find-node.js'
import { plainTopology, readTopology, type Topology } from './layers/peers.js'
import { isOfDeployments, readOptionsLayer } from './layers/options-layer.js'
import type { SecretSource } from './secrets/secret-reader.js'
import { substituteTree } from './placeholders/substitute-tree.js'
import { readVariablesLayer } from './layers/variables-layer.js'
import type { Variables } from './layers/variables.js'

/** A configuration put together from its layers and checked. */
export interface ComposedConfig extends BoundConfig {
  readonly tree: ConfigTree
  /** Names of the apps that the chosen server runs; undefined for all. */
  readonly runs: readonly string[] | undefined
  /** Names of the controllers that other servers of the deployments serve, among those of this one. */
  readonly servedElsewhere: ReadonlySet<string>
  readonly topology: Topology
  /** All that there are. */
  readonly deployments: readonly DeploymentNames[]
}

export interface ComposeOptions {
  /** Files, then environment files, as far as there are any. */
  readonly files: readonly ConfigLayer[]
  readonly variables: Variables
  /** `deployment.server`; undefined runs everything in one process. */
  readonly server: string | undefined
  /** Values of the command line: `apps.api.listen=:4000`. */
  readonly set: readonly string[]
  /** Layers above those, lowest first: sources, then code. */
  readonly above: readonly ConfigLayer[]
  /** Names of apps that stand in code. */
  readonly apps: readonly string[]
  readonly secrets: SecretSource
  readonly folder: string
  /** The files that were read. */
  readonly paths: readonly string[]
  /** Receives every mistake; what is wrong has its default then, or is left out. */
  readonly problems: LokstraError[]
}

/** Lays the layers over one another, replaces the placeholders and checks the result. */
export async function composeConfig(options: ComposeOptions): Promise<ComposedConfig> {
  const { files, variables, set, apps, secrets, folder, problems } = options
  const deployments = await layDeployments(mergeLayers(files), options)
  const appsAbove = options.above.flatMap(({ root }) => namesIn(childOf(root, 'apps')))
  const chosen = chooseServer(deployments, options.server, [...appsAbove, ...apps], problems)
  const layers = [...files, ...chosen.layers]
  let merged = chosen.layers.map(({ root }) => root).reduce(layOver, chosen.root)
  const add = (layer: ConfigLayer | undefined) => {
    if (!layer) return
    layers.push(layer)
    merged = layOver(merged, layer.root)
  }
  // Each looks up names in what is below all of them.
  const below = merged
  add(await readVariablesLayer(variables, below, apps, problems))
  add(
    await readOptionsLayer(
      set.filter((option) => !isOfDeployments(option)),
      below,
      apps,
      problems,
    ),
  )
  if (chosen.apps) merged = keepApps(merged, chosen.apps)
  for (const layer of options.above) add(layer)
  merged = withoutKeys(merged, ['deployments'])
  if (chosen.peers) merged = withEntry(merged, 'deployments', chosen.peers)
  const whole = await substituteTree(merged, { variables, secrets, folder, problems })
  const topology = readTopology(whole, options.server, chosen, problems)
  const root = withoutKeys(whole as ConfigMap, ['deployments'])
  const tree = new ConfigTree(root, layers, options.paths)
  const bound = readServerConfig(toPlain(root), tree.locate, problems)
  bound.config.deployments = plainTopology(topology)
  return {
    ...bound,
    tree,
    runs: chosen.apps,
    servedElsewhere: chosen.controllers,
    topology,
    deployments: listDeployments(deployments),
  }
}

/** The section `deployments` also has what options and code say of it; it is read before everything else. */
async function layDeployments(written: ConfigMap, { set, above, problems }: ComposeOptions): Promise<ConfigMap> {
  const sections = above.flatMap(({ root }) => {
    const section = childOf(root, 'deployments')
    return section ? [{ ...root, entries: new Map([['deployments', section]]) }] : []
  })
  const layAbove = (below: ConfigMap) => sections.reduce(layOver, below)
  const ofDeployments = set.filter(isOfDeployments)
  if (ofDeployments.length === 0) return layAbove(written)
  const options = await readOptionsLayer(ofDeployments, layAbove(written), [], problems)
  return layAbove(options ? layOver(written, options.root) : written)
}

const nothing: ConfigMap = { kind: 'map', entries: new Map(), origin: { key: 'nowhere', value: 'nowhere' } }

function mergeLayers(layers: readonly ConfigLayer[]): ConfigMap {
  const [lowest = nothing, ...upper] = layers.map(({ root }) => root)
  return upper.reduce(layOver, lowest)
}
