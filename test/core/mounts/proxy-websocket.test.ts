import { setTimeout as delay } from 'node:timers/promises'

import { UnauthorizedError, type MiddlewareFunction } from '@lokstra/core'
import { expect } from 'chai'

import { poll } from '../../helpers/poll.js'
import { openRaw } from '../response/raw-request.js'
import { echo, proxyTo } from './proxied-app.js'
import { startRawUpstream, startWebSocketUpstream } from './upstream.js'

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

  describe('behind a request that is still being answered', () => {
    const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`
    /** Agrees to WebSocket, and answers other requests when it is told to. */
    const startHolding = async () => {
      const held: (() => void)[] = []
      const upstream = await startWebSocketUpstream((req, res) => held.push(() => res.end(`answer to ${req.url}`)))
      return { ...upstream, held }
    }

    it('takes the request for an ordinary one, and keeps the connection', async () => {
      await using upstream = await startHolding()
      const { held } = upstream
      const server = await proxyTo(upstream.url)
      for (const [first, passedOn] of [
        [get('/api/own'), 1],
        [get('/api/first'), 2],
      ] as const) {
        const connection = await openRaw(server.url(), `${first}${ask('/api/ws')}`)
        await poll(
          () => held.length === passedOn,
          () => `${held.length} requests passed on`,
        )
        for (const answer of held.splice(0)) answer()
        const text = await connection.until('answer to /ws')
        expect(text.match(/HTTP\/1\.1 \d+/g)).to.deep.equal(['HTTP/1.1 200', 'HTTP/1.1 200'])
        connection.socket.write(`${ask('/api/ws')}early`)
        expect(await connection.until('early')).to.match(/HTTP\/1\.1 101 [^]*\r\n\r\nearly$/)
        connection.socket.destroy()
      }
    })

    it('stays with that when the next request arrives in parts', async () => {
      await using upstream = await startHolding()
      const { held } = upstream
      // Node keeps such a request for the present one until the next has a whole head.
      const looksAtTheBody: MiddlewareFunction = (ctx, next) => {
        ctx.req.read()
        return next()
      }
      const server = await proxyTo(upstream.url, {}, { middleware: [looksAtTheBody] })
      const connection = await openRaw(server.url(), `${get('/api/own')}${ask('/api/ws')}`)
      await poll(
        () => held.length === 1,
        () => `${held.length} requests passed on`,
      )
      held.pop()!()
      await connection.until('answer to /ws')
      connection.socket.write('GET /api/own HTTP')
      await delay(50)
      connection.socket.write('/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
      const text = await connection.closed()
      expect(text.match(/HTTP\/1\.1 \d+/g)).to.deep.equal(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 200'])
    })
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
