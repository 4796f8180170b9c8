import { setTimeout as delay } from 'node:timers/promises'

import { AfterResponse, Body, Context, Get, Post, Route } from '@lokstra/core'
import { createTestServer, type TestServer } from '@lokstra/core/testing'
import { expect } from 'chai'
import { IsString } from 'class-validator'

import { openRaw } from '../response/raw-request.js'

class Note {
  @Body() @IsString() text!: string
}

@Route()
class Slow {
  arrived: string[] = []
  aborted: string[] = []
  ended: string[] = []

  @Get('/wait/:name') async wait(ctx: Context) {
    const name = ctx.params.name ?? 'late'
    this.arrived.push(name)
    await new Promise<void>((resolve) => ctx.signal.addEventListener('abort', () => resolve()))
    this.aborted.push(name)
    return name
  }

  /** Takes something, and registers its release, when its client has gone. */
  @Get('/late') async late(ctx: Context) {
    await this.wait(ctx)
    let isRegistered = false
    ctx.afterResponse(() => this.aborted.push(`released ${isRegistered}`))
    ctx.afterResponse(() => Promise.reject(new Error('not released')))
    isRegistered = true
    await delay(5)
    ctx.afterResponse(async () => {
      await delay(5)
      this.aborted.push('released last')
    })
  }

  @Get('/stream') async *stream(ctx: Context) {
    try {
      for (let at = 0; ; at++) {
        yield `${at} `
        await delay(5)
      }
    } finally {
      this.aborted.push(ctx.path)
    }
  }

  @Get('/first-then-wait') async *firstThenWait(ctx: Context) {
    yield 'first'
    await new Promise<void>((resolve) => ctx.signal.addEventListener('abort', () => resolve()))
  }

  @Post('/note') note({ text }: Note) {
    return text
  }

  @Get('/quick') quick(ctx: Context) {
    return ctx.signal.aborted
  }

  @AfterResponse() after(ctx: Context) {
    this.ended.push(ctx.path)
  }
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`
const eventually = async (holds: () => boolean) => {
  while (!holds()) await delay(5)
}

describe('a client that leaves', () => {
  let server: TestServer
  let slow: Slow
  const inFlight = () => server.server.listeners[0]!.inFlight
  beforeEach(async () => {
    server = await createTestServer({ controllers: [Slow], listen: true })
    slow = server.get(Slow)
  })

  it('aborts the signal of its request, which then counts no more, and runs what comes after a response', async () => {
    const connection = await openRaw(server.url(), get('/wait/a'))
    await eventually(() => slow.arrived.length === 1)
    expect(inFlight()).to.equal(1)
    connection.socket.destroy()
    await eventually(() => slow.aborted.length === 1 && inFlight() === 0)
    expect(slow.ended).to.deep.equal(['/wait/a'])
  })

  it('has what is registered behind its leaving run as well, before the server stops', async () => {
    const connection = await openRaw(server.url(), get('/late'))
    await eventually(() => slow.arrived.length === 1)
    connection.socket.destroy()
    await eventually(() => slow.aborted.includes('released true'))
    server.expectError(/not released/)
    await eventually(() => slow.aborted.includes('released last'))
    await eventually(() => inFlight() === 0)
    const line = server.logs.find(({ message }) => message === 'after-response hook failed')
    expect(line?.fields).to.have.nested.property('err.message', 'not released')
  })

  it('aborts all requests that it pipelined', async () => {
    const connection = await openRaw(server.url(), ['a', 'b', 'c'].map((name) => get(`/wait/${name}`)).join(''))
    await eventually(() => slow.arrived.length === 3)
    expect(inFlight()).to.equal(3)
    connection.socket.resetAndDestroy()
    await eventually(() => slow.aborted.length === 3 && inFlight() === 0)
    expect(slow.ended.sort()).to.deep.equal(['/wait/a', '/wait/b', '/wait/c'])
  })

  it('stops a stream', async () => {
    const connection = await openRaw(server.url(), get('/stream'))
    await connection.until('3 ')
    connection.socket.destroy()
    await eventually(() => slow.aborted.includes('/stream') && inFlight() === 0)
    expect(slow.ended).to.deep.equal(['/stream'])
  })

  it('while it sends the body is a fault of nobody', async () => {
    const head = 'POST /note HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n'
    const connection = await openRaw(server.url(), `${head}{"te`)
    await eventually(() => inFlight() === 1)
    connection.socket.resetAndDestroy()
    await eventually(() => inFlight() === 0)
    expect(slow.ended).to.deep.equal(['/note'])
    expect(server.logs.filter(({ level }) => level === 'error')).to.deep.equal([])
  })

  it('by half-closing has left', async () => {
    const connection = await openRaw(server.url(), get('/wait/a'))
    await eventually(() => slow.arrived.length === 1)
    connection.socket.end()
    await eventually(() => slow.aborted.length === 1 && inFlight() === 0)
  })
})

describe('a client that stays', () => {
  it('gets the first piece of a stream before the handler ends', async () => {
    const server = await createTestServer({ controllers: [Slow], listen: true })
    const response = await server.fetch('/first-then-wait')
    const reader = response.body!.getReader()
    expect(Buffer.from((await reader.read()).value).toString()).to.equal('first')
    expect(server.server.listeners[0]!.inFlight).to.equal(1)
    await reader.cancel()
  })

  it('has no aborted signal, also after its answer', async () => {
    const server = await createTestServer({ controllers: [Slow], listen: true })
    for (let time = 0; time < 3; time++)
      expect(await (await server.fetch('/quick')).json()).to.have.property('data', false)
    await eventually(() => server.server.listeners[0]!.inFlight === 0)
    expect(server.get(Slow).ended).to.have.length(3)
  })
})
