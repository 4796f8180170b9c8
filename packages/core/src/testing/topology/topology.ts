import type { AbstractClass } from '../../decorators/metadata.js'
import type { TestResponse } from '../inject.js'
import { allSettled } from './all-settled.js'
import type { FaultLink } from './fault-link.js'
import type { LocalServer } from './local-server.js'
import { requestFrom, type TopologyRequest } from './request.js'
import type { TopologyMode } from './topology-options.js'
import type { TopologyServer } from './topology-server.js'
import { TopologyServices } from './topology-services.js'

/** What a topology is made of. */
export interface TopologyParts {
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
  readonly #parts: TopologyParts
  #turn = 0
  #stopping: Promise<void> | undefined

  constructor(parts: TopologyParts) {
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
    return this.#parts.client.server.get(TopologyServices).get(type)
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

  /**
   * Does something once: when a server has executed a call of another, before anybody has the answer, which goes on afterwards if it
   * still can. To kill the server then leaves its caller in doubt.
   * @param call  matches verb and path, such as `POST /.lokstra/calls/OrderService/orders`
   * @throws Error unless the topology has `faults`, be it none: they are where calls can be held up
   */
  onceExecuted(server: string, call: RegExp, act: () => Promise<void>): void {
    const link = this.#parts.links.get(server)
    if (!link) throw new Error(`Calls to ${server} go there directly: create the topology with faults, such as {}`)
    link.onceExecuted(call, act)
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

/** Those who only call go first, so that nobody is called who is gone. */
async function stop({ servers, client, release }: TopologyParts): Promise<void> {
  await client.stop()
  await allSettled(servers.map((server) => server.stop()))
  await release()
}
