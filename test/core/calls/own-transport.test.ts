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

  override connect(): CallConnection {
    return { send: (request, options) => this.send(request, options), close: () => Promise.resolve() }
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
