import { captureSite, type CallSite } from '../../errors/call-site.js'
import type { AbstractClass } from '../../decorators/metadata.js'
import { track } from '../disposal.js'
import type { TestResponse } from '../inject.js'
import { ChildServer } from './child-server.js'
import { clientName, writeClientConfig } from './client-config.js'
import { FaultLink } from './fault-link.js'
import { chooseFaults } from './fault-plan.js'
import { freePort } from './free-ports.js'
import { LinkedServer } from './linked-server.js'
import { LocalServer } from './local-server.js'
import { planServers, type PlannedServer } from './planned-servers.js'
import { injectPublished, PublishedServices } from './published-services.js'
import { readRawConfig, type RawConfig } from './raw-config.js'
import { requestFrom, type TopologyRequest } from './request.js'
import { tellSeedOf } from './tell-seeds.js'
import type { TopologyMode, TopologyOptions } from './topology-options.js'
import type { ServerOrder, TopologyServer } from './topology-server.js'

/** The name of the one server of the modes `direct` and `checked`. */
const monolithName = 'monolith'

interface Parts {
  readonly mode: TopologyMode
  readonly seed: number | undefined
  readonly servers: readonly TopologyServer[]
  /** Where services are injected for the test: the only server, or one more that publishes nothing. */
  readonly client: LocalServer
  readonly links: ReadonlyMap<string, FaultLink>
  readonly release: () => Promise<void>
}

/** The servers of a deployment, started for a test. Stopped by itself at the end of the test that created it. */
export class Topology implements AsyncDisposable {
  readonly mode: TopologyMode
  /** Of the faults; undefined where there are none. */
  readonly seed: number | undefined
  readonly #parts: Parts
  #turn = 0
  #stopping: Promise<void> | undefined

  constructor(parts: Parts) {
    this.mode = parts.mode
    this.seed = parts.seed
    this.#parts = parts
  }

  get servers(): readonly TopologyServer[] {
    return this.#parts.servers
  }

  get isStopped(): boolean {
    return this.#stopping !== undefined
  }

  /** A published service, as those see it that inject it. @throws Error when nothing publishes it */
  get<T extends object>(type: AbstractClass<T>): T {
    return this.#parts.client.server.get(PublishedServices).get(type)
  }

  /** Of the deployment; in `direct` and `checked` the only one, whatever its name there. @throws Error for an unknown name */
  server(name: string): TopologyServer {
    const { servers, client } = this.#parts
    const found = servers[0] === client ? client : servers.find((server) => server.name === name)
    if (found) return found
    throw new Error(`There is no server ${name}; there are: ${servers.map((server) => server.name).join(', ')}`)
  }

  /**
   * Sends a request to the server that has the app; where several have, to each in its turn, as a load balancer does. Connections are
   * kept as long as a server keeps them. Another server is asked where one refuses the connection; what was sent is never repeated.
   * @throws TypeError when there is no answer
   */
  request(app: string, method: string, path: string, options: TopologyRequest = {}): Promise<TestResponse> {
    const urls = this.#urls(app)
    const first = this.#turn++ % urls.length
    return requestFrom([...urls.slice(first), ...urls.slice(0, first)], method, path, options)
  }

  /** Base URL of an app, of the first server that has it. @throws Error when none has */
  url(app: string): string {
    return this.#urls(app)[0]!
  }

  #urls(app: string): readonly string[] {
    const urls = this.servers.map((server) => server.url(app)).filter((url) => url !== undefined)
    if (urls.length === 0) throw new Error(`No server of the topology has an app ${app}`)
    return urls
  }

  /** What has gone wrong between servers so far, by kind. */
  get faults(): Readonly<Record<string, number>> {
    const total: Record<string, number> = {}
    for (const { counts } of this.#parts.links.values())
      for (const [kind, count] of counts) total[kind] = (total[kind] ?? 0) + count
    return total
  }

  /** Nothing goes wrong on the way between servers from now on. */
  heal(): void {
    for (const link of this.#parts.links.values()) link.heal()
  }

  /** Stops all servers in good order. A second call waits for the first. */
  stop(): Promise<void> {
    return (this.#stopping ??= stop(this.#parts))
  }

  dispose(): Promise<void> {
    return this.stop()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}

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
async function inOne(options: TopologyOptions, config: RawConfig, site: CallSite): Promise<Parts> {
  const { mode, overrides = [] } = options
  const [plan] = await planServers(config, undefined)
  const order = orderOf(options, plan!, [`calls.boundary=${mode}`])
  const server = new LocalServer(order, overrides, site, [injectPublished(config.published)])
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
async function inMany(options: TopologyOptions, config: RawConfig, site: CallSite): Promise<Parts> {
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
    [injectPublished(config.published)],
  )
  const release = async () => {
    await remove()
    await Promise.all(children.map((child) => child.release()))
  }
  return { mode, seed, servers, client, links, release }
}

function orderOf(
  { file, deployment, set = [], env }: TopologyOptions,
  { name, ports }: PlannedServer,
  more: readonly string[],
): ServerOrder {
  const listens = [...ports].map(([app, port]) => `apps.${app}.listen=127.0.0.1:${port}`)
  return {
    name: name ?? monolithName,
    file,
    folder: undefined,
    server: name === undefined ? undefined : `${deployment}.${name}`,
    set: [...set, ...listens, ...more],
    env,
    ports,
  }
}

/** Those who only call go first, so that nobody is called who is gone. */
async function stop({ servers, client, release }: Parts): Promise<void> {
  await client.stop()
  await allSettled(servers.map((server) => server.stop()))
  await release()
}

/** Waits for all. @throws the first failure */
async function allSettled(work: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((outcome) => outcome.status === 'rejected')
  if (failed) throw failed.reason as Error
}
