import {
  CallTransport,
  Get,
  RemoteCallError,
  Route,
  Service,
  TransportError,
  type CallConnection,
  type CallResponse,
} from '@lokstra/core'
import { createTestServer, type TestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { UserId, UserService } from './shop.js'

type Send = CallConnection['send']

/** Sends calls as a test says. */
@Service({ name: 'own' })
class OwnTransport extends CallTransport {
  send: Send = () => Promise.reject(new Error('nothing is set'))
  open: () => CallConnection = () => this.connection
  close: CallConnection['close'] = () => Promise.resolve()
  readonly connection: CallConnection = {
    send: (request, options) => this.send(request, options),
    close: () => this.close(),
  }

  override connect(): CallConnection {
    return this.open()
  }
}

@Route('/users')
class Users {
  thrown: unknown

  constructor(private readonly users: UserService) {}

  @Get('/7') async user() {
    this.thrown = undefined
    return this.users.byId(Object.assign(new UserId(), { id: 7 })).catch((error: unknown) => {
      this.thrown = error
      throw error
    })
  }
}

async function start(send: Send, policy: object = {}): Promise<TestServer> {
  const users = { url: 'http://127.0.0.1:9', apps: [{ name: 'users', publish: ['UserService'] }] }
  const orders = await createTestServer({
    services: [UserService, OwnTransport],
    apps: [{ name: 'orders', controllers: [Users] }],
    config: {
      deployments: { split: { servers: { users, orders: { apps: [{ name: 'orders' }] } } } },
      calls: { transport: 'own', secret: 's'.repeat(32), retries: 0, ...policy },
    },
    server: 'split.orders',
  })
  orders.get(OwnTransport).send = send
  return orders
}

async function callOf(orders: TestServer): Promise<{ readonly status: number; readonly error: RemoteCallError }> {
  const { status } = await orders.inject('GET', '/users/7')
  const { thrown } = orders.get(Users)
  if (!RemoteCallError.is(thrown)) throw new Error('no RemoteCallError was thrown', { cause: thrown })
  return { status, error: thrown }
}

function outcomesOf({ server }: TestServer): object {
  return server.calls()[0]!.methods.get('byId')!.outcomes
}

const mistake = new TypeError("Cannot read properties of undefined (reading 'socket')")
const answering = (text: () => Promise<string>): CallResponse => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  text,
  chunks: () => {
    throw new Error('read in pieces')
  },
})

describe('a transport of the project itself that throws what is no TransportError', () => {
  const ways: readonly (readonly [name: string, send: Send])[] = [
    ['rejects', () => Promise.reject(mistake)],
    [
      'throws at once',
      () => {
        throw mistake
      },
    ],
    ['fails while its answer is read', () => Promise.resolve(answering(() => Promise.reject(mistake)))],
  ]
  for (const [name, send] of ways) {
    it(`${name}: callers get a RemoteCallError with the cause, of a call that may have been executed`, async () => {
      const orders = await start(send)
      const { status, error } = await callOf(orders)
      expect(status).to.equal(503)
      expect(error).to.include({ code: 'REMOTE_UNAVAILABLE', executed: 'maybe', attempts: 1, method: 'byId' })
      expect(error.cause).to.be.instanceOf(TransportError).with.property('cause', mistake)
      expect(outcomesOf(orders)).to.include({ unavailable: 1, answered: 0 })
    })
  }

  it('gives something that is no answer: the same', async () => {
    const orders = await start(() => Promise.resolve(undefined as unknown as CallResponse))
    const { error } = await callOf(orders)
    expect(error).to.include({ code: 'REMOTE_UNAVAILABLE', executed: 'maybe' })
    expect((error.cause as Error).cause).to.be.instanceOf(TypeError)
  })

  it('is late with an error of the platform: the call has timed out', async () => {
    const orders = await start(() => Promise.reject(new DOMException('late', 'TimeoutError')))
    const { status, error } = await callOf(orders)
    expect(status).to.equal(504)
    expect(error).to.include({ code: 'REMOTE_TIMEOUT', executed: 'maybe' })
    expect(outcomesOf(orders)).to.include({ timeout: 1 })
  })

  it('counts against the breaker, and is tried again where that does no harm', async () => {
    let sent = 0
    const policy = { retries: 1, breaker: { failures: 2, openFor: '60s' } }
    const orders = await start(() => {
      sent++
      return Promise.reject(mistake)
    }, policy)
    expect((await callOf(orders)).error).to.include({ attempts: 2 })
    expect(sent).to.equal(2)
    expect(orders.server.calls()[0]!.endpoints[0]!.breaker).to.equal('open')
  })

  it('leaves no call under way', async () => {
    const orders = await start(() => Promise.reject(mistake), { breaker: { failures: 1_000 } })
    for (let count = 0; count < 20; count++) await callOf(orders)
    expect(orders.server.calls()[0]).to.include({ inFlight: 0, queued: 0 })
    expect(outcomesOf(orders)).to.include({ unavailable: 20 })
  })
})

describe('a transport of the project itself that opens no way to a server', () => {
  const ways: readonly (readonly [name: string, open: () => unknown, reason: string])[] = [
    [
      'throws',
      () => {
        throw mistake
      },
      mistake.message,
    ],
    ['rejects', () => Promise.reject(mistake), 'connect gave a promise instead of a CallConnection'],
    ['gives nothing', () => undefined, 'connect gave something that has no send and close instead of a CallConnection'],
  ]
  for (const [name, open, reason] of ways) {
    it(`${name}: callers get a RemoteCallError of a call that was not sent, the log its name; the next call tries again`, async () => {
      const orders = await start(() => Promise.reject(mistake))
      const own = orders.get(OwnTransport)
      own.open = open as () => CallConnection
      const { status, error } = await callOf(orders)
      expect(status).to.equal(503)
      expect(error).to.include({ code: 'REMOTE_UNAVAILABLE', executed: 'no', server: 'split.users' })
      const problem = `The transport own cannot open a way to http://127.0.0.1:9: ${reason}`
      expect(error.cause).to.be.instanceOf(TransportError).with.property('message', problem)
      expect((error.cause as Error).cause).to.include({ code: 'E_TRANSPORT_FAILED', problem })
      own.open = () => own.connection
      expect((await callOf(orders)).error).to.include({ code: 'REMOTE_UNAVAILABLE', executed: 'maybe' })
    })
  }

  it('says so in the statistics, which open nothing', async () => {
    const orders = await start(() => Promise.reject(mistake), { breaker: { failures: 1, openFor: '60s' } })
    let opened = 0
    orders.get(OwnTransport).open = () => {
      opened++
      throw mistake
    }
    expect(orders.server.calls()[0]!.endpoints).to.have.length(1)
    expect(opened).to.equal(0)
    await callOf(orders)
    expect(orders.server.calls()[0]!.endpoints[0]).to.include({ breaker: 'open', isAvoided: true })
  })
})

describe('a transport of the project itself that fails when its server starts or stops', () => {
  it('closes nothing that was not opened, and keeps the server from nothing when it cannot close', async () => {
    const orders = await start(() => Promise.reject(mistake))
    let closed = 0
    orders.get(OwnTransport).close = () => {
      closed++
      return Promise.reject(mistake)
    }
    await callOf(orders)
    expect(await orders.server.stop()).to.deep.equal([])
    expect(closed).to.equal(1)
    expect(orders.server.phase).to.equal('stopped')
    const told = orders.logs.find(({ message }) => message === 'transport failed')
    expect(told?.fields.err).to.include({
      code: 'E_TRANSPORT_FAILED',
      problem: `The transport own did not close its way to http://127.0.0.1:9: ${mistake.message}`,
    })
    const other = await start(() => Promise.reject(mistake))
    other.get(OwnTransport).close = () => {
      closed++
      return Promise.resolve()
    }
    await other.server.stop()
    expect(closed).to.equal(1)
  })

  @Service({ name: 'taking' })
  class TakingTransport extends CallTransport {
    static serve: () => Promise<() => Promise<void>>
    override connect(): CallConnection {
      throw new Error('nothing is called')
    }
    override serve(): Promise<() => Promise<void>> {
      return TakingTransport.serve()
    }
  }
  const takeCallsIn = () =>
    createTestServer({
      services: [UserService, TakingTransport],
      app: { publish: [UserService] },
      config: { calls: { transport: 'taking', secret: 's'.repeat(32) } },
    })

  it('keeps it from starting when it cannot take calls in, by its name', async () => {
    TakingTransport.serve = () => Promise.reject(mistake)
    const failed = await takeCallsIn().catch((error: unknown) => error)
    expect(failed).to.include({
      code: 'E_TRANSPORT_FAILED',
      problem: `The transport taking cannot take calls in: ${mistake.message}`,
      cause: mistake,
    })
  })

  it('does not keep it from stopping when it goes on to take calls in', async () => {
    TakingTransport.serve = () => Promise.resolve(() => Promise.reject(mistake))
    const users = await takeCallsIn()
    expect(await users.server.stop()).to.deep.equal([])
    const told = users.logs.find(({ message }) => message === 'transport failed')
    expect(told?.fields.err).to.include({
      problem: `The transport taking did not stop to take calls in: ${mistake.message}`,
    })
  })
})
