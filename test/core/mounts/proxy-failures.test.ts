import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { inspect } from 'node:util'

import type { MiddlewareFunction } from '@lokstra/core'
import { createTestServer, type TestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { createAppFolder } from '../../helpers/app-folder.js'
import { http1Client, readAll } from '../../helpers/http-clients.js'
import { poll } from '../../helpers/poll.js'
import { openRaw } from '../response/raw-request.js'
import { echo, Own, proxyTo } from './proxied-app.js'
import { startRawUpstream, startUpstream } from './upstream.js'

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

  it('answers 500 where middleware set a header that cannot be sent, whatever the other server answers', async () => {
    await using upstream = await startRawUpstream((socket, received) => {
      if (!received.includes('\r\n\r\n')) return
      const status = /^GET \/(\d+)/.exec(received)![1]
      socket.end(`HTTP/1.1 ${status} Fine\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`)
    })
    const names: MiddlewareFunction = (ctx, next) => {
      ctx.setHeader('x-user', 'Šimon')
      return next()
    }
    const server = await proxyTo(upstream.url, {}, { middleware: [names] })
    for (const [path, more] of [
      ['200', 'connection: close'],
      ['204', 'connection: close'],
      ['101', 'connection: upgrade\r\nupgrade: websocket'],
    ]) {
      const sent = `GET /api/${path} HTTP/1.1\r\nhost: a\r\n${more}\r\n\r\n`
      expect(await (await openRaw(server.url(), sent)).closed(), path).to.match(
        /^HTTP\/1\.1 500 Internal Server Error\r\n[^]*"INTERNAL_[^]*\}$/,
      )
    }
    await poll(
      () => upstream.connections.every(({ destroyed }) => destroyed),
      () => 'a connection to the other server is left open',
    )
    const told = server.logs.filter(({ level, fields }) => level === 'error' && inspect(fields).includes('x-user'))
    expect(told).to.have.length(3)
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

  it('takes no connection for a request whose client left while middleware was at work', async () => {
    await using upstream = await echo()
    let entered = 0
    let passed = 0
    const slow: MiddlewareFunction = async (ctx, next) => {
      if (ctx.path === '/api/after') return await next()
      entered++
      while (!ctx.signal.aborted) await delay(5)
      passed++
      return await next()
    }
    const server = await proxyTo(upstream.url, { connections: 1 }, { middleware: [slow] })
    const withBody = 'POST /api/x HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\n'
    for (const sent of ['GET /api/x HTTP/1.1\r\nhost: a\r\n\r\n', `${withBody}ha`, `${withBody}full`]) {
      const { socket } = await openRaw(server.url(), sent)
      const before = passed
      await poll(
        () => entered > before,
        () => 'the request has not arrived',
      )
      socket.destroy()
      await poll(
        () => passed > before,
        () => 'nobody noticed that the client has left',
      )
    }
    expect((await server.fetch('/api/after')).status).to.equal(200)
    expect(upstream.connections).to.have.length(1)
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
