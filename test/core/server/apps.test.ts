import { setTimeout as delay } from 'node:timers/promises'

import {
  Body,
  Context,
  createServer,
  Delete,
  Get,
  NotFoundError,
  Post,
  Put,
  Returns,
  Route,
  type Formatter,
} from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { expect } from 'chai'
import { IsInt } from 'class-validator'

import { freePort } from '../../helpers/free-port.js'
import { silentLogger } from '../../helpers/silent-logger.js'
import { openRaw } from '../response/raw-request.js'

class Count {
  @Body() @IsInt() count!: number
}

@Route('/items')
class Items {
  @Get() list() {
    return [1, 2]
  }
  @Post() @Returns(Number, 201) add({ count }: Count) {
    return count
  }
  @Put() replace(ctx: Context) {
    return ctx.ok({ replaced: true }).withMessage('Replaced').withHeader('x-mine', 'yes')
  }
  @Delete() remove() {
    return undefined
  }
  @Get('/stream') async *stream() {
    yield 'a'
    await delay(1)
    yield 'b'
  }
  @Get('/async') async later() {
    await delay(1)
    return 'later'
  }
  @Get('/missing') missing() {
    throw new NotFoundError('No such item')
  }
  @Get('/async-missing') async asyncMissing() {
    await delay(1)
    throw new NotFoundError('No such item')
  }
  @Get('/null') nothing() {
    return null
  }
}

const bare: Formatter = {
  name: 'bare',
  success: ({ data }) => ({ body: { it: data } }),
  error: ({ code }) => ({ body: { failed: code }, headers: { 'x-failed': code } }),
}

describe('a handler', () => {
  const cases = [
    ['GET', '/items', 200, '{"status":"success","data":[1,2]}'],
    ['PUT', '/items', 200, '{"status":"success","message":"Replaced","data":{"replaced":true}}'],
    ['DELETE', '/items', 204, ''],
    ['GET', '/items/stream', 200, 'ab'],
    ['GET', '/items/async', 200, '{"status":"success","data":"later"}'],
    ['GET', '/items/null', 200, '{"status":"success","data":null}'],
    ['HEAD', '/items', 200, ''],
    ['HEAD', '/items/stream', 200, ''],
    ['HEAD', '/items/missing', 404, ''],
  ] as const

  for (const [verb, path, status, text] of cases) {
    it(`is answered over HTTP as it says: ${verb} ${path}`, async () => {
      const server = await createTestServer({ controllers: [Items], listen: true })
      const response = await server.fetch(path, { method: verb })
      expect(response.status).to.equal(status)
      expect(await response.text()).to.equal(text)
    })
  }

  for (const path of ['/items/missing', '/items/async-missing']) {
    it(`that throws is answered in the envelope: ${path}`, async () => {
      const server = await createTestServer({ controllers: [Items], listen: true })
      const response = await server.fetch(path)
      expect(response.status).to.equal(404)
      expect(await response.json())
        .to.have.property('error')
        .that.includes({ code: 'NOT_FOUND', message: 'No such item' })
    })
  }

  it('gives the headers of GET to HEAD, and what is allowed to OPTIONS', async () => {
    const server = await createTestServer({ controllers: [Items], listen: true })
    const head = await server.fetch('/items', { method: 'HEAD' })
    expect(head.headers.get('content-length')).to.equal(String('{"status":"success","data":[1,2]}'.length))
    const options = await server.fetch('/items', { method: 'OPTIONS' })
    expect(options.status).to.equal(204)
    expect(options.headers.get('allow')).to.equal('DELETE, GET, HEAD, OPTIONS, POST, PUT')
    expect((await server.fetch('/nowhere', { method: 'OPTIONS' })).status).to.equal(404)
  })
})

describe('apps with formatters of their own', () => {
  const apps = [
    { name: 'main', controllers: [Items] },
    { name: 'old', prefix: '/v1', formatter: 'classic', controllers: [Items] },
    { name: 'bare', prefix: '/v1/bare', formatter: bare, controllers: [Items] },
    { name: 'problem', prefix: '/v3', formatter: 'problem', controllers: [Items] },
  ]
  const notFound = {
    '/nowhere': { status: 'error' },
    '/v1': { success: false, code: 'NOT_FOUND' },
    '/v1/nowhere': { success: false, code: 'NOT_FOUND' },
    '/v10/nowhere': { status: 'error' },
    '/v1/bare/nowhere': { failed: 'NOT_FOUND' },
    '/v1/bareness': { success: false, code: 'NOT_FOUND' },
    '/v3/nowhere': { status: 404, code: 'NOT_FOUND' },
    '/v3/%zz': { status: 400, code: 'BAD_REQUEST' },
  }

  it('keep them on an address that they share; what nobody serves goes by the longest prefix', async () => {
    // A test server would give each of them an address of its own.
    const listen = `127.0.0.1:${await freePort()}`
    const server = createServer({
      services: [silentLogger],
      shutdown: { idle: 0 },
      apps: apps.map((app) => ({ ...app, listen })),
    })
    await server.start()
    try {
      expect(server.listeners).to.have.length(1)
      for (const [path, expected] of Object.entries(notFound)) {
        const response = await fetch(`http://${listen}${path}`)
        expect(await response.json(), path).to.deep.include(expected)
      }
    } finally {
      await server.stop()
    }
  })

  it('answer each in its own shape', async () => {
    const server = await createTestServer({ apps, listen: true })
    const bodies = await Promise.all(
      ['main:/items', 'old:/v1/items', 'bare:/v1/bare/items', 'problem:/v3/items'].map(async (place) => {
        const [app, path] = place.split(':')
        return (await fetch(`${server.url(app)}${path}`)).json()
      }),
    )
    expect(bodies).to.deep.equal([
      { status: 'success', data: [1, 2] },
      { code: 'OK', success: true, data: [1, 2] },
      { it: [1, 2] },
      [1, 2],
    ])
    const invalid = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"count":"x"}' }
    const refused = await fetch(`${server.url('old')}/v1/items`, invalid)
    expect(refused.status).to.equal(400)
    expect(((await refused.json()) as { errors: object }).errors).to.have.property('count')
    expect((await fetch(`${server.url('bare')}/v1/bare/items`, invalid)).headers.get('x-failed')).to.equal(
      'VALIDATION_ERROR',
    )
    expect((await fetch(`${server.url('problem')}/v3/items`, invalid)).headers.get('content-type')).to.include(
      'problem+json',
    )
  })

  it('refuse in their own shape also what is no HTTP', async () => {
    const server = await createTestServer({ apps, listen: true })
    const answer = await (await openRaw(server.url('bare'), 'nonsense\r\n\r\n')).closed()
    expect(answer).to.include('{"failed":"BAD_REQUEST"}')
  })
})

describe('the time-outs of an app', () => {
  it('end a connection that is idle', async () => {
    const server = await createTestServer({ controllers: [Items], listen: true, app: { timeouts: { keepAlive: 50 } } })
    const connection = await openRaw(server.url(), 'GET /items HTTP/1.1\r\nhost: a\r\n\r\n')
    expect(await connection.closed()).to.include('[1,2]')
  })

  it('end a request that does not arrive', async () => {
    const server = await createTestServer({
      controllers: [Items],
      listen: true,
      app: { timeouts: { request: '300ms' } },
    })
    const connection = await openRaw(server.url(), 'POST /items HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n')
    expect(await connection.closed()).to.include('HTTP/1.1 408')
  })
})
