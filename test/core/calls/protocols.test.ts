import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'

import {
  Body,
  Cookie,
  Context,
  Field,
  Get,
  Header,
  Post,
  Query,
  Returns,
  Route,
  Service,
  type AppOptions,
} from '@lokstra/core'
import { createTestServer, type TestServer } from '@lokstra/core/testing'
import { IsInt, IsOptional, IsString } from 'class-validator'
import { expect } from 'chai'

import { Certificates } from '../../helpers/certificates.js'
import { exchange, http1Client, http2Client, type HttpClient } from '../../helpers/http-clients.js'
import { signByHand, type Signing } from './sign-by-hand.js'

class Note {
  @Body() @IsString() text!: string
  @Header('x-board') @IsOptional() @IsString() board?: string
  @Cookie('session') @IsOptional() @IsString() session?: string
}

class Pinned {
  @Field() text!: string
  @Field() board?: string
  @Field() session?: string
  @Field() tenant?: string
}

const pinned: string[] = []
beforeEach(() => pinned.splice(0))

@Service()
@Route('/notes')
class NoteService {
  @Post() @Returns(Pinned) async pin({ text, board, session }: Note, { tenant }: Context): Promise<Pinned> {
    pinned.push(text)
    return Object.assign(new Pinned(), { text, board, session, tenant })
  }
}

const secret = 'k'.repeat(32)
const target = '/.lokstra/calls/NoteService/pin'
const body = '{"text":"milk"}'
const json = { 'content-type': 'application/json' }

function sign({ headers, ...signing }: Signing = {}): Record<string, string> {
  return signByHand(target, secret, { verb: 'POST', body, ...signing, headers: { ...json, ...headers } })
}

function contextOf(tenant: string): string {
  return Buffer.from(JSON.stringify({ requestId: 'r1', tenant })).toString('base64url')
}

let certificates: Certificates
let ca: Buffer
before(() => {
  certificates = new Certificates()
  ca = readFileSync(certificates.ca)
})
after(() => certificates.remove())

const tls = { cert: 'server.pem', key: 'server.key' }

function startNotes(app: AppOptions = {}): Promise<TestServer> {
  return createTestServer({
    services: [NoteService],
    folder: certificates.folder,
    config: { calls: { secret } },
    app: { publish: [NoteService], ...app },
    listen: true,
  })
}

const kinds: readonly [name: string, app: AppOptions, client: (server: TestServer) => HttpClient][] = [
  ['HTTP/1.1', {}, (server) => http1Client(server.url())],
  ['HTTP/1.1 with TLS', { tls }, (server) => http1Client(server.url(), ca)],
  ['HTTP/2', { tls, http2: true }, (server) => http2Client(server.url(), ca)],
  ['HTTP/2 in the clear', { http2: true }, (server) => http2Client(server.url())],
]

for (const [name, app, client] of kinds) {
  describe(`a call over ${name}`, () => {
    it('is bound from the headers and the body that were signed', async () => {
      await using server = await startNotes(app)
      await using sender = client(server)
      const crossing = {
        'lokstra-context': contextOf('acme'),
        'lokstra-cookie-session': 'a%3B%20b',
        'lokstra-header-x-board': 'kitchen%0D%0A',
      }
      const answer = await exchange(sender, 'POST', target, { headers: sign({ headers: crossing }), body })
      expect(answer.status).to.equal(200)
      expect(answer.json()).to.deep.equal({ text: 'milk', board: 'kitchen\r\n', session: 'a; b', tenant: 'acme' })
    })

    it('is answered without headers that its caller has no use for', async () => {
      await using server = await startNotes(app)
      await using sender = client(server)
      const unused = async (metadata: string): Promise<readonly string[]> => {
        const { headers } = await exchange(sender, 'POST', target, { headers: sign({ metadata }), body })
        return ['x-content-type-options', 'lokstra-contract'].filter((name) => headers[name] !== undefined)
      }
      expect(await unused('shop.orders')).to.deep.equal(['lokstra-contract'])
      const { headers } = await exchange(sender, 'POST', target, { headers: sign(), body })
      expect(await unused(`shop.orders;contract=${String(headers['lokstra-contract'])}`)).to.deep.equal([])
    })

    for (const [what, forge] of [
      ['no signature', () => json],
      ['no signature in its metadata', () => ({ ...json, 'lokstra-call': 'shop.orders;timeout=900' })],
      ['two signatures', () => ({ ...sign(), 'lokstra-call': [sign()['lokstra-call']!, 'x'] })],
      ['one signature twice', () => ({ ...sign(), 'lokstra-call': Array(2).fill(sign()['lokstra-call']) })],
      ['a context that was not signed', () => ({ ...sign(), 'lokstra-context': contextOf('evil') })],
      ['a field that was not signed', () => ({ ...sign(), 'lokstra-header-x-board': 'evil' })],
      ['a cookie that was not signed', () => ({ ...sign(), 'lokstra-cookie-session': 'evil' })],
      [
        'two values of a field, one of which was signed',
        () => ({ ...sign({ headers: { 'lokstra-header-x-board': 'a' } }), 'lokstra-header-x-board': ['a', 'evil'] }),
      ],
      [
        'a longer time than was signed',
        () => ({ ...json, 'lokstra-call': sign({ metadata: 'a;timeout=5' })['lokstra-call']!.replace('=5', '=99') }),
      ],
      ['a signature from before', () => sign({ at: Date.now() - 90_000 })],
      ['a signature from later', () => sign({ at: Date.now() + 90_000 })],
      ['a signature of another verb', () => sign({ verb: 'PUT' })],
      ['a signature of another body', () => sign({ body: '{"text":"Milk"}' })],
      ['a signature with another alphabet', () => signatureWith(/[-_](?=[\w-]*$)/g, '+')],
      ['a signature with a time of its own', () => signatureWith(/at=/, 'at=0')],
    ] as const) {
      it(`is refused with ${what}`, async () => {
        await using server = await startNotes(app)
        await using sender = client(server)
        const answer = await exchange(sender, 'POST', target, { headers: forge(), body })
        expect(answer.status).to.equal(401)
        expect(pinned).to.deep.equal([])
      })
    }

    it('is signed with the body as it comes out of its compression', async () => {
      await using server = await startNotes(app)
      await using sender = client(server)
      const compressed = { headers: sign({ headers: { 'content-encoding': 'gzip' } }), body: gzipSync(body) }
      expect((await exchange(sender, 'POST', target, compressed)).status).to.equal(200)
      const unsigned = { headers: { ...sign(), 'content-encoding': 'gzip' }, body: gzipSync(body) }
      expect((await exchange(sender, 'POST', target, unsigned)).status).to.equal(401)
      expect(pinned).to.deep.equal(['milk'])
    })

    it('does not run where its body is cut off', async () => {
      await using server = await startNotes(app)
      await using sender = client(server)
      const cut = sender.open('POST', target, { ...sign(), 'content-length': body.length })
      cut.body.write(body.slice(0, 5))
      await new Promise((resolve) => setImmediate(resolve))
      cut.abort()
      expect((await exchange(sender, 'POST', target, { headers: sign(), body })).status).to.equal(200)
      expect(pinned).to.deep.equal(['milk'])
    })
  })
}

/** A signature that holds what it replaces, and then does not. */
function signatureWith(what: RegExp, by: string): Record<string, string> {
  for (let at = Date.now(); ; at--) {
    const headers = sign({ at })
    const changed = headers['lokstra-call']!.replace(what, by)
    if (changed !== headers['lokstra-call']) return { ...headers, 'lokstra-call': changed }
  }
}

/** All that a server says to a text over one connection, which it has to close. */
async function saidTo(url: string, text: string): Promise<string> {
  const { port, hostname } = new URL(url)
  const socket = connect(Number(port), hostname).on('error', () => undefined)
  socket.write(text)
  let said = ''
  for await (const chunk of socket) said += String(chunk)
  return said
}

describe('a call in the text of another request', () => {
  const head = (headers: Readonly<Record<string, string>>) =>
    Object.entries({ host: 'localhost', ...headers })
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')
  const inner = () =>
    `POST ${target} HTTP/1.1\r\n${head({ ...sign(), 'content-length': String(body.length) })}\r\n${body}`

  for (const [what, framing] of [
    ['two lengths', (text: string) => `content-length: 0\r\ncontent-length: ${text.length}\r\n\r\n${text}`],
    [
      'a length and chunks',
      (text: string) => `content-length: ${text.length + 5}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${text}`,
    ],
    [
      'chunks that are written otherwise',
      (text: string) => `transfer-encoding: xchunked\r\ncontent-length: 0\r\n\r\n${text}`,
    ],
    ['a space before a colon', (text: string) => `content-length : ${text.length}\r\n\r\n${text}`],
    [
      'a header that goes on in the next line',
      (text: string) => `x-a: b\r\n content-length: ${text.length}\r\n\r\n${text}`,
    ],
    ['lines that end without a return', (text: string) => `x-a: b\ncontent-length: 0\n\n${text}`],
    ['a length with a sign', (text: string) => `content-length: +0\r\n\r\n${text}`],
  ] as const) {
    it(`is not taken for one by ${what}`, async () => {
      await using server = await startNotes()
      const said = await saidTo(server.url(), `POST /nowhere HTTP/1.1\r\nhost: localhost\r\n${framing(inner())}`)
      expect(said.match(/HTTP\/1\.1 \d+/g)).to.deep.equal(['HTTP/1.1 400'])
      expect(pinned).to.deep.equal([])
    })
  }

  it('is taken for one behind a request that has ended, with names in any case', async () => {
    await using server = await startNotes()
    const shouting = inner().replace(/^(lokstra-[a-z-]+)/gm, (name) => name.toUpperCase())
    const said = await saidTo(
      server.url(),
      `GET /nowhere HTTP/1.1\r\nhost: localhost\r\n\r\n${shouting.replace('host:', 'connection: close\r\nhost:')}`,
    )
    expect(said.match(/HTTP\/1\.1 \d+/g)).to.deep.equal(['HTTP/1.1 404', 'HTTP/1.1 200'])
    expect(pinned).to.deep.equal(['milk'])
  })

  it('has no headers behind its body', async () => {
    await using server = await startNotes()
    const chunked = `transfer-encoding: chunked\r\nconnection: close\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n`
    const trailers = `lokstra-context: ${contextOf('evil')}\r\nlokstra-header-x-board: evil\r\n\r\n`
    const said = await saidTo(server.url(), `POST ${target} HTTP/1.1\r\n${head(sign())}${chunked}${trailers}`)
    expect(said)
      .to.match(/^HTTP\/1\.1 200/)
      .and.not.include('evil')
    const late = Object.entries(sign()).find(([name]) => name === 'lokstra-call')!
    const unsigned = `POST ${target} HTTP/1.1\r\n${head(json)}${chunked}${late.join(': ')}\r\n\r\n`
    expect(await saidTo(server.url(), unsigned)).to.match(/^HTTP\/1\.1 401/)
  })
})

class Pause {
  @Query() @IsInt() ms!: number
}

@Service()
@Route('/patience')
class PatienceService {
  /** Listens after a while, and says why it was told to stop. */
  @Get() @Returns(Pinned) async wait({ ms }: Pause, ctx: Context): Promise<Pinned> {
    await setTimeout(ms)
    const { signal } = ctx
    if (!signal.aborted) await once(signal, 'abort')
    const { name, message } = signal.reason as Error
    return Object.assign(new Pinned(), { text: `${name}: ${message}` })
  }
}

describe('an operation whose caller does not wait any longer, on a connection that stays', () => {
  for (const [when, ms] of [
    ['while it listens', 0],
    ['before it listens', 200],
  ] as const) {
    it(`is told so ${when}`, async () => {
      await using server = await createTestServer({
        services: [PatienceService],
        config: { calls: { secret } },
        app: { publish: [PatienceService] },
        listen: true,
      })
      const path = `/.lokstra/calls/PatienceService/wait?ms=${ms}`
      const headers = signByHand(path, secret, { metadata: 'shop.orders;timeout=100' })
      const answer = await fetch(server.url() + path, { headers })
      expect(await answer.json()).to.deep.equal({ text: 'TimeoutError: The caller does not wait any longer' })
    })
  }
})
