import {
  CallTransport,
  Get,
  Route,
  Service,
  TransportError,
  type CallConnection,
  type CallHandler,
  type CallRequest,
} from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { UserService } from './shop.js'
import { signByHand } from './sign-by-hand.js'

/** Brings in what a test thinks up, as whoever reaches a message broker could. */
@Service({ name: 'broker' })
class Broker extends CallTransport {
  handle: CallHandler | undefined

  override connect(): CallConnection {
    throw new Error('Nothing is called')
  }

  override serve(_services: readonly string[], handle: CallHandler): Promise<() => Promise<void>> {
    this.handle = handle
    return Promise.resolve(() => Promise.resolve())
  }
}

/** Stands behind something that the address of the app has and the broker has not, such as a firewall. */
@Route('/admin')
class AdminController {
  @Get('/keys') keys() {
    return { keys: 'all' }
  }
}

const secret = 'k'.repeat(32)
const target = '/.lokstra/calls/UserService/seen'

interface Answer {
  readonly status: number
  readonly text: string
}

async function startBroker(): Promise<(request: Partial<CallRequest>) => Promise<Answer>> {
  const users = await createTestServer({
    services: [UserService, Broker],
    apps: [{ name: 'users', controllers: [AdminController], publish: [UserService] }],
    config: { calls: { secret, transport: 'broker' } },
    listen: true,
  })
  const { handle } = users.get(Broker)
  return async (request) => {
    const whole = { verb: 'POST', target, headers: {}, body: undefined, ...request }
    const response = await handle!(whole, new AbortController().signal)
    return { status: response.status, text: await response.text() }
  }
}

const context = Buffer.from('{"requestId":"r1","principal":{"id":"guest"}}').toString('base64url')
/** Made when it is needed: it is accepted for a minute. */
const sign = () => signByHand(target, secret, { verb: 'POST', headers: { 'lokstra-context': context } })

describe('a call that a transport brings in', () => {
  it('is answered where it is signed, with the context of its caller', async () => {
    const send = await startBroker()
    expect((await send({})).status).to.equal(401)
    const response = await send({ headers: sign() })
    expect(JSON.parse(response.text)).to.deep.include({ requestId: 'r1', principal: '{"id":"guest"}' })
  })

  it('cannot lose its context and keep its signature', async () => {
    const send = await startBroker()
    const merged = `${sign()['lokstra-call']}\nlokstra-context:${context}`
    const outcome = send({ headers: { 'lokstra-call': merged } })
    expect(await outcome.catch((error: unknown) => error)).to.be.instanceOf(TransportError)
  })

  for (const [what, request] of [
    ['another route of the app', { verb: 'GET', target: '/admin/keys' }],
    ['another route of the app, from below the calls', { verb: 'GET', target: `${target}/../../../../admin/keys` }],
    ['another service', { target: target.replace('UserService', 'OrderService') }],
    ['all of the server', { verb: 'OPTIONS', target: '*' }],
    ['no target', { target: undefined }],
    ['a target of two lines', { target: `${target}\n` }],
    ['a verb that is no text', { verb: 7 as never }],
    ['a verb of two lines', { verb: 'POST\nx' }],
    ['a verb that HTTP does not have', { verb: 'BREW' }],
    ['a header that is no text', { headers: { 'lokstra-call': ['a'] as never } }],
    ['a header with an end of a line', { headers: { 'lokstra-call': 'a\r\nb' } }],
    ['a header without a name', { headers: { '': 'a' } }],
    ['a body that is no text', { body: {} as never }],
  ] satisfies [string, Partial<CallRequest>][]) {
    it(`is none where it asks for ${what}`, async () => {
      const send = await startBroker()
      const outcome = await send(request).catch((error: unknown) => error)
      if (outcome instanceof TransportError) expect(outcome).to.include({ reason: 'unfit', executed: 'no' })
      else expect(outcome).to.include({ status: 404 })
    })
  }
})
