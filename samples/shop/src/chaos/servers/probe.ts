import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { Duration, Logger, OnReady, OnStop, Service } from '@lokstra/core'
import { IsInt, Min } from 'class-validator'

export class ProbeConfig {
  @Duration() @IsInt() @Min(100) every = 5_000
}

/** What a process holds at one moment. */
export interface Resources {
  /** After a garbage collection, in bytes. */
  readonly heap: number
  /** In bytes. */
  readonly rss: number
  /** 99 % of the turns of the event loop since the sample before were late by less, in milliseconds. */
  readonly lagMs: number
  /** What keeps the process busy, by kind, such as `TCPSocketWrap` and `Timeout`. */
  readonly active: Readonly<Record<string, number>>
}

/** Message of the log lines that tell {@link Resources}. */
export const probeMessage = 'resources'

/** Logs what its process holds, again and again. */
@Service({ name: 'probe', config: ProbeConfig, eager: true })
export class Probe {
  readonly #collectGarbage = exposeCollection()
  readonly #delays: IntervalHistogram = monitorEventLoopDelay({ resolution: 10 })
  #timer: NodeJS.Timeout | undefined

  constructor(
    private readonly config: ProbeConfig,
    private readonly log: Logger,
  ) {}

  @OnReady()
  start(): void {
    this.#delays.enable()
    this.#timer = setInterval(() => this.#tell(), this.config.every)
  }

  @OnStop()
  stop(): void {
    clearInterval(this.#timer)
    this.#delays.disable()
  }

  #tell(): void {
    const lagMs = Math.round(this.#delays.percentile(99) / 1e6)
    this.#collectGarbage()
    // The collection itself is no lag of the server.
    this.#delays.reset()
    const { heapUsed, rss } = process.memoryUsage()
    const active: Record<string, number> = {}
    for (const kind of process.getActiveResourcesInfo()) active[kind] = (active[kind] ?? 0) + 1
    const resources: Resources = { heap: heapUsed, rss, lagMs, active }
    // Above what is logged for each request, which is more than anybody reads here.
    this.log.warn(probeMessage, { pid: process.pid, ...resources })
  }
}

/** As `node --expose-gc` does, for the processes that are started as all others are. */
function exposeCollection(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
