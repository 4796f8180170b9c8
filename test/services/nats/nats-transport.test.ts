import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import type { CallHandler, CallRequest, CallResponse } from '@lokstra/core'
import { createTestServer, type TestServer } from '@lokstra/core/testing'
import { NatsTransport } from '@lokstra/services/nats'
import { expect } from 'chai'

import { describeCallTransport, failureOf } from '../../contracts/call-transport.js'
import { NatsServer } from '../../helpers/nats-server.js'
import { poll } from '../../helpers/poll.js'
import { createTemporaryFolder } from '../../helpers/temporary-folder.js'
import { RawNats } from './raw-nats.js'

const calling: CallRequest = {
  verb: 'POST',
  target: '/.lokstra/calls/UserService/users',
  headers: { 'content-type': 'application/json' },
  body: '{}',
}
const seconds = (count: number) => ({ timeoutMs: count * 1_000, signal: undefined })

const json = (body: string): CallResponse => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  text: () => Promise.resolve(body),
  chunks: () => {
    throw new Error('read in pieces')
  },
})

/** The test package: what it depends on is what the configuration can name. */
const folder = fileURLToPath(new URL('../../../', import.meta.url))

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

/** A server of the project that has a connection to NATS. */
function startServer(nats: NatsServer, config: Record<string, unknown>): Promise<TestServer> {
  const services = { nats: { type: 'nats', servers: [nats.url], ...config } }
  return createTestServer({ folder, config: { services } })
}

async function openTransport(nats: NatsServer, config: Record<string, unknown> = {}): Promise<NatsTransport> {
  return (await startServer(nats, config)).get(NatsTransport)
}

async function serve(transport: NatsTransport, services: readonly string[], handle: CallHandler) {
  const stop = await transport.serve(services, handle)
  open.push(stop)
  return stop
}

describe('the nats service', () => {
  let nats: NatsServer
  before(async function () {
    nats = await NatsServer.startOrSkip(this)
  })
  after(() => nats?.stop())

  describeCallTransport('NATS', () => {
    // Each test has subjects of its own.
    const subject = `test-${randomUUID()}`
    return {
      async open(handle) {
        const stop = await serve(await openTransport(nats, { subject }), ['UserService'], handle)
        return { connection: (await openTransport(nats, { subject })).connect(), stop }
      },
      async openToNobody() {
        return (await openTransport(nats, { subject })).connect()
      },
      largestText: 900_000,
    }
  })

  it('balances calls among the servers that publish a service', async () => {
    const subject = `test-${randomUUID()}`
    const counts = [0, 0, 0]
    for (const index of counts.keys()) {
      await serve(await openTransport(nats, { subject }), ['UserService'], () => {
        counts[index]!++
        return Promise.resolve(json('{}'))
      })
    }
    const connection = (await openTransport(nats, { subject })).connect()
    for (let count = 0; count < 150; count++) await (await connection.send(calling, seconds(10))).text()
    expect(counts.reduce((sum, count) => sum + count)).to.equal(150)
    expect(Math.min(...counts)).to.be.above(10)
  })

  it('takes calls of each service to those who answer for it, whatever its name is', async () => {
    const subject = `test-${randomUUID()}`
    const names = ['UserService', 'user.service', 'users > *', 'Bücher$', 'UserServices']
    const transport = await openTransport(nats, { subject })
    for (const name of names) {
      await serve(await openTransport(nats, { subject }), [name], () => Promise.resolve(json(JSON.stringify(name))))
    }
    for (const name of names) {
      const target = `/.lokstra/calls/${encodeURIComponent(name)}/users`
      const response = await transport.connect().send({ ...calling, target }, seconds(10))
      expect(await response.text()).to.equal(JSON.stringify(name))
    }
  })

  it('refuses a call that is larger than NATS accepts, before it is sent', async () => {
    const subject = `test-${randomUUID()}`
    let count = 0
    await serve(await openTransport(nats, { subject }), ['UserService'], () => {
      count++
      return Promise.resolve(json('{}'))
    })
    const connection = (await openTransport(nats, { subject })).connect()
    const body = JSON.stringify('x'.repeat(1_048_576))
    const failure = await failureOf(connection.send({ ...calling, body }, seconds(10)))
    expect(failure).to.include({ reason: 'unfit', executed: 'no' })
    expect(failure.message).to.include('max_payload')
    await (await connection.send(calling, seconds(10))).text()
    expect(count).to.equal(1)
  })

  it('brings an answer that is larger than NATS accepts in several messages', async () => {
    const subject = `test-${randomUUID()}`
    const text = JSON.stringify('ä'.repeat(3_000_000))
    await serve(await openTransport(nats, { subject }), ['UserService'], () => Promise.resolve(json(text)))
    const connection = (await openTransport(nats, { subject })).connect()
    expect((await (await connection.send(calling, seconds(20))).text()) === text).to.equal(true)
  })

  it('ends a stream whose reader takes nothing, for both', async () => {
    const subject = `test-${randomUUID()}`
    let isEnded = false
    await serve(await openTransport(nats, { subject, streamIdle: '300ms' }), ['UserService'], () =>
      Promise.resolve({
        ...json(''),
        headers: { 'content-type': 'application/octet-stream' },
        async *chunks() {
          try {
            for (;;) yield await Promise.resolve(Buffer.alloc(50_000))
          } finally {
            isEnded = true
          }
        },
      }),
    )
    const connection = (await openTransport(nats, { subject, streamIdle: '300ms' })).connect()
    const response = await connection.send(calling, seconds(10))
    const failure = failureOf(
      (async () => {
        for await (const piece of response.chunks()) if (piece.length > 0 && !isEnded) await delay(1_500)
      })(),
    )
    await poll(
      () => isEnded,
      () => 'the writer waits for ever',
    )
    expect(await failure).to.include({ reason: 'timeout', executed: 'maybe' })
  })

  it('refuses what is no call of a published service', async () => {
    const transport = await openTransport(nats)
    expect(await failureOf(transport.connect().send({ ...calling, target: '/v1/pay' }, seconds(5)))).to.include({
      reason: 'unfit',
      executed: 'no',
    })
  })

  it('refuses a call whose head alone is larger than NATS accepts', async () => {
    const connection = (await openTransport(nats)).connect()
    for (const body of ['', undefined]) {
      const large = { ...calling, body, headers: { 'lokstra-header-x': 'x'.repeat(1_048_576) } }
      const failure = await failureOf(connection.send(large, seconds(10)))
      expect(failure).to.include({ reason: 'unfit', executed: 'no' })
      expect(failure.message).to.include('its body may have 0 bytes')
    }
  })

  it('refuses calls once it is stopping, and after', async () => {
    const server = await startServer(nats, {})
    const connection = server.get(NatsTransport).connect()
    const stopped = server.server.stop()
    const during = failureOf(connection.send(calling, seconds(60)))
    await stopped
    expect((await during).reason).to.be.oneOf(['refused', 'reset'])
    expect(await failureOf(connection.send(calling, seconds(60)))).to.include({ reason: 'refused', executed: 'no' })
  })

  const status = '"status":200,"headers":{}'
  for (const [what, heads] of [
    ['nothing', [undefined]],
    ['no JSON', ['{']],
    ['no object', ['null']],
    ['an answer of no kind', ['{}']],
    ['an answer of another kind', ['{"kind":"other"}']],
    ['no headers', ['{"kind":"whole","status":200}']],
    ['headers that are none', ['{"kind":"whole","status":200,"headers":null}']],
    ['headers that are no text', ['{"kind":"whole","status":200,"headers":{"content-type":["a"]}}']],
    ['a status that is no number', ['{"kind":"whole","status":"200","headers":{}}']],
    ['a status that is none', ['{"kind":"whole","status":99,"headers":{}}']],
    ['a head without a way back', [`{"kind":"head",${status}}`]],
    ['a head with a way back to all', [`{"kind":"head","control":">",${status}}`]],
    ['an end without a beginning', ['{"kind":"end","n":0}']],
    ['a piece without a beginning', ['{"kind":"piece","n":0}']],
    ['two beginnings', Array<string>(2).fill(`{"kind":"head","control":"c",${status}}`)],
    ['a piece that is missing', [`{"kind":"head","control":"c",${status}}`, '{"kind":"end","n":7}']],
    ['a piece without a number', [`{"kind":"head","control":"c",${status}}`, '{"kind":"piece"}']],
  ] as const) {
    it(`fails a call at once that is answered with ${what}`, async () => {
      const subject = `test-${randomUUID()}`
      const peer = await RawNats.open(nats.url, [`${subject}.calls.UserService`], ({ reply }, raw) => {
        for (const head of heads) raw.publish(reply!, head === undefined ? {} : { header: ['lokstra-answer', head] })
      })
      open.push(() => peer[Symbol.asyncDispose]())
      const connection = (await openTransport(nats, { subject })).connect()
      const read = connection.send(calling, seconds(60)).then((response) => response.text())
      const failure = await failureOf(read)
      expect(failure.reason).to.be.oneOf(['protocol', 'reset'])
      expect(failure.executed).to.equal('maybe')
    })
  }

  it('fails a stream that comes faster than it is taken', async () => {
    const subject = `test-${randomUUID()}`
    const part = (text: string) => ({ header: ['lokstra-answer', text] as [string, string] })
    const peer = await RawNats.open(nats.url, [`${subject}.calls.UserService`], ({ reply }, raw) => {
      const headers = { 'content-type': 'application/octet-stream' }
      raw.publish(reply!, part(JSON.stringify({ kind: 'head', status: 200, headers, control: 'nobody' })))
      for (let n = 0; n < 200; n++)
        raw.publish(reply!, { ...part(`{"kind":"piece","n":${n}}`), body: 'x'.repeat(32_768) })
    })
    open.push(() => peer[Symbol.asyncDispose]())
    const connection = (await openTransport(nats, { subject })).connect()
    const response = await connection.send(calling, seconds(60))
    let pieces = 0
    const read = async (): Promise<void> => {
      for await (const piece of response.chunks()) {
        pieces += piece.length / 32_768
        await delay(50)
      }
    }
    expect(await failureOf(read())).to.include({ reason: 'protocol', executed: 'maybe' })
    expect(pieces).to.be.at.most(32)
  })

  it('goes on answering calls, whatever else it is sent', async () => {
    const subject = `test-${randomUUID()}`
    const calls = `${subject}.calls.UserService`
    await serve(await openTransport(nats, { subject }), ['UserService'], () => Promise.resolve(json('{}')))
    await using peer = await RawNats.open(nats.url)
    const garbage = ['', '{', 'null', '[]', '7', '"text"'].map((head) => ({
      header: ['lokstra-request', head] as [string, string],
    }))
    for (const message of [{}, ...garbage]) {
      peer.publish(calls, message)
      peer.publish(calls, { ...message, reply: 'answers.none', body: 'x' })
    }
    for (const body of [
      '',
      '{',
      'null',
      '{"call":7}',
      '{"call":"answers.none"}',
      '{"call":"answers.none","credit":1e308}',
    ]) {
      peer.publish(`${subject}.cancel.UserService`, { body })
    }
    const connection = (await openTransport(nats, { subject })).connect()
    expect(await (await connection.send(calling, seconds(10))).text()).to.equal('{}')
  })

  it('does not start where no NATS server listens, and says where it looked', async () => {
    const nowhere = openTransport(nats, { servers: ['nats://127.0.0.1:1'], connectTimeout: '500ms' })
    const error = await nowhere.then(
      () => undefined,
      (reason: unknown) => String(reason),
    )
    expect(error).to.include('E_NATS_UNREACHABLE').and.to.include('nats://127.0.0.1:1')
  })
})

describe('the nats service, when NATS goes away and comes back', () => {
  let nats: NatsServer
  beforeEach(async function () {
    nats = await NatsServer.startOrSkip(this)
  })
  afterEach(() => nats?.stop())

  it('fails calls under way at once, sends none meanwhile, and goes on by itself', async () => {
    let isHeld = true
    let count = 0
    await serve(await openTransport(nats), ['UserService'], async (_request, signal) => {
      count++
      if (isHeld) await delay(60_000, undefined, { signal }).catch(() => undefined)
      return json('{}')
    })
    const transport = await openTransport(nats)
    const connection = transport.connect()
    const lost = failureOf(connection.send(calling, seconds(60)))
    await poll(
      () => count === 1,
      () => 'the call did not arrive',
    )
    await nats.stop()
    expect(await lost).to.include({ reason: 'reset', executed: 'maybe' })
    expect(await failureOf(connection.send(calling, seconds(60)))).to.include({ reason: 'refused', executed: 'no' })
    expect(() => transport.ping()).to.throw('no connection')
    isHeld = false
    await nats.start()
    await poll(
      async () => {
        const response = await connection.send(calling, seconds(1)).catch(() => undefined)
        return response?.status === 200
      },
      () => 'calls do not arrive again',
    )
    transport.ping()
  })
})

describe('the nats service, at a NATS server with passwords', () => {
  let nats: NatsServer
  before(async function () {
    nats = await NatsServer.startOrSkip(this, '--user', 'shop', '--pass', 'a password')
  })
  after(() => nats?.stop())

  it('logs in, and does not start with the wrong password', async () => {
    const transport = await openTransport(nats, { user: 'shop', password: 'a password' })
    transport.ping()
    const refused = await openTransport(nats, { user: 'shop', password: 'wrong' }).then(
      () => '',
      (error: unknown) => String(error),
    )
    expect(refused).to.include('E_NATS_UNREACHABLE').and.not.to.include('wrong')
  })
})

describe('the nats service, at a NATS server with permissions', () => {
  it('fails a call at once that it may not make, and says so in the log', async function () {
    await using folder = await createTemporaryFolder()
    const file = join(folder.path, 'nats.conf')
    const users = [
      '{ user: caller, password: p, permissions: { publish: { deny: ["lokstra.calls.UserService"] } } }',
      '{ user: callee, password: p }',
    ]
    writeFileSync(file, `authorization { users: [ ${users.join(', ')} ] }\n`)
    const nats = await NatsServer.startOrSkip(this, '-c', file)
    open.push(() => nats.stop())
    let count = 0
    await serve(await openTransport(nats, { user: 'callee', password: 'p' }), ['UserService', 'Other'], () => {
      count++
      return Promise.resolve(json('{}'))
    })
    const server = await startServer(nats, { user: 'caller', password: 'p' })
    server.expectError(/does not allow/)
    const connection = server.get(NatsTransport).connect()
    const forbidden = failureOf(connection.send(calling, seconds(60)))
    expect(await forbidden).to.include({ reason: 'unfit', executed: 'maybe' })
    expect(server.logs.find(({ level }) => level === 'error')?.message).to.equal('NATS publish refused')
    const allowed = { ...calling, target: '/.lokstra/calls/Other/users' }
    expect(await (await connection.send(allowed, seconds(10))).text()).to.equal('{}')
    expect(count).to.equal(1)
  })
})
