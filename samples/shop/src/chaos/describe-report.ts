import { medianOf, quantileOf } from './growth.js'
import type { ChaosReport } from './run-chaos.js'
import type { Series } from './watch.js'

/** A report as a table for people. */
export function describeReport(report: ChaosReport): string {
  const { asked, orders, confirmed, cancelled, answers, latencies, faults, kills, restarts, recoveriesMs } = report
  const sum = Object.values(answers).reduce((total, count) => total + count, 0)
  const rows: readonly (readonly [string, string])[] = [
    ['requests', `${sum} (${listed(answers)})`],
    ['latency ms', `p50 ${ms(latencies, 0.5)}, p99 ${ms(latencies, 0.99)}, longest ${ms(latencies, 1)}`],
    ['orders', `${orders} of ${asked} asked for: ${confirmed} confirmed, ${cancelled} cancelled`],
    ['faults', listed(faults) || 'none'],
    ['kills, restarts', `${kills}, ${restarts}`],
    ['recovery ms', `median ${Math.round(medianOf(recoveriesMs))}, longest ${ms(recoveriesMs, 1)}`],
  ]
  const width = Math.max(...rows.map(([name]) => name.length))
  return [...rows.map(([name, text]) => `${name.padEnd(width)}  ${text}`), ...describeSeries(report.series)].join('\n')
}

/** Of each server only the process that has lived longest. */
function describeSeries(series: readonly Series[]): readonly string[] {
  const longest = new Map<string, Series>()
  for (const one of series) {
    const key = `${one.server} ${one.what}`
    if (one.values.length > (longest.get(key)?.values.length ?? 0)) longest.set(key, one)
  }
  if (longest.size === 0) return []
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => (index < 2 ? cell.padEnd(21) : cell.padStart(9)))
      .join(' ')
      .trimEnd()
  return [
    '',
    line(['held by', 'what', 'samples', 'first', 'median', 'most', 'last']),
    ...[...longest.values()].map(({ server, what, values }) =>
      line([
        server,
        what,
        String(values.length),
        ...[values[0]!, medianOf(values), Math.max(...values), values.at(-1)!].map((value) =>
          value.toFixed(1).replace('.0', ''),
        ),
      ]),
    ),
  ]
}

function ms(values: readonly number[], share: number): string {
  return String(Math.round(quantileOf(values, share)))
}

function listed(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}
