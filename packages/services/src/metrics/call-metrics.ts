import {
  latencyBoundsMs,
  type BreakerState,
  type EndpointState,
  type ServerRuntime,
  type TargetState,
} from '@lokstra/core'

import { addCollected, histogramSamples, type Registry, type Sample } from './registry.js'

const bounds = latencyBoundsMs.map((ms) => ms / 1_000)
const breakers: Record<BreakerState, number> = { closed: 0, 'half-open': 1, open: 2 }

/** What is known of the services of other servers that this one calls. */
export function addCallMetrics(registry: Registry, runtime: ServerRuntime): void {
  const ofTargets = (samples: (target: TargetState) => readonly Sample[]) => () => runtime.calls.flatMap(samples)
  const ofMethods = (samples: (service: string, method: string, target: TargetState) => readonly Sample[]) =>
    ofTargets((target) => [...target.methods.keys()].flatMap((method) => samples(target.service, method, target)))
  const ofEndpoints = (valueOf: (endpoint: EndpointState) => number) =>
    ofTargets(({ service, endpoints }) =>
      endpoints.map((endpoint) => ({
        labels: { service, server: endpoint.server, url: endpoint.url },
        value: valueOf(endpoint),
      })),
    )
  const ofService = (valueOf: (target: TargetState) => number) =>
    ofTargets((target) => [{ labels: { service: target.service }, value: valueOf(target) }])

  addCollected(registry, {
    name: 'lokstra_calls_total',
    help: 'Calls of services across a boundary, by how they ended',
    type: 'counter',
    collect: ofMethods((service, method, { methods }) =>
      Object.entries(methods.get(method)!.outcomes).map(([outcome, value]) => ({
        labels: { service, method, outcome },
        value,
      })),
    ),
  })
  const duration = 'lokstra_call_duration_seconds'
  addCollected(registry, {
    name: duration,
    help: 'Calls of services across a boundary, with their retries',
    type: 'histogram',
    collect: ofMethods((service, method, { methods }) => {
      const { latency: counts, totalMs } = methods.get(method)!
      return histogramSamples(duration, { service, method }, { bounds, counts, sum: totalMs / 1_000 })
    }),
  })
  addCollected(registry, {
    name: 'lokstra_call_retries_total',
    help: 'Attempts of calls after the first',
    type: 'counter',
    collect: ofService(({ retries }) => retries),
  })
  addCollected(registry, {
    name: 'lokstra_calls_in_flight',
    help: 'Calls under way',
    type: 'gauge',
    collect: ofService(({ inFlight }) => inFlight),
  })
  addCollected(registry, {
    name: 'lokstra_calls_queued',
    help: 'Calls that wait until another ends',
    type: 'gauge',
    collect: ofService(({ queued }) => queued),
  })
  addCollected(registry, {
    name: 'lokstra_call_breaker_state',
    help: 'Breaker of an endpoint: 0 closed, 1 half-open, 2 open',
    type: 'gauge',
    collect: ofEndpoints(({ breaker }) => breakers[breaker]),
  })
  addCollected(registry, {
    name: 'lokstra_call_endpoint_in_flight',
    help: 'Attempts under way to an endpoint',
    type: 'gauge',
    collect: ofEndpoints(({ inFlight }) => inFlight),
  })
  addCollected(registry, {
    name: 'lokstra_transaction_crossings_total',
    help: 'Calls to other servers that were made while a transaction was open',
    type: 'counter',
    collect: () => [{ labels: {}, value: runtime.transactionCrossings }],
  })
}
