import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { Agent, request as httpsRequest, type RequestOptions } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls'

import { expect } from 'chai'

import { Certificates } from '../../../helpers/certificates.js'
import { freePort } from '../../../helpers/free-port.js'
import type { KeyCases } from './key-case.js'
import { probe, probeApp, readAll, startYaml, type YamlServer } from './yaml-server.js'

const start = (keys: string) => startYaml(probeApp(keys), { code: probe })

async function post(server: YamlServer, body: unknown): Promise<number> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const headers = { 'content-type': 'application/json' }
  return (await server.request('/probe', { method: 'POST', headers, body: text })).status
}

const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)])

export const appKeys: KeyCases = {
  async 'AppConfig.name'() {
    await using server = await startYaml(`apps: [{ name: shop, listen: '127.0.0.1:0' }]\n`, {
      code: { apps: [{ ...probe.apps![0], name: 'shop' }] },
    })
    const [{ app } = { app: '' }] = await server.server.operations()
    expect(app).to.equal('shop')
  },
  async 'AppConfig.listen'() {
    const port = await freePort()
    await using server = await startYaml(`apps: [{ name: api, listen: '127.0.0.1:${port}' }]\n`, { code: probe })
    expect((await fetch(`http://127.0.0.1:${port}/probe`)).status).to.equal(200)
    expect(server.url).to.equal(`http://127.0.0.1:${port}`)
  },
  async 'AppConfig.socketMode'() {
    const folder = mkdtempSync(join(tmpdir(), 'lokstra-socket-'))
    const path = join(folder, 'api.sock')
    try {
      await using server = await startYaml(`apps: [{ name: api, listen: 'unix:${path}', socketMode: '600' }]\n`, {
        code: probe,
      })
      expect(server.server.phase).to.equal('ready')
      expect(statSync(path).mode & 0o777).to.equal(0o600)
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
  async 'AppConfig.prefix'() {
    await using server = await start('prefix: /v1')
    expect((await server.request('/v1/probe')).status).to.equal(200)
    expect((await server.request('/probe')).status).to.equal(404)
  },
  async 'AppConfig.controllers'() {
    await using server = await startYaml(`apps: [{ name: api, listen: '127.0.0.1:0', controllers: 'health' }]\n`)
    expect((await server.request('/health/live')).status).to.equal(200)
  },
  async 'AppConfig.middleware'() {
    await using server = await start('middleware: [requestId]')
    expect((await server.request('/probe')).headers.get('x-request-id')).to.be.a('string')
  },
  async 'AppConfig.mounts'() {
    await using server = await startYaml(probeApp('mounts: [{ static: { dir: public } }]'), {
      code: probe,
      files: { 'public/a.txt': 'a' },
    })
    expect(await (await server.request('/a.txt')).text()).to.equal('a')
  },
  async 'AppConfig.formatter'() {
    await using server = await start('formatter: plain')
    expect(await (await server.request('/probe')).json()).to.have.all.keys('requestId')
  },
  async 'AppConfig.unknownKeys'() {
    await using server = await start('unknownKeys: reject')
    expect([await post(server, { value: 1 }), await post(server, { valu: 1 })]).to.deep.equal([200, 400])
  },

  async 'LimitsConfig.body'() {
    await using server = await start('limits: { body: 32b }')
    expect([await post(server, { value: 'a' }), await post(server, { value: 'a'.repeat(32) })]).to.deep.equal([
      200, 413,
    ])
  },
  async 'LimitsConfig.depth'() {
    await using server = await start('limits: { depth: 4 }')
    expect([await post(server, { value: nested(3) }), await post(server, { value: nested(4) })]).to.deep.equal([
      200, 400,
    ])
  },
  async 'LimitsConfig.keys'() {
    await using server = await start('limits: { keys: 2 }')
    const statuses = [await post(server, { a: 1, b: 2 }), await post(server, { a: 1, b: 2, c: 3 })]
    expect(statuses).to.deep.equal([200, 400])
  },
  async 'LimitsConfig.items'() {
    await using server = await start('limits: { items: 2 }')
    const statuses = [await post(server, { value: [1, 2] }), await post(server, { value: [1, 2, 3] })]
    expect(statuses).to.deep.equal([200, 400])
  },
  async 'LimitsConfig.headers'() {
    await using server = await start('limits: { headers: 1KiB }')
    expect((await server.request('/probe', { headers: { 'x-long': 'a'.repeat(2_000) } })).status).to.equal(431)
  },
  async 'LimitsConfig.headerCount'() {
    await using server = await start('limits: { headerCount: 20 }')
    const headers = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`x-${at}`, '1']))
    expect((await server.request('/probe', { headers: headers(5) })).status).to.equal(200)
    expect((await server.request('/probe', { headers: headers(20) })).status).to.equal(431)
  },
  async 'LimitsConfig.connections'() {
    await using server = await start('limits: { connections: 1 }')
    await server.socket()
    const second = await server.socket('GET /probe HTTP/1.1\r\nhost: a\r\n\r\n')
    expect(await readAll(second).catch(() => '')).to.equal('')
  },
  async 'LimitsConfig.requestsPerConnection'() {
    await using server = await start('limits: { requestsPerConnection: 1 }')
    const { headers } = await server.request('/probe')
    expect(headers.get('connection')).to.equal('close')
  },

  async 'TimeoutsConfig.handler'() {
    await using server = await start('timeouts: { handler: 50ms }')
    expect((await server.request('/probe/wait')).status).to.equal(503)
  },
  async 'TimeoutsConfig.headers'() {
    await using server = await start('timeouts: { headers: 200ms }')
    expect(await readAll(await server.socket('GET /probe HTTP/1.1\r\nhost'))).to.match(/^HTTP\/1.1 408 /)
  },
  async 'TimeoutsConfig.request'() {
    await using server = await start('timeouts: { headers: 200ms, request: 200ms }')
    const text = 'POST /probe HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{'
    expect(await readAll(await server.socket(text))).to.match(/^HTTP\/1.1 408 /)
  },
  async 'TimeoutsConfig.keepAlive'() {
    await using server = await start('timeouts: { keepAlive: 7s }')
    expect((await server.request('/probe')).headers.get('keep-alive')).to.equal('timeout=7')
  },
}

let certificates: Certificates | undefined

/** Made when the first case needs them. */
function certificatesOf(): Certificates {
  return (certificates ??= new Certificates())
}

after(() => certificates?.remove())

/** @param keys  of `tls`, besides the certificate and its key */
function startTls(keys = '', of = certificatesOf().server, app = ''): Promise<YamlServer> {
  const tls = `{ cert: '${of.cert}', key: '${of.key}'${keys === '' ? '' : `, ${keys}`} }`
  return startYaml(probeApp(`tls: ${tls}${app}`), { code: probe })
}

async function getTls({ url }: YamlServer, options: RequestOptions = {}): Promise<number> {
  const ca = readFileSync(certificatesOf().ca)
  const agent = new Agent({ keepAlive: false })
  const req = httpsRequest(`${url}/probe`, { ca, agent, ...options }).end()
  const [res] = (await once(req, 'response')) as [IncomingMessage]
  res.resume()
  await once(res, 'end')
  return res.statusCode!
}

async function handshake({ url }: YamlServer, options: ConnectionOptions): Promise<TLSSocket> {
  const ca = readFileSync(certificatesOf().ca)
  const socket = connectTls({ host: '127.0.0.1', port: Number(new URL(url).port), ca, ...options })
  await once(socket, 'secureConnect')
  return socket
}

const failed = (error: unknown) => (error as NodeJS.ErrnoException).code ?? String(error)

export const tlsKeys: KeyCases = {
  async 'TlsConfig.cert'() {
    const other = certificatesOf().issue('shop', { subject: '/CN=shop' })
    await using server = await startTls('', other)
    const socket = await handshake(server, {})
    expect(socket.getPeerCertificate().subject.CN).to.equal('shop')
    socket.destroy()
  },
  async 'TlsConfig.key'() {
    await using server = await startTls()
    expect(await getTls(server)).to.equal(200)
  },
  async 'TlsConfig.passphrase'() {
    const { server: own } = certificatesOf()
    const key = certificatesOf().encryptKey('server', 'open: "sesame"')
    await using server = await startTls(`passphrase: 'open: "sesame"'`, { cert: own.cert, key })
    expect(await getTls(server)).to.equal(200)
  },
  async 'TlsConfig.clientCertificate'() {
    await using server = await startTls(`ca: '${certificatesOf().ca}', clientCertificate: require`)
    expect(await getTls(server).catch(failed)).not.to.equal(200)
  },
  async 'TlsConfig.ca'() {
    const client = certificatesOf().issue('client')
    await using server = await startTls(`ca: '${certificatesOf().ca}', clientCertificate: require`)
    const shown = { cert: readFileSync(client.cert), key: readFileSync(client.key) }
    expect(await getTls(server, shown)).to.equal(200)
  },
  async 'TlsConfig.minVersion'() {
    await using server = await startTls('minVersion: TLSv1.3')
    expect(await getTls(server)).to.equal(200)
    expect(await getTls(server, { maxVersion: 'TLSv1.2' }).catch(failed)).not.to.equal(200)
  },
  async 'AppConfig.http2'() {
    await using server = await startTls('', undefined, ', http2: true')
    const socket = await handshake(server, { ALPNProtocols: ['h2', 'http/1.1'] })
    expect(socket.alpnProtocol).to.equal('h2')
    socket.destroy()
  },
}
