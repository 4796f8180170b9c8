import { RemoteCallError } from '@lokstra/core'
import { expect } from 'chai'

import { collectGarbage } from '../../../helpers/collect-garbage.js'
import { poll } from '../../../helpers/poll.js'
import { callOptions, createTarget, placing, RecordingLogger, type CallTarget } from './internals.js'
import { createHttpPeer } from './peer.js'

const ndjson = { 'content-type': 'application/x-ndjson' }

const open = (target: CallTarget) => target.call(placing, callOptions())
const outcomesOf = (target: CallTarget) => target.statistics.methods.get('place')!.outcomes

async function readAll(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  let text = ''
  for await (const piece of pieces) text += Buffer.from(piece).toString()
  return text
}

async function failureOf(work: Promise<unknown>): Promise<RemoteCallError> {
  try {
    await work
  } catch (error) {
    if (error instanceof RemoteCallError) return error
    throw error
  }
  throw new Error('did not fail')
}

describe('a stream in an answer', () => {
  it('is under way until it has been read', async () => {
    const peer = await createHttpPeer((_request, response) => response.writeHead(200, ndjson).end('1\n2\n'))
    const target = createTarget(peer.url)
    const response = await open(target)
    expect(target.statistics.inFlight).to.equal(1)
    let text = ''
    for await (const piece of response.chunks()) text += Buffer.from(piece).toString()
    expect(text).to.equal('1\n2\n')
    expect([target.statistics.inFlight, outcomesOf(target).answered]).to.deep.equal([0, 1])
  })

  it('can be read as text', async () => {
    const peer = await createHttpPeer((_request, response) => response.writeHead(200, ndjson).end('1\n2\n'))
    const target = createTarget(peer.url)
    expect(await (await open(target)).text()).to.equal('1\n2\n')
    expect(target.statistics.inFlight).to.equal(0)
  })

  it('outlives the time-out of the call, which ends with its head', async () => {
    const peer = await createHttpPeer((_request, response) => {
      response.writeHead(200, ndjson).write('1\n')
      setTimeout(() => response.end('2\n'), 600)
    })
    const response = await open(createTarget(peer.url, { timeoutMs: 300 }))
    let text = ''
    for await (const piece of response.chunks()) text += Buffer.from(piece).toString()
    expect(text).to.equal('1\n2\n')
  })

  it('takes no place any more when its reader leaves, and ends for its writer', async () => {
    let isClosed = false
    const peer = await createHttpPeer((request, response) => {
      request.socket.on('close', () => (isClosed = true))
      response.writeHead(200, ndjson).write('1\n')
    })
    const target = createTarget(peer.url)
    for await (const piece of (await open(target)).chunks()) {
      expect(piece.length).to.equal(2)
      break
    }
    expect(target.statistics.inFlight).to.equal(0)
    await poll(
      () => isClosed,
      () => 'the connection is still open',
    )
  })

  for (const [how, read] of [
    ['in pieces', (response: { chunks(): AsyncIterable<Uint8Array> }) => readAll(response.chunks())],
    ['as text', (response: { text(): Promise<string> }) => response.text()],
  ] as const) {
    it(`that breaks off fails its reader, ${how}`, async () => {
      const peer = await createHttpPeer((_request, response) => {
        response.writeHead(200, ndjson).write('1\n')
        setTimeout(() => response.destroy(), 50)
      })
      const target = createTarget(peer.url)
      const failure = await failureOf(read(await open(target)))
      expect(failure).to.include({ code: 'REMOTE_UNAVAILABLE', executed: 'maybe', service: 'UserService' })
      expect([target.statistics.inFlight, outcomesOf(target).unavailable]).to.deep.equal([0, 1])
    })
  }

  it('that falls silent fails its reader', async () => {
    const peer = await createHttpPeer((_request, response) => void response.writeHead(200, ndjson).write('1\n'))
    const target = createTarget(peer.url, { http: { streamIdleMs: 200 } })
    const failure = await failureOf(readAll((await open(target)).chunks()))
    expect(failure).to.include({ code: 'REMOTE_TIMEOUT', executed: 'maybe' })
  })

  it('that nobody reads is given up after the time of the call', async () => {
    const peer = await createHttpPeer((_request, response) => void response.writeHead(200, ndjson).write('1\n'))
    const target = createTarget(peer.url, { timeoutMs: 200 })
    await open(target)
    expect(target.statistics.inFlight).to.equal(1)
    await poll(
      () => target.statistics.inFlight === 0,
      () => 'it takes its place for ever',
    )
    expect(outcomesOf(target).aborted).to.equal(1)
  })

  it('that its reader has dropped half way takes no place once that is known, and is told of', async () => {
    let closed = 0
    const peer = await createHttpPeer((_request, response) => {
      response.on('close', () => closed++)
      response.writeHead(200, ndjson).write('1\n')
    })
    const log = new RecordingLogger()
    const target = createTarget(peer.url, { timeoutMs: 60_000, bulkhead: { concurrent: 5, queue: 0 }, log })
    const takeOne = async (): Promise<void> => {
      const pieces = (await open(target)).chunks()[Symbol.asyncIterator]()
      expect((await pieces.next()).done).to.equal(false)
    }
    for (let count = 0; count < 5; count++) await takeOne()
    expect((await failureOf(open(target))).code).to.equal('REMOTE_UNAVAILABLE')
    await poll(
      () => {
        collectGarbage()
        return target.statistics.inFlight === 0 && closed === 5
      },
      () => `${target.statistics.inFlight} under way, ${closed} closed`,
    )
    expect(log.messages).to.deep.equal(
      Array(5).fill('stream abandoned: its reader neither read it to its end nor left it'),
    )
    expect(outcomesOf(target).aborted).to.equal(5)
    await takeOne()
  })

  it('that is read slowly keeps its place, however slowly', async () => {
    const peer = await createHttpPeer((_request, response) => response.writeHead(200, ndjson).end('1\n2\n'))
    const target = createTarget(peer.url)
    const pieces = (await open(target)).chunks()[Symbol.asyncIterator]()
    await pieces.next()
    for (let count = 0; count < 5; count++) {
      collectGarbage()
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    expect(target.statistics.inFlight).to.equal(1)
    expect((await pieces.next()).done).to.equal(true)
    expect(outcomesOf(target)).to.include({ answered: 1, aborted: 0 })
  })

  it('is read once', async () => {
    const peer = await createHttpPeer((_request, response) => response.writeHead(200, ndjson).end('1\n'))
    const response = await open(createTarget(peer.url))
    await response.text()
    expect(await response.text().catch((error: unknown) => error)).to.be.instanceOf(TypeError)
  })

  it('of an error is an answer like any other', async () => {
    const peer = await createHttpPeer((_request, response) => response.writeHead(400, ndjson).end('{}'))
    const target = createTarget(peer.url)
    const response = await open(target)
    expect(target.statistics.inFlight).to.equal(0)
    let text = ''
    for await (const piece of response.chunks()) text += Buffer.from(piece).toString()
    expect([response.status, text]).to.deep.equal([400, '{}'])
  })
})
