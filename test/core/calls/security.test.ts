import { once } from 'node:events'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'

import {
  CallTransport,
  createServer,
  RemoteCallError,
  Service,
  type LokstraError,
  type Server,
  type ServerOptions,
} from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { createAppFolder } from '../../helpers/app-folder.js'
import { problemsOf } from '../../helpers/boot-problems.js'
import { poll } from '../../helpers/poll.js'
import { silentLogger } from '../../helpers/silent-logger.js'
import { code, deployments, OrderController, startOrders, startUsers, UserService } from './shop.js'
import { signByHand as sign } from './sign-by-hand.js'

const operation = '/.lokstra/calls/UserService/byId?:id=7'
const secret = 'k'.repeat(32)
const developmentKey = 'calls from the same machine, outside production'

/** By which this machine is reached as others reach it; undefined of one without a network. */
function ownAddress(): string | undefined {
  const addresses = Object.values(networkInterfaces()).flatMap((known = []) => known)
  return addresses.find(({ internal, family }) => !internal && family === 'IPv4')?.address
}

/** A server that other machines reach too. Without a secret. */
async function startOnAllAddresses(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer({
    ...code,
    services: [UserService, silentLogger],
    config: { apps: [{ name: 'api', listen: '0.0.0.0:0', publish: ['UserService'] }] },
  })
  await server.start()
  return { server, port: Number(new URL(server.listeners[0]!.url).port) }
}

/** The status of the answer to a request whose target is sent as it is written. */
async function statusOf(url: string, target: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
  const { port, hostname } = new URL(url)
  const socket = connect(Number(port), hostname)
  const lines = Object.entries({ host: 'localhost', connection: 'close', ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  socket.end(`GET ${target} HTTP/1.1\r\n${lines.join('')}\r\n`)
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  return Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1])
}

describe('a published operation', () => {
  it('answers 401 to whoever does not sign', async () => {
    const users = await startUsers({ config: { calls: { secret } } })
    expect(await statusOf(users.url(), operation)).to.equal(401)
    expect(users.logs.find(({ message }) => message === 'call refused')!.fields.reason).to.equal('no signature')
  })

  it('answers what is signed with any of the keys', async () => {
    const older = 'o'.repeat(32)
    const users = await startUsers({ config: { calls: { secret: [secret, older] } } })
    expect(await statusOf(users.url(), operation, sign(operation, secret))).to.equal(200)
    expect(await statusOf(users.url(), operation, sign(operation, older))).to.equal(200)
    expect(await statusOf(users.url(), operation, sign(operation, 'z'.repeat(32)))).to.equal(401)
  })

  it('answers 401 to a signature of something else, or of another time', async () => {
    const users = await startUsers({ config: { calls: { secret } } })
    const other = sign(operation.replace('7', '8'), secret)
    expect(await statusOf(users.url(), operation, other)).to.equal(401)
    expect(await statusOf(users.url(), operation, sign(operation, secret, { at: Date.now() - 61_000 }))).to.equal(401)
    const context = { 'lokstra-context': Buffer.from('{"requestId":"a"}').toString('base64url') }
    const signed = sign(operation, secret, { headers: context })
    expect(await statusOf(users.url(), operation, signed)).to.equal(200)
    const forged = { ...signed, 'lokstra-context': Buffer.from('{"requestId":"b"}').toString('base64url') }
    expect(await statusOf(users.url(), operation, forged)).to.equal(401)
  })

  it('is behind its signature however its path is written', async () => {
    const users = await startUsers({ config: { calls: { secret } } })
    const tail = 'calls/UserService/byId?:id=7'
    const paths = [
      `//.lokstra/${tail}`,
      `/%2elokstra/${tail}`,
      `/%2Elokstra/${tail}`,
      `/./.lokstra/${tail}`,
      `/x/../.lokstra/${tail}`,
      `/.LOKSTRA/${tail}`,
      `/.lokstra/calls/UserService/%62yId?:id=7`,
      `/.lokstra/calls/userservice/byid?:id=7`,
      `/.lokstra/calls/UserService/byId/?:id=7`,
      `http://x/.lokstra/${tail}`,
      `/users/.lokstra/${tail}`,
    ]
    for (const path of paths) expect(await statusOf(users.url(), path), path).to.be.oneOf([400, 401, 404])
  })

  it('is at no public path of the app that publishes it', async () => {
    const users = await startUsers()
    for (const path of ['/users/7', '/UserService/byId', '/calls/UserService/byId']) {
      expect(await statusOf(users.url(), path), path).to.equal(404)
    }
    const { operations } = (await users.server.operations())[0]!
    expect(operations).to.deep.equal([])
  })

  it('is listed as internal', async () => {
    const users = await startUsers()
    const [app] = await users.server.routes()
    expect(app!.routes.map(({ path, isInternal }) => [path, isInternal])).to.deep.include([
      '/.lokstra/calls/UserService/byId',
      true,
    ])
  })

  it('is called from the same machine only where there is no secret, outside production', async function () {
    const own = ownAddress()
    // A machine without a network cannot be called from another one.
    if (!own) return this.skip()
    const { server, port } = await startOnAllAddresses()
    const statuses = await Promise.all(
      ['127.0.0.1', own].map((host) => statusOf(`http://${host}:${port}`, operation, sign(operation, developmentKey))),
    )
    await server.stop()
    expect(statuses).to.deep.equal([200, 401])
  })

  for (const [what, headers] of [
    ['that a proxy or a tunnel has passed on', { 'x-forwarded-for': '127.0.0.1' }],
    ['that a proxy of another kind has passed on', { forwarded: 'for=127.0.0.1' }],
    ['that a page in a browser has made', { origin: 'http://localhost:3000' }],
    ['under a name that was made to lead to this machine', { host: 'rebound.example' }],
    ['under a name that begins like an address of this machine', { host: '127.0.0.1.rebound.example:80' }],
  ] satisfies [string, Record<string, string>][]) {
    it(`answers 401 to a request ${what}, where there is no secret`, async () => {
      const [open, closed] = [await startUsers(), await startUsers({ config: { calls: { secret } } })]
      expect(await statusOf(open.url(), operation, sign(operation, developmentKey))).to.equal(200)
      expect(await statusOf(open.url(), operation, { ...sign(operation, developmentKey), ...headers })).to.equal(401)
      expect(await statusOf(closed.url(), operation, { ...sign(operation, secret), ...headers })).to.equal(200)
    })
  }

  it('is not called from another machine by a connection that is reset at once', async function () {
    const own = ownAddress()
    if (!own) return this.skip()
    const { server, port } = await startOnAllAddresses()
    UserService.seenIds.length = 0
    const lines = Object.entries(sign(operation, developmentKey)).map(([name, value]) => `${name}: ${value}\r\n`)
    const socket = connect(port, own)
    socket.on('connect', () => {
      socket.write(`GET ${operation} HTTP/1.1\r\nhost: localhost\r\n${lines.join('')}\r\n`)
      socket.resetAndDestroy()
    })
    await once(socket, 'close')
    // Behind it in the same queue of connections.
    expect(await statusOf(`http://127.0.0.1:${port}`, operation)).to.equal(401)
    await server.stop()
    expect(UserService.seenIds).to.deep.equal([])
  })

  it('fails for a caller with another secret, without telling clients why', async () => {
    const users = await startUsers({ config: { calls: { secret } } })
    const orders = await startOrders([users.url()], { config: { calls: { secret: 'other'.repeat(8) } } })
    const error = await orders
      .get(UserService)
      .byId({ id: 7 })
      .then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
    expect(error).to.be.an.instanceof(RemoteCallError)
    expect((error as RemoteCallError).message).to.equal('UserService failed')
    expect(String((error as RemoteCallError).cause)).to.include('401')
  })

  it('is told to a server once it has started, before it calls, with what to do', async () => {
    const users = await startUsers({ config: { calls: { secret } } })
    const orders = await startOrders([users.url()], { config: { calls: { secret: 'other'.repeat(8) } } })
    const told = () => orders.logs.find(({ message }) => message === 'calls refused by another server')
    await poll(
      () => told() !== undefined,
      () => 'the log says nothing of the refusal',
    )
    expect(told()).to.include({ level: 'warn' })
    const { problem, fix } = told()!.fields.err as LokstraError
    expect(problem).to.match(/^split\.users refuses the calls of split\.orders/)
    expect(fix).to.include('calls.secret')
  })
})

describe('in production', () => {
  const production = { environment: 'production', ...code, env: {} }

  it('calls need a secret on both sides', async () => {
    const url = { config: { deployments }, set: ['deployments.split.servers.users.url=http://users:3001'] }
    const apps = [{ name: 'orders', controllers: [OrderController] }]
    for (const server of ['split.users', 'split.orders']) {
      const problems = await problemsOf({ ...production, ...url, server, apps })
      expect(
        problems.map(({ code: one }) => one),
        server,
      ).to.deep.equal(['E_CALLS_SECRET'])
    }
  })

  it('a secret that is missing is missed once, however many apps are in want of it', async () => {
    const apps =
      "apps: [{ name: api, publish: [UserService] }, { name: admin, listen: ':3001', publish: [UserService] }]"
    await using app = await createAppFolder({ 'lokstra.yaml': apps })
    const problems = await problemsOf({ ...production, file: join(app.path, 'lokstra.yaml') })
    expect(problems.map(({ code: one }) => one)).to.deep.equal(['E_CALLS_SECRET'])
  })

  it('a secret that is none is told of as what it is, and not as missing', async () => {
    const rest = 'apps: [{ name: api, publish: [UserService] }]'
    for (const [value, expected] of [
      ['short', 'E_CONFIG_VALUE_INVALID'],
      ['"${secret:env:CALLS_SECRET}"', 'E_SECRET_UNAVAILABLE'],
    ]) {
      await using app = await createAppFolder({ 'lokstra.yaml': `calls: { secret: ${value} }\n${rest}\n` })
      const problems = await problemsOf({ ...production, file: join(app.path, 'lokstra.yaml') })
      expect(problems.map(({ code: one }) => one)).to.deep.equal([expected])
    }
  })

  it('a server that publishes needs an address, and is told of in the same words by those that call it', async () => {
    const users = (app: object) => ({
      split: {
        servers: {
          ...deployments.split.servers,
          users: { apps: [{ ...deployments.split.servers.users.apps[0], ...app }] },
        },
      },
    })
    const apps = [{ name: 'orders', controllers: [OrderController] }]
    const report = async (server: string, config: object, services: ServerOptions['services'] = code.services) =>
      (await problemsOf({ ...production, services, server, apps, config: { calls: { secret }, ...config } })).map(
        ({ code: one, problem, where }) => [one, problem, where],
      )
    const told = await report('split.users', { deployments: users({}) })
    expect(told).to.have.length(1)
    expect(told[0]![0]).to.equal('E_PUBLISH_ADDRESS')
    expect(told[0]![1]).to.match(/^split\.users publishes services and has no url/)
    expect(await report('split.orders', { deployments: users({}) })).to.deep.equal(told)
  })

  it('a server whose calls come in over a transport of its own needs no address', async () => {
    class Wire extends CallTransport {
      connect(): never {
        throw new Error('Nothing is called')
      }
      override serve(): never {
        throw new Error('Nothing is served')
      }
    }
    Service('wire')(Wire)
    const config = { deployments, calls: { secret, transport: 'wire' } }
    const services = [...code.services!, Wire]
    expect(await problemsOf({ ...production, services, server: 'split.users', config })).to.deep.equal([])
  })

  it('a server whose calls go to addresses over a transport of its own needs one', async () => {
    class Wire extends CallTransport {
      connect(): never {
        throw new Error('Nothing is called')
      }
    }
    Service('wire')(Wire)
    const config = { deployments, calls: { secret, transport: 'wire' } }
    const services = [...code.services!, Wire]
    const problems = await problemsOf({ ...production, services, server: 'split.users', config })
    expect(problems.map((problem) => problem.code)).to.deep.equal(['E_PUBLISH_ADDRESS'])
  })

  it('a secret has 32 characters or more, and is not shown', async () => {
    const problems = await problemsOf({ ...code, config: { calls: { secret: ['short-one'] } } })
    expect(problems).to.have.length(1)
    expect(problems[0]!.message).to.include('calls.secret').and.include('32 characters').and.not.include('short-one')
  })

  it('services are called directly in one process', async () => {
    const server = await createTestServer({
      ...production,
      apps: [{ name: 'api', controllers: [OrderController], publish: [UserService] }],
      config: { calls: { secret } },
    })
    expect(server.server.calls()).to.deep.equal([])
    expect((await server.inject('GET', '/orders/of/7')).status).to.equal(200)
  })
})
