import { busyEnough } from '../harness/measure-http.js'
import { spreadOf, type Spread } from '../harness/statistics.js'
import { baseline, targetTitle } from '../targets.js'
import { workloads } from '../workloads.js'
import { Analysis, percent, ratioSpread, type Measure } from './analysis.js'
import { goals, isMet, type Goal } from './goals.js'
import type { Results, Task } from './results.js'
import { markdownTable } from './table.js'

/** All results as Markdown. What was not measured is left out. */
export function toMarkdown(results: Results): string {
  const analysis = new Analysis(results)
  const parts = [
    conditions(results),
    ...section('Requests per second, as a ratio to node:http by hand', results.http, () => [
      rateTable(analysis, 'requestsPerSecond'),
      ...idleNote(analysis),
    ]),
    ...section('Requests per second of CPU time, as a ratio to node:http by hand', results.http, () => [
      'What the rates would be if each server had all of its core: what else the machine does hurts these ratios less.',
      rateTable(analysis, 'requestsPerCpuSecond'),
    ]),
    ...section('CPU time of the server for one request, in µs', results.http, () => [cpuTable(analysis)]),
    ...section('Starting, and memory after load', [...results.start, ...results.memory], () => [
      startNote(results),
      startTable(analysis),
    ]),
    ...section('Binding and validating the order, in process', analysis.tasks('valid'), () => [bindTable(analysis)]),
    ...section('Writing stored orders as JSON, in process', analysis.tasks('serialise one'), () => [
      writeTable(analysis),
    ]),
    ...section('Calling a service', results.calls, () => [callTable(analysis)]),
    ...section('From a save to the answer of the new code', results.dev, () => [devTable(results.dev)]),
    '### Goals',
    goalTable(goals(analysis)),
  ]
  return parts.join('\n\n')
}

function section(title: string, data: readonly unknown[], parts: () => readonly string[]): readonly string[] {
  return data.length === 0 ? [] : [`### ${title}`, ...parts()]
}

function conditions({ machine, settings, versions }: Results): string {
  const { rounds, seconds, warmUpSeconds, connections, sampleMs, isPinned } = settings
  const cores = isPinned ? 'server and load each on a core of its own' : 'processes not bound to cores'
  const libraries = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return [
    `Measured on ${machine.date.slice(0, 10)}: Node ${machine.node}, ${machine.cpu}, ${machine.cores} cores, ${machine.system}; ${cores};`,
    `${rounds} rounds of ${seconds} s after ${warmUpSeconds} s of warming up, ${connections} connections; in process samples of ${sampleMs} ms.`,
    `${libraries.join(', ')}.`,
    'Each cell is the median of the rounds, with the least and the greatest in brackets.',
  ].join('\n')
}

function rateTable(analysis: Analysis, measure: Measure): string {
  const titles = analysis.workloads.map((name) => workloads.find((workload) => workload.name === name)?.title ?? name)
  const others = analysis.targets.filter((target) => target !== baseline)
  const rows = others.map((target) => [
    targetTitle(target),
    ...analysis.workloads.map((workload) => cell(analysis.rate(measure, workload, target), 2)),
    cell(analysis.meanRate(measure, target), 2),
  ])
  const rates = analysis.workloads.map((workload) => {
    const { requestsPerSecond, cpuMicrosPerRequest } = analysis.http(workload, baseline)!
    return cell(
      measure === 'requestsPerSecond' ? requestsPerSecond : cpuMicrosPerRequest.map((micros) => 1e6 / micros),
      0,
    )
  })
  return markdownTable(
    ['', ...titles, 'geometric mean'],
    [...rows, [`${targetTitle(baseline)}, requests/s`, ...rates, '']],
  )
}

function cpuTable(analysis: Analysis): string {
  const titles = analysis.workloads.map((name) => workloads.find((workload) => workload.name === name)?.title ?? name)
  const rows = analysis.targets.map((target) => [
    targetTitle(target),
    ...analysis.workloads.map((workload) => cell(analysis.http(workload, target)?.cpuMicrosPerRequest, 1)),
  ])
  return markdownTable(['', ...titles], rows)
}

function startNote({ settings: { spawns, memoryRounds, memoryRequests } }: Results): string {
  const requests = memoryRequests.toLocaleString('en-US')
  return `Of ${spawns} starts, and of ${memoryRounds} fresh processes before and after ${requests} requests of all workloads, both after a garbage collection.`
}

function startTable(analysis: Analysis): string {
  const mebibytes = (values: readonly number[] | undefined) => values?.map((value) => value / 1024 ** 2)
  const rows = analysis.targets.map((target) => [
    targetTitle(target),
    cell(analysis.start(target, 0), 0),
    cell(analysis.start(target, 1000), 0),
    cell(mebibytes(analysis.memory(target)?.idleRssBytes), 0),
    cell(mebibytes(analysis.memory(target)?.rssBytes), 0),
    cell(mebibytes(analysis.memory(target)?.heapUsedBytes), 1),
  ])
  return markdownTable(
    ['', 'ms to start', 'with 1,000 operations', 'RSS idle, MiB', 'RSS after load', 'heap after load'],
    rows,
  )
}

function bindTable(analysis: Analysis): string {
  const base = analysis.inProcess('valid', 'hand-written')
  const rows = analysis.tasks('valid').map(({ contender, title, nanoseconds }) => {
    const invalid = analysis.inProcess('invalid', contender)
    return [
      title,
      cell(nanoseconds, 0),
      bracketed(ratioSpread(base, nanoseconds), 3),
      cell(invalid, 0),
      bracketed(ratioSpread(invalid, nanoseconds), 1),
    ]
  })
  return markdownTable(['', 'valid, ns', 'rate against hand-written', 'invalid, ns', 'invalid / valid'], rows)
}

function writeTable(analysis: Analysis): string {
  const of = (task: Task, contender: string) => analysis.inProcess(task, contender)
  const rows = analysis
    .tasks('serialise one')
    .map(({ contender, title, nanoseconds }) => [
      title,
      cell(nanoseconds, 0),
      cell(of('serialise list', contender), 0),
      bracketed(ratioSpread(of('serialise list', 'json-stringify'), of('serialise list', contender)), 2),
    ])
  return markdownTable(['', 'one order, ns', 'list of 100, ns', 'rate of the list against the mapping'], rows)
}

function callTable(analysis: Analysis): string {
  const bases: Readonly<Record<string, string>> = { direct: 'plain', checked: 'plain', remote: 'hand-written' }
  const rows = analysis.results.calls.map(({ way, title, nanoseconds, callerMicros, calleeMicros }) => [
    title,
    cell(
      nanoseconds.map((value) => value / 1_000),
      2,
    ),
    bracketed(ratioSpread(analysis.calls(bases[way] ?? way)?.nanoseconds, nanoseconds), 3),
    cell(callerMicros, 1),
    cell(calleeMicros.length > 0 ? calleeMicros : undefined, 1),
  ])
  return markdownTable(
    ['', 'one call, µs', 'rate against the same by hand', 'CPU of the caller, µs', 'CPU of the callee, µs'],
    rows,
  )
}

function devTable(saves: readonly number[]): string {
  const { median, low, high } = spreadOf(saves)
  const rows = [
    [
      '`lokstra dev` on samples/todo-api',
      String(saves.length),
      ...[median, low, high].map((value) => format(value, 0)),
    ],
  ]
  return markdownTable(['', 'saves', 'median, ms', 'fastest', 'slowest'], rows)
}

/** Each goal with what was measured. */
function goalTable(list: readonly Goal[]): string {
  const rows = list.map((goal) => {
    const { text, bound, measured } = goal
    const limit = 'atLeast' in bound ? `at least ${bound.atLeast}` : `at most ${bound.atMost}`
    const verdict = { true: 'ok', false: 'MISSED', undefined: 'not measured' }[String(isMet(goal))]!
    return [text, limit, bracketed(measured, 2), bracketed(goal.byCpuTime, 2), verdict]
  })
  return markdownTable(['', 'goal', 'measured', 'by CPU time', ''], rows)
}

function idleNote(analysis: Analysis): readonly string[] {
  const idle = analysis.idleRounds(busyEnough)
  if (idle.size === 0) return []
  return [
    `Rounds in which the server had its core for less than ${percent(busyEnough)} of the time, so that its rate is too low:`,
    [...idle].map(([workload, counts]) => `- ${workload}: ${counts.join(', ')}`).join('\n'),
  ]
}

function cell(values: readonly number[] | undefined, digits: number): string {
  return bracketed(values && spreadOf(values), digits)
}

function bracketed(spread: Spread | undefined, digits: number): string {
  if (spread === undefined) return '–'
  const { median, low, high } = spread
  return `${format(median, digits)} (${format(low, digits)}–${format(high, digits)})`
}

function format(value: number, digits: number): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}
