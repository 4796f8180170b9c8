import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

import { expect } from 'chai'

import { Certificates } from '../../../helpers/certificates.js'
import type { KeyCases } from './key-case.js'
import { probeApp, startYaml, type YamlServer } from './yaml-server.js'

interface Upstream extends AsyncDisposable {
  readonly target: string
  /** What has arrived. */
  readonly requests: IncomingMessage[]
}

/** Another server, which says hello unless told otherwise. */
async function startUpstream(
  answer: (response: ServerResponse, request: IncomingMessage) => void = (response) => response.end('hello'),
): Promise<Upstream> {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request.resume())
    answer(response, request)
  }).listen(0, '127.0.0.1')
  server.on('upgrade', (_, socket) => {
    socket.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nhi')
  })
  await once(server, 'listening')
  return {
    target: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A server whose only app passes everything on. */
function startProxy(target: string, keys = ''): Promise<YamlServer> {
  const config = `{ target: '${target}'${keys === '' ? '' : `, ${keys}`} }`
  return startYaml(probeApp(`controllers: [], mounts: [{ proxy: ${config} }]`))
}

/** What the other server gets of one request. */
async function received(keys: string, path = '/a', init?: RequestInit): Promise<IncomingMessage> {
  await using upstream = await startUpstream()
  await using server = await startProxy(upstream.target, keys)
  expect((await server.request(path, init)).status).to.equal(200)
  return upstream.requests[0]!
}

const never = () => undefined

export const proxyKeys: KeyCases = {
  async 'mounts.proxy.target'() {
    await using upstream = await startUpstream()
    await using server = await startProxy(`${upstream.target}/base`)
    expect(await (await server.request('/a')).text()).to.equal('hello')
    expect(upstream.requests[0]!.url).to.equal('/base/a')
  },
  async 'mounts.proxy.ca'() {
    const certificates = new Certificates()
    const [cert, key] = [certificates.server.cert, certificates.server.key].map((file) => readFileSync(file))
    const upstream = createTlsServer({ cert, key }, (_, response) => response.end()).listen(0, '127.0.0.1')
    await once(upstream, 'listening')
    const target = `https://127.0.0.1:${(upstream.address() as AddressInfo).port}`
    for (const [keys, status] of [[`ca: '${certificates.ca}'`, 200] as const, ['', 502] as const]) {
      await using server = await startProxy(target, keys)
      expect((await server.request('/a')).status).to.equal(status)
    }
    upstream.closeAllConnections()
    upstream.close()
    certificates.remove()
  },
  async 'mounts.proxy.prefix'() {
    expect((await received('prefix: /old', '/old/a')).url).to.equal('/a')
  },
  async 'mounts.proxy.stripPrefix'() {
    expect((await received('prefix: /old, stripPrefix: false', '/old/a')).url).to.equal('/old/a')
  },
  async 'mounts.proxy.rewrite'() {
    expect((await received('rewrite: { /v1: /v2 }', '/v1/a')).url).to.equal('/v2/a')
  },
  async 'mounts.proxy.timeout'() {
    await using upstream = await startUpstream(never)
    await using server = await startProxy(upstream.target, 'timeout: 100ms')
    expect((await server.request('/a')).status).to.equal(504)
  },
  async 'mounts.proxy.connectTimeout'() {
    // An address that is kept for documentation: nobody answers, or there is no way to it.
    await using server = await startProxy('http://192.0.2.1:81', 'connectTimeout: 100ms')
    expect((await server.request('/a')).status).to.be.oneOf([502, 504])
  },
  async 'mounts.proxy.idleTimeout'() {
    await using upstream = await startUpstream((response) => response.write('begun'))
    await using server = await startProxy(upstream.target, 'idleTimeout: 200ms')
    const failure = await server.request('/a').then((response) => response.text().catch(() => 'cut off'))
    expect(failure).to.equal('cut off')
  },
  async 'ProxyHeadersConfig.add'() {
    const { headers } = await received('headers: { add: { x-from: lokstra } }')
    expect(headers['x-from']).to.equal('lokstra')
  },
  async 'ProxyHeadersConfig.remove'() {
    const { headers } = await received('headers: { remove: x-private }', '/a', { headers: { 'x-private': '1' } })
    expect(headers).not.to.have.property('x-private')
  },
  async 'mounts.proxy.preserveHost'() {
    await using upstream = await startUpstream()
    for (const preserveHost of [true, false]) {
      await using server = await startProxy(upstream.target, `preserveHost: ${preserveHost}`)
      await server.request('/a')
      const { host } = preserveHost ? new URL(server.url) : new URL(upstream.target)
      expect(upstream.requests.at(-1)!.headers.host).to.equal(host)
    }
  },
  async 'mounts.proxy.websocket'() {
    await using upstream = await startUpstream()
    const key = 'sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
    for (const websocket of [true, false]) {
      await using server = await startProxy(upstream.target, `websocket: ${websocket}`)
      const head = `GET /a HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n${key}\r\n`
      const [answer] = (await once(await server.socket(head), 'data')) as [string]
      expect(answer.startsWith('HTTP/1.1 101 ')).to.equal(websocket)
    }
  },
  async 'mounts.proxy.maxBody'() {
    await using upstream = await startUpstream()
    await using server = await startProxy(upstream.target, 'maxBody: 10b')
    const init = { method: 'POST', headers: { 'content-type': 'text/plain' } }
    expect((await server.request('/a', { ...init, body: 'short' })).status).to.equal(200)
    expect((await server.request('/a', { ...init, body: 'longer than that' })).status).to.equal(413)
  },
  async 'mounts.proxy.trust'() {
    const init = { headers: { 'x-forwarded-for': '203.0.113.7' } }
    expect((await received('trust: 127.0.0.0/8', '/a', init)).headers['x-forwarded-for']).to.match(/^203\.0\.113\.7, /)
    expect((await received('', '/a', init)).headers['x-forwarded-for']).not.to.contain('203.0.113.7')
  },
  async 'mounts.proxy.connections'() {
    let open = 0
    let most = 0
    await using upstream = await startUpstream((response) => {
      most = Math.max(most, ++open)
      setTimeout(() => {
        open--
        response.end('hello')
      }, 50)
    })
    await using server = await startProxy(upstream.target, 'connections: 2')
    await Promise.all(Array.from({ length: 8 }, async () => (await server.request('/a')).text()))
    expect(most).to.equal(2)
  },
}
