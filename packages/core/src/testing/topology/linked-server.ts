import type { LogLine } from '../memory-logger.js'
import type { FaultLink } from './fault-link.js'
import type { TopologyServer } from './topology-server.js'

/** A server whose callers come through a link: where there is no server, the link refuses them. */
export class LinkedServer implements TopologyServer {
  readonly #server: TopologyServer
  readonly #link: FaultLink

  constructor(server: TopologyServer, link: FaultLink) {
    this.#server = server
    this.#link = link
  }

  get name(): string {
    return this.#server.name
  }

  get isRunning(): boolean {
    return this.#server.isRunning
  }

  get pid(): number | undefined {
    return this.#server.pid
  }

  get logs(): readonly LogLine[] {
    return this.#server.logs
  }

  url(app: string): string | undefined {
    return this.#server.url(app)
  }

  async start(): Promise<void> {
    await this.#server.start()
    await this.#link.open()
  }

  async stop(): Promise<void> {
    await this.#server.stop()
    await this.#link.close()
  }

  async kill(): Promise<void> {
    await Promise.all([this.#server.kill(), this.#link.close()])
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }
}
