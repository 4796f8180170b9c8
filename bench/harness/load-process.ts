import type { LoadOrder, LoadReport } from '../load/run-load.js'
import { BenchProcess } from './bench-process.js'

/** The process that makes the load. */
export class LoadProcess implements AsyncDisposable {
  readonly #process: BenchProcess

  constructor(core: number | undefined) {
    this.#process = new BenchProcess('load/main', { core })
  }

  /** @throws when a single answer was not the expected one */
  async run(order: LoadOrder): Promise<LoadReport> {
    const { report, error } = await this.#process.ask<{ report?: LoadReport; error?: string }>(order)
    if (report === undefined) throw new Error(error)
    return report
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process[Symbol.asyncDispose]()
  }
}
