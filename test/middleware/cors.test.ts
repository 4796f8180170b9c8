import { join } from 'node:path'

import { Context, ForbiddenError, Get, Middleware, Post, Route } from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { Cors } from '@lokstra/middleware/cors'
import { expect } from 'chai'

import { createAppFolder } from '../helpers/app-folder.js'
import { rejection } from '../helpers/boot-problems.js'

let calls = 0

@Route('/x')
class Things {
  @Get() get(ctx: Context) {
    calls++
    return ctx.ok(1).withHeader('vary', 'accept')
  }
  @Post() post() {
    calls++
    return 1
  }
  @Get('/denied') denied() {
    throw new ForbiddenError()
  }
}

const shop = 'https://shop.example'
const serverWith = (config: object) => createTestServer({ controllers: [Things], middleware: [[Cors, { ...config }]] })
const from = (origin: string) => ({ headers: { origin } })
const preflight = (origin: string, method = 'PUT', headers?: string) => ({
  headers: {
    origin,
    'access-control-request-method': method,
    ...(headers === undefined ? {} : { 'access-control-request-headers': headers }),
  },
})
const corsHeaders = (headers: object) => Object.keys(headers).filter((name) => name.startsWith('access-control-'))

async function refusal(config: object): Promise<string> {
  try {
    await serverWith(config)
  } catch (error) {
    return String(error)
  }
  return 'started'
}

describe('the cors middleware', () => {
  it('is closed by default: the request goes on without CORS headers', async () => {
    const response = await (await serverWith({})).inject('GET', '/x', from(shop))
    expect(response.status).to.equal(200)
    expect(corsHeaders(response.headers)).to.deep.equal([])
  })

  it('names the origin that is listed, and no other', async () => {
    const server = await serverWith({ origins: [shop, 'http://localhost:5173'] })
    for (const origin of [shop, 'http://localhost:5173']) {
      expect((await server.inject('GET', '/x', from(origin))).headers['access-control-allow-origin']).to.equal(origin)
    }
    const others = [
      'http://shop.example',
      `${shop}:8443`,
      `${shop}.evil.example`,
      'https://evil-shop.example',
      'null',
      '',
      '*',
      'http://localhost',
    ]
    for (const origin of others) {
      expect(corsHeaders((await server.inject('GET', '/x', from(origin))).headers)).to.deep.equal([])
    }
  })

  it('matches subdomains at any depth, and not the domain itself', async () => {
    const server = await serverWith({ origins: ['https://*.shop.example'] })
    for (const origin of ['https://a.shop.example', 'https://a.b-1.shop.example']) {
      expect((await server.inject('GET', '/x', from(origin))).headers['access-control-allow-origin']).to.equal(origin)
    }
    const others = [
      shop,
      'https://.shop.example',
      'https://ashop.example',
      'https://a.shopxexample',
      'http://a.shop.example',
      'https://a.shop.example.evil',
      'https://evil.com/.shop.example',
      'https://a.shop.example:444',
    ]
    for (const origin of others) {
      expect(corsHeaders((await server.inject('GET', '/x', from(origin))).headers)).to.deep.equal([])
    }
  })

  it('allows the null origin only when it is listed', async () => {
    const server = await serverWith({ origins: ['null'] })
    expect((await server.inject('GET', '/x', from('null'))).headers['access-control-allow-origin']).to.equal('null')
  })

  it('answers * for every origin, and then does not vary', async () => {
    const { headers } = await (await serverWith({ origins: ['*'] })).inject('GET', '/x', from(shop))
    expect(headers).to.include({ 'access-control-allow-origin': '*', vary: 'accept' })
  })

  it('varies by origin on every answer, besides what the handler varies by', async () => {
    const server = await serverWith({ origins: [shop] })
    const requests: Record<string, string>[] = [{ origin: shop }, { origin: 'https://other.example' }, {}]
    for (const headers of requests) {
      expect((await server.inject('GET', '/x', { headers })).headers.vary).to.equal('Origin, accept')
    }
  })

  it('sends its headers with errors and with 404 too', async () => {
    const server = await serverWith({ origins: [shop], exposeHeaders: ['x-total-count', 'etag'] })
    for (const [path, status] of [
      ['/x/denied', 403],
      ['/nowhere', 404],
    ] as const) {
      const response = await server.inject('GET', path, from(shop))
      expect(response.status).to.equal(status)
      expect(response.headers).to.include({
        'access-control-allow-origin': shop,
        'access-control-expose-headers': 'x-total-count, etag',
        vary: 'Origin',
      })
    }
  })

  it('allows credentials only when told so', async () => {
    const server = await serverWith({ origins: [shop], credentials: true })
    expect((await server.inject('GET', '/x', from(shop))).headers['access-control-allow-credentials']).to.equal('true')
    const other = await server.inject('GET', '/x', from('https://other.example'))
    expect(corsHeaders(other.headers)).to.deep.equal([])
  })

  it('refuses * with credentials, and origins that no browser sends, at boot', async () => {
    expect(await refusal({ origins: ['*'], credentials: true })).to.include('E_CORS_CREDENTIALS')
    for (const origin of [
      'https://shop.example/',
      'shop.example',
      'https://shop.example:443',
      'https://*',
      '*.shop.example',
      'https://a.*.example',
      '',
    ]) {
      expect(await refusal({ origins: [origin] })).to.include('E_CORS_ORIGIN')
    }
  })
})

describe('a mistake that only the constructor sees', () => {
  it('is told with the line of the configuration', async () => {
    await using app = await createAppFolder(
      {
        'lokstra.yaml': "apps:\n  - name: api\n    middleware:\n      - cors: { origins: ['*'], credentials: true }\n",
      },
      ['@lokstra/core', '@lokstra/middleware'],
    )
    const problem = await rejection(createTestServer({ file: join(app.path, 'lokstra.yaml') }))
    expect(problem.code).to.equal('E_CORS_CREDENTIALS')
    expect(problem.where).to.deep.equal([`${join(app.path, 'lokstra.yaml')}:4:15`])
  })
})

describe('a preflight', () => {
  it('is answered 204 for every path without reaching a handler', async () => {
    const server = await serverWith({ origins: [shop] })
    calls = 0
    for (const path of ['/x', '/x/denied', '/nowhere']) {
      const response = await server.inject('OPTIONS', path, preflight(shop))
      expect(response.status).to.equal(204)
      expect(response.headers).to.include({
        'access-control-allow-origin': shop,
        'access-control-allow-methods': 'GET, HEAD, PUT, PATCH, POST, DELETE',
        'access-control-max-age': '600',
      })
    }
    expect(calls).to.equal(0)
  })

  it('allows the headers that are asked for, or those of the configuration', async () => {
    const reflecting = await serverWith({ origins: [shop] })
    const reflected = await reflecting.inject('OPTIONS', '/x', preflight(shop, 'PUT', 'x-a, content-type'))
    expect(reflected.headers['access-control-allow-headers']).to.equal('x-a, content-type')
    expect(reflected.headers.vary).to.equal('Origin, Access-Control-Request-Headers')
    const odd = await reflecting.inject('OPTIONS', '/x', preflight(shop, 'PUT', 'x-a, "b c"'))
    expect(odd.headers).to.not.have.property('access-control-allow-headers')
    const fixed = await serverWith({ origins: [shop], headers: ['x-b'], methods: ['GET'] })
    const response = await fixed.inject('OPTIONS', '/x', preflight(shop, 'PUT', 'x-a'))
    expect(response.headers).to.include({
      'access-control-allow-headers': 'x-b',
      'access-control-allow-methods': 'GET',
    })
  })

  it('of an origin that is not listed is 204 and allows nothing', async () => {
    const response = await (
      await serverWith({ origins: [shop] })
    ).inject('OPTIONS', '/x', preflight('https://other.example'))
    expect(response.status).to.equal(204)
    expect(corsHeaders(response.headers)).to.deep.equal([])
  })

  it('is only what has an origin and a requested method', async () => {
    const server = await serverWith({ origins: [shop] })
    const response = await server.inject('OPTIONS', '/nowhere', from(shop))
    expect(response.headers).to.not.have.property('access-control-allow-methods')
    expect(response.status).to.not.equal(204)
  })
})

describe('the cors middleware at a controller', () => {
  it('is refused at boot, because a preflight would never reach it', async () => {
    @Route('/y')
    @Middleware([Cors, { origins: [shop] }])
    class Attached {
      @Get() get() {
        return 1
      }
    }
    let message = 'started'
    try {
      await createTestServer({ controllers: [Attached] })
    } catch (error) {
      message = String(error)
    }
    expect(message).to.include('E_MIDDLEWARE_LEVEL')
  })
})
