import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { request, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'

import { Get, Post, Route, UnauthorizedError, type MiddlewareFunction } from '@lokstra/core'
import { createTestServer, type TestServer } from '@lokstra/core/testing'
import { expect } from 'chai'
import fc from 'fast-check'

import { createAppFolder } from '../../helpers/app-folder.js'
import { problemOf } from '../../helpers/boot-problems.js'
import { exchange, http1Client, readAll } from '../../helpers/http-clients.js'
import { openRaw } from '../response/raw-request.js'
import { startRawUpstream, startUpstream, type Upstream } from './upstream.js'

@Route('/api/own')
class Own {
  @Get() get() {
    return 'own'
  }

  @Post('/told') told() {
    return 'told'
  }
}

interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly rawHeaders: readonly string[]
  readonly body: string
}

/** Tells what it received. */
const echo = (): Promise<Upstream> =>
  startUpstream((req, res) => {
    void readAll(req).then((body) => {
      const { method, url, headers, rawHeaders } = req
      res
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ method, url, headers, rawHeaders, body: body.toString() }))
    })
  })

const proxyTo = (target: string, more: object = {}, app: object = {}): Promise<TestServer> =>
  createTestServer({
    listen: true,
    app: { controllers: [Own], mounts: [{ proxy: { prefix: '/api', target, ...more } }], ...app },
  })

describe('a proxy mount', () => {
  it('passes on every verb with path, query and body, and operations of the app win', async () => {
    await using upstream = await echo()
    const server = await proxyTo(`${upstream.url}/base`)
    await using client = http1Client(server.url())
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const body = method === 'GET' ? undefined : `body of ${method}`
      const answer = await exchange(client, method, '/api/a%20b/c?d=%2F&e', body === undefined ? {} : { body })
      expect(answer.json()).to.include({ method, url: '/base/a%20b/c?d=%2F&e', body: body ?? '' })
    }
    expect((await exchange(client, 'GET', '/api')).json().url).to.equal('/base/')
    expect((await exchange(client, 'GET', '/api/own')).json().data).to.equal('own')
    expect((await exchange(client, 'POST', '/api/own')).json().url).to.equal('/base/own')
    expect((await exchange(client, 'GET', '/elsewhere')).json().error?.code).to.equal('NOT_FOUND')
    expect(upstream.connections.length).to.equal(1)
  })

  it('keeps or rewrites the path as it is told to', async () => {
    await using upstream = await echo()
    const kept = await proxyTo(upstream.url, { stripPrefix: false }, { prefix: '/v1' })
    expect(((await (await kept.fetch('/v1/api/x')).json()) as Seen).url).to.equal('/v1/api/x')
    const rewritten = await proxyTo(upstream.url, { rewrite: { '/old': '/new/place', '/': '/all' } })
    const urlOf = async (path: string) => ((await (await rewritten.fetch(path)).json()) as Seen).url
    expect(await urlOf('/api/old/x')).to.equal('/new/place/x')
    expect(await urlOf('/api/older')).to.equal('/all/older')
  })

  it('refuses paths that could lead out of it, however they are escaped', async () => {
    await using upstream = await echo()
    const server = await proxyTo(`${upstream.url}/base`)
    const statusOf = async (target: string) => {
      const connection = await openRaw(server.url(), `GET ${target} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`)
      return /^HTTP\/1\.1 (\d+)/.exec(await connection.closed())?.[1]
    }
    for (const path of [
      '../x',
      'a/../../x',
      '%2e%2e/x',
      '.%2E/x',
      '..%2fx',
      '..%5cx',
      '..\\x',
      '%252e%252e%252fx',
      '..;/x',
      'a/./b',
      '%00',
    ]) {
      expect(await statusOf(`/api/${path}`), path).to.equal('400')
    }
    for (const path of ['a..b', '..a', 'x%2fy', '%25', 'a;b=c', '...']) {
      expect(await statusOf(`/api/${path}`), path).to.equal('200')
    }
    expect(await statusOf('/%61pi/x')).to.equal('400')
    expect(await statusOf('/api/../own')).to.equal('400')
  })

  it('asks the target only, whatever host a request names', async () => {
    await using upstream = await echo()
    const server = await proxyTo(upstream.url)
    const head = 'GET http://evil.example/api/x HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n'
    const answer = await (await openRaw(server.url(), head)).closed()
    expect(answer)
      .to.include('"url":"/x"')
      .and.include(`"host":"${new URL(upstream.url).host}"`)
    await fc.assert(
      fc.asyncProperty(fc.webPath({ size: 'small' }), fc.webQueryParameters({ size: 'small' }), async (path, query) => {
        const response = await server.fetch(`/api${path}?${query}`, { redirect: 'manual' })
        if (response.status === 400) return
        const { url } = (await response.json()) as Seen
        expect(url.startsWith('/')).to.equal(true)
        expect(url.startsWith('//')).to.equal(path.startsWith('//'))
      }),
      { numRuns: 50 },
    )
  })

  it('tells of the client in X-Forwarded headers, and believes none that the client sent', async () => {
    await using upstream = await echo()
    const server = await proxyTo(upstream.url)
    const headers = {
      'x-forwarded-for': '6.6.6.6',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'evil.example',
      X_Forwarded_For: '7.7.7.7',
      forwarded: 'for=6.6.6.6',
      'x-real-ip': '6.6.6.6',
    }
    const seen = (await (await server.fetch('/api/x', { headers })).json()) as Seen
    expect(seen.headers).to.include({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': new URL(server.url()).host,
      host: new URL(upstream.url).host,
      via: '1.1 lokstra',
    })
    expect(seen.headers).to.not.have.any.keys('forwarded', 'x-real-ip', 'x_forwarded_for')
  })

  it('extends what a trusted proxy says, and keeps the host when told to', async () => {
    await using upstream = await echo()
    const server = await proxyTo(upstream.url, { trust: ['127.0.0.0/8'], preserveHost: true })
    const headers = { 'x-forwarded-for': '1.2.3.4', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'shop.example' }
    const seen = (await (await server.fetch('/api/x', { headers })).json()) as Seen
    expect(seen.headers).to.include({
      'x-forwarded-for': '1.2.3.4, 127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'shop.example',
      host: new URL(server.url()).host,
    })
  })

  it('adds and removes the headers that it is told to', async () => {
    await using upstream = await echo()
    const change = { add: { 'X-Key': 'k1' }, remove: ['Cookie', 'x-secret'] }
    const server = await proxyTo(upstream.url, { headers: change })
    const headers = { cookie: 'a=1', 'x-secret': 's', 'x-key': 'mine', 'x-other': 'o' }
    const seen = (await (await server.fetch('/api/x', { headers })).json()) as Seen
    expect(seen.headers).to.include({ 'x-key': 'k1', 'x-other': 'o' }).and.not.have.any.keys('cookie', 'x-secret')
  })

  it('passes nothing on that is for one connection, in either direction', async () => {
    await using upstream = await startRawUpstream((socket, received) => {
      if (!received.includes('\r\n\r\n')) return
      const body = JSON.stringify(received.toLowerCase())
      const head = ['HTTP/1.1 200 OK', 'connection: close, x-mine', 'x-mine: 1', 'keep-alive: timeout=1', 'x-kept: 1']
      socket.end(
        [...head, 'set-cookie: a=1', 'set-cookie: b=2', `content-length: ${body.length}`, '', body].join('\r\n'),
      )
    })
    const server = await proxyTo(upstream.url)
    const lines = ['GET /api/x HTTP/1.1', 'host: a', 'connection: close, x-hop', 'x-hop: 1', 'te: trailers, gzip']
    const sent = [...lines, 'proxy-authorization: Basic x', 'upgrade: h2c', 'x-end: 1', 'x-end: 2', '', ''].join('\r\n')
    const answer = await (await openRaw(server.url(), sent)).closed()
    const [head, body] = answer.split('\r\n\r\n') as [string, string]
    expect(body).to.include('x-end: 1').and.include('x-end: 2').and.include('te: trailers\\r')
    expect(body).to.not.match(/x-hop|proxy-authorization|upgrade|h2c/)
    expect(head).to.include('x-kept: 1').and.include('set-cookie: a=1\r\nset-cookie: b=2')
    expect(head).to.not.match(/x-mine|keep-alive/i)
  })

  it('frames requests by one rule only', async () => {
    await using upstream = await echo()
    const server = await proxyTo(upstream.url)
    const chunked =
      'POST /api/x HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n4\r\nfour\r\n0\r\n\r\n'
    const answer = await (await openRaw(server.url(), chunked)).closed()
    expect(answer)
      .to.include('"transfer-encoding":"chunked"')
      .and.include('"body":"four"')
      .and.not.include('content-length\\')
    const both = chunked.replace('connection', 'content-length: 4\r\nconnection')
    expect(await (await openRaw(server.url(), both)).closed()).to.match(/^HTTP\/1\.1 400 /)
    const none = 'POST /api/x HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n'
    expect(await (await openRaw(server.url(), none)).closed()).to.include('"content-length":"0"')
    const withGet = chunked.replace('POST', 'GET')
    expect(await (await openRaw(server.url(), withGet)).closed()).to.include('"body":"four"')
  })

  it('leaves statuses, compressed bodies, redirections and empty answers as they are', async () => {
    const packed = gzipSync('packed')
    await using upstream = await startUpstream((req, res) => {
      if (req.url === '/gzip') res.writeHead(200, { 'content-encoding': 'gzip', etag: '"1"' }).end(packed)
      else if (req.url === '/304') res.writeHead(304, { etag: '"1"' }).end()
      else if (req.url === '/204') res.writeHead(204).end()
      else if (req.url === '/length')
        res.writeHead(200, { 'content-length': 4 }).end(req.method === 'HEAD' ? '' : 'four')
      else if (req.url === '/moved') res.writeHead(302, { location: `http://${req.headers.host}/next?a=1` }).end()
      else res.writeHead(418, 'Short and stout', { 'x-a': ['1', '2'] }).end('tea')
    })
    const server = await proxyTo(upstream.url)
    await using client = http1Client(server.url())
    expect((await exchange(client, 'GET', '/api/gzip')).bytes.equals(packed)).to.equal(true)
    expect((await exchange(client, 'GET', '/api/304')).headers.etag).to.equal('"1"')
    expect((await exchange(client, 'GET', '/api/204')).bytes.length).to.equal(0)
    const head = await exchange(client, 'HEAD', '/api/length')
    expect([head.headers['content-length'], head.bytes.length]).to.deep.equal(['4', 0])
    expect((await exchange(client, 'GET', '/api/moved')).headers.location).to.equal('/api/next?a=1')
    const answer = await server.fetch('/api/tea')
    expect([answer.status, answer.statusText, answer.headers.get('x-a')]).to.deep.equal([
      418,
      'Short and stout',
      '1, 2',
    ])
  })

  it('passes trailers on both ways', async () => {
    await using upstream = await startUpstream((req, res) => {
      void readAll(req).then(() => {
        res.writeHead(200, { trailer: 'x-sum' }).write('body')
        res.addTrailers({ 'x-sum': String(req.trailers['x-check']) })
        res.end()
      })
    })
    const server = await proxyTo(upstream.url)
    const req = request(`${server.url()}/api/x`, { method: 'POST', headers: { trailer: 'x-check', te: 'trailers' } })
    req.write('body')
    req.addTrailers({ 'x-check': 'abc' })
    req.end()
    const [res] = (await once(req, 'response')) as [IncomingMessage]
    await readAll(res)
    expect(res.trailers).to.deep.equal({ 'x-sum': 'abc' })
  })

  it('takes no trailer for what a client may not say in the head', async () => {
    await using upstream = await startUpstream((req, res) => {
      void readAll(req).then(() => res.end(JSON.stringify(req.trailers)))
    })
    const headers = { add: { 'x-tenant': 'own' }, remove: ['x-user'] }
    const server = await proxyTo(upstream.url, { headers })
    const trailers = ['x-forwarded-for: 1.1.1.1', 'x_forwarded_host: b', 'X-Tenant: b', 'x-user: b', 'authorization: b']
    const sent = [
      'POST /api/x HTTP/1.1',
      'host: a',
      'connection: close',
      'transfer-encoding: chunked',
      '',
      '1',
      'a',
      '0',
    ]
    const answer = await (await openRaw(server.url(), [...sent, ...trailers, 'x-sum: 1', '', ''].join('\r\n'))).closed()
    expect(answer).to.include('{"x-sum":"1"}')
  })

  it('refuses a transfer coding that it would take away', async () => {
    await using upstream = await echo()
    const server = await proxyTo(upstream.url)
    const sent =
      'POST /api/x HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n'
    expect(await (await openRaw(server.url(), sent)).closed()).to.match(/^HTTP\/1\.1 501 /)
  })

  it('lets the other server say whether a client that waits shall go on', async () => {
    await using upstream = await startUpstream((_req, res) => res.end('not expected'))
    upstream.server.on('checkContinue', (req: IncomingMessage, res: ServerResponse) => {
      if (req.url === '/no') {
        res.writeHead(403, { connection: 'close' }).end('no')
        return
      }
      res.writeContinue()
      void readAll(req).then((body) => res.end(body))
    })
    const server = await proxyTo(upstream.url)
    const ask = async (path: string) => {
      const headers = { expect: '100-continue', 'content-length': 4 }
      const req = request(`${server.url()}${path}`, { method: 'POST', headers })
      req.on('error', () => undefined)
      let isTold = false
      req.on('continue', () => {
        isTold = true
        req.end('four')
      })
      req.flushHeaders()
      const [res] = (await once(req, 'response')) as [IncomingMessage]
      const text = (await readAll(res)).toString()
      req.destroy()
      return { isTold, status: res.statusCode, text }
    }
    expect(await ask('/api/yes')).to.deep.equal({ isTold: true, status: 200, text: 'four' })
    expect(await ask('/api/no')).to.deep.equal({ isTold: false, status: 403, text: 'no' })
    expect(await ask('/api/own/told')).to.include({ isTold: true, status: 200 })
  })

  it('runs the middleware of the app before anything is passed on, and keeps its headers', async () => {
    await using upstream = await echo()
    const guard: MiddlewareFunction = (ctx, next) => {
      if (ctx.headers.authorization === undefined) throw new UnauthorizedError()
      ctx.setHeader('x-request', '1')
      return next()
    }
    const server = await proxyTo(upstream.url, {}, { middleware: [guard] })
    expect((await server.fetch('/api/x')).status).to.equal(401)
    expect(upstream.connections.length).to.equal(0)
    const allowed = await server.fetch('/api/x', { headers: { authorization: 'x' } })
    expect([allowed.status, allowed.headers.get('x-request')]).to.deep.equal([200, '1'])
  })
})

describe('a proxy mount and large streams', () => {
  const chunk = Buffer.alloc(64 * 1024, 'x')
  const chunks = 3_200

  it('passes 200 MiB each way without holding them', async function () {
    this.timeout(60_000)
    await using upstream = await startUpstream((req, res) => void req.pipe(res))
    const server = await proxyTo(upstream.url)
    let peak = 0
    globalThis.gc?.()
    const before = process.memoryUsage().arrayBuffers
    const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage().arrayBuffers - before)), 10)
    const req = request(`${server.url()}/api/x`, { method: 'POST' })
    Readable.from(
      (function* () {
        for (let index = 0; index < chunks; index++) yield chunk
      })(),
    ).pipe(req)
    const [res] = (await once(req, 'response')) as [IncomingMessage]
    let received = 0
    for await (const part of res) received += (part as Buffer).length
    clearInterval(timer)
    expect(received).to.equal(chunks * chunk.length)
    expect(peak).to.be.lessThan(100 * 1024 * 1024)
  })

  it('stops the other server while a slow client does not read', async () => {
    let written = 0
    await using upstream = await startUpstream((_req, res) => {
      const more = () => {
        while (written < chunks * chunk.length) {
          written += chunk.length
          if (!res.write(chunk)) return void res.once('drain', more)
        }
        res.end()
      }
      more()
    })
    const server = await proxyTo(upstream.url)
    const connection = await openRaw(server.url(), '')
    connection.socket.pause()
    connection.socket.write('GET /api/x HTTP/1.1\r\nhost: a\r\n\r\n')
    let last = -1
    while (written !== last || written === 0) {
      last = written
      await delay(200)
    }
    expect(written).to.be.lessThan(60 * 1024 * 1024)
    connection.socket.destroy()
  })

  it('answers 413 to a body beyond maxBody, announced or not', async () => {
    await using upstream = await echo()
    const server = await proxyTo(upstream.url, { maxBody: '1KiB' })
    await using client = http1Client(server.url())
    const announced = await exchange(client, 'POST', '/api/x', { body: 'x'.repeat(2_000) })
    expect(announced.json().error?.code).to.equal('PAYLOAD_TOO_LARGE')
    expect(upstream.connections.length).to.equal(0)
    const open = client.open('POST', '/api/x', { 'transfer-encoding': 'chunked' })
    open.body.write('x'.repeat(2_000))
    expect((await open.head).status).to.equal(413)
    open.abort()
    expect((await exchange(client, 'POST', '/api/x', { body: 'x'.repeat(1_024) })).status).to.equal(200)
  })

  it('passes a thousand requests at a time', async function () {
    this.timeout(30_000)
    await using upstream = await startUpstream((req, res) => {
      setTimeout(() => res.end(req.url), 50)
    })
    const server = await proxyTo(upstream.url)
    const texts = await Promise.all(
      Array.from({ length: 1_000 }, async (_, index) => (await server.fetch(`/api/${index}`)).text()),
    )
    expect(texts).to.deep.equal(texts.map((_, index) => `/${index}`))
  })

  it('opens no more connections than it is told to, and lets the rest wait', async () => {
    await using upstream = await startUpstream((_req, res) => void setTimeout(() => res.end('ok'), 20))
    const server = await proxyTo(upstream.url, { connections: 2 })
    const answers = await Promise.all(Array.from({ length: 20 }, () => server.fetch('/api/x')))
    expect(answers.map(({ status }) => status)).to.deep.equal(Array.from({ length: 20 }, () => 200))
    expect(upstream.connections.length).to.equal(2)
  })
})

describe('a proxy mount and another server that fails', () => {
  const codeOf = async (server: TestServer, path = '/api/x', init?: RequestInit) => {
    const response = await server.fetch(path, init)
    const { error } = (await response.json()) as { error: { code: string } }
    return `${response.status} ${error.code}`
  }

  it('answers 502 in the envelope when it cannot be reached, or closes without an answer', async () => {
    const gone = await startUpstream(() => undefined)
    await gone[Symbol.asyncDispose]()
    expect(await codeOf(await proxyTo(gone.url))).to.equal('502 UPSTREAM_UNREACHABLE')
    expect(await codeOf(await proxyTo('unix:/nowhere/at/all.sock'))).to.equal('502 UPSTREAM_UNREACHABLE')
    await using resetting = await startRawUpstream((socket) => socket.resetAndDestroy())
    expect(await codeOf(await proxyTo(resetting.url), '/api/x', { method: 'POST', body: 'x' })).to.equal(
      '502 UPSTREAM_UNREACHABLE',
    )
  })

  it('answers 502 to what is not HTTP, and to answers that two readers would read in two ways', async () => {
    for (const text of [
      'hello\r\n\r\n',
      'HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n',
      'HTTP/1.1 200 OK\r\ncontent-length: 4\r\ncontent-length: 5\r\n\r\nfour',
      'HTTP/1.1 200 OK\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
      'HTTP/1.1 101 Switching Protocols\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n',
      'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
    ]) {
      await using upstream = await startRawUpstream((socket) => socket.end(text))
      expect(await codeOf(await proxyTo(upstream.url)), text).to.equal('502 UPSTREAM_INVALID')
    }
  })

  it('puts the words of the standard in place of those that a head may not hold', async () => {
    await using upstream = await startRawUpstream((socket, received) => {
      if (!received.includes('\r\n\r\n')) return
      const [status, more] = received.includes('upgrade: websocket')
        ? [101, 'connection: upgrade\r\nupgrade: websocket']
        : [200, 'content-length: 0']
      socket.end(`HTTP/1.1 ${status} O\x7fdd\r\n${more}\r\n\r\n`)
    })
    const server = await proxyTo(upstream.url)
    expect((await server.fetch('/api/x')).statusText).to.equal('OK')
    const upgrade = 'GET /api/x HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'
    expect(await (await openRaw(server.url(), upgrade)).closed()).to.match(/^HTTP\/1\.1 101 Switching Protocols\r\n/)
  })

  it('passes on headers whose names every object has', async () => {
    await using upstream = await startRawUpstream((socket, received) => {
      if (!received.includes('\r\n\r\n')) return
      const body = received.toLowerCase()
      socket.end(`HTTP/1.1 200 OK\r\nconstructor: up\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
    })
    const server = await proxyTo(upstream.url)
    const sent = 'GET /api/x HTTP/1.1\r\nhost: a\r\nconnection: close\r\n__proto__: one\r\nconstructor: two\r\n\r\n'
    const answer = await (await openRaw(server.url(), sent)).closed()
    expect(answer).to.include('constructor: up\r\n').and.include('__proto__: one\r\nconstructor: two\r\n')
    expect(answer).to.not.include('native code')
  })

  it('answers 504 in the envelope when its answer does not begin in time', async () => {
    await using upstream = await startUpstream((req) => req.resume())
    const server = await proxyTo(upstream.url, { timeout: 150 })
    expect(await codeOf(server)).to.equal('504 UPSTREAM_TIMEOUT')
    expect(await codeOf(server, '/api/x', { method: 'POST', body: 'x' })).to.equal('504 UPSTREAM_TIMEOUT')
  })

  it('has limits of its own in place of timeouts.handler, also after a reload', async () => {
    await using upstream = await startUpstream((_req, res) => {
      setTimeout(() => res.end('late'), 900)
    })
    const text = (body: string) =>
      `apps:\n  - name: api\n    controllers: []\n    limits: { body: ${body} }\n    timeouts: { handler: 50ms }\n` +
      `    mounts:\n      - proxy: { prefix: /api, target: '${upstream.url}' }\n`
    await using folder = await createAppFolder({ 'lokstra.yaml': text('1MiB') })
    const file = join(folder.path, 'lokstra.yaml')
    const server = await createTestServer({ listen: true, file })
    expect((await server.fetch('/api/x')).status).to.equal(200)
    writeFileSync(file, text('2MiB'))
    await server.server.reload()
    expect((await server.fetch('/api/x')).status).to.equal(200)
    await server.dispose()
  })

  it('does not blame it for a client that sends slowly', async () => {
    await using upstream = await echo()
    const server = await proxyTo(upstream.url, { timeout: 1_000 })
    await using client = http1Client(server.url())
    const open = client.open('POST', '/api/x', { 'content-length': 8 })
    open.body.write('slow')
    await delay(1_300)
    open.body.end('poke')
    expect((await open.head).status).to.equal(200)
  })

  it('destroys the connection when the answer breaks off, with and without a length', async () => {
    for (const head of ['content-length: 100', 'transfer-encoding: chunked']) {
      await using upstream = await startRawUpstream((socket) => {
        socket.write(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n`)
        socket.write('5\r\nhello\r\n')
        setTimeout(() => socket.destroy(), 50)
      })
      const server = await proxyTo(upstream.url)
      const failure = await server
        .fetch('/api/x')
        .then((response) => response.text())
        .catch((error: unknown) => error)
      expect(failure, head).to.be.instanceOf(Error)
    }
  })

  it('cuts off an answer that falls silent', async () => {
    await using upstream = await startUpstream((_req, res) => {
      res.write('begun')
    })
    const server = await proxyTo(upstream.url, { idleTimeout: 100 })
    const failure = await server
      .fetch('/api/x')
      .then((response) => response.text())
      .catch((error: unknown) => error)
    expect(failure).to.be.instanceOf(Error)
  })

  it('gives a request up with its client', async () => {
    let isGivenUp = false
    await using upstream = await startUpstream((req, res) => {
      res.on('close', () => (isGivenUp = true))
      req.resume()
    })
    const server = await proxyTo(upstream.url)
    const abort = new AbortController()
    const asked = server.fetch('/api/x', { signal: abort.signal }).catch(() => undefined)
    while (upstream.connections.length === 0) await delay(5)
    await delay(20)
    abort.abort()
    while (!isGivenUp) await delay(5)
    await asked
  })

  it('asks again on a fresh connection when a kept one turned out to be closed', async () => {
    let count = 0
    await using upstream = await startRawUpstream((socket) => {
      if (++count % 2 === 0) socket.destroy()
      else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
    })
    const server = await proxyTo(upstream.url)
    expect((await server.fetch('/api/x')).status).to.equal(200)
    expect((await server.fetch('/api/x')).status).to.equal(200)
    expect(upstream.connections.length).to.equal(2)
    expect(await codeOf(server, '/api/x', { method: 'POST', body: 'x' })).to.equal('502 UPSTREAM_UNREACHABLE')
  })

  it('passes on an answer that comes before the request is complete', async () => {
    await using upstream = await startUpstream((_req, res) => {
      res.writeHead(413, { connection: 'close' }).end('too much')
    })
    const server = await proxyTo(upstream.url)
    await using client = http1Client(server.url())
    const open = client.open('POST', '/api/x', { 'content-length': 10_000_000 })
    open.body.write('x'.repeat(1_000))
    const { status, body } = await open.head
    expect([status, (await readAll(body)).toString()]).to.deep.equal([413, 'too much'])
    open.abort()
  })

  it('ends a request that goes in circles', async () => {
    const server = await createTestServer({ listen: true, app: { controllers: [Own] } })
    const { port } = new URL(server.url())
    await server.server.stop()
    const { createServer } = await import('@lokstra/core')
    const { silentLogger } = await import('../../helpers/silent-logger.js')
    const circle = createServer({
      services: [silentLogger],
      shutdown: { idle: 0 },
      apps: [
        {
          listen: `127.0.0.1:${port}`,
          controllers: [Own],
          mounts: [{ proxy: { prefix: '/api', target: `http://127.0.0.1:${port}/api` } }],
        },
      ],
    })
    await circle.start()
    const answer = await fetch(`http://127.0.0.1:${port}/api/x`)
    expect([answer.status, await answer.text()]).to.satisfy(
      ([status, text]: [number, string]) => status === 502 && text.includes('UPSTREAM_LOOP'),
    )
    await circle.stop()
  })
})

describe('a proxy mount and WebSocket', () => {
  /** Agrees to WebSocket and echoes bytes, but for `/no`. */
  const start = () =>
    startRawUpstream((socket, received) => {
      const end = received.indexOf('\r\n\r\n')
      if (end < 0) return
      if (received.startsWith('GET /no')) {
        socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno')
        return
      }
      socket.removeAllListeners('data')
      const key = /sec-websocket-key: (\S+)/i.exec(received)?.[1]
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nx-key: ${key}\r\n\r\nhello`,
      )
      socket.write(received.slice(end + 4), 'latin1')
      socket.pipe(socket)
    })
  const ask = (path: string) =>
    `GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: keep-alive, Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: abc\r\n\r\n`

  it('passes bytes both ways from the first on, and the end', async () => {
    await using upstream = await start()
    const server = await proxyTo(upstream.url)
    const connection = await openRaw(server.url(), `${ask('/api/ws')}early`)
    const head = await connection.until('early')
    expect(head)
      .to.match(/^HTTP\/1\.1 101 /)
      .and.match(/upgrade: websocket/i)
      .and.include('x-key: abc')
    expect(head).to.include('hello')
    const large = 'x'.repeat(1_000_000)
    connection.socket.write(`${large}!`)
    expect(await connection.until('!')).to.include(large)
    connection.socket.end('bye')
    expect(await connection.closed()).to.include('bye')
  })

  it('gives the refusal of the other server, of middleware, and of its own to the client', async () => {
    await using upstream = await start()
    const server = await proxyTo(upstream.url)
    expect(await (await openRaw(server.url(), ask('/api/no'))).closed()).to.match(
      /^HTTP\/1\.1 403 Forbidden[^]*\r\n\r\nno$/,
    )
    const guard: MiddlewareFunction = () => {
      throw new UnauthorizedError()
    }
    const guarded = await proxyTo(upstream.url, {}, { middleware: [guard] })
    expect(await (await openRaw(guarded.url(), ask('/api/ws'))).closed()).to.match(/^HTTP\/1\.1 401 [^]*UNAUTHORIZED/)
    const dead = await proxyTo('http://127.0.0.1:1')
    expect(await (await openRaw(dead.url(), ask('/api/ws'))).closed()).to.match(
      /^HTTP\/1\.1 502 [^]*UPSTREAM_UNREACHABLE/,
    )
  })

  it('changes nothing for requests that ask for an upgrade elsewhere, or for another protocol', async () => {
    await using upstream = await echo()
    const server = await proxyTo(upstream.url)
    const own = ask('/api/own').replace('keep-alive, Upgrade', 'Upgrade')
    const connection = await openRaw(server.url(), own)
    const answers = await connection.until('"own"}')
    expect(answers)
      .to.match(/^HTTP\/1\.1 200 OK\r\n/)
      .and.match(/connection: keep-alive/i)
    connection.socket.destroy()
    const h2c = `POST /api/x HTTP/1.1\r\nhost: a\r\nconnection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AA\r\ncontent-length: 4\r\n\r\nfour`
    const other = await openRaw(server.url(), h2c)
    expect(await other.until('"body":"four"')).to.match(/^HTTP\/1\.1 200 /)
    other.socket.destroy()
  })

  it('takes a request with a body, or another verb, for an ordinary one', async () => {
    await using upstream = await echo()
    const server = await proxyTo(upstream.url)
    const withBody = ask('/api/ws').replace('\r\nhost', '\r\ncontent-length: 4\r\nhost')
    for (const text of [`${withBody}four`, `${withBody.replace('GET', 'POST')}four`]) {
      const connection = await openRaw(server.url(), text)
      expect(await connection.until('"body":"four"')).to.match(/^HTTP\/1\.1 200 /)
      connection.socket.destroy()
    }
  })

  it('with websocket: false passes such a request on as any other', async () => {
    await using upstream = await echo()
    const server = await proxyTo(upstream.url, { websocket: false })
    const connection = await openRaw(server.url(), ask('/api/ws'))
    expect(await connection.until('"body":""'))
      .to.match(/^HTTP\/1\.1 200 /)
      .and.not.include('"upgrade"')
    connection.socket.destroy()
  })

  it('ends with the other server, by silence, and when the server stops', async () => {
    await using upstream = await start()
    const silent = await proxyTo(upstream.url, { idleTimeout: 150 })
    expect(await (await openRaw(silent.url(), ask('/api/ws'))).closed()).to.include('hello')
    const server = await proxyTo(upstream.url)
    const first = await openRaw(server.url(), ask('/api/ws'))
    await first.until('hello')
    upstream.connections.at(-1)!.destroy()
    expect(await first.closed()).to.include('hello')
    const second = await openRaw(server.url(), ask('/api/ws'))
    await second.until('hello')
    await server.dispose()
    await second.closed()
    expect(server.logs.some(({ message }) => message.includes('cut off'))).to.equal(false)
  })
})

describe('the configuration of a proxy mount', () => {
  const problem = (proxy: object) => problemOf({ apps: [{ name: 'api', controllers: [Own], mounts: [{ proxy }] }] })

  for (const target of [
    '127.0.0.1:80',
    'ftp://a',
    'http://',
    'http://user:pw@a',
    'http://a/?b',
    'unix:relative.sock',
  ]) {
    it(`refuses the target ${target}`, async () => {
      expect((await problem({ target })).problem).to.include('proxy.target must be a server such as')
    })
  }

  it('refuses what is missing, unknown or no address', async () => {
    expect((await problem({})).problem).to.equal('proxy.target is missing')
    expect((await problem({ target: 'http://a', targt: 1 })).problem).to.include('proxy.targt is not a known key')
    expect((await problem({ target: 'http://a', trust: ['all'] })).problem).to.include('proxy.trust')
  })
})
