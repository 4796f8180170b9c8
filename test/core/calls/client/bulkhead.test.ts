import { RemoteCallError } from '@lokstra/core'
import { expect } from 'chai'
import fc from 'fast-check'

import { poll } from '../../../helpers/poll.js'
import { Bulkhead, callOptions, createTarget, placing } from './internals.js'
import { createPeer } from './peer.js'

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'

/** A peer that answers when it is told to. */
async function createHoldingPeer() {
  const held: (() => void)[] = []
  const peer = await createPeer({ onRequest: (socket) => held.push(() => socket.write(ok)) })
  return { url: peer.url, peer, held }
}

describe('the bulkhead of a target', () => {
  it('lets as many calls through as it says, keeps some waiting and refuses the rest', async () => {
    const { url, peer, held } = await createHoldingPeer()
    const target = createTarget(url, { bulkhead: { concurrent: 2, queue: 1 }, timeoutMs: 60_000 })
    const calls = [1, 2, 3].map(() => target.call(placing, callOptions()))
    await poll(
      () => held.length === 2,
      () => 'two calls',
    )
    expect(target.statistics).to.include({ inFlight: 2, queued: 1 })
    const refused = await target.call(placing, callOptions()).catch((error: unknown) => error)
    expect(refused).to.be.instanceOf(RemoteCallError)
    expect(refused).to.include({ code: 'REMOTE_UNAVAILABLE', executed: 'no', attempts: 0 })
    expect(((refused as Error).cause as Error).message).to.include('under way')
    held[0]!()
    await poll(
      () => held.length === 3,
      () => 'the third call',
    )
    held.forEach((answer) => answer())
    await Promise.all(calls)
    expect(target.statistics).to.include({ inFlight: 0, queued: 0 })
    expect(peer.requests).to.have.length(3)
  })

  it('lets go of a waiting call whose caller gives up or runs out of time', async () => {
    const { url, held } = await createHoldingPeer()
    const target = createTarget(url, { bulkhead: { concurrent: 1, queue: 2 }, timeoutMs: 60_000 })
    const first = target.call(placing, callOptions())
    await poll(
      () => held.length === 1,
      () => 'one call',
    )
    const controller = new AbortController()
    const codes = Promise.all(
      [{ signal: controller.signal }, { remainingMs: 50 }].map((options) =>
        target
          .call(placing, callOptions(options))
          .catch((error: unknown) => [(error as RemoteCallError).code, (error as RemoteCallError).executed]),
      ),
    )
    expect(target.statistics.queued).to.equal(2)
    controller.abort()
    expect(await codes).to.deep.equal([
      ['REMOTE_FAILED', 'no'],
      ['REMOTE_TIMEOUT', 'no'],
    ])
    expect(target.statistics.queued).to.equal(0)
    held[0]!()
    await first
  })

  it('lets go of a stream that nobody has begun to read when its caller gives up', async () => {
    const stream = 'HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n'
    const peer = await createPeer({ onRequest: (socket) => socket.write(stream) })
    const target = createTarget(peer.url, { bulkhead: { concurrent: 1, queue: 0 }, timeoutMs: 60_000 })
    for (let call = 1; call <= 2; call++) {
      const controller = new AbortController()
      await target.call(placing, callOptions({ signal: controller.signal }))
      expect(target.statistics.inFlight).to.equal(1)
      controller.abort()
      expect(target.statistics.inFlight).to.equal(0)
    }
    expect(target.statistics.methods.get('place')!.outcomes).to.include({ aborted: 2, unavailable: 0 })
  })

  it('keeps no place for an answer without a body that calls itself a stream', async () => {
    const empty = 'HTTP/1.1 204 No Content\r\ncontent-type: application/x-ndjson\r\n\r\n'
    const peer = await createPeer({ onRequest: (socket) => socket.write(empty) })
    const target = createTarget(peer.url, { timeoutMs: 60_000 })
    expect((await target.call(placing, callOptions())).status).to.equal(204)
    expect(target.statistics.inFlight).to.equal(0)
  })

  it('counts a stream as given up whose caller leaves while it is read', async () => {
    const stream =
      'HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n3\r\n{}\n\r\n'
    const peer = await createPeer({ onRequest: (socket) => socket.write(stream) })
    const target = createTarget(peer.url, { timeoutMs: 60_000 })
    const controller = new AbortController()
    const response = await target.call(placing, callOptions({ signal: controller.signal }))
    const read = async (): Promise<void> => {
      for await (const piece of response.chunks()) if (piece.length > 0) controller.abort()
    }
    const error = await read().catch((thrown: unknown) => thrown)
    expect(error).to.be.instanceOf(RemoteCallError).and.include({ code: 'REMOTE_FAILED' })
    expect(target.statistics.methods.get('place')!.outcomes).to.include({ aborted: 1, unavailable: 0 })
    expect(target.statistics.inFlight).to.equal(0)
  })

  for (const [reason, code, outcome] of [
    [undefined, 'REMOTE_FAILED', 'aborted'],
    [new DOMException('late', 'TimeoutError'), 'REMOTE_TIMEOUT', 'timeout'],
  ] as const) {
    it(`lets go of a stream whose reader has stopped asking when its caller ends with ${reason?.name ?? 'no reason'}`, async () => {
      const stream =
        'HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n3\r\n{}\n\r\n'
      const peer = await createPeer({ onRequest: (socket) => socket.write(stream) })
      const target = createTarget(peer.url, { timeoutMs: 60_000 })
      const controller = new AbortController()
      const response = await target.call(placing, callOptions({ signal: controller.signal }))
      const pieces = response.chunks()[Symbol.asyncIterator]()
      expect((await pieces.next()).done).to.equal(false)
      expect(target.statistics.inFlight).to.equal(1)
      controller.abort(reason)
      expect(target.statistics.inFlight).to.equal(0)
      expect(target.statistics.methods.get('place')!.outcomes[outcome]).to.equal(1)
      const error = await pieces.next().catch((thrown: unknown) => thrown)
      expect(error).to.be.instanceOf(RemoteCallError).and.include({ code })
    })
  }

  it('never lets more in than allowed, forgets nobody and keeps the order, whatever happens', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('enter' as const) }),
      fc.record({ do: fc.constant('leave' as const) }),
      fc.record({ do: fc.constant('abort' as const), which: fc.nat() }),
    )
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.nat(3), fc.array(step), async (concurrent, queue, steps) => {
        const bulkhead = new Bulkhead({ concurrent, queue })
        let inside = 0
        const entered: number[] = []
        const waiting: { id: number; controller: AbortController }[] = []
        for (const [id, { do: what, ...rest }] of steps.entries()) {
          if (what === 'enter') {
            const controller = new AbortController()
            waiting.push({ id, controller })
            void bulkhead.enter(60_000, controller.signal).then((admission) => {
              waiting.splice(
                waiting.findIndex((one) => one.id === id),
                1,
              )
              if (admission !== 'entered') return
              entered.push(id)
              inside++
            })
          } else if (what === 'leave') {
            if (inside === 0) continue
            inside--
            bulkhead.leave()
          } else if (waiting.length > 0) {
            waiting[(rest as { which: number }).which % waiting.length]!.controller.abort()
          }
          await Promise.resolve()
          await Promise.resolve()
          expect(inside).to.equal(bulkhead.inFlight)
          expect(inside).to.be.at.most(concurrent)
          expect(bulkhead.queued).to.equal(waiting.length).and.to.be.at.most(queue)
          if (waiting.length > 0) expect(inside).to.equal(concurrent)
        }
        expect(entered).to.deep.equal([...entered].sort((a, b) => a - b))
        for (const { controller } of waiting.slice()) controller.abort()
      }),
    )
  })
})
