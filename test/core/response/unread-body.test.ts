import { BadRequestError, Context, Get, Post, Route } from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { openRaw } from './raw-request.js'

@Route('/x')
class Ignores {
  @Post() post() {
    throw new BadRequestError('not read')
  }
  @Post('/ok') ok(ctx: Context) {
    return ctx.created({ id: 1 })
  }
  @Get() get() {
    return 'next'
  }
}

const post = (length: number, path = '/x') => `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-length: ${length}\r\n\r\n`
const chunked = 'POST /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n'

describe('an answer while the request body is still arriving', () => {
  it('reaches a client that goes on sending, and says that the connection closes', async () => {
    const server = await createTestServer({ controllers: [Ignores], listen: true })
    const raw = await openRaw(server.url(), post(50_000_000))
    let sending = true
    const more = () => {
      while (sending && raw.socket.writable && raw.socket.write(Buffer.alloc(16_384)));
    }
    raw.socket.on('drain', more)
    more()
    const text = await raw.until('not read')
    sending = false
    expect(text).to.match(/^HTTP\/1\.1 400 /)
    expect(text.toLowerCase()).to.include('connection: close')
    expect(text).to.include('"message":"not read"')
    await raw.closed()
  })

  it('is complete for a client that only reads once it has sent a part', async () => {
    const server = await createTestServer({ controllers: [Ignores], listen: true })
    const raw = await openRaw(server.url(), post(10_000_000))
    raw.socket.pause()
    for (let i = 0; i < 8; i++) await new Promise((resolve) => raw.socket.write(Buffer.alloc(16_384), resolve))
    raw.socket.resume()
    expect(await raw.closed()).to.include('"message":"not read"')
  })

  it('closes the connection on a client that neither sends nor leaves', async () => {
    const server = await createTestServer({ controllers: [Ignores], listen: true })
    const raw = await openRaw(server.url(), post(10_000_000))
    expect(await raw.closed()).to.include('"message":"not read"')
  })

  it('closes after a body of unknown length', async () => {
    const server = await createTestServer({ controllers: [Ignores], listen: true })
    const raw = await openRaw(server.url(), `${chunked}5\r\nhello\r\n`)
    const text = await raw.until('not read')
    expect(text.toLowerCase()).to.include('connection: close')
    raw.socket.write('0\r\n\r\n')
    await raw.closed()
  })

  it('is not taken for an aborted one when the client closes after reading it', async () => {
    const finished = new Promise<boolean>((resolve) => {
      @Route('/y')
      class Watches {
        @Post() post(ctx: Context) {
          ctx.afterResponse(() => resolve(ctx.res.writableFinished))
          throw new BadRequestError('not read')
        }
      }
      void createTestServer({ controllers: [Watches], listen: true }).then(async (server) => {
        const raw = await openRaw(server.url(), post(10_000_000, '/y'))
        await raw.until('"requestId"')
        raw.socket.destroy()
      })
    })
    expect(await finished).to.equal(true)
  })
})

describe('an answer that leaves a small request body unread', () => {
  it('keeps the connection for the next request', async () => {
    const server = await createTestServer({ controllers: [Ignores], listen: true })
    const raw = await openRaw(server.url(), `${post(20_000)}${'x'.repeat(10_000)}`)
    const first = await raw.until('not read')
    expect(first.toLowerCase()).to.not.include('connection: close')
    raw.socket.write('x'.repeat(10_000))
    raw.socket.write('GET /x HTTP/1.1\r\nhost: a\r\n\r\n')
    expect(await raw.until('"next"')).to.include('"data":"next"')
    raw.socket.destroy()
  })

  it('keeps it also when a reader stopped half-way', async () => {
    @Route('/half')
    class Half {
      @Post() async post(ctx: Context) {
        await new Promise((resolve) => ctx.req.once('data', resolve))
        ctx.req.pause()
        return 'stopped'
      }
      @Get() get() {
        return 'next'
      }
    }
    const server = await createTestServer({ controllers: [Half], listen: true })
    const raw = await openRaw(server.url(), `${post(20_000, '/half')}${'x'.repeat(10_000)}`)
    await raw.until('stopped')
    raw.socket.write('x'.repeat(10_000))
    raw.socket.write('GET /half HTTP/1.1\r\nhost: a\r\n\r\n')
    expect(await raw.until('"next"')).to.include('"data":"next"')
    raw.socket.destroy()
  })
})

describe('an answer to a request in memory', () => {
  it('comes although a large body was not read', async () => {
    const server = await createTestServer({ controllers: [Ignores] })
    const response = await server.inject('POST', '/x/ok', {
      body: 'x'.repeat(900_000),
      headers: { 'content-type': 'text/plain' },
    })
    expect(response.status).to.equal(201)
    expect(response.json().data).to.deep.equal({ id: 1 })
  })
})
