import type { Availability } from './availability.js'
import { medianOf, quantileOf } from './growth.js'
import type { ChaosReport } from './run-chaos.js'
import type { Series } from './watch.js'

/** A report as tables for people. */
export function describeReport(report: ChaosReport): string {
  const { asked, orders, confirmed, cancelled, answers, latencies, faults, kills, restarts } = report
  const { lastedMs, outages, recoveriesMs, availability, series } = report
  const sum = Object.values(answers).reduce((total, count) => total + count, 0)
  const awayMs = outages.map(({ from, until }) => until - from)
  const away = awayMs.reduce((total, ms) => total + ms, 0)
  const rows: readonly (readonly [string, string])[] = [
    ['orders', `${orders} of ${asked} asked for: ${confirmed} confirmed, ${cancelled} cancelled`],
    ['buyers', `${sum} requests: ${listed(answers)}. Who gets a 503 asks again at once`],
    ['latency ms', `p50 ${ms(latencies, 0.5)}, p99 ${ms(latencies, 0.99)}, longest ${ms(latencies, 1)}`],
    ['faults', listed(faults) || 'none'],
    ['kills, restarts', `${kills}, ${restarts}`],
    ['away', `one server or another for ${seconds(away)} of ${seconds(lastedMs)} s`],
    ['away ms', `from its end until a server is ready: median ${ms(awayMs, 0.5)}, longest ${ms(awayMs, 1)}`],
    [
      'recovery ms',
      `from then until clients are answered: median ${ms(recoveriesMs, 0.5)}, longest ${ms(recoveriesMs, 1)}`,
    ],
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  const lines = rows.map(([name, text]) => `${name.padEnd(width)}  ${text}`)
  return [...lines, ...describeAvailability(availability), ...describeSeries(series)].join('\n')
}

function describeAvailability(availability: readonly Availability[]): readonly string[] {
  const cells = availability.map(({ operation, needs, requests, answered, answeredWhileUp, wholeSeconds }) => [
    operation,
    needs.join(', '),
    String(requests),
    ...[answered, answeredWhileUp, wholeSeconds].map(percent),
  ])
  return describeTable(['paced requests', 'need', 'sent', 'answered', 'while up', 'whole seconds'], cells)
}

/** Of each server only the process that has lived longest. */
function describeSeries(series: readonly Series[]): readonly string[] {
  const longest = new Map<string, Series>()
  for (const one of series) {
    const key = `${one.server} ${one.what}`
    if (one.values.length > (longest.get(key)?.values.length ?? 0)) longest.set(key, one)
  }
  const cells = [...longest.values()].map(({ server, what, values }) => [
    server,
    what,
    String(values.length),
    ...[values[0]!, medianOf(values), Math.max(...values), values.at(-1)!].map((value) =>
      value.toFixed(1).replace('.0', ''),
    ),
  ])
  return describeTable(['held by', 'what', 'samples', 'first', 'median', 'most', 'last'], cells)
}

/** Two columns of text, and numbers. @returns nothing where there are no rows */
function describeTable(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return []
  const all = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]!.length)))
  const lines = all.map((row) =>
    row
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('  ')
      .trimEnd(),
  )
  return ['', ...lines]
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1)
}

/** Rounded down: only what is whole is 100 %. */
function percent(share: number): string {
  return `${(Math.floor(share * 10_000) / 100).toFixed(2).replace(/\.00$/, '')} %`
}

function ms(values: readonly number[], share: number): string {
  return String(Math.round(quantileOf(values, share)))
}

function listed(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}
