import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request, type RequestOptions } from 'node:https'
import { connect as connectRaw } from 'node:net'
import { connect } from 'node:tls'
import { mock } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'

import { Context, createServer, Get, Route, type AppOptions } from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { problemOf, problemsOf } from '../../helpers/boot-problems.js'
import { Certificates } from '../../helpers/certificates.js'
import { silentLogger } from '../../helpers/silent-logger.js'

@Route()
class Who {
  @Get('/who') who(ctx: Context) {
    const { clientCertificate } = ctx
    if (!clientCertificate) return { name: null }
    const { subject, issuer, names, fingerprint, validTo } = clientCertificate
    return { name: subject.CN, issuer: issuer.CN, names, fingerprint, validTo }
  }
}

let certificates: Certificates
let ca: Buffer
before(() => {
  certificates = new Certificates()
  ca = readFileSync(certificates.ca)
})
after(() => certificates.remove())

const tls = (more: Partial<NonNullable<AppOptions['tls']>> = {}) => ({ cert: 'server.pem', key: 'server.key', ...more })
const start = (app: AppOptions) =>
  createTestServer({ listen: true, folder: certificates.folder, app: { controllers: [Who], ...app } })

interface Answer {
  readonly status: number
  readonly data: Record<string, unknown>
}

async function get(url: string, options: RequestOptions = {}): Promise<Answer> {
  const req = request(`${url}/who`, { ca, agent: false, ...options }).end()
  const [res] = (await once(req, 'response')) as [IncomingMessage]
  let text = ''
  for await (const chunk of res.setEncoding('utf8')) text += chunk as string
  return { status: res.statusCode!, data: (JSON.parse(text) as { data: Record<string, unknown> }).data }
}

async function failure(promise: Promise<unknown>): Promise<NodeJS.ErrnoException> {
  return promise.then(
    () => Promise.reject(new Error('It did not fail')),
    (error: unknown) => error as NodeJS.ErrnoException,
  )
}

const problem = (more: object) =>
  problemOf({
    folder: certificates.folder,
    apps: [{ name: 'api', tls: tls(more), controllers: [Who] }],
  })

describe('an app with tls', () => {
  it('answers over HTTPS, says so in its URL, and knows no client certificate unless it asks for one', async () => {
    const server = await start({ tls: tls() })
    expect(server.url()).to.match(/^https:\/\/127\.0\.0\.1:\d+$/)
    expect(await get(server.url())).to.deep.equal({ status: 200, data: { name: null } })
  })

  it('closes what comes in the clear without an answer', async () => {
    const server = await start({ tls: tls() })
    const req = httpRequest(server.url().replace('https', 'http')).end()
    const error = await failure(once(req, 'response'))
    expect(error.code).to.equal('ECONNRESET')
    expect((await get(server.url())).status).to.equal(200)
  })

  it('reads an encrypted key with its passphrase', async () => {
    certificates.encryptKey('server', 'open sesame')
    const server = await start({ tls: tls({ key: 'server.encrypted.key', passphrase: 'open sesame' }) })
    expect((await get(server.url())).status).to.equal(200)
  })

  it('refuses protocols older than minVersion', async () => {
    const server = await start({ tls: tls({ minVersion: 'TLSv1.3' }) })
    const error = await failure(get(server.url(), { maxVersion: 'TLSv1.2' }))
    expect(error.message).to.match(/protocol version|EPROTO/)
    expect((await get(server.url(), { minVersion: 'TLSv1.3' })).status).to.equal(200)
  })

  it('gives connections that come later the certificates that it is told to use', async () => {
    const server = await start({ tls: tls() })
    const listener = server.server.listeners[0]!
    certificates.authority('next')
    const { cert, key } = certificates.issue('renewed', { by: 'next', subject: '/CN=localhost' })
    const kept = connect({ ca, port: Number(new URL(server.url()).port), host: '127.0.0.1' })
    await once(kept, 'secureConnect')
    listener.useTls({
      context: { cert: readFileSync(cert), key: readFileSync(key) },
      clientCertificate: 'none',
      files: [],
      certificate: undefined,
    })
    expect((await failure(get(server.url()))).code).to.equal('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
    expect((await get(server.url(), { ca: readFileSync(certificates.path('next.pem')) })).status).to.equal(200)
    kept.write('GET /who HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n')
    let text = ''
    for await (const chunk of kept.setEncoding('utf8')) text += chunk as string
    expect(text).to.match(/^HTTP\/1.1 200 /)
  })

  it('warns of a certificate that soon expires', async () => {
    certificates.issue('short', { days: ['-days', '3'] })
    const server = await start({ tls: { cert: 'short.pem', key: 'short.key' } })
    const line = server.logs.find(({ level }) => level === 'warn')
    expect(line?.fields.code).to.equal('W_TLS_EXPIRES')
    expect(line?.fields.problem).to.match(/^The certificate .*short\.pem expires on \d{4}-/)
  })

  it('warns once a day of one that was not renewed, until the server stops', async () => {
    const dayMs = 24 * 3_600_000
    certificates.issue('month', { days: ['-days', '30'] })
    mock.timers.enable({ apis: ['setInterval', 'Date'], now: Date.now() })
    try {
      const tls = { cert: 'month.pem', key: 'month.key' }
      const server = await createTestServer({
        folder: certificates.folder,
        apps: ['one', 'two'].map((name) => ({ name, prefix: `/${name}`, tls, controllers: [Who] })),
      })
      const warnings = () => server.logs.filter(({ fields }) => fields.code === 'W_TLS_EXPIRES').length
      for (let day = 1; day <= 15; day++) mock.timers.tick(dayMs)
      expect(warnings()).to.equal(0)
      for (let day = 16; day <= 18; day++) mock.timers.tick(dayMs)
      expect(warnings()).to.equal(3)
      await server.dispose()
      mock.timers.tick(dayMs)
      expect(warnings()).to.equal(3)
    } finally {
      mock.timers.reset()
    }
  })
})

describe('an app that asks clients for a certificate', () => {
  const client = (name: string) => ({
    cert: readFileSync(certificates.path(`${name}.pem`)),
    key: readFileSync(certificates.path(`${name}.key`)),
  })
  before(() => {
    certificates.issue('worker', {
      subject: '/O=Shop/CN=worker',
      names: 'DNS:worker.internal,URI:spiffe://shop/worker',
    })
    certificates.authority('foreign')
    certificates.issue('stranger', { by: 'foreign' })
  })

  it('and requires it lets nobody in without one that its authority issued', async () => {
    const server = await start({ tls: tls({ ca: 'ca.pem', clientCertificate: 'require' }) })
    expect((await failure(get(server.url()))).message).to.match(/certificate required|ECONNRESET|socket hang up/)
    expect((await failure(get(server.url(), client('stranger')))).message).to.match(
      /unknown ca|ECONNRESET|socket hang up|certificate/,
    )
    const { data } = await get(server.url(), client('worker'))
    expect(data).to.deep.include({
      name: 'worker',
      issuer: 'Test authority ca',
      names: ['DNS:worker.internal', 'URI:spiffe://shop/worker'],
    })
    expect(data.fingerprint).to.match(/^(?:[\dA-F]{2}:){31}[\dA-F]{2}$/)
    expect(Date.parse(data.validTo as string)).to.be.greaterThan(Date.now())
  })

  it('and only requests it tells handlers of a good one, and takes any other for none', async () => {
    const server = await start({ tls: tls({ ca: 'ca.pem', clientCertificate: 'request' }) })
    expect((await get(server.url())).data.name).to.equal(null)
    expect((await get(server.url(), client('stranger'))).data.name).to.equal(null)
    expect((await get(server.url(), client('worker'))).data.name).to.equal('worker')
  })

  it('knows the client again when its session is resumed', async () => {
    const server = await start({ tls: tls({ ca: 'ca.pem', clientCertificate: 'require' }) })
    const { port } = new URL(server.url())
    const ask = async (session?: Buffer) => {
      const socket = connect({
        port: Number(port),
        host: '127.0.0.1',
        ca,
        ...client('worker'),
        ...(session ? { session } : {}),
      })
      let ticket: Buffer | undefined
      socket.on('session', (given: Buffer) => (ticket = given))
      await once(socket, 'secureConnect')
      const isReused = socket.isSessionReused()
      socket.write('GET /who HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n')
      let text = ''
      for await (const chunk of socket.setEncoding('utf8')) text += chunk as string
      return { text, ticket, isReused }
    }
    const first = await ask()
    expect(first.text).to.include('"name":"worker"')
    const second = await ask(first.ticket)
    expect(second.isReused).to.equal(true)
    expect(second.text).to.include('"name":"worker"')
  })
})

describe('tls that cannot work', () => {
  const refused: readonly (readonly [string, object, string, RegExp])[] = [
    ['a file that is missing', { cert: 'none.pem' }, 'E_TLS_FILE', /The certificate \S+none\.pem does not exist/],
    ['a folder', { key: '.' }, 'E_TLS_FILE', /The private key \S+ is a folder/],
    [
      'a certificate that is none',
      { cert: 'server.key' },
      'E_TLS_FILE',
      /server\.key holds no certificate in PEM form/,
    ],
    ['a certificate that is damaged', { cert: 'damaged.pem' }, 'E_TLS_FILE', /holds no certificate in PEM form/],
    ['a key that is none', { key: 'server.pem' }, 'E_TLS_FILE', /server\.pem holds no private key in PEM form/],
    ['an authority that is none', { ca: 'server.key' }, 'E_TLS_FILE', /file of authorities \S+ holds no certificate/],
    ['the key of another certificate', { key: 'other.key' }, 'E_TLS_KEY', /other\.key does not belong to/],
    [
      'an encrypted key without passphrase',
      { key: 'locked.key' },
      'E_TLS_FILE',
      /is encrypted, and tls\.passphrase is missing/,
    ],
    [
      'a wrong passphrase',
      { key: 'locked.key', passphrase: 'x' },
      'E_TLS_FILE',
      /cannot be decrypted with tls\.passphrase/,
    ],
    ['an expired certificate', { cert: 'old.pem', key: 'old.key' }, 'E_TLS_DATES', /old\.pem expired on \d{4}-/],
    ['clients to ask and no authority', { clientCertificate: 'request' }, 'E_TLS_AUTHORITY', /tls\.ca is missing/],
    ['an enormous file', { cert: 'huge.pem' }, 'E_TLS_FILE', /is larger than 1 MiB/],
  ]
  before(() => {
    certificates.issue('other')
    certificates.issue('old', { days: ['-days', '-1'] })
    certificates.encryptKey('server', 'right')
    writeFileSync(certificates.path('locked.key'), readFileSync(certificates.path('server.encrypted.key')))
    writeFileSync(certificates.path('damaged.pem'), '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')
    writeFileSync(certificates.path('huge.pem'), Buffer.alloc(1024 * 1024 + 1, 'x'))
  })

  for (const [what, more, code, text] of refused) {
    it(`is refused before anything starts: ${what}`, async () => {
      const found = await problem(more)
      expect(found.code).to.equal(code)
      expect(found.problem).to.match(text)
      expect(found.where).to.not.deep.equal([])
    })
  }

  it('is reported all at once, at its keys in the file', async () => {
    const file = certificates.path('lokstra.yaml')
    const lines = [
      'apps:',
      '  - name: api',
      '    tls:',
      '      cert: none.pem',
      '      key: nothing.key',
      '      ca: server.key',
    ]
    writeFileSync(file, lines.join('\n'))
    const problems = await problemsOf({ file })
    expect(problems.map(({ code, where }) => `${code} ${where[0]!.replace(/.*lokstra/, 'lokstra')}`)).to.have.members([
      'E_TLS_FILE lokstra.yaml:4:13',
      'E_TLS_FILE lokstra.yaml:5:12',
      'E_TLS_FILE lokstra.yaml:6:11',
    ])
  })

  it('names both apps that share an address and disagree', async () => {
    const app = (name: string, more: AppOptions): AppOptions => ({ name, listen: ':3999', ...more })
    const problems = await problemsOf({
      folder: certificates.folder,
      apps: [
        app('api', { tls: tls(), http2: true, controllers: [Who] }),
        app('admin', { prefix: '/admin', controllers: [Who] }),
      ],
    })
    expect(problems.map(({ code, problem: text }) => `${code}: ${text}`)).to.deep.equal([
      'E_LISTENER_CONFLICT: The apps api and admin share :3999, and differ in tls',
      'E_LISTENER_CONFLICT: The apps api and admin share :3999, and differ in http2',
    ])
  })
})

describe('a server with tls that stops', () => {
  it('does not wait for handshakes that never end', async () => {
    const server = createServer({
      folder: certificates.folder,
      services: [silentLogger],
      shutdown: { idle: 0, timeout: 60_000 },
      apps: [{ listen: '127.0.0.1:0', tls: tls(), controllers: [Who] }],
    })
    await server.start()
    const silent = connectRaw(Number(new URL(server.listeners[0]!.url).port), '127.0.0.1')
    silent.on('error', () => undefined)
    await once(silent, 'connect')
    const stopped = server.stop().then(() => 'stopped')
    expect(await Promise.race([stopped, delay(10_000, 'still waiting', { ref: false })])).to.equal('stopped')
    if (!silent.destroyed) await once(silent, 'close')
  })
})
