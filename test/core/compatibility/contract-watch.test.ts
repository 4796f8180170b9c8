import { createServer as createHttpServer } from 'node:http'
import { join } from 'node:path'

import { createServer, Get, Inject, readContracts, Route, type Class, type Server } from '@lokstra/core'
import { expect } from 'chai'

import { freePort } from '../../helpers/free-port.js'
import { poll } from '../../helpers/poll.js'
import { repositoryRoot } from '../../helpers/repository.js'
import { silentLogger } from '../../helpers/silent-logger.js'
import { runs, versions } from './user-versions.js'

interface Users {
  byId(input: object): Promise<object>
  names(): Promise<readonly string[]>
}

@Route('/orders')
class Orders {
  constructor(@Inject('UserService') private readonly users: Users) {}

  @Get('/user') async user() {
    return this.users.byId({ id: 1 })
  }

  @Get('/names') async names() {
    return this.users.names()
  }
}

describe('contracts between running servers', function () {
  this.timeout(90_000)
  const servers: Server[] = []
  let port: number
  let orders: Server

  beforeEach(async () => {
    port = await freePort()
    orders = await start('orders', versions.first)
  })
  afterEach(async () => {
    for (const server of servers.splice(0).reverse()) await server.stop()
  })

  /** @param at  where the server of users listens, and where orders looks for it */
  async function start(name: 'users' | 'orders', userService: Class, at = [port]): Promise<Server> {
    const server = createServer({
      folder: join(repositoryRoot, 'test'),
      server: `shop.${name}`,
      services: [userService, silentLogger],
      apps: name === 'orders' ? [{ name: 'orders', controllers: [Orders] }] : [],
      config: {
        services: { health: { type: 'health', details: true } },
        deployments: {
          shop: {
            servers: {
              users: {
                ...(name === 'orders' && { url: at.map((port) => `http://127.0.0.1:${port}`) }),
                apps: [{ name: 'users', listen: `127.0.0.1:${at[0]}`, publish: ['UserService'] }],
              },
              orders: { apps: [{ name: 'orders', listen: '127.0.0.1:0', controllers: ['health'] }] },
            },
          },
        },
      },
    })
    servers.push(server)
    return server.start()
  }

  async function get(path: string): Promise<{ status: number; text: string }> {
    const response = await fetch(orders.listeners[0]!.url + path)
    return { status: response.status, text: await response.text() }
  }
  const readiness = () => get('/health/ready')
  async function becomes(status: number): Promise<string> {
    let last = ''
    await poll(
      async () => {
        const { status: found, text } = await readiness()
        last = `${found} ${text}`
        return found === status
      },
      () => `readiness did not become ${status}: ${last}`,
    )
    return last
  }
  /** Calls until something is found out: an answer tells of another version, and what it is is asked for then. */
  async function callUntil(status: number): Promise<string> {
    await poll(
      async () => (await get('/orders/user')).status === status,
      () => `calls did not become ${status}`,
    )
    return (await get('/orders/user')).text
  }

  it('do not keep a server from starting while the other one is not up', async () => {
    expect((await readiness()).status).to.equal(200)
    await start('users', versions.first)
    expect(await callUntil(200)).to.include('"name":"Ada"')
    expect((await readiness()).status).to.equal(200)
  })

  it('refuse calls of what has changed before they are sent, and no others; readiness tells who and what', async () => {
    await start('users', versions.withLess)
    const report = await becomes(503)
    expect(report).to.include(
      'shop.orders cannot call UserService on shop.users: UserService.byId output.name: is gone',
    )
    const before = runs.byId
    const answer = await get('/orders/user')
    expect(answer.status).to.equal(502)
    expect(JSON.parse(answer.text)).to.have.nested.include({
      'error.code': 'REMOTE_INCOMPATIBLE',
      'error.message': 'UserService is of another version',
    })
    expect(runs.byId).to.equal(before)
    const names = await get('/orders/names')
    expect([names.status, JSON.parse(names.text).data]).to.deep.equal([200, ['Ada']])
  })

  it('that fit one another let servers be replaced while calls go on', async () => {
    const first = await start('users', versions.first)
    await callUntil(200)
    await first.stop()
    await start('users', versions.withMore)
    await callUntil(200)
    for (let count = 0; count < 20; count++) {
      expect((await get('/orders/user')).status).to.equal(200)
      expect((await readiness()).status).to.equal(200)
    }
  })

  it('are compared again when an answer is of another version, and when a broken one is taken back', async () => {
    const first = await start('users', versions.first)
    await callUntil(200)
    await first.stop()
    const broken = await start('users', versions.withLess)
    await callUntil(502)
    expect((await readiness()).status).to.equal(503)
    await broken.stop()
    await start('users', versions.first)
    await becomes(200)
    expect(await callUntil(200)).to.include('"name":"Ada"')
  })

  it('are compared again when a version is back that did not fit before', async () => {
    const replace = async (old: Server, userService: Class) => {
      await old.stop()
      return start('users', userService)
    }
    const broken = await start('users', versions.withLess)
    await becomes(503)
    const fitting = await replace(broken, versions.first)
    await becomes(200)
    await replace(fitting, versions.withLess)
    await poll(
      async () => (await get('/orders/user')).text.includes('REMOTE_INCOMPATIBLE'),
      () => 'calls are still sent to a version that is known not to fit',
    )
    expect((await readiness()).status).to.equal(503)
  })

  it('of a server that is gone keep no calls from the one that is left', async () => {
    const other = await freePort()
    orders = await start('orders', versions.first, [port, other])
    await start('users', versions.first)
    const broken = await start('users', versions.withLess, [other])
    await becomes(503)
    expect((await get('/orders/user')).text).to.include('REMOTE_INCOMPATIBLE')
    await broken.stop()
    await becomes(200)
    for (let count = 0; count < 10; count++) expect((await get('/orders/user')).text).to.include('"name":"Ada"')
    await start('users', versions.withLess, [other])
    await callUntil(502)
    expect((await readiness()).status).to.equal(503)
  })

  it('of a server that is gone keep no calls from the one that is left, also behind a balancer', async () => {
    const other = await freePort()
    orders = await start('orders', versions.first, [port, other])
    await start('users', versions.first)
    const broken = await start('users', versions.withLess, [other])
    await becomes(503)
    await broken.stop()
    const balancer = createHttpServer((_request, response) => response.writeHead(503).end())
    await new Promise<void>((resolve) => balancer.listen(other, '127.0.0.1', resolve))
    try {
      await becomes(200)
      await callUntil(200)
    } finally {
      balancer.closeAllConnections()
      await new Promise((resolve) => balancer.close(resolve))
    }
  })

  for (const [what, answer] of [
    ['no JSON', '<html>'],
    ['lists in lists without an end', '['.repeat(1_000_000)],
    ['operations that are none', '{"version":1,"services":{"UserService":{"hash":"x","operations":{"byId":7}}}}'],
    ['text that does not end', undefined],
    ['more text than anybody should read', `"${'x'.repeat(17 * 1024 * 1024)}"`],
  ] as const) {
    it(`keep neither a server from working nor from stopping where the other one says ${what}`, async () => {
      let asked = 0
      const peer = createHttpServer((request, response) => {
        response.on('error', () => undefined)
        if (request.url === '/.lokstra/contracts') {
          asked++
          response.writeHead(200, { 'content-type': 'application/json' })
          if (answer === undefined) response.write('{"version":')
          else response.end(answer)
        } else {
          response.writeHead(200, { 'content-type': 'application/json', 'lokstra-contract': 'unknown' })
          response.end('{"id":1,"name":"Ada"}')
        }
      })
      await new Promise<void>((resolve) => peer.listen(port, '127.0.0.1', resolve))
      try {
        await poll(
          () => asked > 0,
          () => 'nobody asked',
        )
        expect(await callUntil(200)).to.include('"name":"Ada"')
        expect((await readiness()).status).to.equal(200)
        await orders.stop()
        expect(orders.phase).to.equal('stopped')
      } finally {
        peer.closeAllConnections()
        await new Promise((resolve) => peer.close(resolve))
      }
    })
  }

  it('are told to servers of the project only', async () => {
    const users = await start('users', versions.first)
    const url = `http://127.0.0.1:${port}/.lokstra/contracts`
    const unsigned = await fetch(url)
    expect(unsigned.status).to.equal(401)
    expect(await unsigned.text()).not.to.include('operations')
    const { services } = readContracts(JSON.stringify(await users.contracts()), 'contracts')
    expect(Object.keys(services.UserService!.operations)).to.deep.equal(['byId', 'names'])
  })
})
