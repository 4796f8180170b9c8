import {
  BadGatewayError,
  Context,
  ForbiddenError,
  Get,
  HttpError,
  NotFoundError,
  Route,
  TooManyRequestsError,
} from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { openRaw } from './raw-request.js'

function serverOf(handler: (ctx: Context) => unknown, listen = false) {
  @Route('/x')
  class One {
    @Get() get(ctx: Context): unknown {
      return handler(ctx)
    }
  }
  return createTestServer({ controllers: [One], listen })
}

const thrower = (value: unknown) => () => {
  throw value
}

class Hostile extends Error {
  override get message(): string {
    throw new Error('message getter')
  }
  override get stack(): string {
    throw new Error('stack getter')
  }
  override toString(): string {
    throw new Error('toString')
  }
}

describe('an HttpError', () => {
  it('answers with its status, code, message and headers, and is not logged below 500', async () => {
    const server = await serverOf(
      thrower(new TooManyRequestsError('Slow down', { headers: { 'retry-after': '5' }, cause: new Error('why') })),
    )
    const response = await server.inject('GET', '/x')
    expect(response.status).to.equal(429)
    expect(response.headers['retry-after']).to.equal('5')
    expect(response.json().error).to.include({ code: 'TOO_MANY_REQUESTS', message: 'Slow down' })
    expect(response.text).to.not.include('why')
    expect(server.logs.filter(({ level }) => level === 'error' || level === 'warn')).to.be.empty
  })

  it('is logged with its cause from 500 up', async () => {
    const server = await serverOf(thrower(new BadGatewayError(undefined, { cause: new Error('socket hang up') })))
    const response = await server.inject('GET', '/x')
    expect(response.status).to.equal(502)
    expect(response.text).to.not.include('socket hang up')
    const line = server.logs.find(({ message }) => message === 'request failed')
    expect(line?.level).to.equal('warn')
    expect((line?.fields.err as Error).cause).to.be.instanceOf(Error)
    expect(line?.fields).to.include({ method: 'GET', route: '/x' })
  })

  it('is recognised when it comes from a second installed copy', async () => {
    const foreign = { [Symbol.for('lokstra.httpError')]: true, status: 403, code: 'FORBIDDEN', message: 'no' }
    expect((await (await serverOf(thrower(foreign))).inject('GET', '/x')).status).to.equal(403)
  })

  it('with a status that is no error is a 500', async () => {
    const server = await serverOf(thrower(new HttpError(200)))
    expect((await server.inject('GET', '/x')).status).to.equal(500)
  })

  it('carries headers of the context, but nothing that describes the resource', async () => {
    const server = await serverOf((ctx) => {
      ctx.setHeader('x-trace', '1')
      ctx.setHeader('etag', '"v1"')
      ctx.setHeader('cache-control', 'max-age=60')
      throw new NotFoundError()
    })
    const { headers } = await server.inject('GET', '/x')
    expect(headers).to.include({ 'x-trace': '1' })
    expect(headers).to.not.have.any.keys('etag', 'cache-control')
  })

  it('with an invalid header or unserialisable details is a logged 500', async () => {
    const circular: Record<string, unknown> = {}
    circular.self = circular
    for (const options of [{ headers: { 'x-a': 'a\r\nb' } }, { details: circular }]) {
      const server = await serverOf(thrower(new ForbiddenError('no', options)), true)
      server.expectError(/./)
      const response = await server.fetch('/x')
      expect(response.status).to.equal(500)
      expect(response.headers.get('x-a')).to.equal(null)
      expect(server.logs.some(({ message }) => message === 'error answer failed')).to.equal(true)
    }
  })
})

describe('anything else that is thrown', () => {
  const values: [string, unknown][] = [
    ['an error', new Error('SELECT password FROM users')],
    ['a text', 'boom'],
    ['null', null],
    ['undefined', undefined],
    ['a number', 404],
    ['an object', { status: 404, message: 'secret' }],
    ['an error whose getters throw', new Hostile()],
    [
      'a proxy that throws',
      new Proxy(
        {},
        {
          has: () => {
            throw new Error('has')
          },
          get: () => {
            throw new Error('get')
          },
        },
      ),
    ],
  ]
  for (const [name, value] of values) {
    it(`is a generic 500, logged once: ${name}`, async () => {
      const server = await serverOf(thrower(value))
      server.expectError(/./s)
      const response = await server.inject('GET', '/x')
      expect(response.status).to.equal(500)
      expect(response.json().error).to.include({ code: 'INTERNAL_ERROR', message: 'Something went wrong' })
      expect(response.json().error).to.have.all.keys('code', 'message', 'requestId')
      expect(response.text).to.not.match(/SELECT|boom|secret|stack/)
      const lines = server.logs.filter(({ level }) => level === 'error')
      expect(lines).to.have.length(1)
      expect(lines[0]!.fields.err).to.be.an('error')
      expect(lines[0]!.fields.requestId).to.equal(response.json().error.requestId)
    })
  }

  it('keeps the chain of causes in the log', async () => {
    const server = await serverOf(thrower(new Error('outer', { cause: new Error('inner') })))
    server.expectError(/outer/)
    await server.inject('GET', '/x')
    const err = server.logs.find(({ level }) => level === 'error')!.fields.err as Error
    expect((err.cause as Error).message).to.equal('inner')
  })
})

describe('an error after the response has begun', () => {
  it('cuts the connection, so that the answer does not look complete', async () => {
    const server = await serverOf((ctx) => {
      ctx.res.writeHead(200, { 'content-type': 'text/plain' })
      ctx.res.write('half')
      throw new Error('midway')
    }, true)
    server.expectError(/midway/)
    const raw = await openRaw(server.url(), 'GET /x HTTP/1.1\r\nhost: a\r\n\r\n')
    const text = await raw.closed()
    expect(text).to.not.include('0\r\n\r\n')
    expect(server.logs.some(({ message }) => message === 'response cut off')).to.equal(true)
  })
})
