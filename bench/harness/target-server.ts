import type { Profiler } from 'node:inspector'

import type { Target } from '../targets.js'
import type { Memory, Usage } from '../targets/serve.js'
import { BenchProcess, type ProcessOptions } from './bench-process.js'

/** A target in a process of its own. */
export class TargetServer implements AsyncDisposable {
  readonly #process: BenchProcess
  #port = 0

  constructor(
    readonly target: Target,
    options: ProcessOptions,
  ) {
    this.#process = new BenchProcess(`targets/${target.server}`, options)
  }

  get port(): number {
    return this.#port
  }

  /** Resolves when it listens. */
  async ready(): Promise<void> {
    this.#port = (await this.#process.message<{ port: number }>()).port
  }

  usage(): Promise<Usage> {
    return this.#process.ask('usage')
  }

  memory(): Promise<Memory> {
    return this.#process.ask('memory')
  }

  startProfile(): Promise<unknown> {
    return this.#process.ask('start profile')
  }

  stopProfile(): Promise<Profiler.Profile> {
    return this.#process.ask('stop profile')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process[Symbol.asyncDispose]()
  }
}

/** Starts the targets side by side, does something with them, and ends them, whatever happens. */
export async function withServers<T>(
  targets: readonly Target[],
  options: ProcessOptions,
  use: (servers: readonly TargetServer[]) => Promise<T>,
): Promise<T> {
  const servers = targets.map((target) => new TargetServer(target, options))
  try {
    await Promise.all(servers.map((server) => server.ready()))
    return await use(servers)
  } finally {
    await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()))
  }
}
