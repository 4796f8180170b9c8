/** Values of each round, in their order: what `results.json` holds and all reports are made of. */
export interface Results {
  readonly machine: Machine
  readonly settings: {
    readonly rounds: number
    /** Of load on a target in each round. */
    readonly seconds: number
    readonly warmUpSeconds: number
    readonly connections: number
    readonly spawns: number
    readonly memoryRounds: number
    readonly memoryRequests: number
    /** Length of one sample of a task in process. */
    readonly sampleMs: number
    /** False where processes could not be bound to cores. */
    readonly isPinned: boolean
  }
  readonly versions: Readonly<Record<string, string>>
  readonly http: readonly HttpResult[]
  readonly start: readonly StartResult[]
  readonly memory: readonly MemoryResult[]
  readonly inProcess: readonly InProcessResult[]
  readonly calls: readonly CallResult[]
  /** Milliseconds from each save under `lokstra dev` to the answer of the new code. */
  readonly dev: readonly number[]
}

export interface Machine {
  readonly date: string
  readonly node: string
  readonly cpu: string
  readonly cores: number
  readonly system: string
}

export interface HttpResult {
  readonly workload: string
  readonly target: string
  readonly requestsPerSecond: readonly number[]
  readonly cpuMicrosPerRequest: readonly number[]
  /** Share of the round in which the server's core worked for it. */
  readonly serverBusy: readonly number[]
  readonly loadBusy: readonly number[]
}

export interface StartResult {
  readonly target: string
  readonly operations: number
  /** From creating the process until it listens. */
  readonly milliseconds: readonly number[]
}

export interface MemoryResult {
  readonly target: string
  readonly requests: number
  /** Before the first request. */
  readonly idleRssBytes: readonly number[]
  readonly rssBytes: readonly number[]
  readonly heapUsedBytes: readonly number[]
}

/** One way to call a service. */
export interface CallResult {
  readonly way: string
  readonly title: string
  /** Of one call, of several that are under way at once where another process answers. */
  readonly nanoseconds: readonly number[]
  /** CPU time that one call took in the process that calls. */
  readonly callerMicros: readonly number[]
  /** In the one that answers; empty where the same does. */
  readonly calleeMicros: readonly number[]
}

export type Task = 'valid' | 'invalid' | 'serialise one' | 'serialise list'

export interface InProcessResult {
  readonly task: Task
  readonly contender: string
  readonly title: string
  readonly nanoseconds: readonly number[]
}
