import { readFileSync } from 'node:fs'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

import { RemoteCallError } from '@lokstra/core'
import { expect } from 'chai'

import { Certificates } from '../../../helpers/certificates.js'
import { poll } from '../../../helpers/poll.js'
import { callOptions, createTarget, placing, type CallOptions, type CallTarget } from './internals.js'
import { createBlackHole, createHttpPeer, createPeer, createRefusingUrl } from './peer.js'

async function failureOf(target: CallTarget, options: Partial<CallOptions> = {}): Promise<RemoteCallError> {
  try {
    const response = await target.call(placing, callOptions(options))
    throw new Error(`answered ${response.status}`)
  } catch (error) {
    if (error instanceof RemoteCallError) return error
    throw error
  }
}

const told = ({ code, status, executed, attempts }: RemoteCallError) => ({ code, status, executed, attempts })

const unavailable = { code: 'REMOTE_UNAVAILABLE', status: 503, attempts: 1 }
const failed = { code: 'REMOTE_FAILED', status: 502, attempts: 1 }
const late = { code: 'REMOTE_TIMEOUT', status: 504, attempts: 1 }

describe('a call that gets no answer', () => {
  it('was not executed where nobody listens', async () => {
    const error = await failureOf(createTarget(await createRefusingUrl()))
    expect(told(error)).to.deep.equal({ ...unavailable, executed: 'no' })
    expect(error.headers).to.deep.equal({ 'retry-after': '1' })
    expect(error.server).to.equal('shop.users-1')
    expect(error.message).to.equal('UserService cannot be reached')
    expect((error.cause as Error).message).to.include('ECONNREFUSED')
  })

  it('was not executed where the host has no address', async () => {
    const error = await failureOf(createTarget('http://no-such-host.invalid:3001'))
    expect(told(error)).to.deep.equal({ ...unavailable, executed: 'no' })
  })

  it('was not executed where there is no unix socket', async () => {
    const error = await failureOf(createTarget('unix:/nowhere/of/lokstra.sock'))
    expect(told(error)).to.deep.equal({ ...unavailable, executed: 'no' })
  })

  it('was not executed where the connection is never taken', async () => {
    const target = createTarget(await createBlackHole(), { http: { connectTimeoutMs: 300 } })
    expect(told(await failureOf(target))).to.deep.equal({ ...unavailable, executed: 'no' })
  })

  it('was not executed where time runs out before there is a connection', async () => {
    const target = createTarget(await createBlackHole(), { timeoutMs: 200, http: { connectTimeoutMs: 10_000 } })
    expect(told(await failureOf(target))).to.deep.equal({ ...late, executed: 'no' })
  })

  it('may have been executed where the peer resets while the request is written', async () => {
    const peer = await createPeer({ onConnect: (socket) => socket.once('data', () => socket.resetAndDestroy()) })
    const target = createTarget(peer.url)
    const body = JSON.stringify('x'.repeat(10_000_000))
    const error = await failureOf(target, { prepare: (request) => ({ ...request, body }) })
    expect(told(error)).to.deep.equal({ ...unavailable, executed: 'maybe' })
    expect(peer.requests).to.deep.equal([])
  })

  it('may have been executed where the peer resets after it has read the request', async () => {
    const peer = await createPeer({ onRequest: (socket) => socket.resetAndDestroy() })
    expect(told(await failureOf(createTarget(peer.url)))).to.deep.equal({ ...unavailable, executed: 'maybe' })
    expect(peer.requests).to.have.length(1)
  })

  it('may have been executed where the peer ends the connection without a word', async () => {
    const peer = await createPeer({ onRequest: (socket) => socket.end() })
    expect(told(await failureOf(createTarget(peer.url)))).to.deep.equal({ ...unavailable, executed: 'maybe' })
  })

  it('may have been executed where the peer reads and never answers', async () => {
    const peer = await createPeer({})
    expect(told(await failureOf(createTarget(peer.url, { timeoutMs: 200 })))).to.deep.equal({
      ...late,
      executed: 'maybe',
    })
    expect(peer.requests).to.have.length(1)
  })

  it('may have been executed where the body stops half way and the connection ends', async () => {
    const peer = await createPeer({
      onRequest: (socket) =>
        socket.end('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"a":'),
    })
    expect(told(await failureOf(createTarget(peer.url)))).to.deep.equal({ ...unavailable, executed: 'maybe' })
  })

  it('may have been executed where a chunked body ends without its last chunk', async () => {
    const peer = await createPeer({
      onRequest: (socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"a":\r\n'),
    })
    expect(told(await failureOf(createTarget(peer.url)))).to.deep.equal({ ...unavailable, executed: 'maybe' })
  })

  for (const [what, framing, body] of [
    ['length', 'content-length: 100', '{"a":'],
    ['chunks', 'transfer-encoding: chunked', '5\r\n{"a":\r\n'],
  ] as const) {
    it(`may have been executed where the body with ${what} stops half way on a connection that was to end with it`, async () => {
      const peer = await createPeer({
        onRequest: (socket) => socket.end(`HTTP/1.1 200 OK\r\nconnection: close\r\n${framing}\r\n\r\n${body}`),
      })
      expect(told(await failureOf(createTarget(peer.url)))).to.deep.equal({ ...unavailable, executed: 'maybe' })
    })
  }

  it('may have been executed where the body stops half way and nothing follows', async () => {
    const peer = await createPeer({
      onRequest: (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"a":'),
    })
    expect(told(await failureOf(createTarget(peer.url, { timeoutMs: 200 })))).to.deep.equal({
      ...late,
      executed: 'maybe',
    })
  })

  for (const [what, text] of [
    ['is not HTTP', 'SSH-2.0-OpenSSH_9.2\r\n\r\n'],
    ['has a malformed head', 'HTTP/1.1 200 OK\r\nbro ken header\r\n\r\n'],
    ['contradicts itself about its length', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}'],
    ['has a head without end', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}`],
  ] as const) {
    it(`may have been executed where the answer ${what}`, async () => {
      const peer = await createPeer({ onRequest: (socket) => socket.end(text) })
      expect(told(await failureOf(createTarget(peer.url)))).to.deep.equal({ ...failed, executed: 'maybe' })
    })
  }

  it('may have been executed where the answer is larger than allowed', async () => {
    const peer = await createHttpPeer((_request, response) => response.end('x'.repeat(200_000)))
    const target = createTarget(peer.url, { http: { answerLimitBytes: 100_000 } })
    const error = await failureOf(target)
    expect(told(error)).to.deep.equal({ ...failed, executed: 'maybe' })
    expect((error.cause as Error).message).to.equal('The answer is larger than 100000 bytes')
  })

  it('is no failure of the endpoint where the answer is larger than allowed, however often', async () => {
    const peer = await createHttpPeer((_request, response) => response.end('x'.repeat(2_000)))
    const target = createTarget(peer.url, {
      http: { answerLimitBytes: 1_000 },
      breaker: { failures: 2, openForMs: 60_000 },
    })
    for (let time = 0; time < 3; time++) await failureOf(target)
    expect(target.statistics.endpoints[0]!.breaker).to.equal('closed')
    expect(peer.requests).to.have.length(3)
  })

  it('was not executed where a certificate is not trusted', async () => {
    const certificates = new Certificates()
    const { cert, key } = certificates.server
    const server = createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) }, () => {
      throw new Error('reached')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const target = createTarget(`https://127.0.0.1:${(server.address() as AddressInfo).port}`)
      expect(told(await failureOf(target))).to.deep.equal({ ...unavailable, executed: 'no' })
    } finally {
      server.close()
      certificates.remove()
    }
  })

  it('was not executed where the peer does not speak TLS', async () => {
    const peer = await createPeer({
      onConnect: (socket) => socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    })
    const target = createTarget(peer.url.replace('http:', 'https:'))
    expect(told(await failureOf(target))).to.deep.equal({ ...unavailable, executed: 'no' })
  })

  it('may have been executed where a kept connection breaks off under it', async () => {
    const peer = await createPeer({
      onRequest: (socket, _text, count) => {
        if (count === 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}')
        else socket.resetAndDestroy()
      },
    })
    const target = createTarget(peer.url, { connections: 1 })
    await target.call(placing, callOptions())
    expect(told(await failureOf(target))).to.deep.equal({ ...unavailable, executed: 'maybe' })
    expect([peer.connections, peer.requests.length]).to.deep.equal([1, 2])
  })

  it('was not executed where its header cannot be sent', async () => {
    const peer = await createHttpPeer((_request, response) => response.end())
    const target = createTarget(peer.url, { retries: 2 })
    const prepare: CallOptions['prepare'] = (request) => ({ ...request, headers: { 'x-name': 'a\nb' } })
    const error = await failureOf(target, { prepare, isIdempotent: true })
    expect(told(error)).to.deep.equal({ ...failed, executed: 'no' })
    expect(peer.requests).to.have.length(0)
  })

  it('is aborted on the wire when its caller gives up', async () => {
    let isClosed = false
    const peer = await createPeer({ onConnect: (socket) => socket.on('close', () => (isClosed = true)) })
    const target = createTarget(peer.url)
    const controller = new AbortController()
    const failure = failureOf(target, { signal: controller.signal })
    await poll(
      () => peer.requests.length === 1,
      () => 'no request',
    )
    controller.abort()
    expect(told(await failure)).to.deep.equal({ ...failed, executed: 'maybe' })
    await poll(
      () => isClosed,
      () => 'the connection is still open',
    )
    expect(target.statistics.inFlight).to.equal(0)
    expect(target.statistics.methods.get('place')?.outcomes.aborted).to.equal(1)
  })

  it('is late when its caller gives up because of a deadline', async () => {
    const peer = await createPeer({})
    const error = await failureOf(createTarget(peer.url), { signal: AbortSignal.timeout(100) })
    expect(told(error)).to.deep.equal({ ...late, executed: 'maybe' })
  })

  it('is not sent for a caller who has given up, nor for one without time', async () => {
    const peer = await createHttpPeer((_request, response) => response.end())
    const target = createTarget(peer.url)
    const none = { executed: 'no', attempts: 0 }
    expect(told(await failureOf(target, { signal: AbortSignal.abort() }))).to.deep.equal({ ...failed, ...none })
    expect(told(await failureOf(target, { remainingMs: 0 }))).to.deep.equal({ ...late, ...none })
    expect(peer.requests).to.have.length(0)
  })

  it('is not written any more when its caller has given up while it waited for a connection', async () => {
    const peer = await createPeer({
      onRequest: (socket) => setTimeout(() => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'), 300),
    })
    const target = createTarget(peer.url, { connections: 1 })
    const first = target.call(placing, callOptions())
    const controller = new AbortController()
    const second = failureOf(target, { signal: controller.signal })
    controller.abort()
    expect(told(await second)).to.deep.equal({ ...failed, executed: 'no' })
    await first
    await target.call(placing, callOptions())
    expect(peer.requests).to.have.length(2)
  })

  it('leaves the connection that it waited for to the next', async () => {
    const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'
    let answerFirst: (() => void) | undefined
    const peer = await createPeer({
      onRequest: (socket, _text, count) => {
        if (count === 1) answerFirst = () => socket.write(ok)
        else socket.write(ok)
      },
    })
    const target = createTarget(peer.url, { connections: 1 })
    const first = target.call(placing, callOptions())
    await poll(
      () => answerFirst !== undefined,
      () => 'the first call',
    )
    const waiting = await Promise.all([1, 2, 3].map(() => failureOf(target, { remainingMs: 30 })))
    expect(waiting.map(told)).to.deep.equal(Array(3).fill({ ...late, executed: 'no' }))
    const next = target.call(placing, callOptions())
    answerFirst!()
    await Promise.all([first, next])
    expect(peer.requests).to.have.length(2)
    expect(peer.connections).to.equal(1)
  })
})

describe('a call that is answered', () => {
  it('takes verb, target, headers and body to the server, and gives what it said', async () => {
    const peer = await createHttpPeer((_request, response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' })
      response
        .writeHead(201, { 'content-type': 'application/json', 'set-cookie': ['a=1', 'b=2'] })
        .end('{"name":"Ünë"}')
    })
    const response = await createTarget(peer.url).call(placing, callOptions())
    expect(response.status).to.equal(201)
    expect(response.headers['content-type']).to.equal('application/json')
    expect(response.headers['set-cookie']).to.equal('a=1, b=2')
    expect(await response.text()).to.equal('{"name":"Ünë"}')
    const [request] = peer.requests
    expect([request!.method, request!.url]).to.deep.equal([placing.verb, placing.target])
    expect(request!.headers).to.include({
      'content-type': 'application/json',
      'content-length': '14',
      'x-attempt': '1',
    })
    expect(Number(request!.headers['x-timeout'])).to.be.within(1, 5_000)
  })

  it('goes below the path of the address', async () => {
    const peer = await createHttpPeer((_request, response) => response.end('{}'))
    await createTarget(`${peer.url}/v1/`).call(placing, callOptions())
    expect(peer.requests[0]!.url).to.equal(`/v1${placing.target}`)
  })

  it("may be an error of the operation, which is its caller's to read", async () => {
    const peer = await createHttpPeer((_request, response) => response.writeHead(409).end('{"error":{}}'))
    const response = await createTarget(peer.url, { retries: 2 }).call(placing, callOptions({ isIdempotent: true }))
    expect(response.status).to.equal(409)
    expect(peer.requests).to.have.length(1)
  })

  it('keeps its connection for the next', async () => {
    const peer = await createPeer({
      onRequest: (socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n'),
    })
    const target = createTarget(peer.url, { connections: 1 })
    for (let count = 0; count < 5; count++) await target.call(placing, callOptions())
    expect([peer.connections, peer.requests.length]).to.deep.equal([1, 5])
  })

  it('goes over TLS with the certificate of the caller where the server asks for one', async () => {
    const certificates = new Certificates()
    const client = certificates.issue('shop.orders')
    const read = (file: string) => readFileSync(file, 'utf8')
    const server = createTlsServer(
      {
        cert: read(certificates.server.cert),
        key: read(certificates.server.key),
        ca: read(certificates.ca),
        requestCert: true,
        rejectUnauthorized: true,
      },
      (_request, response) => response.end('{}'),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
    try {
      const ca = read(certificates.ca)
      const tls = { cert: read(client.cert), key: read(client.key), ca }
      expect((await createTarget(url, { http: { tls } }).call(placing, callOptions())).status).to.equal(200)
      expect((await failureOf(createTarget(url, { http: { tls: { ca } } }))).status).to.equal(503)
    } finally {
      server.closeAllConnections()
      server.close()
      certificates.remove()
    }
  })
})
