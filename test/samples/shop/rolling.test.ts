import { expect } from 'chai'

import { poll } from '../../helpers/poll.js'
import { Customers } from './customers.js'
import { openShop, type OpenShop } from './shop.js'

describe('the shop, while it is deployed anew', function () {
  this.timeout(400_000)

  let open: OpenShop | undefined
  afterEach(async () => {
    await open?.close()
    open = undefined
  })

  it('answers every request while each of its servers, gateways and all, is replaced in turn', async () => {
    // Without a delay a connection can be opened in the moment in which the address closes.
    open = await openShop({ mode: 'processes', deployment: 'replicated', set: ['shutdown.drainDelay=100ms'] })
    const { topology } = open
    const customers = await Customers.enter(topology, { count: 6, seed: 4 })
    const pids = topology.servers.map(({ pid }) => pid)
    try {
      for (const server of topology.servers) {
        const before = customers.served
        await server.restart()
        expect(customers.served, `nobody was served while ${server.name} was replaced`).to.be.greaterThan(before)
      }
    } finally {
      await customers.leave()
    }
    expect(topology.servers.filter(({ pid }, index) => pid === undefined || pid === pids[index])).to.deep.equal([])
    expect(Object.keys(customers.outcomes), JSON.stringify(customers.outcomes)).to.have.members(['200', '201'])
    let findings: readonly string[] = []
    await poll(
      async () => (findings = await customers.findings()).length === 0,
      () => findings.join('\n'),
    )
  })
})
