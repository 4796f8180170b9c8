import type { RequestListener } from 'node:http'

import type { CalledService, CarriedServices } from '../assembly/calls/called-service.js'
import type { CallResponse, CallTransport } from '../calls/call-transport.js'
import type { TargetState } from '../calls/client/call-statistics.js'
import { CallTarget } from '../calls/client/call-target.js'
import { NamedTransport } from '../calls/client/named-transport.js'
import { assertCarried } from '../calls/serve/carried-call.js'
import { HttpTransport, type CallTls } from '../calls/http/http-transport.js'
import type { ServiceDefinition } from '../container/service-definition.js'
import { ContractWatch, type ContractWatchOptions } from '../calls/contracts/contract-watch.js'
import { maxTimerMs } from '../promises/max-timer-ms.js'
import { settlesWithin } from '../promises/settles-within.js'
import { CrossingCalls } from '../transactions/crossing-calls.js'
import { deliver } from '../calls/memory/deliver.js'
import type { CallRuntime } from './call-runtime.js'
import { LocalCalls } from './local-calls.js'

export interface OpenCallsOptions {
  readonly isProduction: boolean
  readonly tls: CallTls | undefined
  /** Of an answer over HTTP that is read as a whole. */
  readonly answerLimitBytes: number
  readonly carried: readonly CarriedServices[]
  /** Name of this server. */
  readonly caller: string
  /** Makes a request one of this server. */
  readonly sign: ContractWatchOptions['sign']
}

/** The ways from a running server to the services that it calls across boundaries; each is opened with its first call. */
export class OpenCalls {
  readonly #services: ReadonlyMap<string, CalledService>
  readonly #runtime: CallRuntime
  readonly #isProduction: boolean
  #tls: CallTls | undefined
  readonly #answerLimitBytes: number
  #crossing: CrossingCalls | undefined
  readonly #targets = new Map<string, CallTarget>()
  readonly #local: LocalCalls
  readonly #http = new Map<boolean, HttpTransport>()
  readonly #carried: readonly CarriedServices[]
  #serving: readonly (() => Promise<void>)[] = []
  readonly #caller: string
  readonly #sign: ContractWatchOptions['sign']
  #contracts: ContractWatch | undefined
  #isClosed = false

  constructor(
    services: readonly CalledService[],
    runtime: CallRuntime,
    { isProduction, tls, answerLimitBytes, carried, caller, sign }: OpenCallsOptions,
  ) {
    this.#carried = carried
    this.#services = new Map(services.map((service) => [service.name, service]))
    this.#runtime = runtime
    this.#local = new LocalCalls((name) => this.#services.get(name)?.routes ?? [], runtime)
    this.#tls = tls
    this.#answerLimitBytes = answerLimitBytes
    this.#isProduction = isProduction
    this.#caller = caller
    this.#sign = sign
  }

  /** Watches for transactions that are open while calls are made. */
  get crossing(): CrossingCalls {
    return (this.#crossing ??= new CrossingCalls(this.#isProduction, this.#runtime.log()))
  }

  target(service: string): CallTarget {
    let target = this.#targets.get(service)
    if (!target) {
      this.#targets.set(service, (target = this.#createTarget(this.#services.get(service)!)))
      // Nobody would close it later.
      if (this.#isClosed) void target.close()
    }
    return target
  }

  /** What an operation of this process failed with; undefined for those of other servers. */
  failureOf(response: CallResponse): unknown {
    return this.#local.failureOf(response)
  }

  /** For connections that are opened from now on. */
  useTls(tls: CallTls): void {
    this.#tls = tls
    this.#http.get(false)?.useTls(tls)
  }

  /** Compares what this server expects of others with what they offer; undefined before {@link watchContracts}, and for none. */
  get contracts(): ContractWatch | undefined {
    return this.#contracts
  }

  /** Begins to ask the other servers for their contracts, and waits for none of them. */
  watchContracts(): void {
    const services = [...this.#services.values()].flatMap(({ name, expected, endpoints, transport }) =>
      expected && endpoints && !transport ? [{ name, expected: expected(), endpoints }] : [],
    )
    if (services.length === 0) return
    this.#contracts = new ContractWatch({
      consumer: this.#caller,
      services,
      connect: (url) => this.#transport(undefined, false).connect(url, { connections: 1 }),
      sign: this.#sign,
      log: this.#runtime.log(),
    })
    this.#contracts.start()
  }

  get states(): readonly TargetState[] {
    return [...this.#services.keys()].map((name) => this.target(name).statistics)
  }

  /** Lets calls in that do not come over the address of an app. @param handleOf  what takes the requests of an app */
  async serve(handleOf: (app: string) => RequestListener): Promise<void> {
    const serving = this.#carried.map(async ({ transport: definition, app, names }) => {
      const handle = handleOf(app)
      return this.#named(definition).serve(names, async (request, signal) => {
        assertCarried(request, names)
        return deliver(handle, request, { signal, timeoutMs: maxTimerMs })
      })
    })
    this.#serving = await Promise.all(serving)
  }

  /** Takes no more of those calls; resolves when those under way have been answered, and no later than after a time. */
  async stopServing(timeoutMs: number): Promise<void> {
    await settlesWithin(Promise.all(this.#serving.map((stop) => stop())), timeoutMs)
  }

  /** Calls under way fail, and so does every later one. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all(
      [...this.#targets.values(), ...(this.#contracts ? [this.#contracts] : [])].map((one) => one.close()),
    )
  }

  #createTarget({ name, policy, endpoints, transport, routes, isExternal = false }: CalledService): CallTarget {
    const here = [{ server: 'this process', url: name }]
    return new CallTarget({
      service: name,
      policy,
      endpoints: endpoints ?? here,
      transport: routes ? this.#local.transport : this.#transport(transport, isExternal),
      log: this.#runtime.log(),
    })
  }

  #transport(service: ServiceDefinition | undefined, isExternal: boolean): CallTransport {
    if (service) return this.#named(service)
    let http = this.#http.get(isExternal)
    if (!http) {
      const tls = isExternal ? undefined : this.#tls
      http = new HttpTransport({ tls, answerLimitBytes: this.#answerLimitBytes })
      this.#http.set(isExternal, http)
    }
    return http
  }

  #named(definition: ServiceDefinition): NamedTransport {
    const transport = this.#runtime.container.resolve(definition) as CallTransport
    return new NamedTransport(definition.name, transport, this.#runtime.log())
  }
}
