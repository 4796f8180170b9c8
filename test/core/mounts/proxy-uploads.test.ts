import { setTimeout as delay } from 'node:timers/promises'

import type { MiddlewareFunction } from '@lokstra/core'
import type { TestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { openRaw } from '../response/raw-request.js'
import { echo, proxyTo } from './proxied-app.js'
import { startRawUpstream, startUpstream } from './upstream.js'

describe('a proxy mount and an answer that comes while the client is still sending', () => {
  const post = (framing: string) => `POST /api/x HTTP/1.1\r\nhost: a\r\n${framing}\r\n\r\n`
  const chunk = (length: number) => `${length.toString(16)}\r\n${'x'.repeat(length)}\r\n`
  const lastChunk = '0\r\n\r\n'

  /** Sends `first`, reads the head of the answer, sends `rest`, and waits for the end. @returns what was received, and errors of the connection */
  async function upload(server: TestServer, first: string, rest: string) {
    const connection = await openRaw(server.url(), first)
    const errors: string[] = []
    connection.socket.on('error', ({ message }) => errors.push(message))
    await connection.until('\r\n\r\n')
    connection.socket.write(rest)
    return { text: await connection.closed(), errors }
  }

  const cutOffs = ({ logs }: TestServer) => logs.filter(({ message }) => message.includes('cut off'))

  it('lets the client have its 413 while more of the body arrives', async () => {
    await using upstream = await echo()
    const server = await proxyTo(upstream.url, { maxBody: '1KiB' })
    const first = `${post('transfer-encoding: chunked')}${chunk(2_000)}`
    const { text, errors } = await upload(server, first, `${chunk(30_000)}${chunk(30_000)}${lastChunk}`)
    expect(text).to.match(/^HTTP\/1\.1 413 [^]*PAYLOAD_TOO_LARGE[^]*\}$/)
    expect(errors).to.deep.equal([])
    expect(cutOffs(server)).to.deep.equal([])
  })

  it('lets the client have its 504 where the other server takes nothing', async () => {
    await using upstream = await startRawUpstream((socket) => socket.pause())
    const server = await proxyTo(upstream.url, { timeout: 200 })
    const bytes = 50_000_000
    const first = `${post(`content-length: ${bytes}`)}${'x'.repeat(bytes - 10)}`
    const { text } = await upload(server, first, 'x'.repeat(10))
    expect(text).to.match(/^HTTP\/1\.1 504 [^]*UPSTREAM_TIMEOUT[^]*\}$/)
    expect(cutOffs(server)).to.deep.equal([])
  })

  it('does not cut off an early answer for what comes behind it', async () => {
    await using upstream = await startUpstream((_req, res) => void res.writeHead(401).end('who are you?'))
    const server = await proxyTo(upstream.url, { maxBody: '1KiB' })
    const first = `${post('transfer-encoding: chunked')}${chunk(100)}`
    const { text, errors } = await upload(server, first, `${chunk(30_000)}${lastChunk}`)
    expect(text).to.match(/^HTTP\/1\.1 401 [^]*who are you\?/)
    expect(errors).to.deep.equal([])
    expect(cutOffs(server)).to.deep.equal([])
  })

  it('does not use a connection again on which a body was left unfinished', async () => {
    const seen: string[] = []
    await using upstream = await startUpstream((req, res) => {
      seen.push(req.url!)
      res.end('early')
    })
    const server = await proxyTo(upstream.url, { timeout: 2_000 })
    const { text } = await upload(server, `${post('content-length: 100000')}${'x'.repeat(1_000)}`, 'x'.repeat(99_000))
    expect(text).to.match(/^HTTP\/1\.1 200 [^]*early$/)
    const next = await server.fetch('/api/next')
    expect([next.status, seen]).to.deep.equal([200, ['/x', '/next']])
  })

  it('asks the other server once, also when its time-out is told late', async () => {
    const seen: string[] = []
    await using upstream = await startUpstream((req, res) => {
      seen.push(req.url!)
      if (req.url === '/quick') res.end()
    })
    const tellsLate: MiddlewareFunction = async (_ctx, next) => {
      try {
        return await next()
      } catch (error) {
        await delay(100)
        throw error
      }
    }
    const server = await proxyTo(upstream.url, { timeout: 200 }, { middleware: [tellsLate] })
    expect((await server.fetch('/api/quick')).status).to.equal(200)
    expect((await server.fetch('/api/silent')).status).to.equal(504)
    expect(seen).to.deep.equal(['/quick', '/silent'])
  })
})
