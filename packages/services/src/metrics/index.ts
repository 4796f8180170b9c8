export { MetricsConfig } from './metrics-config.js'
export { MetricsController } from './metrics-controller.js'
export { Metrics, type HistogramOptions, type MetricOptions } from './metrics.js'
export type { Counter, Gauge, Histogram } from './registry.js'
