import { captureSite, type CallSite } from '../../errors/call-site.js'
import { track } from '../disposal.js'
import { allSettled } from './all-settled.js'
import { ChildServer } from './child-server.js'
import { clientName, writeClientConfig } from './client-config.js'
import { FaultLink } from './fault-link.js'
import { chooseFaults } from './fault-plan.js'
import { freePort } from './free-ports.js'
import { LinkedServer } from './linked-server.js'
import { LocalServer } from './local-server.js'
import { planServers, type PlannedServer } from './planned-servers.js'
import { injectPublished } from './topology-services.js'
import { readRawConfig, type RawConfig } from './raw-config.js'
import { tellSeedOf } from './tell-seeds.js'
import { Topology, type TopologyParts } from './topology.js'
import type { TopologyOptions } from './topology-options.js'
import type { ServerOrder, TopologyServer } from './topology-server.js'

/** The name of the one server of the modes `direct` and `checked`. */
const monolithName = 'monolith'

/**
 * Starts what a configuration describes in one of the modes, on free ports of 127.0.0.1.
 * @throws what a server throws that does not start
 */
export async function createTopology(options: TopologyOptions): Promise<Topology> {
  const site = captureSite(createTopology)
  const { file, deployment, mode, env = process.env } = options
  const config = await readRawConfig(file, deployment, env)
  const parts =
    mode === 'direct' || mode === 'checked' ? await inOne(options, config, site) : await inMany(options, config, site)
  const topology = new Topology(parts)
  track(topology)
  tellSeedOf(topology)
  try {
    const { servers, client } = parts
    await allSettled(servers.map((server) => server.start()))
    await client.start()
  } catch (error) {
    await topology.stop()
    if (error instanceof Error) error.message += `\n  topology at ${site.toString()}`
    throw error
  }
  return topology
}

/** Everything in one server. */
async function inOne(options: TopologyOptions, config: RawConfig, site: CallSite): Promise<TopologyParts> {
  const { mode, overrides = [] } = options
  const [plan] = await planServers(config, undefined)
  const order = orderOf(options, plan!, [`calls.boundary=${mode}`])
  const server = new LocalServer(order, overrides, site, [injectPublished])
  return {
    mode,
    seed: undefined,
    servers: [server],
    client: server,
    links: new Map(),
    release: () => Promise.resolve(),
  }
}

/** One server for each of the deployment, and one more that only calls them. */
async function inMany(options: TopologyOptions, config: RawConfig, site: CallSite): Promise<TopologyParts> {
  const { deployment, mode, overrides = [], faults } = options
  if (mode === 'processes' && overrides.length > 0)
    throw new Error('Nothing can be overridden in another process: leave the mode "processes" out, or the overrides')
  const plans = await planServers(config, deployment)
  const seed = faults && (faults.seed ?? Math.floor(Math.random() * 1e9))
  const links = new Map<string, FaultLink>()
  if (faults) {
    for (const { name, published } of plans)
      if (published !== undefined)
        links.set(name!, new FaultLink(await freePort(), published, chooseFaults(faults, seed!, name!)))
  }
  const urls = plans.flatMap(({ name, published }) => {
    if (published === undefined) return []
    const port = links.get(name!)?.port ?? published
    return `deployments.${deployment}.servers.${name!}.url=http://127.0.0.1:${port}`
  })
  const children: ChildServer[] = []
  const servers = plans.map((plan): TopologyServer => {
    const order = orderOf(options, plan, urls)
    const server = mode === 'remote' ? new LocalServer(order, overrides, site) : new ChildServer(order)
    if (server instanceof ChildServer) children.push(server)
    const link = links.get(server.name)
    return link ? new LinkedServer(server, link) : server
  })
  const { file, remove } = await writeClientConfig(config, deployment)
  const client = new LocalServer(
    {
      name: clientName,
      file,
      folder: config.folder,
      server: `${deployment}.${clientName}`,
      set: [...(options.set ?? []), ...urls],
      env: config.env,
      ports: new Map(),
    },
    overrides,
    site,
    [injectPublished],
  )
  const release = async () => {
    await remove()
    await Promise.all(children.map((child) => child.release()))
  }
  return { mode, seed, servers, client, links, release }
}

function orderOf(
  { file, deployment, set = [], env }: TopologyOptions,
  { name, ports, secured }: PlannedServer,
  more: readonly string[],
): ServerOrder {
  const listens = [...ports].map(([app, port]) => `apps.${app}.listen=127.0.0.1:${port}`)
  // Certificates are for the names that servers have where they are deployed, and not for the addresses of a test.
  const inTheClear = secured.map((app) => `apps.${app}={tls: null}`)
  return {
    name: name ?? monolithName,
    file,
    folder: undefined,
    server: name === undefined ? undefined : `${deployment}.${name}`,
    set: [...set, ...listens, ...inTheClear, ...more],
    env,
    ports,
  }
}
