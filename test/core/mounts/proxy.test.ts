import { once } from 'node:events'
import { request, type IncomingMessage, type ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'

import { UnauthorizedError, type MiddlewareFunction } from '@lokstra/core'
import { expect } from 'chai'
import fc from 'fast-check'

import { problemOf } from '../../helpers/boot-problems.js'
import { exchange, http1Client, readAll } from '../../helpers/http-clients.js'
import { openRaw } from '../response/raw-request.js'
import { echo, Own, proxyTo, type Seen } from './proxied-app.js'
import { startRawUpstream, startUpstream } from './upstream.js'

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
    const inCode = await proxyTo(upstream.url, {
      rewrite: new Map([['/old', '/new']]),
      headers: { add: new Map([['x-key', 'k1']]) },
    })
    const seen = (await (await inCode.fetch('/api/old/x')).json()) as Seen
    expect([seen.url, seen.headers['x-key']]).to.deep.equal(['/new/x', 'k1'])
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
      'x-forwarded-user': 'admin',
      X_Forwarded_For: '7.7.7.7',
      X_Real_IP: '7.7.7.7',
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
    const dropped = ['x-forwarded-user', 'forwarded', 'x-real-ip', 'x_forwarded_for', 'x_real_ip']
    expect(seen.headers).to.not.have.any.keys(...dropped)
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

  it('passes on whatever else a trusted proxy says of the client, but not what it may have overlooked', async () => {
    await using upstream = await echo()
    const server = await proxyTo(upstream.url, { trust: ['127.0.0.1'] })
    const kept = {
      'x-forwarded-port': '443',
      'x-forwarded-user': 'ann',
      forwarded: 'for=1.2.3.4',
      'x-real-ip': '1.2.3.4',
    }
    const seen = (await (
      await server.fetch('/api/x', { headers: { ...kept, X_Forwarded_User: 'admin', X_Real_IP: '6.6.6.6' } })
    ).json()) as Seen
    expect(seen.headers).to.include(kept).and.to.not.have.any.keys('x_forwarded_user', 'x_real_ip')
  })

  it('also removes headers that it would set itself, but for those that a request needs', async () => {
    await using upstream = await echo()
    const remove = [
      'Via',
      'X-Forwarded-For',
      'x-forwarded-proto',
      'x-forwarded-host',
      'host',
      'content-length',
      'x-key',
    ]
    const server = await proxyTo(upstream.url, { headers: { remove, add: { 'x-key': 'k1' } } })
    const headers = { via: '1.1 other', 'x-forwarded-for': '6.6.6.6', 'x-key': 'mine' }
    const seen = (await (await server.fetch('/api/x', { method: 'POST', body: 'four', headers })).json()) as Seen
    expect(seen.body).to.equal('four')
    expect(seen.headers).to.include({ host: new URL(upstream.url).host, 'content-length': '4', 'x-key': 'k1' })
    expect(seen.headers).to.not.have.any.keys('via', 'x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host')
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

  it('leaves out the announcement of trailers where none can follow', async () => {
    await using upstream = await startRawUpstream((socket, received) => {
      if (!received.includes('\r\n\r\n')) return
      const [, verb, path] = /^(\S+) \/(\S+)/.exec(received)!
      const framing = path === 'length' ? 'content-length: 0' : 'transfer-encoding: chunked'
      const body = verb === 'HEAD' || path === 'length' ? '' : '2\r\nok\r\n0\r\nx-sum: 1\r\n\r\n'
      socket.end(`HTTP/1.1 200 OK\r\ntrailer: x-sum\r\n${framing}\r\n\r\n${body}`)
    })
    const server = await proxyTo(upstream.url)
    const ask = async (line: string) =>
      (await openRaw(server.url(), `${line}\r\nhost: a\r\nconnection: close\r\n\r\n`)).closed()
    for (const line of ['GET /api/length HTTP/1.1', 'HEAD /api/x HTTP/1.1', 'GET /api/x HTTP/1.0']) {
      expect(await ask(line), line)
        .to.match(/^HTTP\/1\.1 200 OK\r\n/)
        .and.not.match(/x-sum/)
    }
    expect(await ask('GET /api/x HTTP/1.1')).to.match(/\r\ntrailer: x-sum\r\n[^]*\r\nx-sum: 1\r\n\r\n$/)
  })

  it('takes a request that announces trailers and has no room for them', async () => {
    await using upstream = await echo()
    const server = await proxyTo(upstream.url)
    for (const [verb, framing, body] of [
      ['POST', 'content-length: 4\r\n', 'four'],
      ['GET', '', ''],
    ] as const) {
      const text = `${verb} /api/x HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntrailer: x-sum\r\n${framing}\r\n${body}`
      const answer = await (await openRaw(server.url(), text)).closed()
      expect(answer)
        .to.match(/^HTTP\/1\.1 200 OK\r\n/)
        .and.include(`"body":"${body}"`)
        .and.not.include('x-sum')
    }
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

  it('keeps the reasons to vary and the cookies of middleware beside those of the other server', async () => {
    await using upstream = await startUpstream((_req, res) => {
      const cookies = ['set-cookie', 'a=1', 'set-cookie', 'b=2']
      res.writeHead(200, ['vary', 'Accept', 'vary', 'Accept-Encoding', ...cookies, 'x-both', 'other']).end()
    })
    const says: MiddlewareFunction = (ctx, next) => {
      ctx.setHeader('vary', 'Origin')
      ctx.setHeader('set-cookie', 'session=1')
      ctx.setHeader('x-both', 'middleware')
      return next()
    }
    const server = await proxyTo(upstream.url, {}, { middleware: [says] })
    const { headers } = await server.fetch('/api/x')
    expect(headers.get('vary')).to.equal('Origin, Accept, Accept-Encoding')
    expect(headers.getSetCookie()).to.deep.equal(['session=1', 'a=1', 'b=2'])
    expect(headers.get('x-both')).to.equal('other')
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
    'http://a:65536',
    'http://256.1.1.1',
    'http://[:::]',
  ]) {
    it(`refuses the target ${target}`, async () => {
      expect((await problem({ target })).problem).to.include('proxy.target must be a server such as')
    })
  }

  for (const trusted of ['all', '10.0.0.0/33', '::/129', '300.1.1.1', 'deadbeef', '10.0.0.0/', '10.0.0.0/8/8', ':::']) {
    it(`refuses to trust ${trusted}`, async () => {
      expect((await problem({ target: 'http://a', trust: ['10.0.0.0/32', trusted] })).problem).to.include(
        'proxy.trust is an array in which each value must be an address or network such as 10.0.0.0/8',
      )
    })
  }

  it('refuses headers that no request can have or only its sender can say, without their values', async () => {
    const added = async (add: object) => (await problem({ target: 'http://a', headers: { add } })).problem
    expect(await added({ 'x-ok': '1', 'bad name': '2' })).to.include(
      'proxy.headers.add must be headers: "bad name" is no name of a header',
    )
    expect(await added({ 'x-key': 'hidden\n' }))
      .to.include('"x-key" has a value with characters that no header can hold')
      .and.not.include('hidden')
    expect(await added({ 'Content-Length': '2' })).to.include('"Content-Length" is about how a request is sent')
    expect(await added({ 'transfer-encoding': 'gzip' })).to.include('"transfer-encoding" is about a single connection')
    expect(await added(['x-key'])).to.include('proxy.headers.add must be an object')
  })

  it('refuses what is missing, unknown or no address', async () => {
    expect((await problem({})).problem).to.equal('proxy.target is missing')
    expect((await problem({ target: 'http://a', targt: 1 })).problem).to.include('proxy.targt is not a known key')
    expect((await problem({ target: 'http://a', trust: ['all'] })).problem).to.include('proxy.trust')
  })
})
