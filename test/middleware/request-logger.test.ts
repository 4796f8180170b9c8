import { Context, Get, Post, Route, UnauthorizedError } from '@lokstra/core'
import { createTestServer, type LogLine } from '@lokstra/core/testing'
import { RequestLogger } from '@lokstra/middleware/request-logger'
import { expect } from 'chai'

import { startWebSocketUpstream } from '../core/mounts/upstream.js'
import { openRaw } from '../core/response/raw-request.js'
import { exchange, http2Client } from '../helpers/http-clients.js'

let release: () => void = () => undefined
let arrived: () => void = () => undefined

@Route('/x')
class Handlers {
  @Get() get() {
    return 'hello'
  }
  @Get('/denied') denied() {
    throw new UnauthorizedError()
  }
  @Get('/broken') broken() {
    throw new Error('broken')
  }
  @Get('/hangs') async hangs() {
    arrived()
    await new Promise<void>((resolve) => (release = resolve))
  }
  @Get('/endless') endless(ctx: Context) {
    ctx.res.writeHead(200)
    ctx.res.write('begun')
    return new Promise(() => undefined)
  }
  @Post() post() {
    return 1
  }
}

const serverWith = async (config: object = {}, listen = false) => {
  const server = await createTestServer({
    controllers: [Handlers],
    middleware: [[RequestLogger, { ...config }]],
    listen,
  })
  server.expectError(/broken/)
  return server
}

/** The request's line: written after the response, so maybe a moment after the client has it. */
async function lineOf(logs: readonly LogLine[]): Promise<LogLine> {
  for (;;) {
    const line = logs.find(({ message }) => message === 'request')
    if (line) return line
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('the requestLogger middleware', () => {
  it('writes one line with method, path, route, status, duration, bytes and address', async () => {
    const server = await serverWith({}, true)
    await (await server.fetch('/x?a=1')).text()
    const { level, fields } = await lineOf(server.logs)
    expect(level).to.equal('info')
    expect(fields).to.include({ method: 'GET', path: '/x', route: '/x', status: 200, ip: '127.0.0.1' })
    expect(fields.durationMs).to.be.a('number')
    expect(fields.bytes).to.be.greaterThan('{"status":"success","data":"hello"}'.length)
    expect(fields.requestId).to.be.a('string')
    expect(fields.query ?? fields.userAgent ?? fields.aborted ?? fields.slow).to.equal(undefined)
    expect(server.logs.filter(({ message }) => message === 'request')).to.have.length(1)
  })

  it('chooses the level by the status', async () => {
    const levels: [string, string, number][] = [
      ['/x', 'info', 200],
      ['/x/denied', 'info', 401],
      ['/nowhere', 'info', 404],
      ['/x/broken', 'error', 500],
    ]
    for (const [path, level, status] of levels) {
      const server = await serverWith()
      await server.inject('GET', path)
      const line = await lineOf(server.logs)
      expect([path, line.level, line.fields.status]).to.deep.equal([path, level, status])
    }
  })

  it('warns of a slow request', async () => {
    const server = await serverWith({ slow: 0 })
    await server.inject('GET', '/x')
    const { level, fields } = await lineOf(server.logs)
    expect(level).to.equal('warn')
    expect(fields.slow).to.equal(true)
  })

  it('leaves out the paths to skip', async () => {
    const server = await serverWith({ skip: ['/x', '/health/*', '/a.b'] })
    for (const path of ['/x', '/health/live', '/a.b']) await server.inject('GET', path)
    await server.inject('GET', '/aXb')
    const { fields } = await lineOf(server.logs)
    expect(fields.path).to.equal('/aXb')
  })

  it('takes * in a path to skip for any text, and nothing else for a pattern', async () => {
    const cases: [pattern: string, path: string, isSkipped: boolean][] = [
      ['*', '/x', true],
      ['/a*', '/a', true],
      ['/a*b', '/ab', true],
      ['/a*b', '/a/b/c', false],
      ['/aa*aa', '/aaa', false],
      ['/aa*aa', '/aaaa', true],
      ['/*/x/*', '/a/x/x/', true],
      ['/*/x/*/x', '/a/x/x', false],
      ['/*ab*ab', '/ab', false],
      ['**', '/x', true],
      ['/a+', '/aa', false],
      ['/a|/x', '/x', false],
    ]
    for (const [pattern, path, isSkipped] of cases) {
      const server = await serverWith({ skip: [pattern] })
      await server.inject('GET', path)
      await server.dispose()
      const isLogged = server.logs.some(({ message }) => message === 'request')
      expect([pattern, path, isLogged]).to.deep.equal([pattern, path, !isSkipped])
    }
  })

  it('does not try a long path over and over against the paths to skip', async () => {
    const server = await serverWith({ skip: ['*/a*/a*/a*/a*/health'] })
    await server.inject('GET', '/a'.repeat(7_000))
    expect((await lineOf(server.logs)).fields.status).to.equal(404)
  })

  it('redacts the query when told to log it', async () => {
    const server = await serverWith({ query: true, userAgent: true })
    await server.inject('GET', '/x?page=2&accessToken=s3cret&API_KEY=s3cret&API_KEY=s3cret2&passphrase=s3cret', {
      headers: { 'user-agent': 'me' },
    })
    const { fields } = await lineOf(server.logs)
    expect(fields.query).to.equal('page=2&accessToken=%5Bredacted%5D&API_KEY=%5Bredacted%5D&passphrase=%5Bredacted%5D')
    expect(fields.userAgent).to.equal('me')
  })

  it('never writes a body or a header', async () => {
    const server = await serverWith({ query: true })
    await server.inject('POST', '/x', { body: { password: 's3cret' }, headers: { authorization: 's3cret' } })
    await lineOf(server.logs)
    expect(JSON.stringify(server.logs)).to.not.include('s3cret')
  })

  it('writes 499 and aborted when the client left before there was an answer', async () => {
    const server = await serverWith({}, true)
    const started = new Promise<void>((resolve) => (arrived = resolve))
    const raw = await openRaw(server.url(), 'GET /x/hangs HTTP/1.1\r\nhost: a\r\n\r\n')
    await started
    raw.socket.destroy()
    const { level, fields } = await lineOf(server.logs)
    release()
    expect(level).to.equal('info')
    expect(fields).to.include({ status: 499, aborted: true })
  })

  for (const method of ['GET', 'HEAD']) {
    it(`tells over HTTP/2 a ${method} request that was given up from one that was answered`, async () => {
      const app = { http2: true, controllers: [Handlers], middleware: [RequestLogger] }
      const server = await createTestServer({ listen: true, app })
      await using client = http2Client(server.url())
      await exchange(client, method, '/x')
      expect((await lineOf(server.logs)).fields).to.include({ status: 200, aborted: undefined })
      const started = new Promise<void>((resolve) => (arrived = resolve))
      const open = client.open(method, '/x/hangs')
      open.body.end()
      await started
      open.abort()
      const isOfHanging = ({ message, fields }: LogLine) => message === 'request' && fields.path === '/x/hangs'
      while (!server.logs.some(isOfHanging)) await new Promise((resolve) => setImmediate(resolve))
      release()
      expect(server.logs.find(isOfHanging)?.fields).to.include({ status: 499, aborted: true })
    })
  }

  it('takes a WebSocket for neither aborted nor slow, however long it was open', async () => {
    await using upstream = await startWebSocketUpstream((_req, res) => res.end())
    const server = await createTestServer({
      listen: true,
      app: {
        controllers: [],
        middleware: [[RequestLogger, { slow: 0 }]],
        mounts: [{ proxy: { target: upstream.url } }],
      },
    })
    const head = 'GET /ws HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n'
    const raw = await openRaw(server.url(), `${head}first`)
    await raw.until('first')
    expect(server.logs.filter(({ message }) => message === 'request')).to.deep.equal([])
    raw.socket.end('last')
    expect(await raw.closed()).to.match(/firstlast$/)
    const { level, fields } = await lineOf(server.logs)
    expect(level).to.equal('info')
    expect(fields).to.include({ status: 101, aborted: undefined, slow: undefined })
  })

  it('writes the status that was sent when the client left during the answer', async () => {
    const server = await serverWith({}, true)
    const raw = await openRaw(server.url(), 'GET /x/endless HTTP/1.1\r\nhost: a\r\n\r\n')
    await raw.until('begun')
    raw.socket.destroy()
    expect((await lineOf(server.logs)).fields).to.include({ status: 200, aborted: true })
  })
})
