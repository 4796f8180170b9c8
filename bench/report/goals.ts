import { spreadOf, type Spread } from '../harness/statistics.js'
import { baseline } from '../targets.js'
import { ratioSpread, type Analysis, type Measure } from './analysis.js'
import type { CallResult } from './results.js'

/** What this project promises of itself. */
export interface Goal {
  readonly text: string
  readonly bound: { readonly atLeast: number } | { readonly atMost: number }
  /** Undefined when it was not part of the run. */
  readonly measured: Spread | undefined
  /** The same of the rates that the CPU time allows; of goals for requests/s and calls/s only. It does not count. */
  readonly byCpuTime?: Spread | undefined
}

const own = 'lokstra'

export function goals(analysis: Analysis): readonly Goal[] {
  return [
    ...throughputGoals(analysis),
    ...inProcessGoals(analysis),
    ...callGoals(analysis),
    ...startGoals(analysis),
    ...memoryGoals(analysis),
    ...devGoals(analysis),
  ]
}

/** The median counts. */
export function isMet({ bound, measured }: Goal): boolean | undefined {
  if (measured === undefined) return undefined
  return 'atLeast' in bound ? measured.median >= bound.atLeast : measured.median <= bound.atMost
}

function throughputGoals(analysis: Analysis): readonly Goal[] {
  const goal = (text: string, atLeast: number, rate: (measure: Measure) => readonly number[] | undefined): Goal => {
    const [byClock, byCpu] = [rate('requestsPerSecond'), rate('requestsPerCpuSecond')]
    return {
      text: `requests/s against ${text}`,
      bound: { atLeast },
      measured: byClock && spreadOf(byClock),
      byCpuTime: byCpu && spreadOf(byCpu),
    }
  }
  const against = (base: string, workload: string, atLeast: number) =>
    goal(`${base}: ${workload}`, atLeast, (measure) => analysis.rate(measure, workload, own, base))
  return [
    goal(`${baseline}: geometric mean`, 0.95, (measure) => analysis.meanRate(measure, own)),
    ...analysis.workloads.map((workload) => against(baseline, workload, 0.88)),
    against('fastify', 'static', 1),
    against('fastify', 'typed', 1.1),
    against('fastify', 'post', 1.3),
    against('fastify', 'invalid', 1.8),
    against('nest-fastify', 'static', 1.7),
    against('nest-fastify', 'post', 5.5),
    {
      text: 'CPU of the invalid POST against the valid one',
      bound: { atMost: 3 },
      measured: ratioSpread(
        analysis.http('invalid', own)?.cpuMicrosPerRequest,
        analysis.http('post', own)?.cpuMicrosPerRequest,
      ),
    },
  ]
}

function inProcessGoals(analysis: Analysis): readonly Goal[] {
  const valid = analysis.inProcess('valid', own)
  const against = (contender: string, atLeast: number): Goal => ({
    text: `binding the order in process against ${contender}`,
    bound: { atLeast },
    // Rates are the reverse of times.
    measured: ratioSpread(analysis.inProcess('valid', contender), valid),
  })
  return [
    against('class-validator', 90),
    against('ajv', 2),
    against('hand-written', 0.6),
    {
      text: 'binding an invalid order in process against a valid one, in time',
      bound: { atMost: 3 },
      measured: ratioSpread(analysis.inProcess('invalid', own), valid),
    },
  ]
}

function callGoals(analysis: Analysis): readonly Goal[] {
  const against = (text: string, way: string, base: string, atLeast: number): Goal => ({
    text,
    bound: { atLeast },
    // Rates are the reverse of times.
    measured: ratioSpread(analysis.calls(base)?.nanoseconds, analysis.calls(way)?.nanoseconds),
    byCpuTime: ratioSpread(cpuMicrosOf(analysis.calls(base)), cpuMicrosOf(analysis.calls(way))),
  })
  return [
    against('calls of an injected service against calls of a method', 'direct', 'plain', 0.95),
    against('calls/s of a remote service against undici to node:http by hand', 'remote', 'hand-written', 0.9),
  ]
}

/** Of both processes together. */
function cpuMicrosOf(calls: CallResult | undefined): readonly number[] | undefined {
  return calls?.callerMicros.map((micros, round) => micros + (calls.calleeMicros[round] ?? 0))
}

function startGoals(analysis: Analysis): readonly Goal[] {
  return [0, 1000].map((operations) => ({
    text: `time to start with ${operations} operations against fastify`,
    bound: { atMost: 1 },
    measured: ratioSpread(analysis.start(own, operations), analysis.start('fastify', operations)),
  }))
}

function memoryGoals(analysis: Analysis): readonly Goal[] {
  const [mine, base] = [analysis.memory(own), analysis.memory(baseline)]
  return [
    {
      text: `memory after load (RSS) against ${baseline}`,
      bound: { atMost: 1.2 },
      measured: ratioSpread(mine?.rssBytes, base?.rssBytes),
    },
  ]
}

/** Every save counts, the slowest as well. */
function devGoals({ results: { dev } }: Analysis): readonly Goal[] {
  return [
    {
      text: 'ms from a save to the answer of the new code, the slowest save',
      bound: { atMost: 500 },
      measured: dev.length === 0 ? undefined : spreadOf([Math.max(...dev)]),
    },
  ]
}
