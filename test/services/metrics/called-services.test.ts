import { fileURLToPath } from 'node:url'

import { createServer } from '@lokstra/core'
import type { HealthReport } from '@lokstra/services/health'
import { expect } from 'chai'

import { poll } from '../../helpers/poll.js'
import { silentLogger } from '../../helpers/silent-logger.js'
import { deployments, startOrders, startUsers, UserService } from '../../core/calls/shop.js'

const folder = fileURLToPath(new URL('../../../', import.meta.url))

/** The server that calls, with what tells of it on an app of its own. */
const startWatched = (url: string, breaker: object) =>
  startOrders([url], {
    folder,
    config: {
      calls: { breaker, retries: 0 },
      apps: [{ name: 'admin', listen: '127.0.0.1:0', controllers: ['metrics', 'health'] }],
    },
  })

describe('a server that calls another', () => {
  it('shows the calls in its metrics, and is degraded but ready while they fail', async () => {
    const users = await startUsers()
    const orders = await startWatched(users.url(), { failures: 2, openFor: '60s' })
    const read = async (path: string) => {
      const response = await fetch(`${orders.url('admin')}${path}`)
      return { status: response.status, text: await response.text() }
    }
    for (const id of [1, 2, 404]) await orders.inject('GET', `/orders/of/${id}`)

    const lines = (await read('/metrics')).text.split('\n')
    expect(lines).to.include('lokstra_calls_total{service="UserService",method="byId",outcome="answered"} 3')
    expect(lines).to.include('lokstra_call_duration_seconds_count{service="UserService",method="byId"} 3')
    const endpoint = `{service="UserService",server="split.users",url="${users.url()}"}`
    expect(lines).to.include(`lokstra_call_breaker_state${endpoint} 0`)
    const ready = await read('/health/ready')
    expect([ready.status, ready.text.includes('"calls.UserService":{"status":"up"')]).to.deep.equal([200, true])

    await users.dispose()
    await poll(
      async () => {
        const { status } = await orders.inject('GET', '/orders/of/1')
        return status === 503 && (await read('/metrics')).text.includes(`lokstra_call_breaker_state${endpoint} 2`)
      },
      () => 'the breaker stays closed',
    )
    const degraded = await read('/health/ready')
    expect(degraded.status).to.equal(200)
    expect(degraded.text).to.include('"status":"degraded"').and.to.include('"calls.UserService":{"status":"down"')
  })

  it('is no longer degraded when a call may try again, though none comes, and up when one has', async () => {
    const users = await startUsers()
    const url = users.url()
    const orders = await startWatched(url, { failures: 1, openFor: '2s' })
    const ask = async () =>
      (await (await fetch(`${orders.url('admin')}/health/ready`)).json()) as { data: HealthReport }
    const statusOf = async () => {
      const { status, checks } = (await ask()).data
      return [status, checks['calls.UserService']!.status].join()
    }
    const until = (expected: string) =>
      poll(
        async () => (await statusOf()) === expected,
        () => `it does not become ${expected}`,
      )
    await users.dispose()
    // Each that fails keeps the next away for longer.
    await poll(
      async () => {
        await orders.inject('GET', '/orders/of/1')
        return (await statusOf()) === 'degraded,down'
      },
      () => 'it is not degraded',
    )
    await until('up,unknown')
    expect(orders.server.calls()[0]!.endpoints[0]!.breaker).to.equal('half-open')
    const listening = { apps: [{ listen: new URL(url).host, publish: ['UserService'] }] }
    const back = createServer({
      services: [UserService, silentLogger],
      config: { deployments: { split: { servers: { ...deployments.split.servers, users: listening } } } },
      server: 'split.users',
    })
    try {
      await back.start()
      expect((await orders.inject('GET', '/orders/of/1')).status).to.equal(200)
      expect(await statusOf()).to.equal('up,up')
    } finally {
      await back.stop()
    }
  })
})
