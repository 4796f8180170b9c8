/** What the metrics take of prom-client. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry, type Metric } from 'prom-client'

export { Counter, Gauge, Histogram, Registry }

export type Labels = Readonly<Record<string, string | number>>

/** One line of the output. */
export interface Sample {
  readonly labels: Labels
  readonly value: number
  /** Default: the metric's own. */
  readonly metricName?: string
}

export interface CollectedMetric {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** Called for each scrape: what is counted elsewhere costs nothing between them. */
  readonly collect: () => readonly Sample[]
}

export function addCollected(registry: Registry, { name, help, type, collect }: CollectedMetric): void {
  const metric = {
    name,
    help,
    type,
    aggregator: 'sum',
    get: () => Promise.resolve({ name, help, type, values: collect() }),
  }
  // The types know the classes of prom-client only; a registry asks for no more than this.
  registry.registerMetric(metric as unknown as Metric)
}

/**
 * The lines of one histogram.
 * @param counts  of values within each bound and above the one before; the last is of those above all
 */
export function histogramSamples(
  name: string,
  labels: Labels,
  { bounds, counts, sum }: { bounds: readonly number[]; counts: readonly number[]; sum: number },
): readonly Sample[] {
  let count = 0
  const buckets = counts.map((within, index): Sample => {
    count += within
    return { metricName: `${name}_bucket`, labels: { le: bounds[index] ?? '+Inf', ...labels }, value: count }
  })
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ]
}

let ofProcess: Registry | undefined

/** One for the process, however many servers run in it: what watches the garbage collector cannot be ended again. */
export function processRegistry(): Registry {
  if (!ofProcess) {
    ofProcess = new Registry()
    collectDefaultMetrics({ register: ofProcess })
  }
  return ofProcess
}
