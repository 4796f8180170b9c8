import { Get, Handler, Route, Service } from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { createAppFolder } from '../../helpers/app-folder.js'

@Route('/users')
class Users {
  @Get() list() {}
}
@Route('/orders')
class Orders {
  @Get() list() {}
}
@Route('/bills')
class Bills {
  @Get() list() {}
}
@Route('/reports')
class Reports {
  @Handler() list() {}
}
@Route('/stock')
class Stock {
  @Get() list() {}
}
@Route('/forgotten')
class Forgotten {
  @Get() list() {}
}

const yaml = `
discover: [controllers.js]
apps:
  - { name: users, controllers: [Users] }
  - { name: orders, groups: [{ prefix: /v1, controllers: 'Orders, Bills', routes: [{ handler: Reports.list }] }] }
deployments:
  split:
    servers:
      users: { apps: [{ name: users }] }
      orders: { apps: [{ name: orders }] }
      stock: { apps: [{ name: stock, controllers: [Stock] }] }
`

const found = [Users, Orders, Bills, Reports, Stock, Forgotten]

/** Controllers that the log says no app serves. */
async function unserved(server?: string): Promise<unknown> {
  await using folder = await createAppFolder({
    'lokstra.yaml': yaml,
    'controllers.js': found.map(({ name }) => `export const ${name} = globalThis.${name}`).join('\n'),
  })
  for (const type of found) Reflect.set(globalThis, type.name, type)
  try {
    const test = await createTestServer({ file: folder.path, ...(server ? { server } : {}) })
    await test.dispose()
    return test.logs.find(({ message }) => message === 'controllers not served by any app')?.fields.controllers
  } finally {
    for (const type of found) Reflect.deleteProperty(globalThis, type.name)
  }
}

describe('a server of a deployment', () => {
  it('warns of controllers that no server serves, not of those that others do', async () => {
    for (const server of ['split.users', 'split.orders', 'split.stock']) {
      expect(await unserved(server), server).to.deep.equal(['Forgotten'])
    }
  })

  it('does not warn of services that the configuration has for all servers, as everything in one process does', async () => {
    const config = { services: { gauge: { type: 'Gauge' } }, deployments: { d: { servers: { s: {} } } } }
    class Gauge {}
    Service('Gauge')(Gauge)
    const warnings = async (server?: string) => {
      const test = await createTestServer({ services: [Gauge], config, ...(server ? { server } : {}) })
      return test.logs.filter(({ level }) => level === 'warn').map(({ message }) => message)
    }
    expect(await warnings()).to.deep.equal(['configured services not used'])
    expect(await warnings('d.s')).to.deep.equal([])
  })

  it('does not warn of what apps in code serve that run elsewhere', async () => {
    await using folder = await createAppFolder({
      'lokstra.yaml': 'apps: [{ name: one }]\ndeployments: { d: { servers: { s: { apps: [{ name: one }] } } } }\n',
    })
    const apps = [
      { name: 'one', controllers: [Users] },
      { name: 'two', controllers: [Orders], groups: [{ routes: [{ handler: [Bills, 'list'] as const }] }] },
    ]
    const test = await createTestServer({ file: folder.path, server: 'd.s', apps })
    expect(test.logs.filter(({ level }) => level === 'warn')).to.deep.equal([])
  })
})

describe('without a chosen server', () => {
  it('warns of every controller that does not answer', async () => {
    expect(await unserved()).to.deep.equal(['Forgotten', 'Stock'])
  })
})
