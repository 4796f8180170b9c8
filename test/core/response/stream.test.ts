import { setImmediate as tick } from 'node:timers/promises'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { ReadableStream } from 'node:stream/web'

import { Context, Get, Route } from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { openRaw } from './raw-request.js'

function serverOf(handler: (ctx: Context) => unknown, listen = false) {
  @Route('/x')
  class One {
    @Get() get(ctx: Context): unknown {
      return handler(ctx)
    }
  }
  return createTestServer({ controllers: [One], listen })
}

async function* chunks(...values: unknown[]) {
  for (const value of values) {
    await tick()
    yield value
  }
}

/** A promise and its resolver. */
function signal() {
  let resolve!: () => void
  const promise = new Promise<void>((done) => (resolve = done))
  return { promise, resolve }
}

describe('a streamed answer', () => {
  const sources: [string, () => unknown][] = [
    ['an async generator', () => chunks('a', Buffer.from('b'), new Uint8Array([99]), '')],
    ['a Readable', () => Readable.from(['a', 'b', 'c'])],
    ['a Readable of bytes', () => Readable.from([Buffer.from('abc')], { objectMode: false })],
    ['a web ReadableStream', () => ReadableStream.from(['a', 'b', 'c'])],
  ]
  for (const [name, source] of sources) {
    it(`is sent chunk by chunk when the handler returns ${name}`, async () => {
      const response = await (await serverOf(source, true)).fetch('/x')
      expect(await response.text()).to.equal('abc')
      expect(response.headers.get('content-type')).to.equal('application/octet-stream')
      expect(response.headers.get('x-content-type-options')).to.equal('nosniff')
    })
    it(`is sent through ctx.stream with a media type: ${name}`, async () => {
      const server = await serverOf((ctx) => ctx.stream(source() as Readable, 'text/csv').withHeader('x-a', '1'))
      const response = await server.inject('GET', '/x')
      expect(response.text).to.equal('abc')
      expect(response.headers).to.include({ 'content-type': 'text/csv', 'x-a': '1' })
    })
  }

  it('may come from a plain iterable', async () => {
    const server = await serverOf((ctx) => ctx.stream(['a', 'b']))
    expect((await server.inject('GET', '/x')).text).to.equal('ab')
  })

  it('may be empty', async () => {
    const response = await (await serverOf(() => chunks())).inject('GET', '/x')
    expect(response.status).to.equal(200)
    expect(response.text).to.equal('')
  })

  it('has no body on HEAD, and its source is released', async () => {
    const source = Readable.from(['a'])
    const server = await serverOf(() => source)
    const response = await server.inject('HEAD', '/x')
    expect(response.text).to.equal('')
    expect(source.destroyed).to.equal(true)
  })

  it('is 304 when the client has its entity tag, and its source is released', async () => {
    const source = Readable.from(['a'])
    const server = await serverOf((ctx) => ctx.stream(source).withEtag('v1'))
    const response = await server.inject('GET', '/x', { headers: { 'if-none-match': '"v1"' } })
    expect(response.status).to.equal(304)
    expect(source.destroyed).to.equal(true)
  })

  it('is a 500 in the envelope when the source fails before its first chunk', async () => {
    const failing: (() => unknown)[] = [
      () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('no source')) }) }),
      () => new Readable({ read: () => undefined }).destroy(new Error('no source')),
      () => new ReadableStream({ start: (controller) => controller.error(new Error('no source')) }),
    ]
    for (const source of failing) {
      const server = await serverOf(source)
      server.expectError(/no source/)
      const response = await server.inject('GET', '/x')
      expect(response.status).to.equal(500)
      expect(response.json().error.code).to.equal('INTERNAL_ERROR')
    }
  })

  it('is cut off, not ended, when the source fails midway', async () => {
    const server = await serverOf(async function* () {
      yield 'first'
      await tick()
      throw new Error('midway')
    }, true)
    server.expectError(/midway/)
    const raw = await openRaw(server.url(), 'GET /x HTTP/1.1\r\nhost: a\r\n\r\n')
    const text = await raw.closed()
    expect(text).to.include('first')
    expect(text).to.not.include('0\r\n\r\n')
    expect(server.logs.filter(({ message }) => message === 'response cut off')).to.have.length(1)
  })

  it('refuses chunks that are neither text nor bytes', async () => {
    for (const chunk of [{ a: 1 }, 1, null]) {
      const server = await serverOf(() => chunks(chunk))
      server.expectError(/E_STREAM_CHUNK/)
      expect((await server.inject('GET', '/x')).status).to.equal(500)
    }
  })

  it('refuses what yields no chunks', async () => {
    const server = await serverOf((ctx) => ctx.stream(5 as never))
    server.expectError(/E_STREAM_SOURCE/)
    expect((await server.inject('GET', '/x')).status).to.equal(500)
  })

  it('is cut off when it is shorter or longer than it announced', async () => {
    for (const [length, values] of [
      [5, ['abc']],
      [2, ['abc']],
      [4, ['ab', 'cde']],
    ] as const) {
      const server = await serverOf((ctx) => ctx.stream([...values]).withHeader('content-length', length), true)
      server.expectError(/E_STREAM_LENGTH/)
      const raw = await openRaw(server.url(), 'GET /x HTTP/1.1\r\nhost: a\r\n\r\n')
      const text = await raw.closed()
      expect(server.logs.some(({ fields }) => String(fields.err).includes('E_STREAM_LENGTH'))).to.equal(true)
      expect(text).to.not.match(/\r\n\r\nabc/)
      await server.dispose()
    }
  })

  it('waits for a slow client instead of filling memory', async () => {
    let produced = 0
    const server = await serverOf(async function* () {
      for (; produced < 2_000; produced++) yield Buffer.alloc(64 * 1024)
    }, true)
    const raw = await openRaw(server.url(), 'GET /x HTTP/1.1\r\nhost: a\r\n\r\n')
    raw.socket.pause()
    let before = -1
    // Until the kernel's buffers are full and nothing is asked of the source any more.
    while (before !== produced || produced === 0) {
      before = produced
      for (let i = 0; i < 200; i++) await tick()
    }
    expect(produced).to.be.lessThan(2_000)
    raw.socket.destroy()
    await raw.closed()
  })
})

describe('a client that takes nothing of its answer', () => {
  const head = 'GET /x HTTP/1.1\r\nhost: a\r\n\r\n'
  const size = 64 * 1024 * 1024
  const answers: [string, () => unknown][] = [
    ['a stream', () => Readable.from(Array.from({ length: 1024 }, () => Buffer.alloc(size / 1024)))],
    ['an answer in one piece', () => Buffer.alloc(size)],
  ]

  for (const [name, answer] of answers) {
    /** The server's end of a connection that does not read, once the time-out runs. */
    async function stalled(requests = 1) {
      let socket: Socket | undefined
      const server = await serverOf((ctx) => {
        socket = ctx.req.socket
        return answer()
      }, true)
      const raw = await openRaw(server.url(), head.repeat(requests))
      raw.socket.pause()
      while (socket?.timeout !== 60_000) await tick()
      return { server, raw, socket }
    }

    it(`loses its connection after a minute: ${name}`, async () => {
      const { server, raw, socket } = await stalled()
      // What the socket's timer does at its end.
      socket.emit('timeout')
      expect(socket.destroyed).to.equal(true)
      raw.socket.resume()
      await raw.closed()
      expect(server.logs.filter(({ level }) => level === 'error')).to.be.empty
    })

    it(`gets the rest when it reads on, and the time-out ends: ${name}`, async () => {
      const { raw, socket } = await stalled(2)
      let received = 0
      raw.socket.removeAllListeners('data')
      raw.socket.on('data', (chunk: Buffer) => (received += chunk.length))
      raw.socket.resume()
      while (received < 2 * size || socket.timeout === 60_000) await tick()
      expect(socket.destroyed).to.equal(false)
      raw.socket.destroy()
    })
  }

  it('is the only one for whom a time-out runs', async () => {
    const timeouts: unknown[] = []
    const server = await serverOf((ctx) => {
      timeouts.push(ctx.req.socket.timeout)
      ctx.res.once('prefinish', () => timeouts.push(ctx.req.socket.timeout))
      return 1
    }, true)
    await (await server.fetch('/x')).text()
    expect(timeouts).to.have.length(2).and.to.not.include(60_000)
  })
})

describe('a client that leaves a stream', () => {
  const head = 'GET /x HTTP/1.1\r\nhost: a\r\n\r\n'

  it('makes a generator return', async () => {
    const returned = signal()
    const server = await serverOf(async function* () {
      try {
        for (;;) {
          yield 'tick'
          await tick()
        }
      } finally {
        returned.resolve()
      }
    }, true)
    const raw = await openRaw(server.url(), head)
    await raw.until('tick')
    raw.socket.destroy()
    await returned.promise
    expect(server.logs.filter(({ level }) => level === 'error')).to.be.empty
  })

  it('destroys a Readable that is waiting for data', async () => {
    const closed = signal()
    const source = new Readable({ read: () => undefined })
    source.push('first')
    source.on('close', closed.resolve)
    const server = await serverOf(() => source, true)
    const raw = await openRaw(server.url(), head)
    await raw.until('first')
    raw.socket.destroy()
    await closed.promise
    expect(server.logs.filter(({ level }) => level === 'error')).to.be.empty
  })

  it('cancels a web stream that is waiting for data', async () => {
    const cancelled = signal()
    const source = new ReadableStream({
      start: (controller) => controller.enqueue('first'),
      cancel: () => cancelled.resolve(),
    })
    const server = await serverOf(() => source, true)
    const raw = await openRaw(server.url(), head)
    await raw.until('first')
    raw.socket.destroy()
    await cancelled.promise
    expect(server.logs.filter(({ level }) => level === 'error')).to.be.empty
  })

  it('before its first chunk releases the source as well', async () => {
    const closed = signal()
    const asked = signal()
    const source = new Readable({ read: () => asked.resolve() })
    source.on('close', closed.resolve)
    const server = await serverOf(() => source, true)
    const raw = await openRaw(server.url(), head)
    await asked.promise
    raw.socket.destroy()
    await closed.promise
    expect(server.logs.filter(({ level }) => level === 'error')).to.be.empty
  })

  it('before the handler is done releases what the handler then returns', async () => {
    const arrived = signal()
    const gone = signal()
    const source = Readable.from(['a'])
    const server = await serverOf(async (ctx) => {
      ctx.res.on('close', gone.resolve)
      arrived.resolve()
      await gone.promise
      return source
    }, true)
    const raw = await openRaw(server.url(), head)
    await arrived.promise
    raw.socket.destroy()
    await gone.promise
    await tick()
    expect(source.destroyed).to.equal(true)
    expect(server.logs.filter(({ level }) => level === 'error')).to.be.empty
  })
})
