import { isServerUrl } from '../../contract/server-url.js'
import { E_CONFIG_SERVER, E_CONFIG_VALUE_MISSING } from '../../errors/catalogue/config.js'
import { didYouMean } from '../../errors/did-you-mean.js'
import { lokstraError, type LokstraError } from '../../errors/lokstra-error.js'
import { readServerConfig } from '../bind/bind-server-config.js'
import type { ConfigLayer } from './config-layer.js'
import { toPlain, withEntry, withoutKeys, type ConfigMap, type ConfigNode } from '../tree/config-node.js'
import { controllersEverywhere } from './controllers-everywhere.js'
import { ConfigReport } from '../bind/config-report.js'
import { knownKeys } from '../classes/known-keys.js'
import type { ConfigPath } from '../tree/config-path.js'
import { childOf, locateIn, nameOf } from '../tree/find-node.js'
import { layOver } from '../tree/lay-over.js'
import { refuseUnknownApps } from './refuse-unknown-apps.js'
import { peersSection, publishedEverywhere, type PublishedName } from './peers.js'

/** What the choice of a server adds to the layers below. */
export interface ServerChoice {
  /** The layers below without `deployments`. */
  readonly root: ConfigMap
  /** Deployment and server; none when no server was chosen. */
  readonly layers: readonly ConfigLayer[]
  /** Names of the apps that run, in their order; undefined for all. */
  readonly apps: readonly string[] | undefined
  /** Names of the controllers that other servers serve, among those of this one; none when no server was chosen. */
  readonly controllers: ReadonlySet<string>
  /** Names under `publish` of all servers of all deployments, and of the root. */
  readonly published: readonly PublishedName[]
  /** Whether the configuration says where the others reach this server. */
  readonly hasOwnUrl: boolean
  /** Place of the entry of this server; undefined when none was chosen. */
  readonly where: string | undefined
  /** What the other servers of the deployment publish and where they are, below `deployments`; undefined where there is none. */
  readonly peers: ConfigMap | undefined
}

/** What a deployment, or one of its servers, lays over the root. */
interface Section {
  /** `['deployments', 'shop', 'servers', 'users']` */
  readonly path: readonly string[]
  /** Without `servers` and `url`, which say nothing of how a server runs. */
  readonly root: ConfigMap
}

interface Server extends Section {
  /** `shop.users` */
  readonly name: string
  /** As it is written. */
  readonly url: ConfigNode | undefined
}

interface Deployment extends Section {
  readonly servers: readonly Server[]
}

/** What only the root of a configuration holds. */
export const rootOnlyKeys: readonly string[] = ['deployments', 'name', 'discover']

/**
 * Lays the chosen deployment and server over the layers below. Those that were not chosen are checked as far as they can be: what
 * they leave open stands elsewhere, and their variables need not be set here.
 * @param server  `deployment.server`; undefined runs everything in one process
 * @param appsAbove  names of apps that stand in layers above and in code
 */
export function chooseServer(
  merged: ConfigMap,
  server: string | undefined,
  appsAbove: readonly string[],
  problems: LokstraError[],
): ServerChoice {
  const deployments = childOf(merged, 'deployments')
  const root = withoutKeys(merged, ['deployments'])
  const report = new ConfigReport(problems, locateIn(merged))
  const sections = deployments ? readDeployments(deployments, report) : []
  const servers = sections.flatMap((section) => section.servers.map((own) => ({ section, own })))
  const chosen = servers.find(({ own }) => own.name === server)
  for (const section of sections) {
    for (const part of [section, ...section.servers]) {
      reportRootOnly(part, report)
      if (part !== chosen?.section && part !== chosen?.own) check(part, problems)
    }
  }
  for (const { section, own } of servers) {
    refuseUnknownApps(own.name, own.root, [root, section.root], appsAbove, problems)
  }
  if (server !== undefined && !chosen) {
    const names = servers.map(({ own }) => own.name)
    // Without that of its deployment the name of a server is too far from the whole to be taken for a slip.
    const meant = names.find((name) => name.endsWith(`.${server}`))
    const hint = meant === undefined ? didYouMean(server, names) : ` Did you mean "${meant}"?`
    const params = { server, hint, known: names.join(', ') }
    const where = deployments && locateIn(merged)(['deployments'], 'key')
    problems.push(lokstraError(E_CONFIG_SERVER, params, where))
  }
  const published = publishedEverywhere(merged)
  if (!chosen) {
    const nothing = { apps: undefined, hasOwnUrl: false, where: undefined, peers: undefined }
    return { ...nothing, root, layers: [], controllers: new Set(), published }
  }
  const { deployment, own, apps } = layersOf(chosen.section, chosen.own)
  const others = chosen.section.servers.filter((other) => other !== chosen.own)
  return {
    root,
    layers: [
      { name: 'deployment', root: deployment },
      { name: 'server', root: own },
    ],
    apps,
    controllers: controllersEverywhere(merged),
    published,
    hasOwnUrl: chosen.own.url !== undefined,
    where: chosen.own.root.origin.key,
    peers: peersSection(
      others.map((other) => ({
        path: other.path,
        url: other.url,
        root: runOf(root, layersOf(chosen.section, other)),
        origin: other.root.origin,
      })),
    ),
  }
}

/** What is laid over the root for one server. */
interface ServerLayers {
  readonly deployment: ConfigMap
  readonly own: ConfigMap
  /** Names of the apps that run; undefined for all. */
  readonly apps: readonly string[] | undefined
}

function layersOf(section: Section, server: Server): ServerLayers {
  const own = nameApps(withoutKeys(server.root, rootOnlyKeys), server.path.at(-1)!)
  const deployment = withoutKeys(section.root, rootOnlyKeys)
  const listed = [own, deployment].map((part) => childOf(part, 'apps')).find((apps) => apps?.kind === 'list')
  const apps = listed?.kind === 'list' ? listed.items.flatMap((item) => nameOf(item) ?? []) : undefined
  return { deployment, own, apps }
}

/** All that is written for one server, apart from variables, options and code. */
function runOf(root: ConfigMap, { deployment, own, apps }: ServerLayers): ConfigMap {
  const all = layOver(layOver(root, deployment), own)
  return apps ? keepApps(all, apps) : all
}

/** Keeps the apps of the names, in the order of the names. */
export function keepApps(root: ConfigMap, names: readonly string[]): ConfigMap {
  const apps = childOf(root, 'apps')
  if (apps?.kind !== 'list') return root
  const items = [
    ...names.flatMap((name) => apps.items.filter((item) => nameOf(item) === name)),
    // What has no name is reported as such.
    ...apps.items.filter((item) => nameOf(item) === undefined),
  ]
  return withEntry(root, 'apps', { ...apps, items: [...new Set(items)] })
}

function readDeployments(deployments: ConfigNode, report: ConfigReport): readonly Deployment[] {
  return entriesOf(deployments, ['deployments'], report).map(([name, node]): Deployment => {
    const path = ['deployments', name]
    const servers = childOf(node, 'servers')
    const own = servers ? entriesOf(servers, [...path, 'servers'], report) : []
    return {
      path,
      root: withoutKeys(node, ['servers']),
      servers: own.map(([serverName, server]): Server => {
        const serverPath = [...path, 'servers', serverName]
        const url = childOf(server, 'url')
        if (url) checkUrl(url, [...serverPath, 'url'], report)
        return { path: serverPath, name: `${name}.${serverName}`, root: withoutKeys(server, ['url']), url }
      }),
    }
  })
}

/** The maps of a map; whatever else it holds is reported, and names that `deployment.server` could not be told apart by. */
function entriesOf(node: ConfigNode, path: readonly string[], report: ConfigReport): readonly [string, ConfigMap][] {
  if (node.kind !== 'map') {
    if (!node.isUnusable) report.invalid(path, 'must be an object', toPlain(node))
    return []
  }
  return [...node.entries].flatMap(([name, entry]): [string, ConfigMap][] => {
    if (name.includes('.')) report.invalid([...path, name], 'must have a name without dots', name, 'Rename it.')
    if (entry.kind === 'map') return [[name, entry]]
    // A server that runs everything as it is has nothing to say.
    if (entry.kind === 'scalar' && entry.value === null) return [[name, { ...entry, kind: 'map', entries: new Map() }]]
    if (!entry.isUnusable) report.invalid([...path, name], 'must be an object', toPlain(entry))
    return []
  })
}

function checkUrl(node: ConfigNode, path: readonly (string | number)[], report: ConfigReport): void {
  if (node.kind === 'list') {
    for (const [index, item] of node.items.entries()) checkUrl(item, [...path, index], report)
    return
  }
  const value = toPlain(node)
  if (node.isUnusable || hasPlaceholder(node) || isServerUrl(value)) return
  report.invalid(path, 'must be an address such as http://users:3001, or a list of them', value)
}

function reportRootOnly({ path, root }: Section, report: ConfigReport): void {
  const known = knownKeys([]).filter((key) => !rootOnlyKeys.includes(key))
  for (const key of root.entries.keys()) if (rootOnlyKeys.includes(key)) report.unknownKey([...path, key], known)
}

/** What can be said of a part that is not laid over anything: unknown keys, and values that are written out. */
function check({ path, root }: Section, problems: LokstraError[]): void {
  const part = withoutKeys(root, rootOnlyKeys)
  const found: LokstraError[] = []
  const locate = locateIn(part)
  const fullPath = (below: ConfigPath) => [...path, ...(locate.fullPath?.(below) ?? below)]
  readServerConfig(toPlain(closeOpen(part)), Object.assign(locateIn(part), { fullPath }), found)
  // What is missing here stands in the layers below.
  problems.push(...found.filter(({ code }) => code !== E_CONFIG_VALUE_MISSING.code))
}

/** Values that are not known yet count as reported; what a null takes away is not there. */
function closeOpen(node: ConfigNode): ConfigNode {
  if (node.kind === 'list') return { ...node, items: node.items.map(closeOpen) }
  if (node.kind === 'scalar') return hasPlaceholder(node) ? { ...node, isUnusable: true } : node
  const kept = [...node.entries].filter(([, value]) => value.kind !== 'scalar' || value.value !== null)
  return { ...node, entries: new Map(kept.map(([key, value]) => [key, closeOpen(value)])) }
}

function hasPlaceholder(node: ConfigNode): boolean {
  return node.kind === 'scalar' && typeof node.value === 'string' && node.value.includes('${')
}

/** An app without a name runs on this server only, and is called as the server is. */
function nameApps(root: ConfigMap, server: string): ConfigMap {
  const apps = childOf(root, 'apps')
  if (apps?.kind !== 'list') return root
  const first = apps.items.findIndex((item) => item.kind === 'map' && !item.entries.has('name'))
  if (first < 0) return root
  const items = apps.items.map((item, index): ConfigNode => {
    if (index !== first || item.kind !== 'map') return item
    const name: ConfigNode = { kind: 'scalar', value: server, origin: item.origin }
    return { ...item, entries: new Map([['name', name], ...item.entries]) }
  })
  return withEntry(root, 'apps', { ...apps, items })
}
