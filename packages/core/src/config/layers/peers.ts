import { splitListText } from '../../binding/list-text.js'
import { isServerUrl } from '../../contract/server-url.js'
import type { LokstraError } from '../../errors/lokstra-error.js'
import { ConfigReport } from '../bind/config-report.js'
import { AppConfig } from '../classes/server-config.js'
import { listenAddressPattern, parseListenAddress } from '../classes/listen-address.js'
import { toPlain, type ConfigMap, type ConfigNode, type Origin } from '../tree/config-node.js'
import type { ConfigPath } from '../tree/config-path.js'
import { childOf, locateIn, nodeAt } from '../tree/find-node.js'

/** A name under `publish`. */
export interface PublishedName {
  readonly name: string
  /** What `services` of the server that publishes says its type is; undefined for the name of a class. */
  readonly type: string | undefined
  readonly where: string
}

/** Another server of the chosen deployment. */
export interface PeerServer {
  /** `users` */
  readonly name: string
  /** Place of its entry. */
  readonly where: string
  /** As configured; empty where nothing is. */
  readonly urls: readonly string[]
  /** Those of its apps that publish. */
  readonly apps: readonly PublishingApp[]
}

/** An app of another server. */
export interface PublishingApp {
  readonly publish: readonly PublishedName[]
  /** Where the server is reached when both run on one machine; undefined where its address does not tell. */
  readonly localUrl: string | undefined
}

/** What the servers of the deployments publish. */
export interface Topology {
  /** `shop`; undefined where no server was chosen. */
  readonly deployment: string | undefined
  /** `users`; undefined where no server was chosen. */
  readonly server: string | undefined
  /** Whether the configuration says where the others reach this server. */
  readonly hasOwnUrl: boolean
  /** Place of its entry; undefined where no server was chosen. */
  readonly where: string | undefined
  /** The other servers of the deployment. */
  readonly peers: readonly PeerServer[]
  /** Names under `publish` of all servers of all deployments and of the root, as far as they are written out. */
  readonly published: readonly PublishedName[]
}

/**
 * What tells one server of a deployment from the others, as `--server` takes it: `shop.users`.
 * @param name  of the configuration, which is that of a server without deployment
 */
export function fullNameOf({ deployment, server }: Topology, name: string): string {
  return server === undefined ? name : `${deployment}.${server}`
}

/** A server as it is written. */
interface WrittenServer {
  /** `['deployments', 'shop', 'servers', 'users']` */
  readonly path: readonly string[]
  readonly url: ConfigNode | undefined
  /** All that it runs. */
  readonly root: ConfigMap
  /** Of its entry. */
  readonly origin: Origin
}

/**
 * What has to be known of the other servers, as a section `deployments`, so that its placeholders are replaced with all others. Of what
 * else they run nothing is in it: its variables need not be set here.
 */
export function peersSection(servers: readonly WrittenServer[]): ConfigMap | undefined {
  const [first] = servers
  if (!first) return undefined
  const entries = servers.map(({ path, url, root, origin }): [string, ConfigMap] => {
    const apps = childOf(root, 'apps')
    const publishing = apps?.kind === 'list' ? apps.items.filter((app) => childOf(app, 'publish')) : []
    const keys = ['publish', ...(url ? [] : ['listen', 'tls'])]
    const items = publishing.map((app) => pick(app as ConfigMap, keys))
    const peer = new Map<string, ConfigNode>([['apps', { kind: 'list', items, origin }]])
    const services = childOf(root, 'services')
    if (services?.kind === 'map') peer.set('services', typesOnly(services))
    if (url) peer.set('url', url)
    return [path.at(-1)!, { kind: 'map', entries: peer, origin }]
  })
  const { origin } = first
  const section: ConfigMap = { kind: 'map', entries: new Map(entries), origin }
  const deployment: ConfigMap = { kind: 'map', entries: new Map([['servers', section]]), origin }
  return { kind: 'map', entries: new Map([[first.path[1]!, deployment]]), origin }
}

/** The types of services, as far as they are written out: no variable of another server need be set here. */
function typesOnly(services: ConfigMap): ConfigMap {
  const entries = [...services.entries].flatMap(([name, service]): [string, ConfigMap][] => {
    const type = childOf(service, 'type')
    const isWritten = type?.kind === 'scalar' && typeof type.value === 'string' && !type.value.includes('${')
    return service.kind === 'map' && isWritten ? [[name, pick(service, ['type'])]] : []
  })
  return { ...services, entries: new Map(entries) }
}

function pick(map: ConfigMap, keys: readonly string[]): ConfigMap {
  return { ...map, entries: new Map([...map.entries].filter(([key]) => keys.includes(key))) }
}

/**
 * @param root  with what {@link peersSection} gave, placeholders replaced
 * @param server  `shop.users`
 */
export function readTopology(
  root: ConfigNode,
  server: string | undefined,
  { published, hasOwnUrl, where }: Pick<Topology, 'published' | 'hasOwnUrl' | 'where'>,
  problems: LokstraError[],
): Topology {
  const [deployment, own] = server?.split('.') ?? []
  const path = deployment === undefined ? [] : ['deployments', deployment, 'servers']
  const servers = nodeAt(root, path)
  const isKnown = deployment !== undefined && servers?.kind === 'map'
  const report = new ConfigReport(problems, locateIn(root))
  const peers = isKnown ? [...servers.entries].map(([name, node]) => readPeer(name, node, [...path, name], report)) : []
  return { deployment, server: own, hasOwnUrl, where, peers, published: [...published, ...peers.flatMap(namesOfPeer)] }
}

function namesOfPeer({ apps }: PeerServer): readonly PublishedName[] {
  return apps.flatMap(({ publish }) => publish)
}

function readPeer(name: string, node: ConfigNode, path: ConfigPath, report: ConfigReport): PeerServer {
  const url = childOf(node, 'url')
  const apps = childOf(node, 'apps')
  return {
    name,
    where: node.origin.key,
    urls: url ? readUrls(url, [...path, 'url'], report) : [],
    apps: apps?.kind === 'list' ? apps.items.map((app) => readApp(app, readTypes(node))) : [],
  }
}

function readUrls(node: ConfigNode, path: ConfigPath, report: ConfigReport): readonly string[] {
  if (node.kind === 'list') return node.items.flatMap((item, index) => readUrls(item, [...path, index], report))
  const value = toPlain(node)
  if (isServerUrl(value)) return [value]
  // What is written out was checked before.
  if (node.uses) report.invalid(path, 'must be an address such as http://users:3001, or a list of them', value)
  return []
}

/** Types of services by their names. */
type ServiceTypes = ReadonlyMap<string, string>

function readTypes(node: ConfigNode): ServiceTypes {
  const services = childOf(node, 'services')
  if (services?.kind !== 'map') return new Map()
  return new Map(
    [...services.entries].flatMap(([name, service]): [string, string][] => {
      const type = childOf(service, 'type')
      return type?.kind === 'scalar' && typeof type.value === 'string' ? [[name, type.value]] : []
    }),
  )
}

function readApp(node: ConfigNode, types: ServiceTypes): PublishingApp {
  const listen = childOf(node, 'listen')
  const address = listen ? toPlain(listen) : new AppConfig().listen
  return {
    publish: readNames(childOf(node, 'publish'), types),
    localUrl: typeof address === 'string' ? localUrl(address, childOf(node, 'tls') !== undefined) : undefined,
  }
}

function localUrl(listen: string, isSecure: boolean): string | undefined {
  if (!listenAddressPattern.test(listen)) return undefined
  const address = parseListenAddress(listen)
  if (address.kind === 'unix') return `unix:${address.path}`
  if (address.port === 0) return undefined
  const host = callableHost(address.host ?? '0.0.0.0')
  return host === undefined ? undefined : `${isSecure ? 'https' : 'http'}://${host}:${address.port}`
}

/** Every address of the machine, as URLs write it. */
const everywhere: ReadonlySet<string> = new Set(['0.0.0.0', '[::]', '[::ffff:0:0]'])

/** The host that one calls who wants to reach a listener, as URLs write it; undefined where they cannot, such as `fe80::1%2`. */
function callableHost(host: string): string | undefined {
  const url = `http://${host.includes(':') ? `[${host}]` : host}`
  if (!URL.canParse(url)) return undefined
  const { hostname } = new URL(url)
  return everywhere.has(hostname) ? '127.0.0.1' : hostname
}

/** A list of names, or text such as `A, B`. What is wrong with it is told by the server that it is written for. */
function readNames(node: ConfigNode | undefined, types: ServiceTypes): readonly PublishedName[] {
  if (!node) return []
  if (node.kind === 'list') return node.items.flatMap((item) => readNames(item, types))
  if (node.kind !== 'scalar' || typeof node.value !== 'string' || node.isUnusable) return []
  const where = node.origin.value
  return (splitListText(node.value) ?? [])
    .filter((name) => name !== '')
    .map((name) => ({ name, type: types.get(name), where }))
}

/** The names under `publish` of any app, wherever apps may stand and whatever else is wrong with them. */
export function publishedEverywhere(root: ConfigMap): readonly PublishedName[] {
  const found: PublishedName[] = []
  const collect = (node: ConfigNode | undefined, above: ServiceTypes): void => {
    const types = node ? new Map([...above, ...readTypes(node)]) : above
    const apps = node && childOf(node, 'apps')
    if (apps?.kind === 'list') {
      for (const app of apps.items) {
        found.push(...readNames(childOf(app, 'publish'), types).filter(({ name }) => !name.includes('${')))
      }
    }
    for (const key of ['deployments', 'servers']) {
      const section = node && childOf(node, key)
      if (section?.kind === 'map') for (const part of section.entries.values()) collect(part, types)
    }
  }
  collect(root, new Map())
  return found
}

/** What of it is configured, as plain values: what differs of them after a change counts with the next start. */
export function plainTopology({ deployment, peers }: Topology): Readonly<Record<string, unknown>> | undefined {
  if (deployment === undefined) return undefined
  const servers = peers.map(({ name, urls, apps }) => {
    const publish = apps.flatMap((app) => app.publish.map(({ name: own, type }) => type ?? own))
    return [name, { url: urls, publish, local: apps.map((app) => app.localUrl) }] as const
  })
  return { [deployment]: { servers: Object.fromEntries(servers) } }
}
