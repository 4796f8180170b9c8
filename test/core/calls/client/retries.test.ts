import { RemoteCallError } from '@lokstra/core'
import { expect } from 'chai'

import { poll } from '../../../helpers/poll.js'
import { callOptions, createTarget, placing, type CallOptions, type CallTarget } from './internals.js'
import { createHttpPeer, createPeer, createRefusingUrl } from './peer.js'

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'
const idempotent = { isIdempotent: true }

async function failureOf(target: CallTarget, options: Partial<CallOptions> = {}): Promise<RemoteCallError> {
  try {
    await target.call(placing, callOptions(options))
  } catch (error) {
    if (error instanceof RemoteCallError) return error
    throw error
  }
  throw new Error('answered')
}

/** Breaks off a number of times, then answers. */
const breakingOff = (times: number) =>
  createPeer({
    onRequest: (socket, _text, count) => {
      if (count <= times) socket.resetAndDestroy()
      else socket.write(ok)
    },
  })

describe('retries of a call', () => {
  it('repeat an idempotent operation whose connection broke off, with the number of the attempt', async () => {
    const peer = await breakingOff(2)
    const target = createTarget(peer.url, { retries: 2 })
    const answer = await target.call(placing, callOptions(idempotent))
    expect(answer).to.include({ status: 200, server: 'shop.users-1', attempts: 3 })
    const numbers = peer.requests.map((text) => /x-attempt: (\d+)/.exec(text)?.[1])
    expect(numbers).to.deep.equal(['1', '2', '3'])
    expect(target.statistics.retries).to.equal(2)
  })

  it('end after as many as are allowed', async () => {
    const peer = await breakingOff(10)
    const error = await failureOf(createTarget(peer.url, { retries: 2 }), idempotent)
    expect([error.attempts, error.executed, peer.requests.length]).to.deep.equal([3, 'maybe', 3])
  })

  it('never repeat another operation that may have been executed', async () => {
    const peer = await breakingOff(1)
    const error = await failureOf(createTarget(peer.url, { retries: 2 }))
    expect([error.attempts, error.executed, peer.requests.length]).to.deep.equal([1, 'maybe', 1])
  })

  it('repeat any operation that nobody received', async () => {
    const url = await createRefusingUrl()
    const target = createTarget(url, { retries: 2 })
    const failure = failureOf(target)
    expect(await failure).to.include({ attempts: 3, executed: 'no', code: 'REMOTE_UNAVAILABLE' })
  })

  it('find a server that starts meanwhile', async () => {
    const url = await createRefusingUrl()
    const target = createTarget(url, { retries: 1_000, breaker: { failures: 10_000, openForMs: 1 } })
    const answer = target.call(placing, callOptions())
    await poll(
      () => target.statistics.endpoints[0]!.isAvoided,
      () => 'was not tried',
    )
    const peer = await createHttpPeer((_request, response) => response.end('{}'), Number(new URL(url).port))
    expect((await answer).status).to.equal(200)
    expect(peer.requests).to.have.length(1)
  })

  for (const status of [502, 503, 504]) {
    it(`repeat an idempotent operation after ${status} of something on the way, and nothing else`, async () => {
      const peer = await createHttpPeer((_request, response, count) => {
        response.writeHead(count === 1 ? status : 200, { 'content-type': 'text/html' }).end('<p>Bad gateway</p>')
      })
      const target = createTarget(peer.url, { retries: 1 })
      expect((await target.call(placing, callOptions(idempotent))).status).to.equal(200)
      expect(peer.requests).to.have.length(2)

      const other = await createHttpPeer((_request, response) => response.writeHead(status).end())
      const error = await failureOf(createTarget(other.url, { retries: 1 }))
      expect([error.status, error.executed, other.requests.length]).to.deep.equal([status, 'maybe', 1])
    })

    it(`leave ${status} of the operation itself to its caller`, async () => {
      const peer = await createHttpPeer((_request, response) => {
        response.writeHead(status, { 'lokstra-contract': 'a1b2' }).end('{}')
      })
      const target = createTarget(peer.url, { retries: 2 })
      expect((await target.call(placing, callOptions(idempotent))).status).to.equal(status)
      expect(peer.requests).to.have.length(1)
    })
  }

  it('do not repeat what was answered with something that is not HTTP', async () => {
    const peer = await createPeer({ onRequest: (socket) => socket.end('hello\r\n\r\n') })
    await failureOf(createTarget(peer.url, { retries: 2 }), idempotent)
    expect(peer.requests).to.have.length(1)
  })

  it('keep to the time of the call', async () => {
    const peer = await createPeer({})
    const target = createTarget(peer.url, { retries: 5, timeoutMs: 300 })
    expect(await failureOf(target, idempotent)).to.include({ code: 'REMOTE_TIMEOUT', attempts: 1 })
    expect(peer.requests).to.have.length(1)
  })

  it('leave time for another attempt where one of them has a limit of its own', async () => {
    const peer = await createPeer({
      onRequest: (socket, _text, count) => {
        if (count > 1) socket.write(ok)
      },
    })
    const target = createTarget(peer.url, { retries: 1, timeoutMs: 30_000, attemptTimeoutMs: 300 })
    expect((await target.call(placing, callOptions(idempotent))).status).to.equal(200)
    const [first, second] = peer.requests.map((text) => Number(/x-timeout: (\d+)/.exec(text)?.[1]))
    expect([first! <= 300, second! <= 300]).to.deep.equal([true, true])
  })

  it('are not stacked: a call within a retry repeats only what nobody received', async () => {
    const peer = await breakingOff(1)
    const target = createTarget(peer.url, { retries: 2 })
    expect(await failureOf(target, { ...idempotent, isPartOfRetry: true })).to.include({ attempts: 1 })
    const unreachable = createTarget(await createRefusingUrl(), { retries: 2 })
    expect(await failureOf(unreachable, { ...idempotent, isPartOfRetry: true })).to.include({ attempts: 3 })
  })

  it('remain a share of the calls when a server fails at all of them', async () => {
    const peer = await createPeer({ onRequest: (socket) => socket.resetAndDestroy() })
    const target = createTarget(peer.url, {
      retries: 3,
      retryBudget: 0.1,
      breaker: { failures: 10_000, openForMs: 1_000 },
    })
    const startedAt = performance.now()
    const calls = 200
    for (let round = 0; round < calls / 20; round++) {
      await Promise.all(Array.from({ length: 20 }, () => failureOf(target, idempotent)))
    }
    const seconds = (performance.now() - startedAt) / 1_000
    // A tenth of the calls, what was saved up before, and one each second.
    expect(peer.requests.length).to.be.at.most(calls * 1.1 + 10 + Math.ceil(seconds))
    expect(peer.requests.length).to.be.at.least(calls + 10)
  })

  it('end with their caller, also between two attempts', async () => {
    const target = createTarget(await createRefusingUrl(), {
      retries: 10_000,
      timeoutMs: 60_000,
      breaker: { failures: 10_000, openForMs: 1_000 },
    })
    const controller = new AbortController()
    const failure = failureOf(target, { signal: controller.signal })
    await poll(
      () => target.statistics.endpoints[0]!.isAvoided,
      () => 'was not tried',
    )
    controller.abort()
    expect(await failure).to.include({ code: 'REMOTE_FAILED', executed: 'no' })
    expect(target.statistics).to.include({ inFlight: 0, queued: 0 })
  })
})
