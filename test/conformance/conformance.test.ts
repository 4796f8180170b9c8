import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer as createNetServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import {
  Body,
  Context,
  createServer,
  Get,
  OnStart,
  OnStop,
  Path,
  Post,
  Put,
  Query,
  Route,
  Service,
} from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { Cors } from '@lokstra/middleware/cors'
import { expect } from 'chai'
import { Type } from 'class-transformer'
import { IsInt, IsNumber, IsString, Min, ValidateNested } from 'class-validator'

import { openRaw } from '../core/response/raw-request.js'
import { createAppFolder } from '../helpers/app-folder.js'
import { problemOf, problemsOf, rejection } from '../helpers/boot-problems.js'
import { ChildServer } from '../helpers/child-server.js'
import { freePort } from '../helpers/free-port.js'
import { repositoryFiles, repositoryRoot } from '../helpers/repository.js'
import { silentLogger } from '../helpers/silent-logger.js'

class Page {
  @Query() @IsInt() @Min(1) page = 1
}

class Line {
  @IsString() name!: string
  @IsNumber() price!: number
}

class Count {
  @Body() @IsInt() count!: number
}

class Order {
  @Path() @IsInt() id!: number
  @Body() @IsString() title!: string
  @Body() @Type(() => Line) @ValidateNested({ each: true }) items: Line[] = []
}

@Route('/items')
class Items {
  @Get() list({ page }: Page) {
    return { page }
  }
  @Put('/:id') save({ id, title, items }: Order) {
    return { id, title, items: items.length }
  }
  @Get('/broken') broken() {
    throw new Error('password=hunter2 at db.internal')
  }
}

@Route('/counts')
class Counts {
  @Post() count({ count }: Count) {
    return count
  }
}

const json = { 'content-type': 'application/json' }
const serve = () => createTestServer({ controllers: [Items, Counts] })

describe('A request', () => {
  it('with a query value of the wrong type is answered 400 with the field, not 500', async () => {
    const response = await (await serve()).inject('GET', '/items?page=abc')
    expect(response.status).to.equal(400)
    expect(response.json().error.fields).to.have.length(1)
    expect(response.json().error.fields[0]).to.include({ in: 'query', field: 'page' })
  })

  it('passes a required number that is 0', async () => {
    const response = await (await serve()).inject('POST', '/counts', { body: { count: 0 } })
    expect(response.status).to.equal(200)
    expect(response.json().data).to.equal(0)
  })

  it('with mistakes in nested objects is answered with their paths', async () => {
    const items = [
      { name: 'a', price: 1 },
      { name: 'b', price: 2 },
      { name: 'c', price: 'x' },
    ]
    const response = await (await serve()).inject('PUT', '/items/1', { body: { title: 't', items } })
    expect(response.status).to.equal(400)
    expect(response.json().error.fields[0]).to.include({ in: 'body', field: 'items[2].price' })
  })

  it('in form encoding fills the same DTO as one in JSON, with numbers read from text; multipart is 415', async () => {
    const server = await serve()
    const form = new URLSearchParams('title=t&items[0][name]=a&items[0][price]=1.5')
    const answer = await server.inject('PUT', '/items/7', { body: form })
    const same = await server.inject('PUT', '/items/7', { body: { title: 't', items: [{ name: 'a', price: 1.5 }] } })
    expect(answer.json()).to.deep.equal(same.json())
    expect(answer.json().data).to.deep.equal({ id: 7, title: 't', items: 1 })
    expect((await server.inject('POST', '/counts', { body: new URLSearchParams('count=12') })).json().data).to.equal(12)
    const multipart = { headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: '--x--\r\n' }
    expect((await server.inject('POST', '/counts', multipart)).status).to.equal(415)
  })

  it('cannot overwrite a path parameter with a body key', async () => {
    const response = await (await serve()).inject('PUT', '/items/7', { body: { id: 8, title: 't' } })
    expect(response.json().data.id).to.equal(7)
  })
})

describe('An error answer', () => {
  it('of 404, 405, 413 and malformed JSON has the envelope, and 405 has Allow', async () => {
    const server = await createTestServer({ controllers: [Items, Counts], app: { limits: { body: 100 } } })
    const answers = [
      await server.inject('GET', '/nowhere'),
      await server.inject('GET', '/counts'),
      await server.inject('POST', '/counts', { headers: json, body: JSON.stringify({ count: 'x'.repeat(200) }) }),
      await server.inject('POST', '/counts', { headers: json, body: '{"count":' }),
    ]
    expect(answers.map(({ status }) => status)).to.deep.equal([404, 405, 413, 400])
    for (const answer of answers) {
      expect(answer.json()).to.have.all.keys('status', 'error')
      expect(answer.json().error).to.include.keys('code', 'message', 'requestId')
    }
    expect(answers[1]!.headers.allow).to.equal('OPTIONS, POST')
  })

  it('of an unknown error is a generic 500, with the details in the log only, under the same request id', async () => {
    const server = await serve()
    server.expectError(/hunter2/)
    const response = await server.inject('GET', '/items/broken')
    expect(response.status).to.equal(500)
    const { error } = response.json()
    expect(error).to.deep.equal({ code: 'INTERNAL_ERROR', message: 'Something went wrong', requestId: error.requestId })
    expect(JSON.stringify(response.headers)).to.not.include('hunter2')
    const line = server.logs.find(({ level }) => level === 'error')
    expect(line?.fields.requestId).to.equal(error.requestId)
    expect((line?.fields.err as Error).stack)
      .to.include('hunter2')
      .and.include('conformance.test')
  })
})

describe('CORS', () => {
  it('answers the preflight of a route that has POST only', async () => {
    const server = await createTestServer({
      controllers: [Counts],
      middleware: [[Cors, { origins: ['https://shop.example'], credentials: true }]],
    })
    const headers = {
      origin: 'https://shop.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'x-a',
    }
    const response = await server.inject('OPTIONS', '/counts', { headers })
    expect(response.status).to.equal(204)
    expect(response.headers).to.include({
      'access-control-allow-origin': 'https://shop.example',
      'access-control-allow-credentials': 'true',
      'access-control-allow-headers': 'x-a',
    })
    expect(response.headers['access-control-allow-methods']).to.include('POST')
  })

  it('never combines * with credentials', async () => {
    const middleware = [[Cors, { origins: ['*'], credentials: true }]] as const
    const server = createServer({ services: [silentLogger], middleware, apps: [{ controllers: [Counts] }] })
    expect((await rejection(server.start({ listen: false }))).code).to.equal('E_CORS_CREDENTIALS')
  })
})

describe('Boot', () => {
  it('fails for an unknown key of the configuration', async () => {
    await using app = await createAppFolder({
      'lokstra.yaml': 'name: shop\napps:\n  - name: api\n    lissten: ":3000"\n',
    })
    const problem = await problemOf({ file: join(app.path, 'lokstra.yaml') })
    expect(problem.code).to.equal('E_CONFIG_KEY_UNKNOWN')
    expect(problem.message).to.include('lissten').and.include('lokstra.yaml:4').and.include('listen')
  })

  it('fails for a middleware that nobody offers', async () => {
    const problem = await problemOf({ apps: [{ controllers: [Items], middleware: ['rateLimmit'] }] })
    expect(problem.code).to.equal('E_MIDDLEWARE_UNKNOWN')
    expect(problem.message).to.include('rateLimmit')
  })

  it('fails for a missing environment variable, with its name, file and line', async () => {
    await using app = await createAppFolder({
      'lokstra.yaml': 'name: shop\napps:\n  - name: api\n    listen: "${API_ADDRESS}"\n',
    })
    const problem = await problemOf({ file: join(app.path, 'lokstra.yaml'), env: {} })
    expect(problem.message).to.include('API_ADDRESS').and.include('lokstra.yaml:4')
  })

  it('fails for a service that is published twice', async () => {
    @Service('store')
    class First {}
    @Service('store')
    class Second {}
    const problems = await problemsOf({ services: [First, Second], apps: [{ controllers: [Items] }] })
    expect(problems).to.have.length(1)
    expect(problems[0]!.message).to.include('store').and.include('conformance.test.ts')
  })

  it('fails for a cycle of dependencies and prints the chain; what nobody needs is never constructed', async () => {
    const made: string[] = []
    @Service()
    class Unused {
      constructor() {
        made.push('Unused')
      }
    }
    @Service('b')
    class B {
      constructor(readonly a: object) {}
    }
    @Service('a')
    class A {
      constructor(readonly b: B) {}
    }
    Reflect.defineMetadata('design:paramtypes', [A], B)
    @Route('/a')
    class Controller {
      constructor(readonly a: A) {}
      @Get() get() {
        return this.a
      }
    }
    const problem = await problemOf({ services: [A, B, Unused], apps: [{ controllers: [Controller] }] })
    expect(problem.code).to.equal('E_SERVICE_CIRCULAR')
    expect(problem.message).to.match(/A -> B -> A|a -> b -> a/)
    const server = await createTestServer({ services: [Unused], controllers: [Items] })
    expect((await server.inject('GET', '/items')).status).to.equal(200)
    expect(made).to.deep.equal([])
  })

  it('accepts every configuration of the samples', async () => {
    const files = repositoryFiles().flatMap((file) => {
      const [, folder, environment = 'development'] = /^(samples\/[^/]+)\/lokstra(?:\.(\w+))?\.yaml$/.exec(file) ?? []
      return folder === undefined ? [] : [{ file, folder: join(repositoryRoot, folder), environment }]
    })
    expect(files).to.not.have.length(0)
    for (const { file, folder, environment } of files) {
      const text = readFileSync(join(repositoryRoot, file), 'utf8')
      const secrets = Array.from(text.matchAll(/\$\{secret:env:(\w+)\}/g), ([, name]) => [name, 'x'.repeat(32)])
      const database = { DATABASE_URL: 'postgres://app@localhost/app' }
      const env = { ...(Object.fromEntries(secrets) as Record<string, string>), ...database, NODE_ENV: environment }
      expect(await problemsOf({ file: join(folder, 'lokstra.yaml'), folder, env }), file).to.deep.equal([])
    }
  })
})

describe('Apps', () => {
  @Route('/other')
  class Other {
    @Get() get() {
      return 'other'
    }
  }

  it('on one address are merged, on different addresses kept apart', async () => {
    const [shared, own] = [await freePort(), await freePort()].map((port) => `127.0.0.1:${port}`) as [string, string]
    const server = createServer({
      services: [silentLogger],
      shutdown: { idle: 0 },
      apps: [
        { name: 'items', listen: shared, controllers: [Items] },
        { name: 'other', listen: shared, prefix: '/v2', controllers: [Other] },
        { name: 'internal', listen: own, controllers: [Counts] },
      ],
    })
    await server.start()
    try {
      const status = async (url: string) => (await fetch(`http://${url}`)).status
      expect(await status(`${shared}/items`)).to.equal(200)
      expect(await status(`${shared}/v2/other`)).to.equal(200)
      expect(await status(`${shared}/counts`)).to.equal(404)
      expect(await status(`${own}/counts`)).to.equal(405)
      expect(await status(`${own}/items`)).to.equal(404)
    } finally {
      await server.stop()
    }
  })

  it('that cannot have their address stop the server with an error that names them', async () => {
    const events: string[] = []
    @Service({ eager: true })
    class Store {
      @OnStart() start() {
        events.push('started')
      }
      @OnStop() stop() {
        events.push('stopped')
      }
    }
    const taken = createNetServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const server = createServer({
      services: [silentLogger, Store],
      apps: [
        { name: 'good', listen: '127.0.0.1:0', controllers: [Items] },
        { name: 'bad', listen: `127.0.0.1:${port}`, controllers: [Other] },
      ],
    })
    const error = await rejection(server.start())
    taken.close()
    expect(error.code).to.equal('E_LISTEN_IN_USE')
    expect(error.problem).to.include('bad').and.include(`127.0.0.1:${port}`)
    expect(events).to.deep.equal(['started', 'stopped'])
    expect(server.phase).to.equal('stopped')
  })
})

describe('SIGTERM', () => {
  it('during a request lets it end, turns readiness red at once, stops services in reverse order and exits 0', async () => {
    await using server = await ChildServer.start('load-server.js', {
      OPTIONS: JSON.stringify({ shutdown: { drainDelay: '400ms' } }),
    })
    const underWay = fetch(`${server.url}/work?id=5&ms=800`)
    expect((await fetch(`${server.url}/health/ready`)).status).to.equal(200)
    server.kill('SIGTERM')
    await server.until(/"server stopping"/)
    expect((await fetch(`${server.url}/health/ready`)).status).to.equal(503)
    expect((await fetch(`${server.url}/health/live`)).status).to.equal(200)
    expect(await (await underWay).json()).to.have.nested.property('data.id', 5)
    expect(await server.exit).to.deep.equal({ code: 0, signal: null })
    expect(server.output).to.include('ledger stopped with the store open\nstore stopping\nstore stopped')
  })
})

describe('A single-page application at the root', () => {
  it('answers deep links with its page, missing assets with 404, ranges and entity tags, and nothing outside its folder', async () => {
    await using app = await createAppFolder({
      secret: 'secret',
      'web/index.html': '<p>home</p>',
      'web/app.js': '0123456789',
    })
    const server = await createTestServer({
      folder: app.path,
      app: { mounts: [{ spa: { dir: 'web' } }], controllers: [Items] },
      listen: true,
    })
    const get = (path: string, headers: Record<string, string> = {}) =>
      server.fetch(path, { headers: { accept: 'text/html', ...headers } })
    expect(await (await get('/orders/12/edit')).text()).to.equal('<p>home</p>')
    expect((await get('/assets/gone.js')).status).to.equal(404)
    expect((await get('/items')).headers.get('content-type')).to.include('json')
    const part = await get('/app.js', { range: 'bytes=2-4' })
    expect([part.status, await part.text(), part.headers.get('content-range')]).to.deep.equal([
      206,
      '234',
      'bytes 2-4/10',
    ])
    const etag = (await get('/app.js')).headers.get('etag')!
    // Not by fetch, which adds `cache-control: no-cache` and so asks for the whole file.
    expect((await server.inject('GET', '/app.js', { headers: { 'if-none-match': etag } })).status).to.equal(304)
    for (const path of [
      '/../secret',
      '/..%2fsecret',
      '/%2e%2e/secret',
      '/a/..%2f..%2fsecret',
      '//etc/passwd',
      '/..%5csecret',
    ]) {
      const raw = await openRaw(server.url(), `GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`)
      expect(await raw.closed(), path).to.match(/^HTTP\/1\.1 40[04]/)
    }
  })
})

describe('A client that disconnects', () => {
  it('aborts the signal of its request', async () => {
    const events: string[] = []
    @Route('/wait')
    class Wait {
      @Get() async get(ctx: Context) {
        events.push('arrived')
        await once(ctx.signal, 'abort')
        events.push('aborted')
      }
    }
    const server = await createTestServer({ controllers: [Wait], listen: true })
    const connection = await openRaw(server.url(), 'GET /wait HTTP/1.1\r\nhost: a\r\n\r\n')
    while (events.length < 1) await delay(2)
    connection.socket.destroy()
    while (events.length < 2) await delay(2)
    expect(events).to.deep.equal(['arrived', 'aborted'])
  })
})
