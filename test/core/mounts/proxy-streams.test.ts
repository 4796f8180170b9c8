import { once } from 'node:events'
import { request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'

import { BodyLimit } from '@lokstra/middleware/body-limit'
import { expect } from 'chai'

import { exchange, http1Client } from '../../helpers/http-clients.js'
import { openRaw } from '../response/raw-request.js'
import { echo, proxyTo } from './proxied-app.js'
import { startUpstream } from './upstream.js'

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

  it('counts what the bodyLimit middleware allows as well, the less of both, also where the app allows the same', async () => {
    await using upstream = await echo()
    const statusOf = async (app: object, more: object, headers: OutgoingHttpHeaders) => {
      const server = await proxyTo(upstream.url, more, { limits: { body: 1_024 }, ...app })
      await using client = http1Client(server.url())
      const { body, head } = client.open('POST', '/api/x', headers)
      body.end('x'.repeat(2_000))
      return (await head).status
    }
    const limited = (limit: number) => ({ middleware: [[BodyLimit, { limit }]] })
    for (const headers of [
      { 'transfer-encoding': 'chunked' },
      { 'content-length': 2_000, 'content-encoding': 'odd' },
    ]) {
      expect(await statusOf({}, {}, headers)).to.equal(200)
      expect(await statusOf(limited(1_024), {}, headers)).to.equal(413)
      expect(await statusOf(limited(1_024), { maxBody: 4_096 }, headers)).to.equal(413)
      expect(await statusOf(limited(4_096), { maxBody: 1_024 }, headers)).to.equal(413)
      expect(await statusOf(limited(4_096), { maxBody: 4_096 }, headers)).to.equal(200)
    }
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
