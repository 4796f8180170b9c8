import {
  CallTransport,
  Logger,
  OnStart,
  OnStop,
  ServerRuntime,
  Service,
  TransportError,
  type CallConnection,
  type CallHandler,
} from '@lokstra/core'

import { HealthCheck } from '../health/health-check.js'
import { NatsCallee } from './nats-callee.js'
import { NatsCaller } from './nats-caller.js'
import { NatsConfig } from './nats-config.js'
import { NatsLink } from './nats-link.js'

const answerLimitBytes = 16 * 1024 * 1024
const startLimitMs = 65_000

/**
 * Calls between servers over NATS: `calls: { transport: nats }`. A call goes to one of the servers that publish the service, chosen by
 * NATS, so the addresses of servers do not count.
 */
@Service({ name: 'nats', config: NatsConfig, eager: true })
export class NatsTransport extends CallTransport {
  readonly #config: NatsConfig
  readonly #runtime: ServerRuntime
  readonly #log: Logger
  #link: NatsLink | undefined
  #caller: NatsCaller | undefined
  readonly #callees: NatsCallee[] = []

  constructor(config: NatsConfig, runtime: ServerRuntime, log: Logger) {
    super()
    this.#config = config
    this.#runtime = runtime
    this.#log = log
  }

  /** @throws LokstraError `E_NATS_UNREACHABLE` */
  @OnStart({ timeoutMs: startLimitMs })
  async start(): Promise<void> {
    const { name, folder } = this.#runtime
    const { subject, streamIdle } = this.#config
    this.#link = await NatsLink.open(this.#config, { name, folder, log: this.#log })
    const limits = { answerBytes: answerLimitBytes, streamIdleMs: streamIdle }
    this.#caller = new NatsCaller(this.#link, subject, limits)
  }

  @OnStop()
  async stop(): Promise<void> {
    this.#caller?.close()
    for (const callee of this.#callees) callee.abort()
    await this.#link?.close()
  }

  /** What fails with NATS are calls, not this server. */
  @HealthCheck({ critical: false })
  ping(): void {
    if (!this.#link?.isConnected) throw new Error('There is no connection to NATS')
  }

  /** Ways share the one connection. */
  override connect(): CallConnection {
    let isClosed = false
    return {
      send: (request, options) => {
        const caller = this.#caller
        if (isClosed || !caller) {
          const reason = isClosed ? 'The way was closed' : 'The connection to NATS does not stand yet'
          return Promise.reject(new TransportError('refused', 'no', reason))
        }
        return caller.send(request, options)
      },
      close: () => {
        isClosed = true
        return Promise.resolve()
      },
    }
  }

  override async serve(services: readonly string[], handle: CallHandler): Promise<() => Promise<void>> {
    const link = this.#link
    if (!link) throw new Error('Calls over NATS are answered after the service has started')
    const { subject, streamIdle: streamIdleMs } = this.#config
    const callee = new NatsCallee(link, services, { subject, handle, streamIdleMs, log: this.#log })
    this.#callees.push(callee)
    // From here on NATS knows who answers.
    await link.flush()
    return () => callee.stop()
  }
}
