import { mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'

import {
  CallTransport,
  createServer,
  Get,
  Returns,
  Route,
  Service,
  type CallConnection,
  type Server,
} from '@lokstra/core'
import { createTestServer, type TestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { createAppFolder } from '../../helpers/app-folder.js'
import { problemsOf } from '../../helpers/boot-problems.js'
import { freePort } from '../../helpers/free-port.js'
import { silentLogger } from '../../helpers/silent-logger.js'
import { code, deployments, OrderController, startOrders, startUsers, UserService } from './shop.js'

const nowhere = 'http://127.0.0.1:9'

async function boundaryOf({ server }: { readonly server: Server }): Promise<string | undefined> {
  return (await server.explainInjection('UserService')).service!.boundary
}

function start(config: object, server?: string, environment = 'test'): Promise<TestServer> {
  const apps = [{ name: 'orders', controllers: [OrderController] }]
  return createTestServer({ ...code, apps, config, environment, env: {}, ...(server === undefined ? {} : { server }) })
}

describe('which service is injected', () => {
  const secret = 's'.repeat(32)

  it('is the one here where no server was chosen, behind a checked boundary when any deployment publishes it', async () => {
    expect(await boundaryOf(await start({ deployments }))).to.equal('checked')
    expect(await boundaryOf(await start({}))).to.equal(undefined)
    const direct = await start({ deployments, calls: { boundary: 'direct' } })
    expect(await boundaryOf(direct)).to.equal(undefined)
    expect((await direct.inject('GET', '/orders/of/7')).status).to.equal(200)
  })

  it('is the one here where no server of the chosen deployment publishes it', async () => {
    const other = { ...deployments, alone: { servers: { all: { apps: [{ name: 'orders' }] } } } }
    expect(await boundaryOf(await start({ deployments: other }, 'alone.all'))).to.equal('checked')
  })

  it('is the one here in production without a boundary, and the remote one as ever', async () => {
    expect(await boundaryOf(await start({ deployments, calls: { secret } }, undefined, 'production'))).to.equal(
      undefined,
    )
    const remote = {
      split: { servers: { ...deployments.split.servers, users: { url: nowhere, ...deployments.split.servers.users } } },
    }
    const orders = await start({ deployments: remote, calls: { secret } }, 'split.orders', 'production')
    expect(await boundaryOf(orders)).to.equal('remote')
  })

  it('follows from apps of the root that a server runs, laid over by what the server says of them', async () => {
    const yaml = `apps: [{ name: users, listen: ":3001", publish: [UserService], controllers: [] }, { name: orders }]
deployments:
  split:
    servers:
      users: { apps: [{ name: users, listen: ":4001" }] }
      orders: { apps: [{ name: orders }] }
`
    await using folder = await createAppFolder({ 'lokstra.yaml': yaml }, ['@lokstra/core'])
    const apps = [{ name: 'orders', controllers: [OrderController] }]
    const options = { ...code, file: join(folder.path, 'lokstra.yaml'), apps, env: {} }
    const orders = await createTestServer({ ...options, server: 'split.orders' })
    expect(orders.server.calls()[0]!.endpoints.map(({ url, server }) => [url, server])).to.deep.equal([
      ['http://127.0.0.1:4001', 'split.users'],
    ])
    expect(await boundaryOf(await createTestServer({ ...options, server: 'split.users' }))).to.equal('checked')
  })

  it('is called at the host that its server listens on, and on this machine where that is every host', async () => {
    const endpoints = async (listen: string, tls?: object): Promise<readonly string[]> => {
      const users = { apps: [{ name: 'users', listen, publish: ['UserService'], ...(tls && { tls }) }] }
      const orders = await start(
        { deployments: { split: { servers: { users, orders: deployments.split.servers.orders } } } },
        'split.orders',
      )
      return orders.server.calls()[0]!.endpoints.map(({ url }) => url)
    }
    for (const [listen, url] of [
      [':4001', 'http://127.0.0.1:4001'],
      ['4001', 'http://127.0.0.1:4001'],
      ['0.0.0.0:4001', 'http://127.0.0.1:4001'],
      ['[::]:4001', 'http://127.0.0.1:4001'],
      ['[0:0:0:0:0:0:0:0]:4001', 'http://127.0.0.1:4001'],
      ['127.0.0.2:80', 'http://127.0.0.2:80'],
      ['[::1]:4001', 'http://[::1]:4001'],
      ['localhost:4001', 'http://localhost:4001'],
      ['users.internal:4001', 'http://users.internal:4001'],
      ['10.1.2.3:4001', 'http://10.1.2.3:4001'],
      ['unix:/run/users.sock', 'unix:/run/users.sock'],
    ] as const) {
      expect(await endpoints(listen), listen).to.deep.equal([url])
    }
    const tls = { cert: 'none.pem', key: 'none.key' }
    expect(await endpoints('users.internal:4001', tls)).to.deep.equal(['https://users.internal:4001'])
  })

  it('needs a url where its server listens on a host that no URL can have', async () => {
    const users = { apps: [{ name: 'users', listen: '[fe80::1%2]:4001', publish: ['UserService'] }] }
    const problems = await problemsOf({
      ...code,
      apps: [{ name: 'orders', controllers: [OrderController] }],
      config: { deployments: { split: { servers: { users, orders: deployments.split.servers.orders } } } },
      server: 'split.orders',
    })
    expect(problems.map(({ code: one }) => one)).to.deep.equal(['E_PUBLISH_ADDRESS'])
    expect(problems[0]!.problem).to.include('no URL can have its host')
  })

  it('is reached there, without a url and a secret', async () => {
    const port = await freePort()
    const servers = (listen: string) => ({
      split: {
        servers: {
          users: { apps: [{ name: 'users', listen, publish: ['UserService'] }] },
          orders: deployments.split.servers.orders,
        },
      },
    })
    // Any address of this machine that is not the one that is taken where none is named.
    const host = Object.values(networkInterfaces())
      .flat()
      .some((one) => one?.address === '::1')
      ? '[::1]'
      : 'localhost'
    const config = { deployments: servers(`${host}:${port}`) }
    const users = createServer({
      ...code,
      services: [UserService, silentLogger],
      config,
      server: 'split.users',
      env: {},
    })
    await users.start()
    try {
      const orders = await start(config, 'split.orders')
      expect((await orders.inject('GET', '/orders/of/7')).status).to.equal(200)
    } finally {
      await users.stop()
    }
  })

  it('is found by a name of its own, and by text with commas', async () => {
    @Service('clock')
    @Route('/time')
    class Clock {
      @Get() @Returns(String) async now(): Promise<string> {
        return 'now'
      }
    }
    const apps = [{ name: 'api', publish: 'clock, UserService' }]
    const server = await createTestServer({ services: [Clock, UserService], config: { apps } })
    const [app] = await server.server.routes()
    expect(app!.routes.map(({ path }) => path)).to.include.members([
      '/.lokstra/calls/Clock/now',
      '/.lokstra/calls/UserService/byId',
    ])
  })

  describe('by the name of a service that only the server has which publishes it', () => {
    @Service()
    @Route('/time')
    class Clock {
      @Get() @Returns(String) async now(): Promise<string> {
        return 'now'
      }
    }
    @Service()
    @Route('/other')
    class Other {
      @Get() @Returns(String) async now(): Promise<string> {
        return 'other'
      }
    }
    @Route('/shown')
    class Shown {
      constructor(private readonly clock: Clock) {}
      @Get() show(): Promise<string> {
        return this.clock.now()
      }
    }
    const config = (type: string, ofShown: object = {}) => ({
      deployments: {
        split: {
          servers: {
            time: {
              services: { clock: { type } },
              apps: [{ name: 'time', listen: '127.0.0.1:0', publish: ['clock'] }],
            },
            shown: { ...ofShown, apps: [{ name: 'shown', listen: '127.0.0.1:0' }] },
          },
        },
      },
    })
    const services = [Clock, Other]
    const apps = [{ name: 'shown', controllers: [Shown] }]

    it('is called there, also where another service has that name here', async () => {
      for (const own of [{}, { services: { clock: { type: 'Other' } } }]) {
        const time = await createTestServer({ services, config: config('Clock'), server: 'split.time', listen: true })
        const set = [`deployments.split.servers.time.url=${time.url()}`]
        const shown = await createTestServer({
          services,
          apps,
          config: config('Clock', own),
          server: 'split.shown',
          set,
        })
        expect((await shown.inject('GET', '/shown')).json().data).to.equal('now')
        expect(shown.server.calls().map(({ service }) => service)).to.deep.equal(['Clock'])
      }
    })

    it('is called in one process as well', async () => {
      const shown = await createTestServer({ services, apps, config: config('Clock') })
      expect((await shown.inject('GET', '/shown')).json().data).to.equal('now')
      expect(shown.server.calls().map(({ service }) => service)).to.deep.equal(['Clock'])
    })

    it('is unknown with the type that it has there', async () => {
      const set = [`deployments.split.servers.time.url=${nowhere}`]
      const problems = await problemsOf({ services, apps, config: config('Clok'), server: 'split.shown', set })
      expect(problems.map(({ code }) => code)).to.deep.equal(['E_PUBLISH_UNKNOWN'])
      expect(problems[0]!.problem).to.equal(
        '"clock" is published, which services.clock says is of the type "Clok", and no class of that type was found. Did you mean "Clock"?',
      )
    })
  })

  it('is reached over a unix socket as well', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lokstra-calls-'))
    try {
      const listen = `unix:${join(folder, 'users.sock')}`
      const servers = {
        users: { apps: [{ name: 'users', listen, publish: ['UserService'] }] },
        orders: { apps: [{ name: 'orders' }] },
      }
      const config = { deployments: { split: { servers } } }
      await createTestServer({ ...code, config, server: 'split.users', listen: true })
      const orders = await start(config, 'split.orders')
      expect((await orders.inject('GET', '/orders/of/7')).json().data.id).to.equal(7)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('is one endpoint, whatever servers and addresses there are, over a transport that finds them by name', async () => {
    class Wire extends CallTransport {
      connect(): CallConnection {
        return { send: () => Promise.reject(new Error('not sent')), close: () => Promise.resolve() }
      }
      override serve(): Promise<() => Promise<void>> {
        return Promise.resolve(() => Promise.resolve())
      }
    }
    Service({ name: 'wire' })(Wire)
    const users = { url: [nowhere, 'http://127.0.0.1:10'], apps: [{ publish: ['UserService'] }] }
    const servers = { one: users, two: { apps: users.apps }, orders: { apps: [{ name: 'orders' }] } }
    const orders = await createTestServer({
      services: [UserService, Wire],
      apps: [{ name: 'orders', controllers: [OrderController] }],
      config: { deployments: { split: { servers } }, calls: { transport: 'wire', secret } },
      server: 'split.orders',
    })
    expect(orders.server.calls()[0]!.endpoints.map(({ server, url }) => [server, url])).to.deep.equal([
      ['split.one, split.two', ''],
    ])
  })

  it('does not depend on variables of other servers, apart from their addresses', async () => {
    const yaml = `deployments:
  split:
    servers:
      users:
        url: \${USERS_URL}
        apps: [{ name: users, listen: "\${USERS_LISTEN}", publish: [UserService], formatter: "\${USERS_FORMATTER}" }]
      orders: { apps: [{ name: orders }] }
`
    await using folder = await createAppFolder({ 'lokstra.yaml': yaml }, ['@lokstra/core'])
    const options = { ...code, file: join(folder.path, 'lokstra.yaml'), server: 'split.orders' }
    const apps = [{ name: 'orders', controllers: [OrderController] }]
    const orders = await createTestServer({ ...options, apps, env: { USERS_URL: nowhere } })
    expect(orders.server.calls()[0]!.endpoints[0]!.url).to.equal(nowhere)
    const problems = await problemsOf({ ...options, apps, env: {} })
    expect(problems[0]).to.include({ code: 'E_CONFIG_VARIABLE' })
    expect(problems[0]!.message).to.include('deployments.split.servers.users.url: the environment variable USERS_URL')
  })
})

describe('--set of an address', () => {
  it('is refused for a server that is not there, with the names that are', async () => {
    const options = { ...code, config: { deployments }, server: 'split.users' }
    const refused = async (set: string) => (await problemsOf({ ...options, set: [set] }))[0]!.message
    expect(await refused('deployments.split.servers.user.url=http://x')).to.include(
      'no server "user". Did you mean "users"',
    )
    expect(await refused('deployments.spilt.servers.users.url=http://x')).to.include('Did you mean "split"')
    expect(await refused('deployments.split.servers.users.url=x')).to.include('must be an address')
    expect(await refused('deployments.split.servers.users.name=x')).to.include('only the addresses of its servers')
  })
})

describe('a running server', () => {
  it('says that changed calls and addresses need a restart', async () => {
    const yaml = (timeout: string, url: string) => `calls: { timeout: ${timeout} }
deployments:
  split:
    servers:
      users: { url: "${url}", apps: [{ publish: [UserService] }] }
      orders: { apps: [{ name: orders, listen: "127.0.0.1:0" }] }
`
    await using folder = await createAppFolder({ 'lokstra.yaml': yaml('1s', nowhere) }, ['@lokstra/core'])
    const apps = [{ name: 'orders', controllers: [OrderController] }]
    const file = join(folder.path, 'lokstra.yaml')
    const orders = await createTestServer({ ...code, file, server: 'split.orders', apps })
    await writeFile(file, yaml('2s', 'http://127.0.0.1:10'))
    const report = await orders.server.reload()
    expect(report.outcome).to.equal('applied')
    expect(report.needsRestart).to.have.members(['calls.timeout', 'deployments.split.servers.users.url'])
    expect(orders.server.calls()[0]!.policy.timeoutMs).to.equal(1_000)
  })

  it('tells its callers that it is stopping', async () => {
    const users = await startUsers({ shutdown: { drainDelay: '2s' } })
    const orders = await startOrders([users.url()])
    await orders.get(UserService).byId({ id: 1 })
    const stopped = users.server.stop()
    await orders.get(UserService).byId({ id: 2 })
    expect(orders.server.calls()[0]!.endpoints[0]!.isAvoided).to.equal(true)
    await stopped
  })
})

describe('what is there to be called', () => {
  const statusOf = async (yaml: string, path: string): Promise<number> => {
    const shop = JSON.stringify(new URL('shop.js', import.meta.url).href)
    const files = {
      'lokstra.yaml': `discover: ['*.js']\n${yaml}`,
      'shop.js': `export { OrderController, UserService } from ${shop}`,
      'package.json': '{"type":"module"}',
    }
    await using folder = await createAppFolder(files, ['@lokstra/core'])
    const server = await createTestServer({ file: join(folder.path, 'lokstra.yaml'), env: {} })
    return (await server.inject('GET', path)).status
  }
  const published = 'deployments: { split: { servers: { users: { apps: [{ publish: [UserService] }] } } } }'
  const external = `external: { UserService: { url: "${nowhere}", headers: { authorization: Bearer t } } }`

  for (const [what, yaml] of [
    ['a service that a server publishes', published],
    ['a service of another system', external],
  ] as const) {
    it(`is not shown to clients by the only app, as controllers are: ${what}`, async () => {
      expect(await statusOf(yaml, '/users/404')).to.equal(404)
      expect(await statusOf(yaml, '/users/7')).to.equal(404)
    })
  }

  it('is shown to clients by an app that lists it', async () => {
    expect(await statusOf(`apps: [{ name: api, controllers: [UserService] }]\n${published}`, '/users/7')).to.equal(200)
    expect(await statusOf(`apps: [{ name: api, controllers: [UserService] }]\n${external}`, '/users/7')).to.equal(503)
  })

  it('leaves the controllers to the only app', async () => {
    expect(await statusOf(published, '/orders/of/7')).to.equal(200)
  })
})
