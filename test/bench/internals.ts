import type * as BenchProcess from '../../bench/dist/harness/bench-process.js'
import type * as CompareAnswers from '../../bench/dist/harness/compare-answers.js'
import type * as Cores from '../../bench/dist/harness/cores.js'
import type * as MeasureCalls from '../../bench/dist/harness/measure-calls.js'
import type * as MeasureInProcess from '../../bench/dist/harness/measure-in-process.js'
import type * as TargetServer from '../../bench/dist/harness/target-server.js'
import type * as RunLoad from '../../bench/dist/load/run-load.js'
import type * as Options from '../../bench/dist/options.js'
import type * as Analysis from '../../bench/dist/report/analysis.js'
import type * as Goals from '../../bench/dist/report/goals.js'
import type { Results } from '../../bench/dist/report/results.js'
import type * as Chart from '../../bench/dist/report/chart.js'
import type * as Markdown from '../../bench/dist/report/markdown.js'
import type * as WriteReport from '../../bench/dist/report/write-report.js'
import type * as Targets from '../../bench/dist/targets.js'
import type * as Workloads from '../../bench/dist/workloads.js'

export type { Results }

/** The benchmark is a program and exports nothing; these are its compiled files. */
function load<T>(file: string): Promise<T> {
  return import(new URL(`../../../bench/dist/${file}`, import.meta.url).href) as Promise<T>
}

export const { BenchProcess: Process } = await load<typeof BenchProcess>('harness/bench-process.js')
export const { compareAnswers } = await load<typeof CompareAnswers>('harness/compare-answers.js')
export const { parseCores } = await load<typeof Cores>('harness/cores.js')
export const { measureCalls } = await load<typeof MeasureCalls>('harness/measure-calls.js')
export const { measureInProcess } = await load<typeof MeasureInProcess>('harness/measure-in-process.js')
export const { withServers } = await load<typeof TargetServer>('harness/target-server.js')
export const { runLoad } = await load<typeof RunLoad>('load/run-load.js')
export const { readOptions, usage } = await load<typeof Options>('options.js')
export const { Analysis: ResultAnalysis } = await load<typeof Analysis>('report/analysis.js')
export const { goals, isMet } = await load<typeof Goals>('report/goals.js')
export const { toChart } = await load<typeof Chart>('report/chart.js')
export const { toMarkdown } = await load<typeof Markdown>('report/markdown.js')
export const { readResults, writeDocs, writeResults } = await load<typeof WriteReport>('report/write-report.js')
export const { targets } = await load<typeof Targets>('targets.js')
export const { probes, workloads } = await load<typeof Workloads>('workloads.js')
