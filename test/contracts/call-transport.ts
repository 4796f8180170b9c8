import { setTimeout as delay } from 'node:timers/promises'

import {
  TransportError,
  type CallConnection,
  type CallHandler,
  type CallRequest,
  type CallResponse,
  type SendOptions,
} from '@lokstra/core'
import { expect } from 'chai'

import { poll } from '../helpers/poll.js'

/** A server behind the transport under test, and the way to it. */
export interface CallTransportSubject {
  /** Opens a way to a server that answers the calls of `UserService` with `handle`. */
  open(handle: CallHandler): Promise<{
    readonly connection: CallConnection
    /** Takes no more calls; resolves when those under way have been answered. */
    readonly stop: () => Promise<void>
  }>
  /** A way to a service that no server answers for. */
  openToNobody(): Promise<CallConnection>
  /** Largest text that goes over it either way in this suite, in characters. Default 3,000,000. */
  readonly largestText?: number
}

const target = '/.lokstra/calls/UserService/users/a%2Fb?notify=yes&tag=%C3%A9'
const within = (timeoutMs: number, signal?: AbortSignal): SendOptions => ({ timeoutMs, signal })
const post = (body: string): CallRequest => ({
  verb: 'POST',
  target,
  headers: { 'content-type': 'application/json' },
  body,
})

function answer(status: number, body: string, headers: Readonly<Record<string, string>> = {}): CallResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    text: () => Promise.resolve(body),
    chunks: () => {
      throw new Error('read in pieces')
    },
  }
}

function stream(chunks: () => AsyncIterable<Uint8Array>): CallResponse {
  return {
    status: 200,
    headers: { 'content-type': 'application/x-ndjson' },
    text: () => Promise.reject(new Error('read as text')),
    chunks,
  }
}

/** What it fails with. @throws Error when it does not fail */
export async function failureOf(work: Promise<unknown>): Promise<TransportError> {
  try {
    await work
  } catch (error) {
    if (error instanceof TransportError) return error
    throw error
  }
  throw new Error('did not fail')
}

/**
 * What every transport of calls has to do, whatever it goes over.
 * @param isInProcess  the other side cannot be missing, stop or be closed
 */
export function describeCallTransport(
  name: string,
  subject: () => CallTransportSubject,
  { isInProcess = false } = {},
): void {
  /** Tests of what lies between two processes. */
  const between = (title: string, test: () => Promise<void>): void => {
    if (!isInProcess) it(title, test)
  }

  describe(`calls over ${name}`, () => {
    it('take verb, target, headers and body there, and status, headers and body back', async () => {
      const seen: CallRequest[] = []
      const { connection } = await subject().open((request) => {
        seen.push(request)
        return Promise.resolve(answer(201, '{"name":"Ünë 🚀"}', { 'lokstra-contract': 'a1' }))
      })
      const headers = { 'content-type': 'application/json', 'lokstra-call': 'a;timeout=900', 'x-odd': 'a:b, c=d' }
      const response = await connection.send({ ...post('{"name":"Ünë 🚀"}'), headers }, within(10_000))
      expect(response.status).to.equal(201)
      expect(response.headers).to.include({ 'content-type': 'application/json', 'lokstra-contract': 'a1' })
      expect(await response.text()).to.equal('{"name":"Ünë 🚀"}')
      expect(seen[0]).to.include({ verb: 'POST', target, body: '{"name":"Ünë 🚀"}' })
      expect(seen[0]!.headers).to.include(headers)
    })

    it('go without a body, and come back without one', async () => {
      const seen: CallRequest[] = []
      const { connection } = await subject().open((request) => {
        seen.push(request)
        return Promise.resolve({ ...answer(204, ''), headers: {} })
      })
      const response = await connection.send({ verb: 'GET', target, headers: {}, body: undefined }, within(10_000))
      expect([response.status, await response.text()]).to.deep.equal([204, ''])
      expect([seen[0]!.verb, seen[0]!.body]).to.deep.equal(['GET', undefined])
    })

    it('bring an error of the operation as an answer', async () => {
      const { connection } = await subject().open(() => Promise.resolve(answer(500, '{"error":{}}')))
      const response = await connection.send(post('{}'), within(10_000))
      expect([response.status, await response.text()]).to.deep.equal([500, '{"error":{}}'])
    })

    it('bring large texts whole', async () => {
      const { connection } = await subject().open(({ body }) => Promise.resolve(answer(200, body!)))
      const { largestText = 3_000_000 } = subject()
      const text = JSON.stringify('ä€🚀x'.repeat(largestText / 10))
      const response = await connection.send(post(text), within(30_000))
      expect((await response.text()) === text).to.equal(true)
    })

    it('give each caller its own answer', async () => {
      const { connection } = await subject().open(async ({ body }) => {
        await delay(Number(body) % 7)
        return answer(200, body!)
      })
      const calls = Array.from({ length: 200 }, async (_, index) => {
        return (await connection.send(post(String(index)), within(30_000))).text()
      })
      expect(await Promise.all(calls)).to.deep.equal(Array.from({ length: 200 }, (_, index) => String(index)))
    })

    between('were not executed where nobody answers for the service', async () => {
      const connection = await subject().openToNobody()
      expect(await failureOf(connection.send(post('{}'), within(10_000)))).to.include({
        reason: 'refused',
        executed: 'no',
      })
    })

    it('may have been executed when time runs out', async () => {
      const { connection } = await subject().open(async (_request, signal) => {
        await delay(60_000, undefined, { signal }).catch(() => undefined)
        return answer(200, '{}')
      })
      expect(await failureOf(connection.send(post('{}'), within(200)))).to.include({
        reason: 'timeout',
        executed: 'maybe',
      })
    })

    it('end on both sides when the caller gives up', async () => {
      let isStarted = false
      let isAborted = false
      const { connection } = await subject().open(async (_request, signal) => {
        signal.addEventListener('abort', () => (isAborted = true))
        isStarted = true
        await delay(60_000, undefined, { signal }).catch(() => undefined)
        return answer(200, '{}')
      })
      const controller = new AbortController()
      const failure = failureOf(connection.send(post('{}'), within(60_000, controller.signal)))
      await poll(
        () => isStarted,
        () => 'the call did not arrive',
      )
      controller.abort()
      expect(await failure).to.include({ reason: 'aborted', executed: 'maybe' })
      await poll(
        () => isAborted,
        () => 'the callee was not told',
      )
    })

    it('are not sent for a caller who has given up', async () => {
      let count = 0
      const { connection } = await subject().open(() => {
        count++
        return Promise.resolve(answer(200, '{}'))
      })
      const failure = await failureOf(connection.send(post('{}'), within(10_000, AbortSignal.abort())))
      expect(failure).to.include({ reason: 'aborted', executed: 'no' })
      await (await connection.send(post('{}'), within(10_000))).text()
      expect(count).to.equal(1)
    })

    it('bring the pieces of a stream as they come', async () => {
      let release!: () => void
      const isReleased = new Promise<void>((resolve) => (release = resolve))
      const { connection } = await subject().open(() =>
        Promise.resolve(
          stream(async function* () {
            yield Buffer.from('{"id":1}\n')
            await isReleased
            yield Buffer.from('{"id":2}\n')
          }),
        ),
      )
      const response = await connection.send(post('{}'), within(10_000))
      let text = ''
      for await (const piece of response.chunks()) {
        text += Buffer.from(piece).toString()
        // The second is made only now.
        if (text === '{"id":1}\n') release()
      }
      expect(text).to.equal('{"id":1}\n{"id":2}\n')
    })

    it('bring a stream without pieces', async () => {
      const { connection } = await subject().open(() => Promise.resolve(stream(async function* () {})))
      const response = await connection.send(post('{}'), within(10_000))
      for await (const piece of response.chunks()) expect(piece.length).to.equal(0)
    })

    it('bring large streams whole, in order, to a slow reader, and hold the writer back meanwhile', async () => {
      const piece = (index: number) => Buffer.alloc(50_000, String.fromCharCode(97 + (index % 26)))
      const count = 400
      let written = 0
      const { connection } = await subject().open(() =>
        Promise.resolve(
          stream(async function* () {
            for (; written < count; written++) {
              yield piece(written)
              await Promise.resolve()
            }
          }),
        ),
      )
      const response = await connection.send(post('{}'), within(10_000))
      const pieces: Uint8Array[] = []
      for await (const received of response.chunks()) {
        if (pieces.length === 0) {
          let before = -1
          await poll(
            async () => {
              if (written === before) return true
              before = written
              await delay(200)
              return false
            },
            () => 'the writer does not come to rest',
          )
          expect(written).to.be.below(count)
        }
        pieces.push(received)
      }
      const expected = Buffer.concat(Array.from({ length: count }, (_, index) => piece(index)))
      expect(Buffer.concat(pieces).equals(expected)).to.equal(true)
    })

    it('end the writer of a stream whose reader leaves', async () => {
      let isEnded = false
      const { connection } = await subject().open(() =>
        Promise.resolve(
          stream(async function* () {
            try {
              for (;;) {
                yield Buffer.alloc(10_000)
                await delay(1)
              }
            } finally {
              isEnded = true
            }
          }),
        ),
      )
      const response = await connection.send(post('{}'), within(10_000))
      for await (const piece of response.chunks()) {
        expect(piece.length).to.be.above(0)
        break
      }
      await poll(
        () => isEnded,
        () => 'the writer goes on',
      )
    })

    it('fail where a stream breaks off, behind the pieces that came', async () => {
      const { connection } = await subject().open(() =>
        Promise.resolve(
          stream(async function* () {
            yield Buffer.from('{"id":1}\n')
            await delay(50)
            throw new Error('the database is gone')
          }),
        ),
      )
      const response = await connection.send(post('{}'), within(10_000))
      let text = ''
      const failure = await failureOf(
        (async () => {
          for await (const piece of response.chunks()) text += Buffer.from(piece).toString()
        })(),
      )
      expect(failure).to.include({ reason: 'reset', executed: 'maybe' })
      expect(text).to.equal('{"id":1}\n')
    })

    it('abort a stream whose caller gives up', async () => {
      let isEnded = false
      const { connection } = await subject().open(() =>
        Promise.resolve(
          stream(async function* () {
            try {
              for (;;) {
                yield Buffer.from('x')
                await delay(5)
              }
            } finally {
              isEnded = true
            }
          }),
        ),
      )
      const controller = new AbortController()
      const response = await connection.send(post('{}'), within(10_000, controller.signal))
      const failure = await failureOf(
        (async () => {
          for await (const piece of response.chunks()) if (piece.length > 0) controller.abort()
        })(),
      )
      expect(failure).to.include({ reason: 'aborted', executed: 'maybe' })
      await poll(
        () => isEnded,
        () => 'the writer goes on',
      )
    })

    between('are answered to the end by a server that stops, which takes no others', async () => {
      let release!: () => void
      let isStarted = false
      const isReleased = new Promise<void>((resolve) => (release = resolve))
      const { connection, stop } = await subject().open(async () => {
        isStarted = true
        await isReleased
        return answer(200, '{"late":true}')
      })
      const call = connection.send(post('{}'), within(30_000)).then((response) => response.text())
      await poll(
        () => isStarted,
        () => 'the call did not arrive',
      )
      const stopped = stop()
      await poll(
        async () => {
          const failure = await connection.send(post('{}'), within(200)).then(
            () => undefined,
            (error: unknown) => error as TransportError,
          )
          return failure?.reason === 'refused' && failure.executed === 'no'
        },
        () => 'it still takes calls',
      )
      release()
      expect(await call).to.equal('{"late":true}')
      await stopped
    })

    between('fail after the way was closed', async () => {
      const { connection } = await subject().open(() => Promise.resolve(answer(200, '{}')))
      await (await connection.send(post('{}'), within(10_000))).text()
      await connection.close()
      expect(await failureOf(connection.send(post('{}'), within(10_000)))).to.include({
        reason: 'refused',
        executed: 'no',
      })
    })
  })
}
