import { createTopology, eachMode, topologyModes, type Topology } from '@lokstra/core/testing'
import { expect } from 'chai'

describe('orders', function () {
  this.timeout(30_000)

  // In one process, and as the servers of the deployment.
  eachMode(topologyModes, (mode) => {
    let topology: Topology

    beforeEach(async () => {
      topology = await createTopology({
        file: 'lokstra.yaml',
        deployment: 'microservices',
        mode,
      })
    })

    const place = (userId: number) =>
      topology.request('orders', 'POST', '/orders', {
        body: { userId, item: 'oranges' },
      })

    it('name the user who placed them', async () => {
      await topology.request('users', 'POST', '/users', {
        body: { name: 'Ada' },
      })
      const placed = await place(1)
      expect(placed.status).to.equal(201)
      expect(placed.json().data).to.deep.equal({
        id: 1,
        item: 'oranges',
        customer: 'Ada',
      })
      const list = await topology.request('orders', 'GET', '/orders')
      expect(list.json().data).to.deep.equal([placed.json().data])
    })

    it('are refused when there is no such user', async () => {
      const answer = await place(7)
      expect(answer.status).to.equal(422)
      expect(answer.json().error.message).to.equal('There is no user 7')
    })

    if (mode === 'remote' || mode === 'processes')
      it('are answered with 503 while the server of users is down', async () => {
        await topology.server('users').stop()
        expect((await place(1)).status).to.equal(503)
      })
  })
})
