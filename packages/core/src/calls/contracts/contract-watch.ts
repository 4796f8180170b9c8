import { TransportError, type CallConnection, type CallRequest } from '../call-transport.js'
import { isOfTheWay } from '../client/endpoint.js'
import { RemoteCallError } from '../remote-call-error.js'
import { E_CONTRACTS_BROKEN } from '../../errors/catalogue/contracts.js'
import { E_CALLS_REFUSED } from '../../errors/catalogue/deployments.js'
import { lokstraError, type LokstraError } from '../../errors/lokstra-error.js'
import { reasonOf } from '../../errors/reason-of.js'
import type { Logger } from '../../logging/logger.js'
import { compareServices } from '../../compatibility/compare-contracts.js'
import type { ServiceContract } from '../../compatibility/contract.js'
import type { Contracts } from '../../compatibility/contract.js'
import { readContracts } from '../../compatibility/read-contracts.js'

/** Where a publishing app tells its contracts. */
export const contractsPath = '/.lokstra/contracts'

/** A service of other servers, and what this one expects of it. */
export interface WatchedService {
  readonly name: string
  readonly expected: ServiceContract
  readonly endpoints: readonly { readonly server: string; readonly url: string }[]
}

export interface ContractWatchOptions {
  /** Name of this server. */
  readonly consumer: string
  readonly services: readonly WatchedService[]
  readonly connect: (url: string) => CallConnection
  /** Makes a request one of this server, which waits that many milliseconds. */
  readonly sign: (request: CallRequest, timeoutMs: number) => CallRequest
  readonly log: Logger
}

const answerLimitMs = 5_000
const firstPauseMs = 1_000
const longestPauseMs = 60_000
/** A server whose contracts do not fit is asked again: it may be replaced. */
const brokenPauseMs = 1_000
/** Answers of another version come with every call while servers are replaced. */
const noticePauseMs = 2_000

/** One address, and what was found of the services behind it. */
interface Watched {
  readonly server: string
  readonly url: string
  readonly connection: CallConnection
  readonly services: readonly WatchedService[]
  /** By service. */
  broken: ReadonlyMap<string, LokstraError>
  /** `service.method` of operations that do not fit. */
  refused: ReadonlySet<string>
  /** Hashes of operations of versions that fit: when an answer is of one of them, nothing needs to be asked. */
  readonly fitting: Set<string>
  timer: NodeJS.Timeout | undefined
  isAsking: boolean
  /** It takes no calls of this server; told once. */
  isRefusing: boolean
  askedAt: number
  pauseMs: number
}

/**
 * Compares what this server expects of services on other servers with what those offer: at the start, without waiting for anybody, and
 * when an answer says that its operation has another contract. Calls that do not fit any more are refused before they are sent.
 */
export class ContractWatch {
  readonly #consumer: string
  readonly #sign: ContractWatchOptions['sign']
  readonly #log: Logger
  readonly #closed = new AbortController()
  readonly #watched: readonly Watched[]
  readonly #expected: ReadonlyMap<string, ServiceContract>

  constructor({ consumer, services, connect, sign, log }: ContractWatchOptions) {
    this.#consumer = consumer
    this.#sign = sign
    this.#log = log
    this.#expected = new Map(services.map(({ name, expected }) => [name, expected]))
    const servers = new Map(
      services.flatMap(({ endpoints }) => endpoints.map(({ url, server }) => [url, server] as const)),
    )
    this.#watched = [...servers].map(([url, server]) => ({
      url,
      server,
      connection: connect(url),
      services: services.filter(({ endpoints }) => endpoints.some((endpoint) => endpoint.url === url)),
      broken: new Map(),
      refused: new Set(),
      fitting: new Set(),
      timer: undefined,
      isAsking: false,
      isRefusing: false,
      askedAt: -Infinity,
      pauseMs: firstPauseMs,
    }))
  }

  /** Asks every server; what is not up yet is asked again. */
  start(): void {
    for (const watched of this.#watched) void this.#ask(watched)
  }

  /** What this server expects of others and they do not offer. */
  get problems(): readonly LokstraError[] {
    return this.#watched.flatMap(({ broken }) => [...broken.values()])
  }

  /** @throws RemoteCallError 502 REMOTE_INCOMPATIBLE where a server that may get the call offers something else */
  refuse(service: string, method: string): void {
    for (const { refused, broken, server } of this.#watched) {
      if (refused.size === 0 || !refused.has(`${service}.${method}`)) continue
      const cause = broken.get(service)
      throw new RemoteCallError('REMOTE_INCOMPATIBLE', { service, method, server, executed: 'no', attempts: 0, cause })
    }
  }

  /** @param hash  of the contract of an answer's operation; undefined where the answer has none */
  noticed(service: string, method: string, hash: string | undefined): void {
    if (hash === undefined || hash === this.#expected.get(service)?.operations[method]?.hash) return
    const now = performance.now()
    for (const watched of this.#watched) {
      const isOf = watched.services.some(({ name }) => name === service)
      if (isOf && !watched.fitting.has(hash) && now - watched.askedAt > noticePauseMs) void this.#ask(watched)
    }
  }

  async close(): Promise<void> {
    this.#closed.abort()
    for (const { timer } of this.#watched) clearTimeout(timer)
    await Promise.all(this.#watched.map(({ connection }) => connection.close()))
  }

  async #ask(watched: Watched): Promise<void> {
    if (watched.isAsking || this.#closed.signal.aborted) return
    watched.isAsking = true
    watched.askedAt = performance.now()
    clearTimeout(watched.timer)
    let pauseMs: number | undefined
    try {
      this.#compare(watched, await this.#fetch(watched))
      watched.pauseMs = firstPauseMs
      pauseMs = watched.broken.size > 0 ? brokenPauseMs : undefined
    } catch (error) {
      pauseMs = watched.pauseMs
      watched.pauseMs = Math.min(pauseMs * 2, longestPauseMs)
      const { server, url } = watched
      this.#log.debug('contracts could not be compared', { server, url, reason: reasonOf(error) })
      if (error instanceof TransportError && error.reason === 'refused') this.#forget(watched)
    } finally {
      watched.isAsking = false
    }
    if (pauseMs === undefined || this.#closed.signal.aborted) return
    // Servers that start together do not ask together.
    watched.timer = setTimeout(() => void this.#ask(watched), pauseMs * (0.75 + Math.random() / 2)).unref()
  }

  async #fetch(watched: Watched): Promise<Contracts> {
    const { connection, server } = watched
    const request = this.#sign({ verb: 'GET', target: contractsPath, headers: {}, body: undefined }, answerLimitMs)
    const response = await connection.send(request, { signal: this.#closed.signal, timeoutMs: answerLimitMs })
    const text = await response.text()
    this.#tellRefusal(watched, response.status === 401)
    if (isOfTheWay(response)) throw new TransportError('refused', 'no', `${server} is not behind its address`)
    if (response.status !== 200) throw new Error(`${server} answered ${response.status}`)
    return readContracts(text, `The answer of ${server}`)
  }

  #compare(watched: Watched, offered: Contracts): void {
    const broken = new Map<string, LokstraError>()
    const refused = new Set<string>()
    for (const { name, expected } of watched.services) {
      const provided = Object.hasOwn(offered.services, name) ? offered.services[name]! : nothing
      const changes = compareServices(name, expected, provided).filter(({ breaking }) => breaking)
      if (changes.length === 0) {
        for (const { hash } of Object.values(provided.operations)) watched.fitting.add(hash)
        continue
      }
      for (const { operation } of changes) refused.add(`${name}.${operation}`)
      const params = {
        consumer: this.#consumer,
        provider: watched.server,
        service: name,
        changes: changes.map(({ message }) => message),
      }
      broken.set(name, lokstraError(E_CONTRACTS_BROKEN, params))
    }
    this.#tell(watched, broken)
    watched.broken = broken
    watched.refused = refused
  }

  /** Nobody is there to get a call: what was found of who was must not keep calls from the others. */
  #forget(watched: Watched): void {
    const { server, url, broken } = watched
    if (broken.size === 0) return
    this.#log.info('server gone whose contracts did not fit', { server, url, services: [...broken.keys()] })
    watched.broken = new Map()
    watched.refused = new Set()
  }

  /** Calls would be refused as this request was. */
  #tellRefusal(watched: Watched, isRefusing: boolean): void {
    const { server, url, isRefusing: before } = watched
    watched.isRefusing = isRefusing
    if (!isRefusing || before) return
    const error = lokstraError(E_CALLS_REFUSED, { consumer: this.#consumer, provider: server })
    this.#log.warn('calls refused by another server', { server, url, err: error })
  }

  /** Each difference once, however often it is found. */
  #tell({ server, url, broken: before }: Watched, now: ReadonlyMap<string, LokstraError>): void {
    for (const [service, error] of now) {
      if (before.get(service)?.message === error.message) continue
      this.#log.error('contracts do not fit', { service, server, url, err: error })
    }
    for (const service of before.keys()) {
      if (!now.has(service)) this.#log.info('contracts fit again', { service, server, url })
    }
  }
}

/** Of a server that does not publish what it is asked for. */
const nothing: ServiceContract = { hash: '', operations: {} }
