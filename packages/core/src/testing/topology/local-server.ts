import type { Override } from '../../assembly/add-built-ins.js'
import type { ServiceRegistration } from '../../container/service-definition.js'
import type { CallSite } from '../../errors/call-site.js'
import { Logger } from '../../logging/logger.js'
import { Server } from '../../server/server.js'
import { MemoryLogger, type LogLine } from '../memory-logger.js'
import { urlOf, type ServerOrder, type TopologyServer } from './topology-server.js'

/** A server in this process. */
export class LocalServer implements TopologyServer {
  readonly name: string
  readonly pid = undefined
  readonly logs: readonly LogLine[]
  readonly #order: ServerOrder
  readonly #overrides: readonly Override[]
  readonly #site: CallSite
  readonly #services: readonly ServiceRegistration[]
  #server: Server | undefined

  /** @param site  where the topology is created */
  constructor(
    order: ServerOrder,
    overrides: readonly Override[],
    site: CallSite,
    services: readonly ServiceRegistration[] = [],
  ) {
    this.name = order.name
    this.#order = order
    this.#services = services
    this.#site = site
    const log = new MemoryLogger('trace')
    this.logs = log.lines
    const isLogged = overrides.some(({ token }) => token === Logger)
    this.#overrides = isLogged ? overrides : [...overrides, { token: Logger, value: log, site }]
  }

  get isRunning(): boolean {
    return this.#server?.phase === 'ready'
  }

  /** @throws Error unless it runs */
  get server(): Server {
    if (!this.#server) throw new Error(`The server ${this.name} does not run`)
    return this.#server
  }

  url(app: string): string | undefined {
    return urlOf(this.#order, app)
  }

  async start(): Promise<void> {
    if (this.#server) return
    const { file, folder, server: name, set, env } = this.#order
    const server = new Server(
      {
        file,
        set,
        services: this.#services,
        // A test has its answers before it stops the server: nothing more comes over its connections.
        shutdown: { idle: 0, drainDelay: 0 },
        ...(name !== undefined && { server: name }),
        ...(folder !== undefined && { folder }),
        ...(env && { env }),
      },
      this.#overrides,
      this.#site,
    )
    this.#server = server
    try {
      await server.start()
    } catch (error) {
      this.#server = undefined
      throw error
    }
  }

  async stop(): Promise<void> {
    const server = this.#server
    await server?.stop()
    if (this.#server === server) this.#server = undefined
  }

  async kill(): Promise<void> {
    throw new Error(`The server ${this.name} runs in this process: kill it in the mode "processes", or stop it`)
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }
}
