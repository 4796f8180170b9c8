import { createServer } from 'node:http'

import {
  Context,
  ForbiddenError,
  Get,
  Head,
  Post,
  Result,
  Route,
  type Formatter,
  type MiddlewareFunction,
} from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { openRaw, type RawConversation } from './raw-request.js'

function serverOf(outcome: (ctx: Context) => unknown, middleware: MiddlewareFunction[] = [], listen = false) {
  @Route('/x')
  class One {
    @Get() get(ctx: Context): unknown {
      return outcome(ctx)
    }
    @Post() post(ctx: Context): unknown {
      return outcome(ctx)
    }
  }
  return createTestServer({ controllers: [One], middleware, listen })
}

async function answer(outcome: (ctx: Context) => unknown, headers: Record<string, string> = {}, method = 'GET') {
  return (await serverOf(outcome)).inject(method, '/x', { headers })
}

describe('what a handler returns', () => {
  it('is sent in the envelope when it is a plain value', async () => {
    for (const value of [{ a: 1 }, [1], 'text', '', 0, false, null]) {
      const response = await answer(() => value)
      expect(response.status).to.equal(200)
      expect(response.json()).to.deep.equal({ status: 'success', data: value })
      expect(response.headers['content-length']).to.equal(String(response.bytes.length))
    }
  })

  it('does not count as sent where its client has reset the connection', async () => {
    let client: RawConversation
    const ended = new Promise<boolean>((resolve) => {
      const answerTooLate = (ctx: Context) => {
        ctx.afterResponse(() => resolve(ctx.res.writableEnded))
        // The server learns of it by writing: it has read no more of the connection.
        client.socket.resetAndDestroy()
        return ctx.text('late')
      }
      void serverOf(answerTooLate, [], true).then(async (server) => {
        client = await openRaw(server.url(), '')
        client.socket.write('GET /x HTTP/1.1\r\nhost: x\r\n\r\n')
      })
    })
    expect(await ended).to.equal(false)
  })

  it('arrives over a socket as it was written, in whatever script', async () => {
    let text = ''
    const server = await serverOf((ctx) => ctx.text(text), [], true)
    for (text of ['', 'plain', 'Zoë', 'ÿ'.repeat(300), '日本', 'a😀', 'x'.repeat(70_000), `${'x'.repeat(70_000)}é`]) {
      const response = await server.fetch('/x')
      expect(response.headers.get('content-length')).to.equal(String(Buffer.byteLength(text)))
      expect(await response.text()).to.equal(text)
    }
  })

  it('is 204 without content headers when it is nothing', async () => {
    for (const outcome of [() => undefined, async () => undefined, (ctx: Context) => ctx.noContent()]) {
      const response = await answer(outcome)
      expect(response.status).to.equal(204)
      expect(response.text).to.equal('')
      expect(response.headers).to.not.have.any.keys('content-length', 'content-type', 'transfer-encoding')
    }
  })

  it('is sent as bytes when it is bytes', async () => {
    for (const bytes of [Buffer.from([0, 255]), new Uint8Array([0, 255])]) {
      const response = await answer(() => bytes)
      expect([...response.bytes]).to.deep.equal([0, 255])
      expect(response.headers).to.include({ 'content-type': 'application/octet-stream', 'content-length': '2' })
    }
  })

  it('may be a result of a second installed copy', async () => {
    class Foreign {
      status = 202
      body = { kind: 'data', data: 1 }
      get [Symbol.for('lokstra.result')]() {
        return true
      }
    }
    const response = await answer(() => new Foreign())
    expect(response.status).to.equal(202)
    expect(response.json()).to.deep.equal({ status: 'success', data: 1 })
  })

  it('may be text or HTML with its own media type', async () => {
    const html = await answer((ctx) => ctx.html('<p>é</p>'))
    expect(html.text).to.equal('<p>é</p>')
    expect(html.headers).to.include({ 'content-type': 'text/html; charset=utf-8', 'content-length': '9' })
    expect((await answer((ctx) => ctx.text('hello'))).headers['content-type']).to.equal('text/plain; charset=utf-8')
  })

  it('may redirect, without a body', async () => {
    const response = await answer((ctx) => ctx.redirect('/é?a=b c'))
    expect(response.status).to.equal(302)
    expect(response.headers).to.include({ location: '/%C3%A9?a=b%20c', 'content-length': '0' })
  })

  it('is left alone when the handler has answered by itself', async () => {
    const response = await answer((ctx) => {
      ctx.res.statusCode = 418
      ctx.res.end('mine')
      return { ignored: true }
    })
    expect(response.status).to.equal(418)
    expect(response.text).to.equal('mine')
  })

  it('carries nosniff unless it says otherwise', async () => {
    expect((await answer(() => 1)).headers['x-content-type-options']).to.equal('nosniff')
  })

  it('has no body on HEAD and the same headers as on GET', async () => {
    const server = await serverOf((ctx) => ctx.ok({ a: 'é' }).withHeader('x-a', '1'))
    const get = await server.inject('GET', '/x')
    const head = await server.inject('HEAD', '/x')
    expect(head.text).to.equal('')
    for (const name of ['content-length', 'content-type', 'x-a']) expect(head.headers[name]).to.equal(get.headers[name])
  })

  it('has an empty body with status 205 and keeps the status of an empty result', async () => {
    const response = await answer((ctx) => ctx.ok({ a: 1 }).withStatus(205))
    expect(response.status).to.equal(205)
    expect(response.text).to.equal('')
    expect(response.headers['content-length']).to.equal('0')
  })
})

describe('a result that is kept', () => {
  const kept = new Result(200, { kind: 'data', data: 'shared' }).withHeader('x-a', '1').withMeta({ a: 1 })

  it('is not changed by what one request adds to it', async () => {
    const server = await serverOf((ctx) =>
      ctx.search === ''
        ? kept
        : kept
            .withStatus(202)
            .withMessage('Yours')
            .withMeta({ b: 2 })
            .withHeader('x-b', '2')
            .withEtag('v1')
            .withCookie('sid', 'secret'),
    )
    const first = await server.inject('GET', '/x?mine')
    expect(first.status).to.equal(202)
    expect(first.headers).to.include({ 'x-a': '1', 'x-b': '2', etag: '"v1"' }).and.to.have.property('set-cookie')
    expect(first.json()).to.deep.include({ message: 'Yours', meta: { a: 1, b: 2 } })
    const second = await server.inject('GET', '/x')
    expect(second.status).to.equal(200)
    expect(second.headers['x-a']).to.equal('1')
    expect(second.headers).to.not.have.any.keys('x-b', 'etag', 'set-cookie')
    expect(second.json()).to.deep.equal({ status: 'success', data: 'shared', meta: { a: 1 } })
  })
})

describe('response headers', () => {
  it('of the result win over those of the context, and names ignore case', async () => {
    const server = await serverOf(
      (ctx) => ctx.ok(1).withHeader('X-One', 'result').withHeader('content-type', 'application/vnd.x+json'),
      [
        (ctx, next) => {
          ctx.setHeader('X-ONE', 'context')
          ctx.setHeader('x-two', 2)
          return next()
        },
      ],
    )
    const { headers } = await server.inject('GET', '/x')
    expect(headers).to.include({ 'x-one': 'result', 'x-two': '2', 'content-type': 'application/vnd.x+json' })
  })

  it('keep both reasons to vary', async () => {
    const server = await serverOf(
      (ctx) => ctx.ok(1).withHeader('vary', 'accept'),
      [(ctx, next) => (ctx.setHeader('vary', 'Origin'), next())],
    )
    expect((await server.inject('GET', '/x')).headers.vary).to.equal('Origin, accept')
  })

  it('of a formatter may be named in any case, and add to the reasons to vary', async () => {
    const headers = { 'X-Format': 'own', Vary: 'accept-language' }
    const formatter: Formatter = {
      name: 'own',
      success: ({ data }) => ({ body: data, headers }),
      error: ({ code }) => ({ body: code, headers }),
    }
    @Route('/x')
    class One {
      @Get() get(ctx: Context) {
        return ctx.ok(1).withHeader('x-format', 'result')
      }
      @Get('/fails') fails() {
        throw new ForbiddenError(undefined, { headers: { 'X-Format': 'error', VARY: 'cookie' } })
      }
    }
    const server = await createTestServer({
      app: { controllers: [One], formatter },
      middleware: [(ctx, next) => (ctx.setHeader('vary', 'Origin'), next())],
    })
    const ok = await server.inject('GET', '/x')
    expect(ok.headers).to.include({ 'x-format': 'result', vary: 'Origin, accept-language' })
    const failed = await server.inject('GET', '/x/fails')
    expect(failed.headers).to.include({ 'x-format': 'error', vary: 'Origin, accept-language, cookie' })
  })

  it('set several cookies, each safe by default', async () => {
    const { headers } = await answer((ctx) => {
      ctx.setHeader('set-cookie', 'first=1')
      return ctx.ok().withCookie('sid', 'a b;c').withCookie('theme', 'dark', {
        httpOnly: false,
        secure: false,
        sameSite: 'strict',
        path: '/app',
        maxAgeSeconds: 60,
      })
    })
    expect(headers['set-cookie']).to.deep.equal([
      'first=1',
      'sid=a%20b%3Bc; Path=/; HttpOnly; Secure; SameSite=Lax',
      'theme=dark; Max-Age=60; Path=/app; SameSite=Strict',
    ])
  })

  it('keep the cookies of middleware beside one that a result sets itself', async () => {
    const { headers } = await answer((ctx) => {
      ctx.setHeader('set-cookie', 'session=1')
      return ctx.ok().withHeader('Set-Cookie', 'raw=2').withCookie('third', '3')
    })
    expect(headers['set-cookie']).to.deep.equal([
      'session=1',
      'raw=2',
      'third=3; Path=/; HttpOnly; Secure; SameSite=Lax',
    ])
  })

  it('are never split by a value with a line break: 500, logged', async () => {
    const outcomes: ((ctx: Context) => unknown)[] = [
      (ctx) => ctx.ok(1).withHeader('x-a', 'b\r\nset-cookie: evil=1'),
      (ctx) => ctx.noContent().withHeader('x-a', 'b\nc'),
      (ctx) => ctx.ok(1).withHeader('bad name', 'x'),
      (ctx) => ctx.ok(1).withHeader('x-a', '\u20ac'),
      (ctx) => ctx.ok(1).withHeader('x-a', undefined as unknown as string),
      (ctx) => (ctx.setHeader('x-a', 'b\r\nc'), 1),
      (ctx) => (ctx.setHeader('x-a', 'b\r\nc'), undefined),
      (ctx) => ctx.ok(1).withCookie('bad name', 'x'),
      (ctx) => ctx.ok(1).withCookie('a', 'x', { domain: 'a; b' }),
    ]
    for (const outcome of outcomes) {
      const server = await serverOf(outcome, [], true)
      server.expectError(/E_RESPONSE_HEADER/)
      const response = await server.fetch('/x')
      expect([response.status, response.statusText]).to.deep.equal([500, 'Internal Server Error'])
      expect(response.headers.get('x-a')).to.equal(null)
      expect(response.headers.get('set-cookie')).to.equal(null)
      expect(((await response.json()) as { error: { code: string } }).error.code).to.equal('INTERNAL_ERROR')
      expect(server.logs.filter(({ level }) => level === 'error')).to.not.be.empty
    }
  })

  it('never name the value of a refused cookie in the log', async () => {
    const server = await serverOf((ctx) => ctx.ok(1).withCookie('bad name', 'secret-value'))
    server.expectError(/E_RESPONSE_HEADER/)
    await server.inject('GET', '/x')
    expect(String(server.logs.at(-1)?.fields.err)).to.not.include('secret-value')
  })

  it('come in one head: the length is announced and nothing is chunked', async () => {
    const server = await serverOf(() => ({ a: 1 }), [], true)
    const response = await server.fetch('/x')
    expect(response.headers.get('transfer-encoding')).to.equal(null)
    expect(response.headers.get('content-length')).to.equal(String((await response.text()).length))
  })
})

describe('an entity tag', () => {
  const tagged = (ctx: Context) => ctx.ok({ a: 1 }).withEtag('v1').withHeader('cache-control', 'max-age=5')

  it('answers 304 without a body when the client has it', async () => {
    for (const header of ['"v1"', 'W/"v1"', '"v0", "v1"', '*']) {
      const response = await answer(tagged, { 'if-none-match': header })
      expect(response.status).to.equal(304)
      expect(response.text).to.equal('')
      expect(response.headers).to.include({ etag: '"v1"', 'cache-control': 'max-age=5' })
      expect(response.headers).to.not.have.any.keys('content-length', 'content-type')
    }
  })

  it('sends the body when the client has another', async () => {
    const response = await answer(tagged, { 'if-none-match': '"v0"' })
    expect(response.status).to.equal(200)
    expect(response.headers.etag).to.equal('"v1"')
  })

  it('lets a change pass only where If-Match names the tag, whatever characters the tag has', async () => {
    const statusOf = async (etag: string, header: string) => {
      const change = (ctx: Context) => {
        ctx.assertMatch(etag)
        return 'changed'
      }
      return (await answer(change, { 'if-match': header }, 'POST')).status
    }
    for (const header of ['"3,7"', '"a", "3,7"', '"a","3,7","b"', ' "3,7" ,', 'W/"x", "3,7"', '*']) {
      expect(await statusOf('3,7', header), header).to.equal(200)
    }
    for (const header of ['"3"', '"7"', '"3", "7"', '"3,7', 'W/"3,7"', '3,7', '"", ""', ',', '"3,7 "']) {
      expect(await statusOf('3,7', header), header).to.equal(412)
    }
    expect(await statusOf('W/"3"', 'W/"3"')).to.equal(412)
  })

  it('does not answer a POST with 304', async () => {
    expect((await answer(tagged, { 'if-none-match': '"v1"' }, 'POST')).status).to.equal(200)
  })
})

describe('a value that JSON cannot hold', () => {
  const circular: Record<string, unknown> = {}
  circular.self = circular
  const values: [string, unknown][] = [
    ['a circular object', circular],
    [
      'a failing toJSON',
      {
        toJSON: () => {
          throw new Error('toJSON broke')
        },
      },
    ],
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
  ]
  for (const [name, value] of values) {
    it(`is a logged 500 when it is ${name}`, async () => {
      const server = await serverOf(() => value)
      server.expectError(/./)
      const response = await server.inject('GET', '/x')
      expect(response.status).to.equal(500)
      expect(response.json().error.code).to.equal('INTERNAL_ERROR')
      expect(server.logs.filter(({ level }) => level === 'error')).to.have.length(1)
    })
  }

  it('is a logged 500 when it is a status that does not exist', async () => {
    for (const status of [99, 101, 600, 200.5, Number.NaN]) {
      const server = await serverOf((ctx) => ctx.ok().withStatus(status))
      server.expectError(/E_RESPONSE_STATUS/)
      expect((await server.inject('GET', '/x')).status).to.equal(500)
    }
  })
})

describe('an outcome of middleware', () => {
  it('replaces the handler’s', async () => {
    const server = await serverOf(() => 1, [() => new Result(202, { kind: 'data', data: 'early' })])
    const response = await server.inject('GET', '/x')
    expect(response.status).to.equal(202)
    expect(response.json().data).to.equal('early')
  })
})

describe('a HEAD operation', () => {
  it('answers 204 when it returns nothing', async () => {
    @Route('/only')
    class Only {
      @Head() head() {}
    }
    const server = await createTestServer({ controllers: [Only] })
    expect((await server.inject('HEAD', '/only')).status).to.equal(204)
  })
})

// A plain server beside it, so that the comparison does not rest on what we believe Node sends.
describe('the headers of an answer', () => {
  it('are Node’s own and ours, no more', async () => {
    const plain = createServer((_req, res) => res.writeHead(200).end())
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve))
    const { port } = plain.address() as { port: number }
    const ofNode = [...(await fetch(`http://127.0.0.1:${port}`)).headers.keys()].filter(
      (name) => name !== 'transfer-encoding',
    )
    plain.close()
    const server = await serverOf(() => 1, [], true)
    const ofOurs = [...(await server.fetch('/x')).headers.keys()]
    expect(ofOurs.filter((name) => !ofNode.includes(name)).sort()).to.deep.equal([
      'content-length',
      'content-type',
      'x-content-type-options',
    ])
  })
})
