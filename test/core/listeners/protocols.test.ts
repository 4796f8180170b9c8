import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

import { Body, Context, Get, Head, Post, Route, type AppOptions } from '@lokstra/core'
import { createTestServer, type TestServer } from '@lokstra/core/testing'
import { expect } from 'chai'
import { IsString } from 'class-validator'

import { Certificates } from '../../helpers/certificates.js'
import { exchange, http1Client, http2Client, readAll, type HttpClient } from '../../helpers/http-clients.js'

class Note {
  @Body() @IsString() text!: string
}

/** Whether a request has come to the handler that takes its time. */
let slowBegan = false

/** What has become of the requests whose clients are waited for. */
const waiting = { begun: 0, aborted: 0, closed: 0 }

@Route()
class Everything {
  @Get('/plain') plain(ctx: Context) {
    return ctx
      .ok({ ip: ctx.ip, host: ctx.headers.host, method: ctx.method, cookies: ctx.cookies })
      .withHeader('x-own', ['a', 'b'])
      .withHeader('connection', 'close')
      .withHeader('keep-alive', 'timeout=1')
      .withCookie('one', '1')
      .withCookie('two', '2')
  }

  @Head('/head') head(ctx: Context) {
    return ctx.text('four')
  }

  @Post('/notes') note({ text }: Note) {
    return { length: text.length }
  }

  @Post('/unread') unread() {
    return 'not read'
  }

  @Post('/late') async late() {
    await delay(700)
    return 'late'
  }

  @Post('/long') long(ctx: Context) {
    return ctx.stream(
      (async function* () {
        yield 'begun, '
        await delay(700)
        yield 'complete'
      })(),
    )
  }

  @Get('/empty') empty() {
    return undefined
  }

  @Get('/tagged') tagged(ctx: Context) {
    return ctx.ok('tagged').withEtag('v1')
  }

  @Get('/slow') async slow() {
    slowBegan = true
    await delay(100)
    return 'slow'
  }

  @Get('/waiting') async waiting(ctx: Context) {
    ctx.afterResponse(() => waiting.closed++)
    waiting.begun++
    await once(ctx.signal, 'abort')
    waiting.aborted++
  }

  @Get('/large') large(ctx: Context) {
    const chunk = Buffer.alloc(64 * 1024, 'x')
    return ctx.stream(Array.from({ length: 320 }, () => chunk))
  }

  @Get('/broken') broken(ctx: Context) {
    return ctx.stream(
      (async function* () {
        yield 'begun'
        await delay(20)
        throw new Error('broken on purpose')
      })(),
    )
  }

  @Get('/bad-header') badHeader(ctx: Context) {
    return ctx.ok().withHeader('x-bad', 'a\r\nb: c')
  }
}

interface Kind {
  readonly name: string
  readonly version: 1 | 2
  readonly app: () => AppOptions
  readonly client: (server: TestServer) => HttpClient
}

let certificates: Certificates
let ca: Buffer
before(() => {
  certificates = new Certificates()
  ca = readFileSync(certificates.ca)
})
after(() => certificates.remove())

const tls = { cert: 'server.pem', key: 'server.key' }
const kinds: readonly Kind[] = [
  { name: 'HTTP/1.1', version: 1, app: () => ({}), client: (server) => http1Client(server.url()) },
  { name: 'HTTP/1.1 with TLS', version: 1, app: () => ({ tls }), client: (server) => http1Client(server.url(), ca) },
  {
    name: 'HTTP/1.1 beside HTTP/2',
    version: 1,
    app: () => ({ http2: true }),
    client: (server) => http1Client(server.url()),
  },
  {
    name: 'HTTP/1.1 with TLS beside HTTP/2',
    version: 1,
    app: () => ({ tls, http2: true }),
    client: (server) => http1Client(server.url(), ca),
  },
  { name: 'HTTP/2', version: 2, app: () => ({ tls, http2: true }), client: (server) => http2Client(server.url(), ca) },
  {
    name: 'HTTP/2 in the clear',
    version: 2,
    app: () => ({ http2: true }),
    client: (server) => http2Client(server.url()),
  },
]

for (const { name, version, app, client: connect } of kinds) {
  describe(`over ${name}, a server`, () => {
    const options = { shutdown: { idle: 50, timeout: '5s' } }
    const start = (more: AppOptions = {}) =>
      createTestServer({
        listen: true,
        folder: certificates.folder,
        ...options,
        app: { controllers: [Everything], ...app(), ...more },
      })

    it('answers with all that a handler sets, and knows host, client and cookies', async () => {
      const server = await start()
      await using client = connect(server)
      const answer = await exchange(client, 'GET', '/plain', { headers: { cookie: 'a=1; b=2' } })
      expect(answer.status).to.equal(200)
      expect(answer.json().data).to.deep.equal({
        ip: '127.0.0.1',
        host: new URL(server.url()).host,
        method: 'GET',
        cookies: { a: '1', b: '2' },
      })
      expect(answer.headers['set-cookie']).to.have.length(2)
      expect(answer.headers['x-own']).to.equal('a, b')
      expect(answer.headers.connection).to.equal(version === 1 ? 'close' : undefined)
    })

    it('answers HEAD, 204 and 304 without a body', async () => {
      const server = await start()
      await using client = connect(server)
      const head = await exchange(client, 'HEAD', '/head')
      expect([head.status, head.headers['content-length'], head.bytes.length]).to.deep.equal([200, '4', 0])
      expect((await exchange(client, 'GET', '/empty')).status).to.equal(204)
      const unchanged = await exchange(client, 'GET', '/tagged', { headers: { 'if-none-match': '"v1"' } })
      expect([unchanged.status, unchanged.bytes.length]).to.deep.equal([304, 0])
    })

    it('reads bodies of known and of unknown length', async () => {
      const server = await start()
      await using client = connect(server)
      const headers = { 'content-type': 'application/json' }
      const known = await exchange(client, 'POST', '/notes', { headers, body: '{"text":"four"}' })
      expect(known.json().data).to.deep.equal({ length: 4 })
      const open = client.open('POST', '/notes', headers)
      open.body.write('{"text":')
      await delay(20)
      open.body.end('"seven77"}')
      const { status, body } = await open.head
      expect([status, (await readAll(body)).toString()]).to.deep.equal([
        200,
        '{"status":"success","data":{"length":7}}',
      ])
    })

    it('refuses what is unknown, not allowed, or not valid, in the envelope', async () => {
      const server = await start()
      await using client = connect(server)
      expect((await exchange(client, 'GET', '/nothing')).json().error?.code).to.equal('NOT_FOUND')
      const notAllowed = await exchange(client, 'DELETE', '/notes')
      expect([notAllowed.status, notAllowed.headers.allow]).to.deep.equal([405, 'OPTIONS, POST'])
      const headers = { 'content-type': 'application/json' }
      const invalid = await exchange(client, 'POST', '/notes', { headers, body: '{"text":1}' })
      expect(invalid.json().error?.code).to.equal('VALIDATION_ERROR')
    })

    it('refuses verbs that HTTP does not have, in the envelope', async () => {
      const server = await start()
      // Clients of HTTP/1.1 write capitals.
      for (const verb of ['BREW', 'A1', ...(version === 2 ? ['get'] : [])]) {
        await using client = connect(server)
        const answer = await exchange(client, verb, '/plain')
        expect([answer.status, answer.json().error?.code]).to.deep.equal([400, 'BAD_REQUEST'])
      }
    })

    it('refuses bodies beyond the limit, announced or not, and goes on', async () => {
      const server = await start({ limits: { body: 1_000 } })
      await using client = connect(server)
      const headers = { 'content-type': 'application/json' }
      const body = `{"text":"${'x'.repeat(200_000)}"}`
      const announced = await exchange(client, 'POST', '/notes', { headers, body })
      expect(announced.json().error?.code).to.equal('PAYLOAD_TOO_LARGE')
      const open = client.open('POST', '/notes', headers)
      open.body.write(body)
      const { status, body: answer } = await open.head
      expect([status, (await readAll(answer)).includes('PAYLOAD_TOO_LARGE')]).to.deep.equal([413, true])
      open.abort()
      expect((await exchange(client, 'GET', '/empty')).status).to.equal(204)
    })

    it('answers a request whose body nobody reads, and goes on', async () => {
      const server = await start()
      await using client = connect(server)
      const open = client.open('POST', '/unread')
      open.body.write('x'.repeat(50_000))
      expect((await open.head).status).to.equal(200)
      open.abort()
      expect((await exchange(client, 'POST', '/unread', { body: 'x'.repeat(1_000) })).status).to.equal(200)
      expect((await exchange(client, 'GET', '/empty')).status).to.equal(204)
    })

    it('refuses more headers than the limit allows', async () => {
      const server = await start({ limits: { headerCount: 20 } })
      await using client = connect(server)
      const many = Object.fromEntries(Array.from({ length: 25 }, (_, index) => [`x-${index}`, 'y']))
      const answer = await exchange(client, 'GET', '/plain', { headers: many })
      expect([answer.status, answer.json().error?.code]).to.deep.equal([431, 'HEADERS_TOO_LARGE'])
      expect((await exchange(client, 'GET', '/plain', { headers: { 'x-1': 'y' } })).status).to.equal(200)
    })

    it('counts all cookies as one header, however they are sent', async () => {
      const server = await start({ limits: { headerCount: 20 } })
      await using client = connect(server)
      const cookie = Array.from({ length: 200 }, (_, index) => `c${index}=${index}`)
      const answer = await exchange(client, 'GET', '/plain', { headers: { cookie } })
      expect(answer.status).to.equal(200)
      expect(Object.keys((answer.json().data as { cookies: object }).cookies)).to.have.length(200)
    })

    it('refuses headers beyond their size and goes on', async () => {
      const server = await start({ limits: { headers: 2_048 } })
      await using client = connect(server)
      const large = await exchange(client, 'GET', '/plain', { headers: { 'x-large': 'y'.repeat(2_100) } })
      expect([large.status, large.json().error?.code]).to.deep.equal([431, 'HEADERS_TOO_LARGE'])
      const enormous = { 'x-large': 'y'.repeat(30_000) }
      await exchange(client, 'GET', '/plain', { headers: enormous }).catch(() => undefined)
      expect((await exchange(client, 'GET', '/empty')).status).to.equal(204)
    })

    it('answers 408 to a body that does not arrive in time', async () => {
      const server = await start({ timeouts: { headers: 300, request: 300 } })
      await using client = connect(server)
      const open = client.open('POST', '/notes', { 'content-type': 'application/json' })
      open.body.write('{"te')
      const { status, body } = await open.head
      expect(status).to.equal(408)
      expect((await readAll(body)).toString()).to.include('REQUEST_TIMEOUT')
      open.abort()
      expect((await exchange(client, 'GET', '/empty')).status).to.equal(204)
    })

    it('counts a body that nobody reads as arrived when it has', async () => {
      const server = await start({ timeouts: { headers: 300, request: 300 } })
      await using client = connect(server)
      const asked = ['/late', '/long'].map((path) => exchange(client, 'POST', path, { body: '{}' }))
      const answers = await Promise.all(asked)
      expect(answers.map(({ status, bytes }) => [status, bytes.toString()])).to.deep.equal([
        [200, '{"status":"success","data":"late"}'],
        [200, 'begun, complete'],
      ])
    })

    it('survives clients that give up half-way, in the request and in the answer', async () => {
      const server = await start()
      await using client = connect(server)
      const sending = client.open('POST', '/notes', { 'content-type': 'application/json' })
      sending.body.write('{"te')
      await delay(20)
      sending.abort()
      const receiving = client.open('GET', '/large')
      receiving.body.end()
      const { body } = await receiving.head
      body.once('data', () => receiving.abort())
      await delay(50)
      expect((await exchange(client, 'GET', '/empty')).status).to.equal(204)
      expect(server.logs.filter(({ level }) => level === 'error')).to.deep.equal([])
    })

    for (const method of ['GET', 'HEAD']) {
      it(`ends a ${method} request whose client gives up before the answer`, async () => {
        const server = await start()
        await using client = connect(server)
        Object.assign(waiting, { begun: 0, aborted: 0, closed: 0 })
        const open = client.open(method, '/waiting')
        open.body.end()
        while (waiting.begun === 0) await delay(5)
        open.abort()
        while (server.server.listeners[0]!.inFlight > 0) await delay(5)
        expect(waiting).to.deep.equal({ begun: 1, aborted: 1, closed: 1 })
        expect(await server.server.stop()).to.deep.equal([])
      })
    }

    it('sends what is large at the pace of its client', async () => {
      const server = await start()
      await using client = connect(server)
      const open = client.open('GET', '/large')
      open.body.end()
      const { body } = await open.head
      let received = 0
      for await (const chunk of body) {
        received += (chunk as Buffer).length
        if (received < 500_000) await delay(5)
      }
      expect(received).to.equal(320 * 64 * 1024)
    })

    it('lets no client take an answer that broke off for a complete one', async () => {
      const server = await start()
      server.expectError(/broken on purpose/)
      await using client = connect(server)
      const cutOff = await exchange(client, 'GET', '/broken').catch((error: unknown) => error)
      expect(cutOff).to.be.instanceOf(Error)
      expect((await exchange(client, 'GET', '/empty')).status).to.equal(204)
    })

    it('sends no header that would end early', async () => {
      const server = await start()
      server.expectError(/E_RESPONSE_HEADER/)
      await using client = connect(server)
      const answer = await exchange(client, 'GET', '/bad-header')
      expect([answer.status, answer.headers.b]).to.deep.equal([500, undefined])
    })

    it('answers what is under way when it stops, and takes nothing new', async () => {
      const server = await start()
      await using client = connect(server)
      slowBegan = false
      const underWay = exchange(client, 'GET', '/slow')
      while (!slowBegan) await delay(5)
      const stopped = server.server.stop()
      expect((await underWay).json().data).to.equal('slow')
      await stopped
      const late = await exchange(client, 'GET', '/empty').catch((error: unknown) => error)
      expect(late).to.be.instanceOf(Error)
    })

    it('says during the drain delay that an answer is the last of its connection', async () => {
      const server = await createTestServer({
        listen: true,
        folder: certificates.folder,
        shutdown: { drainDelay: 2_000, idle: 50 },
        app: { controllers: [Everything], ...app() },
      })
      await using client = connect(server)
      await exchange(client, 'GET', '/empty')
      const stopped = server.server.stop()
      await delay(50)
      const last = await exchange(client, 'GET', '/empty')
      expect(last.status).to.equal(204)
      if (version === 1) expect(last.headers.connection).to.equal('close')
      else expect((client as ReturnType<typeof http2Client>).session.closed).to.equal(true)
      await stopped
    })

    it('asks for another connection after the number of requests that one is for', async () => {
      const server = await start({ limits: { requestsPerConnection: 2 } })
      await using client = connect(server)
      const first = await exchange(client, 'GET', '/empty')
      const second = await exchange(client, 'GET', '/empty')
      if (version === 1) {
        expect([first.headers.connection, second.headers.connection]).to.deep.equal(['keep-alive', 'close'])
        expect((await exchange(client, 'GET', '/empty')).status).to.equal(204)
      } else {
        expect([first.status, second.status]).to.deep.equal([204, 204])
        expect((client as ReturnType<typeof http2Client>).session.closed).to.equal(true)
      }
    })
  })
}
