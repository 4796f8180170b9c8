import type { CallConnection, CallRequest, CallResponse, SendOptions } from '../call-transport.js'
import type { ExchangeLimits } from '../call-exchange.js'
import { HttpExchange } from './http-exchange.js'
import type { CallTls, HttpTransportOptions } from './http-transport.js'
import { Pool, type PoolOptions } from './undici-pool.js'

const defaultConnectTimeoutMs = 2_000
const defaultAnswerLimitBytes = 16 * 1024 * 1024
const defaultStreamIdleMs = 60_000
const unixScheme = 'unix:'

/** The kept connections to one address. */
export class HttpConnection implements CallConnection {
  #pool: Pool
  readonly #createPool: (tls: CallTls | undefined) => Pool
  /** Those that calls under way still have. */
  readonly #retired = new Set<Pool>()
  /** Goes before the target of each call; without a slash at its end. */
  readonly #basePath: string
  readonly #limits: ExchangeLimits

  constructor(url: string, connections: number, options: HttpTransportOptions) {
    const isUnix = url.startsWith(unixScheme)
    const { origin, pathname } = new URL(isUnix ? 'http://localhost' : url)
    this.#basePath = pathname.replace(/\/+$/, '')
    const socketPath = isUnix ? url.slice(unixScheme.length) : undefined
    this.#createPool = (tls) => new Pool(origin, poolOptions(connections, { ...options, tls }, socketPath))
    this.#pool = this.#createPool(options.tls)
    this.#limits = {
      answerBytes: options.answerLimitBytes ?? defaultAnswerLimitBytes,
      streamIdleMs: options.streamIdleMs ?? defaultStreamIdleMs,
    }
  }

  send({ verb, target, headers, body }: CallRequest, options: SendOptions): Promise<CallResponse> {
    const exchange = new HttpExchange(options, this.#limits)
    const path = this.#basePath + target
    this.#pool.dispatch({ method: verb, path, headers, body: body ?? null }, exchange)
    return exchange.response
  }

  /** From the next call on. */
  useTls(tls: CallTls): void {
    const retired = this.#pool
    this.#pool = this.#createPool(tls)
    this.#retired.add(retired)
    const forget = (): boolean => this.#retired.delete(retired)
    retired.close().then(forget, forget)
  }

  async close(): Promise<void> {
    await Promise.all([this.#pool, ...this.#retired].map((pool) => pool.destroy()))
  }
}

function poolOptions(connections: number, options: HttpTransportOptions, socketPath: string | undefined): PoolOptions {
  const { tls, connectTimeoutMs = defaultConnectTimeoutMs } = options
  return {
    connections,
    // Two calls on one connection would wait for one another, and one that breaks off would take the other with it.
    pipelining: 1,
    // Each exchange has a timer of its own, which starts while it waits for a connection.
    headersTimeout: 0,
    bodyTimeout: 0,
    // Less than what servers allow (5 s in Node): a connection that is closed from there while a call is on its way costs that call.
    keepAliveTimeout: 4_000,
    // Before the end of the time that a server announces.
    keepAliveTimeoutThreshold: 2_000,
    connect: {
      timeout: connectTimeoutMs,
      ...(socketPath !== undefined && { socketPath }),
      ...tls,
    },
  }
}
