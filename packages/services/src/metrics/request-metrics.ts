import { addCollected, histogramSamples, type Registry } from './registry.js'
import type { RequestStatistics } from './request-statistics.js'

export function addRequestMetrics(registry: Registry, statistics: RequestStatistics): void {
  addCollected(registry, {
    name: 'lokstra_http_requests_total',
    help: 'Requests that were answered, or whose client has gone (status aborted)',
    type: 'counter',
    collect: () =>
      Array.from(statistics.routes, ({ app, method, route, statuses }) =>
        Array.from(statuses, ([status, value]) => ({
          labels: { app, method, route, status: status === 0 ? 'aborted' : status },
          value,
        })),
      ).flat(),
  })
  const duration = 'lokstra_http_request_duration_seconds'
  addCollected(registry, {
    name: duration,
    help: 'From the head of a request to the end of its response',
    type: 'histogram',
    collect: () =>
      Array.from(statistics.routes, ({ app, method, route, counts, seconds: sum }) =>
        histogramSamples(duration, { app, method, route }, { bounds: statistics.bounds, counts, sum }),
      ).flat(),
  })
}
