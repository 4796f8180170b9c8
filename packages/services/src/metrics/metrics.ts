import { AfterResponse, ServerRuntime, Service, type Context } from '@lokstra/core'

import { addCallMetrics } from './call-metrics.js'
import { MetricsConfig } from './metrics-config.js'
import { Counter, Gauge, Histogram, processRegistry, Registry } from './registry.js'
import { addRequestMetrics } from './request-metrics.js'
import { RequestStatistics } from './request-statistics.js'

/** What a metric is called, and by what it is split. */
export interface MetricOptions<L extends string> {
  /** Letters, digits and `_`, with the unit at its end: `shop_orders_total`. */
  readonly name: string
  readonly help: string
  /** Each combination of values is a series of its own: nothing that clients choose freely. Default none. */
  readonly labels?: readonly L[]
}

/** The same of a histogram, with its buckets. */
export interface HistogramOptions<L extends string> extends MetricOptions<L> {
  /** Upper bounds, in any order. Default: the `buckets` of the configuration, which are of seconds. */
  readonly buckets?: readonly number[]
}

/**
 * The metrics of this server in Prometheus' text format: requests by route, calls of services of other servers, the process, and those
 * of your own, which you create once, in a constructor.
 */
@Service({ name: 'metrics', config: MetricsConfig })
export class Metrics {
  readonly #config: MetricsConfig
  readonly #registry = new Registry()
  readonly #requests: RequestStatistics

  constructor(config: MetricsConfig, runtime: ServerRuntime) {
    this.#config = config
    this.#requests = new RequestStatistics(toBounds(config.buckets))
    addRequestMetrics(this.#registry, this.#requests)
    addCallMetrics(this.#registry, runtime)
  }

  /** What only grows. @throws Error when the name is taken or not allowed */
  counter<L extends string = never>({ name, help, labels = [] }: MetricOptions<L>): Counter<L> {
    return new Counter({ name, help, labelNames: labels, registers: [this.#registry] })
  }

  /** What goes up and down. @throws Error when the name is taken or not allowed */
  gauge<L extends string = never>({ name, help, labels = [] }: MetricOptions<L>): Gauge<L> {
    return new Gauge({ name, help, labelNames: labels, registers: [this.#registry] })
  }

  /** How values are spread. @throws Error when the name is taken or not allowed */
  histogram<L extends string = never>({ name, help, labels = [], buckets }: HistogramOptions<L>): Histogram<L> {
    return new Histogram({
      name,
      help,
      labelNames: labels,
      buckets: toBounds(buckets ?? this.#config.buckets),
      registers: [this.#registry],
    })
  }

  /** Media type of {@link text}. */
  get contentType(): string {
    return this.#registry.contentType
  }

  /** All of them, as Prometheus reads them. */
  async text(): Promise<string> {
    const registries = this.#config.process ? [this.#registry, processRegistry()] : [this.#registry]
    const texts = await Promise.all(registries.map((registry) => registry.metrics()))
    return texts.join('\n')
  }

  @AfterResponse()
  count(ctx: Context): void {
    this.#requests.add(ctx)
  }
}

/** Each once, in ascending order: a value is counted at the first that is not below it. */
function toBounds(buckets: readonly number[]): number[] {
  return [...new Set(buckets)].sort((a, b) => a - b)
}
