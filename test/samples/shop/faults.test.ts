import type { Topology } from '@lokstra/core/testing'
import { expect } from 'chai'

import { openShop, shop, type OpenShop } from './shop.js'

/** All is well again sooner than in production, so that a test can wait for it. */
const set = [
  'services.reconciler.every=100ms',
  'services.reconciler.abandonAfter=5s',
  'services.reconciler.againAfter=100ms',
  'calls.breaker.openFor=300ms',
]

const faults = {
  latency: 0.05,
  refused: 0.005,
  resetBefore: 0.02,
  resetAfter: 0.02,
  duplicate: 0.02,
  slowBody: 0.02,
  cutBody: 0.02,
}

describe('the shop, when servers fail', function () {
  this.timeout(180_000)

  let open: OpenShop | undefined
  afterEach(async () => {
    await open?.close()
    open = undefined
  })

  function expectAllRight(report: Awaited<ReturnType<typeof shop.runChaos>>, topology: Topology): void {
    expect(report.broken, `seed ${topology.seed ?? 0}; ${JSON.stringify(report)}`).to.deep.equal([])
    expect(report.promised, JSON.stringify(report)).to.be.at.least(20)
  }

  for (const seed of [1, 2]) {
    it(`keeps every order once and the stock right on a bad network, seed ${seed}`, async () => {
      open = await openShop({ mode: 'remote', set, faults: { ...faults, seed } })
      const report = await shop.runChaos({ topology: open.topology, seed, durationMs: 5_000, atLeast: 50 })
      expectAllRight(report, open.topology)
      expect(Object.keys(report.faults)).to.include.members(['latency', 'resetBefore', 'resetAfter', 'duplicate'])
    })
  }
})
