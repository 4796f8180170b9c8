import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createTlsServer } from 'node:https'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import type { AddressInfo } from 'node:net'

import { createTestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { Certificates } from '../../helpers/certificates.js'
import { exchange, http2Client, readAll } from '../../helpers/http-clients.js'
import { startRawUpstream, startUpstream } from './upstream.js'

let certificates: Certificates
let ca: Buffer
before(() => {
  certificates = new Certificates()
  ca = readFileSync(certificates.ca)
})
after(() => certificates.remove())

const start = (target: string, more: object = {}) =>
  createTestServer({
    listen: true,
    folder: certificates.folder,
    app: {
      tls: { cert: 'server.pem', key: 'server.key' },
      http2: true,
      controllers: [],
      mounts: [{ proxy: { target, ...more } }],
    },
  })

describe('a proxy mount behind HTTP/2', () => {
  it('passes requests and answers on as those of HTTP/1.1', async () => {
    await using upstream = await startUpstream((req, res) => {
      void readAll(req).then((body) => {
        res.writeHead(201, 'Made', { connection: 'close', 'set-cookie': ['a=1', 'b=2'], 'x-url': req.url })
        res.end(JSON.stringify({ headers: req.headers, body: body.toString() }))
      })
    })
    const server = await start(upstream.url)
    await using client = http2Client(server.url(), ca)
    const headers = { cookie: ['c=3', 'd=4'] }
    const known = await exchange(client, 'POST', '/x?y', { headers, body: 'four' })
    expect(known.status).to.equal(201)
    expect(known.headers['x-url']).to.equal('/x?y')
    expect(known.headers['set-cookie']).to.deep.equal(['a=1', 'b=2'])
    expect(known.json()).to.deep.include({ body: 'four' })
    expect(known.json().headers).to.include({
      cookie: 'c=3; d=4',
      'content-length': '4',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': new URL(server.url()).host,
    })
    const open = client.open('POST', '/x')
    open.body.write('of unknown ')
    open.body.end('length')
    const answer = JSON.parse((await readAll((await open.head).body)).toString()) as { headers: object; body: string }
    expect(answer.body).to.equal('of unknown length')
    expect(answer.headers).to.include({ 'transfer-encoding': 'chunked' })
  })

  it('passes nothing on whose path does not begin with a slash', async () => {
    await using upstream = await startUpstream((_req, res) => res.end())
    const server = await start(`${upstream.url}/v1`)
    await using client = http2Client(server.url(), ca)
    // Of http and https the client itself, and the library of the server, would refuse such paths.
    for (const path of ['2/secret', 'x/y', 'ws://internal.example/x', '*']) {
      const answer = await exchange(client, 'GET', path, { headers: { ':scheme': 'x' } })
      expect(answer.status, path).to.equal(404)
    }
    expect(upstream.connections).to.have.length(0)
  })

  it('leaves out what an answer says of HTTP/1.1 only', async () => {
    await using upstream = await startUpstream((_req, res) => {
      res.writeHead(200, { 'http2-settings': 'AAMAAABk', 'keep-alive': 'timeout=1', 'x-kept': '1' }).end()
    })
    const server = await start(upstream.url)
    await using client = http2Client(server.url(), ca)
    const { status, headers } = await exchange(client, 'GET', '/x')
    expect(status).to.equal(200)
    expect(headers).to.include({ 'x-kept': '1' }).and.to.not.include.any.keys('http2-settings', 'keep-alive')
  })

  it('passes on headers that an answer has twice', async () => {
    await using upstream = await startUpstream((_req, res) => {
      const twice = {
        'x-content-type-options': ['nosniff', 'nosniff'],
        'content-language': ['de', 'en'],
        vary: ['accept', 'origin'],
        'www-authenticate': ['Basic realm="a, b"', 'Bearer'],
        'set-cookie': ['a=1', 'a=1'],
        age: ['0', '0', '0'],
      }
      for (const [name, values] of Object.entries(twice)) res.setHeader(name, values)
      res.end('fine')
    })
    const server = await start(upstream.url)
    await using client = http2Client(server.url(), ca)
    const { status, headers, bytes } = await exchange(client, 'GET', '/x')
    expect([status, bytes.toString()]).to.deep.equal([200, 'fine'])
    expect(headers).to.deep.include({
      'x-content-type-options': 'nosniff',
      'content-language': 'de, en',
      vary: 'accept, origin',
      'www-authenticate': 'Basic realm="a, b", Bearer',
      'set-cookie': ['a=1', 'a=1'],
      age: '0',
    })
  })

  it('resets the stream, not the connection, when an answer breaks off', async () => {
    await using upstream = await startRawUpstream((socket, received) => {
      if (received.includes('/whole')) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nwhole')
      else socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nbroken')
    })
    const server = await start(upstream.url)
    await using client = http2Client(server.url(), ca)
    const failure = await exchange(client, 'GET', '/broken').catch((error: unknown) => error)
    expect(failure).to.be.instanceOf(Error)
    expect((await exchange(client, 'GET', '/whole')).bytes.toString()).to.equal('whole')
  })

  it('gives the request up with its stream', async () => {
    let isGivenUp = false
    await using upstream = await startUpstream((_req, res) => {
      res.on('close', () => (isGivenUp = true))
      res.write('begun')
    })
    const server = await start(upstream.url)
    await using client = http2Client(server.url(), ca)
    const open = client.open('GET', '/x')
    open.body.end()
    await open.head
    open.abort()
    while (!isGivenUp) await new Promise((resolve) => setTimeout(resolve, 5))
  })

  it('serves WebSocket on the HTTP/1.1 of the same port', async () => {
    await using upstream = await startRawUpstream((socket, received) => {
      if (!received.endsWith('\r\n\r\n')) return
      socket.removeAllListeners('data')
      socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\r\n')
      socket.pipe(socket)
    })
    const server = await start(upstream.url)
    const socket = connect({ port: Number(new URL(server.url()).port), host: '127.0.0.1', ca })
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
    socket.write('GET /ws HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n')
    while (!text.includes('\r\n\r\n')) await once(socket, 'data')
    expect(text).to.match(/^HTTP\/1\.1 101 /)
    socket.write('echo')
    while (!text.endsWith('echo')) await once(socket, 'data')
    socket.destroy()
  })
})

describe('the target of a proxy mount', () => {
  it('may be a unix socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lokstra-proxy-'))
    const path = join(folder, 'other.sock')
    const other = createServer((req, res) => res.end(`${req.headers.host} ${req.url}`)).listen(path)
    await once(other, 'listening')
    const server = await start(`unix:${path}`)
    await using client = http2Client(server.url(), ca)
    expect((await exchange(client, 'GET', '/x')).bytes.toString()).to.equal('localhost /x')
    other.closeAllConnections()
    other.close()
    rmSync(folder, { recursive: true })
  })

  it('is asked over TLS only when its certificate is good', async () => {
    const options = { cert: readFileSync(certificates.server.cert), key: readFileSync(certificates.server.key) }
    const other = createTlsServer(options, (_req: IncomingMessage, res) => res.end('secure')).listen(0, '127.0.0.1')
    await once(other, 'listening')
    const target = `https://127.0.0.1:${(other.address() as AddressInfo).port}`
    const ask = async (more: object) => {
      const server = await start(target, more)
      await using client = http2Client(server.url(), ca)
      return await exchange(client, 'GET', '/x')
    }
    const unknown = await ask({})
    expect([unknown.status, unknown.json().error?.code]).to.deep.equal([502, 'UPSTREAM_UNREACHABLE'])
    certificates.authority('strangers')
    const strange = await ask({ ca: 'strangers.pem' })
    expect([strange.status, strange.json().error?.code]).to.deep.equal([502, 'UPSTREAM_UNREACHABLE'])
    expect((await ask({ ca: 'ca.pem' })).bytes.toString()).to.equal('secure')
    other.closeAllConnections()
    other.close()
  })

  it('shows a certificate of its own name, and shares its connections, whatever Host it is passed', async () => {
    const options = ({ cert, key }: { cert: string; key: string }) => ({
      cert: readFileSync(cert),
      key: readFileSync(key),
    })
    const names: (string | false | null)[] = []
    const other = createTlsServer(options(certificates.server), (req, res) => res.end(req.headers.host))
    other.on('secureConnection', ({ servername }) => names.push(servername))
    other.listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const ask = async (host: string, authorities: readonly string[]) => {
      const server = await start(`https://${host}:${port}`, { preserveHost: true, connections: 1, ca: 'ca.pem' })
      await using client = http2Client(server.url(), ca)
      const answers = authorities.map((authority) =>
        exchange(client, 'GET', '/x', { headers: { ':authority': authority } }),
      )
      return (await Promise.all(answers)).map(({ status, bytes }) => (status === 200 ? bytes.toString() : status))
    }
    expect(await ask('127.0.0.1', ['a.example', 'b.example'])).to.deep.equal(['a.example', 'b.example'])
    expect(await ask('localhost', ['a.example', 'b.example'])).to.deep.equal(['a.example', 'b.example'])
    expect(names).to.deep.equal([false, 'localhost'])
    other.setSecureContext(options(certificates.issue('stranger', { names: 'DNS:stranger.example' })))
    expect(await ask('127.0.0.1', ['stranger.example'])).to.deep.equal([502])
    expect(await ask('localhost', ['stranger.example'])).to.deep.equal([502])
    other.closeAllConnections()
    other.close()
  })

  const refusals: readonly (readonly [string, object, string])[] = [
    ['that is missing', { ca: 'gone.pem' }, 'gone.pem does not exist'],
    ['that is a folder', { ca: '.' }, 'is a folder'],
    ['below a file', { ca: 'ca.pem/x' }, 'ca.pem/x does not exist'],
    ['without a certificate', { ca: 'server.key' }, 'server.key holds no certificate in PEM form'],
    ['of a target that is not https', { ca: 'ca.pem', target: 'http://127.0.0.1:1' }, 'the target is not https'],
  ]
  for (const [what, more, reason] of refusals) {
    it(`refuses a file of authorities ${what}`, async () => {
      const error = (await start('https://127.0.0.1:1', more).catch((thrown: unknown) => thrown)) as Error
      expect(error.message).to.include('E_MOUNT_AUTHORITY: proxy.ca: ').and.include(reason)
    })
  }
})
