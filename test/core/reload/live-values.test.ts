import { connect } from 'node:net'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'

import { Body, Context, Get, Post, Query, Route } from '@lokstra/core'
import { Allow, IsInt, IsOptional } from 'class-validator'
import { expect } from 'chai'

import { exchange, http1Client, http2Client } from '../../helpers/http-clients.js'
import { startLive } from '../../helpers/live-config.js'

class Anything {
  @Body('*') @Allow() body: unknown
}

class Wait {
  @Query() @IsInt() @IsOptional() ms = 0
}

class Known {
  @Body() @IsInt() known!: number
}

@Route('/')
class Echo {
  @Post('/known') known(input: Known) {
    return input
  }
  @Post('/echo') echo(input: Anything) {
    return input.body
  }
  @Get('/limits') limits(ctx: Context) {
    return ctx.app.limits
  }
  @Get('/wait') async wait({ ms }: Wait, ctx: Context) {
    const before = ctx.app
    await delay(ms, undefined, { signal: ctx.signal })
    return { isSame: before === ctx.app, limits: ctx.app.limits.keys }
  }
}

const controllers = [Echo]
const app = (rest: string) => `apps: [{ name: app, ${rest} }]`
const post = (body: unknown) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

describe('a new configuration of a running server', () => {
  for (const { key, before, after, body } of [
    { key: 'body', before: '1KiB', after: '10B', body: { text: 'longer than ten bytes' } },
    { key: 'depth', before: 5, after: 1, body: { a: { b: { c: 1 } } } },
    { key: 'keys', before: 5, after: 1, body: { a: 1, b: 2 } },
    { key: 'items', before: 5, after: 1, body: { list: [1, 2] } },
  ]) {
    it(`changes limits.${key} of an app at once`, async () => {
      await using live = await startLive(app(`limits: { ${key}: ${before} }`), { controllers })
      expect((await live.test.fetch('/echo', post(body))).status).to.equal(200)
      const report = await live.change(app(`limits: { ${key}: ${after} }`))
      expect(report).to.deep.include({ outcome: 'applied', applied: [`apps.app.limits.${key}`], needsRestart: [] })
      expect((await live.test.fetch('/echo', post(body))).status).to.be.oneOf([400, 413])
      await live.change(app(`limits: { ${key}: ${before} }`))
      expect((await live.test.fetch('/echo', post(body))).status).to.equal(200)
    })
  }

  it('changes the handler timeout of what begins from then on', async () => {
    await using live = await startLive(app('timeouts: { handler: 30s }'), { controllers })
    const underWay = live.test.fetch('/wait?ms=900')
    await live.test.fetch('/wait')
    await live.change(app('timeouts: { handler: 1 }'))
    expect((await live.test.fetch('/wait?ms=20000')).status).to.equal(503)
    expect((await underWay).status).to.equal(200)
  })

  it('changes the timeouts of connections', async () => {
    const timeouts = (headers: string, keepAlive: string) =>
      app(`timeouts: { headers: ${headers}, request: 60s, keepAlive: ${keepAlive} }`)
    await using live = await startLive(timeouts('400', '60s'), { controllers })
    const report = await live.change(timeouts('450', '1s'))
    expect(report.applied).to.deep.equal(['apps.app.timeouts.headers', 'apps.app.timeouts.keepAlive'])
    const response = await live.test.fetch('/limits')
    expect(response.headers.get('keep-alive')).to.equal('timeout=1')
    const socket = connect(Number(new URL(live.test.url()).port), '127.0.0.1')
    socket.write('GET / HTTP/1.1\r\n')
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(answer.toString()).to.match(/^HTTP\/1.1 408 /)
    socket.destroy()
  })

  it('changes the timeouts of connections that speak HTTP/2', async () => {
    const yaml = (keepAlive: string) => app(`http2: true, timeouts: { keepAlive: ${keepAlive} }`)
    await using live = await startLive(yaml('60s'), { controllers })
    await using client = http2Client(live.test.url())
    expect((await exchange(client, 'GET', '/limits')).status).to.equal(200)
    const report = await live.change(yaml('1'))
    expect(report).to.deep.include({ applied: ['apps.app.timeouts.keepAlive'], needsRestart: [] })
    if (!client.session.closed) await once(client.session, 'close')
  })

  it('changes how long a body may take that comes over HTTP/2', async () => {
    const yaml = (request: string) => app(`http2: true, timeouts: { request: ${request} }`)
    await using live = await startLive(yaml('60s'), { controllers })
    await using client = http2Client(live.test.url())
    await live.change(yaml('100'))
    const slow = client.open('POST', '/echo', { 'content-type': 'application/json', 'content-length': 10 })
    expect((await slow.head).status).to.equal(408)
  })

  it('changes what happens to unknown keys of a body', async () => {
    await using live = await startLive(app('unknownKeys: drop'), { controllers })
    const answer = async () => (await live.test.fetch('/known', post({ known: 1, more: 2 }))).status
    expect(await answer()).to.equal(200)
    expect((await live.change(app('unknownKeys: reject'))).applied).to.deep.equal(['apps.app.unknownKeys'])
    expect(await answer()).to.equal(400)
    await live.change(app('unknownKeys: drop'))
    expect(await answer()).to.equal(200)
  })

  it('changes how many connections an address takes, and closes none that is open', async () => {
    await using live = await startLive(app('limits: { connections: 1 }'), { controllers })
    const { port } = new URL(live.test.url())
    const open = async () => {
      const socket = connect(Number(port), '127.0.0.1').on('error', () => undefined)
      await once(socket, 'connect')
      socket.write('GET /limits HTTP/1.1\r\nhost: a\r\n\r\n')
      const [answer] = (await Promise.race([once(socket, 'data'), once(socket, 'close')])) as [unknown]
      return { socket, isServed: Buffer.isBuffer(answer) }
    }
    const kept = await open()
    expect([kept.isServed, (await open()).isServed]).to.deep.equal([true, false])
    const report = await live.change(app('limits: { connections: 0 }'))
    expect(report).to.deep.include({ applied: ['apps.app.limits.connections'], needsRestart: [] })
    const second = await open()
    expect([second.isServed, (await open()).isServed]).to.deep.equal([true, true])
    await live.change(app('limits: { connections: 2 }'))
    expect((await open()).isServed).to.equal(false)
    const { fields } = live.test.logs.findLast(({ message }) => message.startsWith('connection limit reached'))!
    expect(fields.limit).to.equal(1)
    for (const { socket } of [kept, second]) {
      socket.write('GET /limits HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n')
      await once(socket, 'close')
    }
  })

  it('changes how many requests a connection is for, refusing none of those that it was for before', async () => {
    const yaml = (limit: number) => app(`http2: true, limits: { requestsPerConnection: ${limit} }`)
    await using live = await startLive(yaml(1_000), { controllers })
    await using one = http1Client(live.test.url())
    await using two = http2Client(live.test.url())
    for (let count = 0; count < 5; count++) {
      expect((await exchange(one, 'GET', '/limits')).headers.connection).to.equal('keep-alive')
      await exchange(two, 'GET', '/limits')
    }
    const report = await live.change(yaml(3))
    expect(report).to.deep.include({ applied: ['apps.app.limits.requestsPerConnection'], needsRestart: [] })
    const last = await exchange(one, 'GET', '/limits')
    expect([last.status, last.headers.connection]).to.deep.equal([200, 'close'])
    expect((await exchange(two, 'GET', '/limits')).status).to.equal(200)
    expect(two.session.closed).to.equal(true)
    await live.change(yaml(0))
    for (let count = 0; count < 5; count++)
      expect((await exchange(one, 'GET', '/limits')).headers.connection).to.equal('keep-alive')
  })

  it('changes the formatter of an app, also of what no route answers', async () => {
    await using live = await startLive(app('formatter: lokstra'), { controllers })
    await live.change(app('formatter: problem'))
    const response = await live.test.fetch('/missing')
    expect(response.headers.get('content-type')).to.include('application/problem+json')
  })

  it('leaves a request that is under way the limits that it began with', async () => {
    await using live = await startLive(app('limits: { keys: 10 }'), { controllers })
    const underWay = live.test.fetch('/wait?ms=300')
    await live.test.fetch('/wait')
    await live.change(app('limits: { keys: 20 }'))
    expect(await (await underWay).json()).to.have.deep.property('data', { isSame: true, limits: 10 })
    expect(await (await live.test.fetch('/wait')).json()).to.have.deep.property('data', { isSame: true, limits: 20 })
  })

  it('changes how long a stop waits', async () => {
    await using live = await startLive(`shutdown: { timeout: 60s }\n${app('')}`, { controllers })
    await live.change(`shutdown: { timeout: 50 }\n${app('')}`)
    const stuck = live.test.fetch('/wait?ms=20000').catch((error: unknown) => error)
    await live.test.fetch('/wait')
    await live.test.server.stop()
    expect(await stuck).to.be.instanceOf(Error)
    expect(live.test.logs.some(({ message }) => message.includes('cut off'))).to.equal(true)
  })

  it('reaches each app by its name, whatever the order', async () => {
    await using live = await startLive('apps: [{ name: one }, { name: two }]', {
      apps: [
        { name: 'one', controllers },
        { name: 'two', controllers },
      ],
    })
    const report = await live.change('apps: [{ name: two, limits: { keys: 7 } }, { name: one }]')
    expect(report.applied).to.deep.equal(['apps.two.limits.keys'])
    const keysOf = async (name: string) => (await live.test.inject('GET', '/limits', { app: name })).json()
    expect(await keysOf('one')).to.have.nested.property('data.keys', 1000)
    expect(await keysOf('two')).to.have.nested.property('data.keys', 7)
  })

  it('names in one warning what counts after a restart only, until it is taken back', async () => {
    await using live = await startLive(app(`listen: ':1'`), { controllers })
    const report = await live.change(`name: shop\n${app(`listen: ':2', prefix: /v2, limits: { keys: 9 }`)}`)
    expect(report).to.deep.include({
      outcome: 'applied',
      applied: ['apps.app.limits.keys'],
      needsRestart: ['name', 'apps.app.prefix', 'apps.app.listen'],
    })
    expect(report.changes).to.deep.include({ path: 'apps.app.listen', previous: '":1"', next: '":2"' })
    const warnings = () => live.test.logs.filter(({ level }) => level === 'warn')
    expect(warnings().map(({ fields }) => fields.code)).to.deep.equal(['W_RELOAD_RESTART'])
    expect(warnings()[0]!.fields.problem).to.include('name, apps.app.prefix, apps.app.listen')

    const next = await live.change(`name: shop\n${app(`listen: ':1', limits: { keys: 9 }`)}`)
    expect(next.needsRestart).to.deep.equal(['name'])
    expect(warnings()).to.have.length(1)
  })

  it('that is the same, written in another way, changes nothing', async () => {
    await using live = await startLive(app(`timeouts: { handler: 30s }`), { controllers })
    const report = await live.change(`apps:\n  - name: app\n    timeouts:\n      handler: 30000\n`)
    expect(report).to.deep.equal({ outcome: 'unchanged', changes: [], applied: [], needsRestart: [], problems: [] })
  })
})
