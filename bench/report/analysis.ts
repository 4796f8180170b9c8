import { geometricMean, ratios, spreadOf, type Spread } from '../harness/statistics.js'
import { baseline } from '../targets.js'
import type { CallResult, HttpResult, InProcessResult, MemoryResult, Results, Task } from './results.js'

/** By the clock; or by the CPU time that the server took, which the machine's other work hurts less. */
export type Measure = 'requestsPerSecond' | 'requestsPerCpuSecond'

/** What the rounds of one run say when they are compared; undefined where a part was not measured. */
export class Analysis {
  readonly results: Results

  constructor(results: Results) {
    this.results = results
  }

  http(workload: string, target: string): HttpResult | undefined {
    return this.results.http.find((one) => one.workload === workload && one.target === target)
  }

  /** The target's rate over another's in the same round. */
  rate(measure: Measure, workload: string, target: string, base: string = baseline): readonly number[] | undefined {
    const [own, other] = [this.http(workload, target), this.http(workload, base)]
    if (!own || !other) return undefined
    return measure === 'requestsPerSecond'
      ? ratios(own.requestsPerSecond, other.requestsPerSecond)
      : ratios(other.cpuMicrosPerRequest, own.cpuMicrosPerRequest)
  }

  /** The geometric mean of the workloads, round by round. */
  meanRate(measure: Measure, target: string): readonly number[] | undefined {
    const byWorkload = this.workloads.map((workload) => this.rate(measure, workload, target))
    const [first] = byWorkload
    if (first === undefined || byWorkload.includes(undefined)) return undefined
    return first.map((_, round) => geometricMean(byWorkload.map((values) => values![round]!)))
  }

  get workloads(): readonly string[] {
    return [...new Set(this.results.http.map(({ workload }) => workload))]
  }

  get targets(): readonly string[] {
    const { http, start, memory } = this.results
    return [...new Set([...http, ...start, ...memory].map(({ target }) => target))]
  }

  start(target: string, operations: number): readonly number[] | undefined {
    return this.results.start.find((one) => one.target === target && one.operations === operations)?.milliseconds
  }

  memory(target: string): MemoryResult | undefined {
    return this.results.memory.find((one) => one.target === target)
  }

  inProcess(task: Task, contender: string): readonly number[] | undefined {
    return this.tasks(task).find((one) => one.contender === contender)?.nanoseconds
  }

  tasks(task: Task): readonly InProcessResult[] {
    return this.results.inProcess.filter((one) => one.task === task)
  }

  calls(way: string): CallResult | undefined {
    return this.results.calls.find((one) => one.way === way)
  }

  /** For each workload the targets with windows in which the server's core did not work for it all the time, and their number. */
  idleRounds(busyEnough: number): ReadonlyMap<string, readonly string[]> {
    const idle = new Map<string, string[]>()
    for (const { workload, target, serverBusy } of this.results.http) {
      const count = serverBusy.filter((share) => share < busyEnough).length
      if (count > 0) idle.set(workload, [...(idle.get(workload) ?? []), `${target} ${count}`])
    }
    return idle
  }
}

/** Spread of the rounds' ratios of two measurements. */
export function ratioSpread(
  values: readonly number[] | undefined,
  base: readonly number[] | undefined,
): Spread | undefined {
  return values && base && spreadOf(ratios(values, base))
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
