import { statSync } from 'node:fs'

import type { WorkerProcess } from './worker-process.js'

/**
 * The process that is next. It has loaded what starting takes, and what the one before has imported of packages, before there is
 * something to start; it is not used when any of that has changed since.
 */
export class Spare {
  readonly #spawn: () => WorkerProcess
  #worker: WorkerProcess | undefined
  #packages: readonly string[] = []
  /** What a process with these packages has loaded, as the last one told; undefined until one has. At first nothing is waited for. */
  #loaded: readonly string[] | undefined = []
  #loading: Promise<unknown> | undefined

  constructor(spawn: () => WorkerProcess) {
    this.#spawn = spawn
  }

  /** @param packages  absolute paths of files that the next process is going to import */
  expect(packages: readonly string[]): void {
    const sorted = packages.toSorted()
    if (sorted.join('\n') !== this.#packages.join('\n')) this.#loaded = undefined
    this.#packages = sorted
  }

  /** Begins a process, unless there is one. */
  prepare(): void {
    if (this.#worker) return
    const worker = (this.#worker = this.#spawn())
    const ended = worker.ended.then(() => {
      if (this.#worker === worker) this.#worker = undefined
    })
    const told = worker.warm(this.#packages).then((files) => {
      if (this.#worker === worker) this.#loaded = files
    })
    this.#loading = Promise.race([told, ended])
  }

  /** Resolves when {@link take} can tell whether the process is of use. */
  async ready(): Promise<void> {
    if (!this.#loaded && this.#worker) await this.#loading
  }

  /** A process that has not started anything: the one that was prepared, or another one. */
  take(): WorkerProcess {
    const worker = this.#worker
    this.#worker = undefined
    if (!worker) return this.#spawn()
    if (this.#loaded?.every((file) => isUnchangedSince(worker.spawnedAt, file))) return worker
    this.#loaded = undefined
    void worker.stop()
    return this.#spawn()
  }

  drop(): void {
    void this.#worker?.stop()
    this.#worker = undefined
  }
}

/** @param time  milliseconds since the epoch */
function isUnchangedSince(time: number, file: string): boolean {
  try {
    const stats = statSync(file, { throwIfNoEntry: false })
    // What is unpacked or moved there may be older than it is here.
    return stats !== undefined && Math.max(stats.mtimeMs, stats.ctimeMs) <= time
  } catch {
    return false
  }
}
