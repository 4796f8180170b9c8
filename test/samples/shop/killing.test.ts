import type { Topology } from '@lokstra/core/testing'
import { expect } from 'chai'

import { poll } from '../../helpers/poll.js'
import { Customers, type Action } from './customers.js'
import { openShop, type OpenShop } from './shop.js'

/** All is well again sooner than in production, so that a test can wait for it. */
const set = [
  'services.reconciler.every=100ms',
  'services.reconciler.abandonAfter=5s',
  'services.reconciler.againAfter=100ms',
  'calls.timeout=2s',
  'calls.breaker.openFor=300ms',
  'apps.api.timeouts.handler=5s',
]
/** The time that the gateway gives a request, and what an answer may take on a machine that is busy with other things. */
const longestMs = 5_000 + 10_000

/** The servers, with something that needs each of them. */
const victims: readonly (readonly [string, Action])[] = [
  ['users', 'register'],
  ['catalog', 'browse'],
  ['orders', 'list'],
  ['notifications', 'read'],
  ['gateway', 'browse'],
]

/** What customers may be told while a server is gone; of the gateway nothing at all. */
const clean =
  /^(20[01]|503 REMOTE_UNAVAILABLE|503 HANDLER_TIMEOUT|504 REMOTE_TIMEOUT|ECONNREFUSED|ECONNRESET|UND_ERR_SOCKET)$/

describe('the shop, when its servers are killed', function () {
  this.timeout(240_000)

  let open: OpenShop | undefined
  afterEach(async () => {
    await open?.close()
    open = undefined
  })

  /** Kills one server after the other while customers buy, and starts it again when they have noticed. */
  async function killEach(topology: Topology, kill: (name: string) => Promise<void>): Promise<void> {
    const customers = await Customers.enter(topology, { count: 6, seed: 3 })
    const since = (from: number) => customers.answers.slice(from)
    try {
      for (const [name, action] of victims) {
        const others = topology.servers.filter((server) => server.name !== name)
        const pids = others.map(({ pid }) => pid)
        let from = customers.answers.length
        await kill(name)
        await poll(
          () => since(from).filter(({ outcome }) => !outcome.startsWith('20')).length >= 3,
          () => `nobody noticed that ${name} is gone`,
        )
        from = customers.answers.length
        await topology.server(name).start()
        await poll(
          () => since(from).some((answer) => answer.action === action && answer.outcome.startsWith('20')),
          () => `nobody reaches ${name} again: ${JSON.stringify(since(from).slice(-10))}`,
        )
        expect(others.map(({ pid }) => pid)).to.deep.equal(pids)
      }
    } finally {
      await customers.leave()
    }
    expect(customers.answers.filter(({ outcome }) => !clean.test(outcome))).to.deep.equal([])
    expect(customers.answers.filter(({ milliseconds }) => milliseconds > longestMs)).to.deep.equal([])
    let findings: readonly string[] = []
    await poll(
      async () => (findings = await customers.findings()).length === 0,
      () => findings.join('\n'),
    )
  }

  it('tells customers so in time, serves them again once a server is back, and keeps every order once', async () => {
    open = await openShop({ mode: 'processes', set })
    const { topology } = open
    await killEach(topology, (name) => topology.server(name).kill())
  })

  it('does so when each dies of a call that it has executed and not answered', async () => {
    open = await openShop({ mode: 'processes', set, faults: {} })
    const { topology } = open
    const calls: Record<string, readonly [string, RegExp]> = {
      users: ['users', /\/UserService\//],
      catalog: ['catalog', /\/CatalogService\/reserve/],
      orders: ['orders', /\/OrderService\/place/],
      notifications: ['notifications', /\/NotificationService\//],
      gateway: ['orders', /\/OrderService\/place/],
    }
    await killEach(topology, async (name) => {
      const [server, call] = calls[name]!
      await new Promise<void>((resolve, reject) =>
        topology.onceExecuted(server, call, () => topology.server(name).kill().then(resolve, reject)),
      )
    })
  })
})
