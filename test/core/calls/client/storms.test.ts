import { getEventListeners, setMaxListeners } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'

import { RemoteCallError } from '@lokstra/core'
import { expect } from 'chai'
import fc from 'fast-check'

import { poll } from '../../../helpers/poll.js'
import { callOptions, createTarget, placing, type CallTarget } from './internals.js'
import { createHttpPeer, createPeer } from './peer.js'

const head = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nlokstra-contract: a1\r\n'
const ok = `${head}content-length: 2\r\n\r\n{}`
const streamHead = 'HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n'

/** Timers that keep this process alive. */
const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
const connections = () => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length

function assertIdle(target: CallTarget): void {
  const { inFlight, queued, endpoints } = target.statistics
  expect({ inFlight, queued, endpoints: endpoints.map((one) => one.inFlight) }).to.deep.equal({
    inFlight: 0,
    queued: 0,
    endpoints: endpoints.map(() => 0),
  })
}

/** What became of each call: a status, or the code of its error. */
async function outcomesOf(calls: readonly Promise<{ status: number }>[]): Promise<Map<number | string, number>> {
  const outcomes = new Map<number | string, number>()
  for (const result of await Promise.allSettled(calls)) {
    let outcome: number | string
    if (result.status === 'fulfilled') outcome = result.value.status
    else {
      expect(result.reason).to.be.instanceOf(RemoteCallError)
      outcome = (result.reason as RemoteCallError).code
    }
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  }
  return outcomes
}

describe('very many calls at once', () => {
  it('leave nothing behind, wherever each of them is when it is given up', async () => {
    let answered = 0
    const peer = await createPeer({
      onRequest(socket, _text, count) {
        switch (count % 5) {
          case 0: // never
            return
          case 1: // half of an answer
            return void socket.write(`${head}content-length: 9\r\n\r\n{`)
          case 2: // a stream that goes on
            return void socket.write(`${streamHead}3\r\n{}\n\r\n`)
          case 3: // breaks off
            return void socket.resetAndDestroy()
          default:
            answered++
            return void socket.write(ok)
        }
      },
    })
    const before = timers()
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            abortAfterMs: fc.option(fc.integer({ min: -1, max: 12 })),
            remainingMs: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }),
            isIdempotent: fc.boolean(),
            reads: fc.constantFrom('all', 'one', 'none'),
          }),
          { minLength: 60, maxLength: 60 },
        ),
        async (plans) => {
          const target = createTarget(peer.url, {
            timeoutMs: 80,
            retries: 2,
            connections: 8,
            bulkhead: { concurrent: 20, queue: 30 },
            breaker: { failures: 1_000, openForMs: 10 },
          })
          const shared = new AbortController()
          setMaxListeners(0, shared.signal)
          const signals = [shared.signal]
          const calls = plans.map(async ({ abortAfterMs, remainingMs, isIdempotent, reads }) => {
            const controller = abortAfterMs === null ? shared : new AbortController()
            const { signal } = controller
            signals.push(signal)
            if (abortAfterMs === -1) controller.abort()
            else if (abortAfterMs !== null) void delay(abortAfterMs).then(() => controller.abort())
            const answer = await target.call(placing, callOptions({ signal, remainingMs, isIdempotent }))
            if (answer.body !== undefined) return answer
            const pieces = answer.chunks()[Symbol.asyncIterator]()
            if (reads !== 'none') await pieces.next()
            if (reads === 'all') await pieces.next()
            return answer
          })
          const over = outcomesOf(calls)
          await delay(100)
          shared.abort()
          await over
          assertIdle(target)
          for (const signal of signals) expect(getEventListeners(signal, 'abort')).to.deep.equal([])
          const counted = [...target.statistics.methods.values()].flatMap(({ outcomes }) => Object.values(outcomes))
          expect(counted.reduce((sum, count) => sum + count, 0)).to.equal(plans.length)
          await target.close()
        },
      ),
      { numRuns: 12 },
    )
    expect(answered).to.be.above(0)
    await poll(
      () => timers() <= before,
      () => `${timers()} timers, ${before} before`,
    )
  })

  it('all fail when their way is closed under them, those that wait as well', async () => {
    const peer = await createPeer({})
    const before = { timers: timers(), connections: connections() }
    const target = createTarget(peer.url, {
      timeoutMs: 60_000,
      connections: 50,
      bulkhead: { concurrent: 1_000, queue: 2_000 },
    })
    const { signal } = new AbortController()
    setMaxListeners(0, signal)
    const calls = Array.from({ length: 4_000 }, () => target.call(placing, callOptions({ signal })))
    const over = outcomesOf(calls)
    await poll(
      () => peer.requests.length === 50,
      () => `${peer.requests.length} requests`,
    )
    expect(target.statistics).to.include({ inFlight: 1_000, queued: 2_000 })
    await target.close()
    expect([...(await over)]).to.deep.equal([['REMOTE_UNAVAILABLE', 4_000]])
    assertIdle(target)
    expect(getEventListeners(signal, 'abort')).to.deep.equal([])
    await peer.close()
    await poll(
      () => timers() <= before.timers && connections() <= before.connections,
      () => `${timers()} timers, ${connections()} connections, ${JSON.stringify(before)} before`,
    )
  })

  it('to a server that has just died fail soon, open its breaker once, and go to its successor', async () => {
    const answer = (_request: unknown, response: { end(text: string): unknown }) => response.end('{}')
    const held = await createHttpPeer(() => undefined)
    const port = Number(new URL(held.url).port)
    const target = createTarget(held.url, {
      timeoutMs: 60_000,
      retries: 2,
      connections: 100,
      bulkhead: { concurrent: 3_000, queue: 0 },
      breaker: { failures: 5, openForMs: 50 },
    })
    const calls = Array.from({ length: 3_000 }, () => target.call(placing, callOptions({ isIdempotent: true })))
    await poll(
      () => held.requests.length === 100,
      () => `${held.requests.length} requests`,
    )
    const over = outcomesOf(calls)
    await held.close()
    expect([...(await over).keys()]).to.deep.equal(['REMOTE_UNAVAILABLE'])
    assertIdle(target)
    // The budget kept most of them from being tried again.
    expect(target.statistics.retries).to.be.below(350)
    await createHttpPeer(answer, port)
    await poll(
      async () => (await target.call(placing, callOptions()).catch(() => undefined))?.status === 200,
      () => 'its successor is not called',
    )
    const later = Array.from({ length: 500 }, () => target.call(placing, callOptions()))
    expect([...(await outcomesOf(later))]).to.deep.equal([[200, 500]])
    assertIdle(target)
  })
})
