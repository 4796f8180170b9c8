import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { createServer, type AddressInfo, type Socket } from 'node:net'

import { RemoteCallError } from '@lokstra/core'
import { expect } from 'chai'

import { poll } from '../../../helpers/poll.js'
import { callOptions, createTarget, placing, RecordingLogger, type CallOptions, type CallTarget } from './internals.js'
import { createHttpPeer, createPeer, createRefusingUrl } from './peer.js'

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'
const answering = () => createHttpPeer((_request, response) => response.end('{}'))
const call = (target: CallTarget) => target.call(placing, callOptions())

async function failureOf(target: CallTarget): Promise<RemoteCallError> {
  try {
    await call(target)
  } catch (error) {
    if (error instanceof RemoteCallError) return error
    throw error
  }
  throw new Error('answered')
}

describe('several endpoints of a service', () => {
  it('are called in turn', async () => {
    const peers = await Promise.all([answering(), answering(), answering()])
    const target = createTarget(peers.map(({ url }) => url))
    for (let count = 0; count < 9; count++) await call(target)
    expect(peers.map(({ requests }) => requests.length)).to.deep.equal([3, 3, 3])
  })

  it('are called where fewest calls are under way', async () => {
    const slow = await createPeer({})
    const quick = await answering()
    const target = createTarget([slow.url, quick.url], { timeoutMs: 60_000 })
    const controller = new AbortController()
    const stuck = Promise.allSettled([1, 2].map(() => target.call(placing, callOptions({ signal: controller.signal }))))
    await poll(
      () => slow.requests.length + quick.requests.length === 2,
      () => 'two calls',
    )
    for (let count = 0; count < 10; count++) await call(target)
    expect([slow.requests.length, quick.requests.length]).to.deep.equal([1, 11])
    controller.abort()
    await stuck
  })

  it('take over at once from one that refuses connections, without a retry', async () => {
    const peer = await answering()
    const target = createTarget([await createRefusingUrl(), peer.url], { retries: 0 })
    for (let count = 0; count < 6; count++) expect((await call(target)).status).to.equal(200)
    expect(peer.requests).to.have.length(6)
    expect(peer.requests.every(({ headers }) => headers['x-attempt'] === '1')).to.equal(true)
    expect(target.statistics.retries).to.equal(0)
    expect(target.statistics.endpoints.map(({ isAvoided }) => isAvoided)).to.deep.equal([true, false])
  })

  it('leave 503 of an operation that has run to its caller, although its server is stopping', async () => {
    const stopping = await createHttpPeer((_request, response) => {
      response.writeHead(503, { 'lokstra-draining': '1', 'lokstra-contract': 'a1' }).end('{}')
    })
    const peer = await answering()
    const target = createTarget([peer.url, stopping.url], { retries: 2 })
    const statuses = [(await call(target)).status, (await call(target)).status]
    expect(statuses.sort()).to.deep.equal([200, 503])
    expect([stopping.requests.length, peer.requests.length]).to.deep.equal([1, 1])
  })

  it('leave one alone that says with a result that it is stopping', async () => {
    const stopping = await createHttpPeer((_request, response) => {
      response.writeHead(200, { 'lokstra-draining': '1' }).end('{}')
    })
    const peer = await answering()
    const target = createTarget([stopping.url, peer.url])
    for (let count = 0; count < 6; count++) expect((await call(target)).status).to.equal(200)
    expect(stopping.requests).to.have.length(1)
  })
})

describe('the breaker of an endpoint', () => {
  const breaker = { failures: 3, openForMs: 60_000 }

  for (const [what, onRequest] of [
    ['reset connections', (socket: { resetAndDestroy(): unknown }) => socket.resetAndDestroy()],
    ['answers that are not HTTP', (socket: { end(text: string): unknown }) => socket.end('?\r\n\r\n')],
    ['503 of something on the way', (socket: { end(text: string): unknown }) => socket.end('HTTP/1.1 503 X\r\n\r\n')],
  ] as const) {
    it(`opens after ${what}, and then refuses without asking`, async () => {
      const peer = await createPeer({ onRequest })
      const log = new RecordingLogger()
      const target = createTarget(peer.url, { breaker, log })
      for (let count = 0; count < 3; count++) expect((await failureOf(target)).executed).to.equal('maybe')
      const error = await failureOf(target)
      expect(error).to.include({ code: 'REMOTE_UNAVAILABLE', executed: 'no', attempts: 0 })
      expect(Number(error.headers?.['retry-after'])).to.be.within(1, 4)
      expect(peer.requests).to.have.length(3)
      expect(target.statistics.endpoints[0]!.breaker).to.equal('open')
      expect(target.statistics.methods.get('place')!.outcomes.rejected).to.equal(1)
      expect(log.messages).to.deep.equal(['circuit breaker opened'])
    })
  }

  it('opens after time-outs', async () => {
    const peer = await createPeer({})
    const target = createTarget(peer.url, { breaker, timeoutMs: 50 })
    for (let count = 0; count < 3; count++) await failureOf(target)
    expect(target.statistics.endpoints[0]!.breaker).to.equal('open')
  })

  it('is not opened by callers in a hurry, nor by those who give up', async () => {
    const peer = await createPeer({})
    const target = createTarget(peer.url, { breaker, timeoutMs: 60_000 })
    for (let count = 0; count < 5; count++) {
      await target.call(placing, callOptions({ remainingMs: 20 })).catch(() => undefined)
      await target.call(placing, callOptions({ signal: AbortSignal.timeout(20) })).catch(() => undefined)
    }
    expect(target.statistics.endpoints[0]!.breaker).to.equal('closed')
  })

  it('is not opened by errors of the operation', async () => {
    const peer = await createHttpPeer((_request, response) => {
      response.writeHead(500, { 'lokstra-contract': 'a1' }).end('{}')
    })
    const target = createTarget(peer.url, { breaker })
    for (let count = 0; count < 5; count++) expect((await call(target)).status).to.equal(500)
    expect(target.statistics.endpoints[0]!.breaker).to.equal('closed')
  })

  it('is not opened by failures with answers between them', async () => {
    const peer = await createPeer({
      onRequest: (socket, _text, count) => {
        if (count % 3 === 0) socket.write(ok)
        else socket.resetAndDestroy()
      },
    })
    const target = createTarget(peer.url, { breaker, connections: 1 })
    for (let count = 0; count < 12; count++) await call(target).catch(() => undefined)
    expect(peer.requests).to.have.length(12)
  })

  it('takes the calls that break off together for one failure: a server dies once, and its successor is called at once', async () => {
    const first = await createHttpPeer(() => undefined)
    const target = createTarget(first.url, { breaker, timeoutMs: 60_000 })
    const under = Array.from({ length: 10 }, () => failureOf(target))
    await poll(
      () => first.requests.length === 10,
      () => 'not all calls have arrived',
    )
    await first.close()
    for (const error of await Promise.all(under)) expect(error.executed).to.equal('maybe')
    await createHttpPeer((_request, response) => response.end('{}'), Number(new URL(first.url).port))
    expect((await call(target)).status).to.equal(200)
  })

  it('keeps no call from the successor of a server that has refused connections, whatever becomes of calls to the server itself', async () => {
    const held: Socket[] = []
    const first = createServer((socket) => held.push(socket.on('error', () => undefined)))
    await once(first.listen(0, '127.0.0.1'), 'listening')
    const { port } = first.address() as AddressInfo
    const target = createTarget(`http://127.0.0.1:${port}`, { breaker, timeoutMs: 60_000 })
    const under = failureOf(target)
    await poll(
      () => held.length === 1,
      () => 'the call has not arrived',
    )
    first.close()
    for (let count = 0; count < 4; count++) expect((await failureOf(target)).executed).to.equal('no')
    expect(target.statistics.endpoints[0]!.breaker).to.equal('open')
    held[0]!.resetAndDestroy()
    expect((await under).executed).to.equal('maybe')
    await createHttpPeer((_request, response) => response.end('{}'), port)
    expect((await call(target)).status).to.equal(200)
    expect(target.statistics.endpoints[0]!.breaker).to.equal('closed')
  })

  it('leaves the calls to the other endpoints', async () => {
    const broken = await createPeer({ onRequest: (socket) => socket.resetAndDestroy() })
    const peer = await answering()
    const target = createTarget([broken.url, peer.url], { breaker })
    for (let count = 0; count < 20; count++) await call(target).catch(() => undefined)
    expect(broken.requests).to.have.length(3)
    expect(peer.requests).to.have.length(17)
    expect(target.statistics.endpoints.map(({ breaker: state }) => state)).to.deep.equal(['open', 'closed'])
  })

  it('lets one call try after a while, and closes when it works', async () => {
    let isBroken = true
    const held: (() => void)[] = []
    const peer = await createPeer({
      onRequest: (socket) => {
        if (isBroken) socket.resetAndDestroy()
        else held.push(() => socket.write(ok))
      },
    })
    const log = new RecordingLogger()
    const target = createTarget(peer.url, { breaker: { failures: 3, openForMs: 100 }, timeoutMs: 60_000, log })
    for (let count = 0; count < 3; count++) await failureOf(target)
    isBroken = false
    let trial: Promise<unknown> | undefined
    await poll(
      () => {
        const attempt = call(target).catch(() => undefined)
        if (target.statistics.endpoints[0]!.breaker === 'half-open') trial = attempt
        return trial !== undefined
      },
      () => 'nothing was tried again',
    )
    await poll(
      () => held.length === 1,
      () => 'the trial did not arrive',
    )
    expect(await failureOf(target)).to.include({ executed: 'no', attempts: 0 })
    held[0]!()
    await trial
    expect(target.statistics.endpoints[0]!.breaker).to.equal('closed')
    expect(log.messages.at(-1)).to.equal('circuit breaker closed')
  })

  it('is tried in its time although the clock of the system is set back', async () => {
    const peer = await createPeer({ onRequest: (socket) => socket.resetAndDestroy() })
    const target = createTarget(peer.url, { breaker: { failures: 1, openForMs: 3_200 } })
    await failureOf(target)
    const systemTime = Date.now
    Date.now = () => systemTime() - 3_600_000
    try {
      await poll(
        () => target.statistics.endpoints[0]!.breaker === 'half-open',
        () => 'the breaker stays open',
      )
    } finally {
      Date.now = systemTime
    }
  })

  it('is tried soon after connections that broke off, and after twice as long each time that this fails', async () => {
    const peer = await createPeer({ onRequest: (socket) => socket.resetAndDestroy() })
    const target = createTarget(peer.url, { breaker: { failures: 1, openForMs: 32_000 }, timeoutMs: 60_000 })
    const waits: number[] = []
    await poll(
      async () => {
        const { code, executed, headers } = await failureOf(target)
        expect(code).to.equal('REMOTE_UNAVAILABLE')
        if (executed === 'no') waits.push(Number(headers?.['retry-after']))
        return waits.some((wait) => wait > 2)
      },
      () => `it was not tried again: ${JSON.stringify(waits)}`,
    )
    expect(Math.max(...waits)).to.be.within(3, 4)
    expect(peer.requests).to.have.length(2)
  })

  it('does not keep calls from one that refused connections and is back, where nothing else is left', async () => {
    const closing = (_request: unknown, response: ServerResponse) => response.setHeader('connection', 'close').end('{}')
    const first = await createHttpPeer(closing)
    const second = await createHttpPeer(closing)
    await first.close()
    const log = new RecordingLogger()
    const target = createTarget([first.url, second.url], { breaker: { failures: 1, openForMs: 60_000 }, log })
    for (let count = 0; count < 2; count++) expect((await call(target)).status).to.equal(200)
    const states = () => target.statistics.endpoints.map(({ breaker: state }) => state)
    expect(states()).to.deep.equal(['open', 'closed'])
    // A rolling restart: the first has its address again, and it is the turn of the second.
    const successor = await createHttpPeer(closing, Number(new URL(first.url).port))
    await second.close()
    for (let count = 0; count < 3; count++) expect((await call(target)).status).to.equal(200)
    expect(successor.requests).to.have.length(3)
    expect(states()).to.deep.equal(['closed', 'open'])
    expect(log.messages.slice(1)).to.have.members(['circuit breaker opened', 'circuit breaker closed'])
  })

  it('knows that it was refused at once although its process was too busy to hear of it', async () => {
    const url = await createRefusingUrl()
    const target = createTarget(url, { breaker: { failures: 1, openForMs: 60_000 } })
    const failing = failureOf(target)
    // The connection is being opened by then, and nobody looks what came of it.
    await Promise.resolve()
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_200)
    expect((await failing).executed).to.equal('no')
    expect(target.statistics.endpoints[0]!.breaker).to.equal('open')
    await createHttpPeer((_request, response) => response.end('{}'), Number(new URL(url).port))
    expect((await call(target)).status).to.equal(200)
  })

  it('gives one that takes connections again as many failures as any other', async () => {
    const url = await createRefusingUrl()
    const target = createTarget(url, { breaker, timeoutMs: 60_000 })
    for (let count = 0; count < 3; count++) await failureOf(target)
    expect(target.statistics.endpoints[0]!.breaker).to.equal('open')
    let requests = 0
    const successor = createServer((socket) => {
      socket
        .on('error', () => undefined)
        .on('data', () => (requests++ === 0 ? socket.resetAndDestroy() : socket.write(ok)))
    })
    await once(successor.listen(Number(new URL(url).port), '127.0.0.1'), 'listening')
    try {
      expect((await failureOf(target)).executed).to.equal('maybe')
      expect((await call(target)).status).to.equal(200)
    } finally {
      await target.close()
      successor.close()
    }
  })

  it('has nobody wait for one that goes on to refuse connections', async () => {
    const target = createTarget(await createRefusingUrl(), { breaker: { failures: 1, openForMs: 60_000 }, retries: 2 })
    for (let count = 0; count < 5; count++) {
      expect(await failureOf(target)).to.include({ code: 'REMOTE_UNAVAILABLE', executed: 'no', attempts: 1 })
    }
    expect(target.statistics.retries).to.equal(0)
    expect(target.statistics.endpoints[0]!.breaker).to.equal('open')
  })

  for (const [what, options] of [
    ['gives up', () => ({ signal: AbortSignal.timeout(30) })],
    ['was in a hurry', () => ({ remainingMs: 30 })],
    ['has sent what cannot be sent', () => ({ prepare: (request) => ({ ...request, headers: { 'x-a': 'b\nc' } }) })],
  ] satisfies [string, () => Partial<CallOptions>][]) {
    it(`stays open for no longer than before when the caller of the trial ${what}`, async () => {
      let isBroken = true
      const peer = await createPeer({ onRequest: (socket) => (isBroken ? socket.resetAndDestroy() : undefined) })
      const target = createTarget(peer.url, { breaker: { failures: 1, openForMs: 16_000 }, timeoutMs: 60_000 })
      await failureOf(target)
      isBroken = false
      await poll(
        () => target.statistics.endpoints[0]!.breaker === 'half-open',
        () => 'nothing may be tried again',
      )
      const trial = await target.call(placing, callOptions(options())).catch((error: unknown) => error)
      expect(trial).to.be.instanceOf(RemoteCallError).and.include({ attempts: 1 })
      expect(target.statistics.endpoints[0]!.breaker).to.equal('open')
      expect((await failureOf(target)).headers).to.include({ 'retry-after': '1' })
    })
  }

  it('closes when the trial brings an answer that is too large for its caller', async () => {
    let isBroken = true
    const peer = await createHttpPeer((request, response) => {
      if (isBroken) request.socket.resetAndDestroy()
      else response.end(`"${'x'.repeat(2_000)}"`)
    })
    const target = createTarget(peer.url, {
      breaker: { failures: 1, openForMs: 1_600 },
      http: { answerLimitBytes: 1_000 },
    })
    await failureOf(target)
    isBroken = false
    await poll(
      () => target.statistics.endpoints[0]!.breaker === 'half-open',
      () => 'nothing may be tried again',
    )
    expect(await failureOf(target)).to.include({ code: 'REMOTE_FAILED', attempts: 1 })
    expect(target.statistics.endpoints[0]!.breaker).to.equal('closed')
  })

  it('is opened by failures in a row, whatever callers in a hurry meet between them', async () => {
    let isSilent = false
    const peer = await createPeer({ onRequest: (socket) => (isSilent ? undefined : socket.resetAndDestroy()) })
    const target = createTarget(peer.url, { breaker, timeoutMs: 60_000 })
    for (let count = 0; count < 3; count++) {
      expect(target.statistics.endpoints[0]!.breaker).to.equal('closed')
      isSilent = true
      await target.call(placing, callOptions({ remainingMs: 30 })).catch(() => undefined)
      isSilent = false
      await failureOf(target)
    }
    expect(target.statistics.endpoints[0]!.breaker).to.equal('open')
  })
})
