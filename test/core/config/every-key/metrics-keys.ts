import { expect } from 'chai'

import type { KeyCases } from './key-case.js'
import { probe, probeApp, startYaml } from './yaml-server.js'

async function metricsWith(keys: string): Promise<string> {
  const yaml = probeApp('controllers: [metrics]', `services: { metrics: { type: metrics, ${keys} } }`)
  await using server = await startYaml(yaml, { code: probe })
  // The first is counted when the second is answered.
  await server.request('/metrics')
  return await (await server.request('/metrics')).text()
}

export const metricsKeys: KeyCases = {
  async 'services.metrics.process'() {
    expect(await metricsWith('process: true')).to.include('process_cpu_seconds_total')
    expect(await metricsWith('process: false')).not.to.include('process_cpu_seconds_total')
  },
  async 'services.metrics.buckets'() {
    const bounds = new Set(
      [...(await metricsWith('buckets: [0.2, 30]')).matchAll(/request_duration_seconds_bucket\{le="([^"]+)"/g)].map(
        ([, bound]) => bound,
      ),
    )
    expect([...bounds]).to.deep.equal(['0.2', '30', '+Inf'])
  },
}
