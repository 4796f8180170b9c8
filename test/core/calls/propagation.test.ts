import { Context, Get, Returns, Route, runOutsideScopes, Service, stream } from '@lokstra/core'
import { createTestServer, type TestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { poll } from '../../helpers/poll.js'
import { Seen } from './shop.js'

/** What was under way and how it ended. */
const waits: { state: string; requestId: string; remainingMs: number | undefined }[] = []

/** The second hop. */
@Service()
@Route('/depths')
class Depths {
  @Get('/report') @Returns(Seen) async report(ctx: Context): Promise<Seen> {
    const { requestId, tenant, principal, locale } = ctx
    return Object.assign(new Seen(), {
      requestId,
      tenant,
      principal: principal && JSON.stringify(principal),
      locale,
      remainingMs: ctx.remainingMs(),
      headers: JSON.stringify(ctx.headers),
    })
  }

  /** Ends when nobody waits for it any more. */
  @Get('/wait') @Returns(Seen) async wait(ctx: Context): Promise<Seen> {
    const wait = { state: 'waiting', requestId: ctx.requestId, remainingMs: ctx.remainingMs() }
    waits.push(wait)
    await new Promise<void>((resolve) => ctx.signal.addEventListener('abort', () => resolve()))
    wait.state = 'aborted'
    return this.report(ctx)
  }
}

/** The first hop. */
@Service()
@Route('/middle')
class Middle {
  constructor(private readonly depths: Depths) {}

  @Get('/report') @Returns(Seen) report(ctx: Context): Promise<Seen> {
    return this.depths.report(ctx)
  }
  /** Without its context: that of the request around it is used. */
  @Get('/implicit') @Returns(Seen) async implicit(): Promise<Seen> {
    await new Promise((resolve) => setImmediate(resolve))
    return this.depths.report(undefined as unknown as Context)
  }
  /** Calls while its items are read. */
  @Get('/reports')
  @Returns(stream(Seen))
  async *reports(): AsyncGenerator<Seen> {
    yield await this.depths.report(undefined as unknown as Context)
    await new Promise((resolve) => setImmediate(resolve))
    yield await this.depths.report(undefined as unknown as Context)
  }
  /** Takes longer than anybody waits for its head. */
  @Get('/slow')
  @Returns(stream(Number))
  async *slow(ctx: Context): AsyncGenerator<number> {
    yield ctx.remainingMs() === undefined ? 0 : 1
    for (const startedAt = performance.now(); performance.now() - startedAt < 600;) {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    await this.depths.report(ctx)
    yield ctx.remainingMs() === undefined ? 0 : 1
  }
  @Get('/wait') @Returns(Seen) wait(ctx: Context): Promise<Seen> {
    return this.depths.wait(ctx)
  }
}

@Route('/surface')
class Surface {
  constructor(private readonly middle: Middle) {}

  @Get('/report') report(ctx: Context) {
    ctx.tenant = 'acme'
    ctx.principal = { id: 'u1', roles: ['admin'] }
    ctx.locale = 'de-AT'
    return this.middle.report(ctx)
  }
  @Get('/large') large(ctx: Context) {
    ctx.principal = { id: 'u1', photo: 'x'.repeat(10_000) }
    return this.middle.implicit()
  }
  @Get('/bigint') bigint(ctx: Context) {
    ctx.principal = { id: 'u1', account: 7n }
    return this.middle.implicit()
  }
  @Get('/implicit') implicit(ctx: Context) {
    ctx.tenant = 'acme'
    return this.middle.implicit()
  }
  @Get('/aside') async aside(ctx: Context) {
    ctx.tenant = 'acme'
    ctx.principal = { id: 'u1' }
    const { tenant, principal, requestId } = await runOutsideScopes(() => this.middle.implicit())
    return [tenant, principal, requestId === ctx.requestId]
  }
  @Get('/reports') async reports(ctx: Context) {
    ctx.tenant = 'acme'
    const tenants: unknown[] = []
    for await (const { tenant, requestId } of this.middle.reports()) tenants.push([tenant, requestId === ctx.requestId])
    return tenants
  }
  @Get('/many') async many(ctx: Context) {
    const reports = await Promise.all(Array.from({ length: 20 }, () => this.middle.report(ctx)))
    return reports.length
  }
  @Get('/slow', { handlerTimeout: 0 }) async slow(ctx: Context) {
    ctx.endWithin(500)
    const limits: number[] = []
    for await (const limit of this.middle.slow(ctx)) limits.push(limit)
    return limits
  }
  @Get('/id') async id(ctx: Context) {
    return (await this.middle.implicit()).requestId === ctx.requestId
  }
  @Get('/wait', { handlerTimeout: '5s' }) wait(ctx: Context) {
    return this.middle.wait(ctx)
  }
  @Get('/short', { handlerTimeout: 400 }) short(ctx: Context) {
    return this.middle.wait(ctx)
  }
}

/** Nobody waits for what it asks. */
@Service({ eager: true })
class Waiting {
  constructor(private readonly depths: Depths) {}
  ask(): Promise<Seen> {
    return this.depths.report(undefined as unknown as Context)
  }
}

const deployments = {
  deep: {
    servers: {
      depths: { apps: [{ name: 'depths', publish: ['Depths'] }] },
      middle: { apps: [{ name: 'middle', publish: ['Middle'] }] },
      surface: { apps: [{ name: 'surface' }] },
    },
  },
}

async function start(server: string, urls: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  return createTestServer({
    services: [Depths, Middle],
    config: { deployments, calls: { baggage: ['session'], timeout: '8s' } },
    apps: [{ name: 'surface', controllers: [Surface] }],
    server: `deep.${server}`,
    set: Object.entries(urls).map(([name, url]) => `deployments.deep.servers.${name}.url=${url}`),
    listen: true,
  })
}

interface Deep {
  readonly depths: TestServer
  readonly middle: TestServer
  readonly surface: TestServer
}

/** Three servers, each of which calls the next. */
async function startDeep(): Promise<Deep> {
  // Those that are not called are named all the same.
  const nowhere = 'http://127.0.0.1:9'
  const depths = await start('depths', { middle: nowhere })
  const middle = await start('middle', { depths: depths.url() })
  return { depths, middle, surface: await start('surface', { middle: middle.url(), depths: depths.url() }) }
}

const headers = {
  authorization: 'Bearer secret',
  cookie: 'session=secret',
  'x-own': 'secret',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: 'vendor=1',
  baggage: 'session=abc;ttl=1, card=secret',
  'lokstra-context': Buffer.from('{"requestId":"forged","tenant":"forged"}').toString('base64url'),
}

describe('a server that cannot be reached', () => {
  it('is 503 at the client also where it is one hop further away', async () => {
    const { depths, middle, surface } = await startDeep()
    await depths.dispose()
    const response = await surface.inject('GET', '/surface/report')
    expect(response.status).to.equal(503)
    expect(response.json().error).to.include({ code: 'REMOTE_UNAVAILABLE', message: 'Middle cannot be reached' })
    expect(response.headers).to.have.property('retry-after')
    middle.expectError(/cannot be reached/)
    surface.expectError(/cannot be reached/)
  })
})

describe('what a call hands on', () => {
  it('is request id, tenant, principal, locale, trace and the baggage that is allowed, over two hops', async () => {
    const { surface } = await startDeep()
    const response = await surface.inject('GET', '/surface/report', { headers })
    const { data } = response.json() as { data: Seen }
    expect(data).to.include({ tenant: 'acme', locale: 'de-AT', principal: '{"id":"u1","roles":["admin"]}' })
    const seen = JSON.parse(data.headers) as Record<string, string>
    expect(seen).to.include({ traceparent: headers.traceparent, tracestate: 'vendor=1', baggage: 'session=abc;ttl=1' })
    expect(seen['lokstra-call']).to.match(
      /^deep\.middle;timeout=\d{4};contract=[\w-]{43};at=\d{13};key=[\da-f]{8};mac=[\w-]{43}$/,
    )
    expect((await surface.inject('GET', '/surface/id')).json()).to.have.property('data', true)
  })

  it('is the name of the server that calls, whatever that is', async () => {
    const named = (server: string, url: string): Promise<TestServer> =>
      createTestServer({
        services: [Depths, Middle],
        config: {
          deployments: {
            'tür=1': { servers: { 'a;attempt=2, b': {}, depths: { url, ...deployments.deep.servers.depths } } },
          },
        },
        apps: [{ name: 'surface', controllers: [Surface] }],
        server: `tür=1.${server}`,
        listen: true,
      })
    const depths = await named('depths', 'http://127.0.0.1:9')
    const surface = await named('a;attempt=2, b', depths.url())
    expect((await surface.inject('GET', '/surface/id')).json()).to.have.property('data', true)
  })

  it('is no more of trace and baggage than the next server takes, whatever a client sends', async () => {
    const { surface } = await startDeep()
    const members = (count: number, key: (index: number) => string) =>
      Array.from({ length: count }, (_, index) => `${key(index)}=${'x'.repeat(60)}`)
    const large = {
      traceparent: `${headers.traceparent}-${'y'.repeat(5_000)}`,
      tracestate: members(100, (index) => `v${index}`).join(', '),
      baggage: members(230, () => 'session').join(','),
    }
    for (const [sent, kept] of [
      [{ ...large, traceparent: headers.traceparent }, [7, 118]],
      [{ traceparent: headers.traceparent, tracestate: `v=${'x'.repeat(15_000)}` }, [0, 0]],
      [{ baggage: `session=${'x'.repeat(15_000)}` }, [0, 0]],
      [{ traceparent: large.traceparent, tracestate: 'v=1', baggage: 'session=1' }, [0, 1]],
    ] as const) {
      const response = await surface.inject('GET', '/surface/report', { headers: sent })
      expect(response.status).to.equal(200)
      const seen = JSON.parse((response.json() as { data: Seen }).data.headers) as Record<string, string>
      const counts = [seen.tracestate, seen.baggage].map((list) => list?.split(',').length ?? 0)
      expect(counts).to.deep.equal(kept)
      for (const list of [seen.tracestate, seen.baggage]) expect(list ?? '=').to.match(/=x*1?$/)
    }
  })

  it('is nothing else: no authorization, no cookies, no header of the client', async () => {
    const { surface } = await startDeep()
    const { data } = (await surface.inject('GET', '/surface/report', { headers })).json() as { data: Seen }
    const seen = JSON.parse(data.headers) as Record<string, string>
    expect(data.headers).not.to.match(/secret|forged/)
    const ofHttp = ['host', 'connection', 'content-length']
    const names = Object.keys(seen).filter((name) => !name.startsWith('lokstra-') && !ofHttp.includes(name))
    expect(names).to.have.members(['traceparent', 'tracestate', 'baggage'])
  })

  for (const [what, path, problem] of [
    ['is too large', 'large', /may have 8192/],
    ['is no JSON', 'bigint', /BigInt/],
  ] as const) {
    it(`cannot be a principal that ${what}, which is said`, async () => {
      const { surface } = await startDeep()
      surface.expectError(/E_CALL_CONTEXT: The context of the call cannot be handed on/)
      expect((await surface.inject('GET', `/surface/${path}`)).status).to.equal(500)
      expect(JSON.stringify(surface.logs)).to.match(problem)
    })
  }

  it('is that of the request around it where no context is passed', async () => {
    const { surface } = await startDeep()
    const [first, second] = await Promise.all(
      ['1', '2'].map(async (id) => {
        const response = await surface.inject('GET', '/surface/implicit', { headers: { 'x-id': id } })
        return (response.json() as { data: Seen }).data
      }),
    )
    expect([first!.tenant, second!.tenant]).to.deep.equal(['acme', 'acme'])
    expect(first!.requestId).not.to.equal(second!.requestId)
  })

  it('is nothing of the request for work that is no part of it', async () => {
    const { surface } = await startDeep()
    expect((await surface.inject('GET', '/surface/aside')).json()).to.deep.include({ data: [null, null, false] })
  })

  it('is that of the request also in a generator whose items are read over a boundary', async () => {
    const { surface } = await startDeep()
    const { data } = (await surface.inject('GET', '/surface/reports')).json() as { data: unknown }
    expect(data).to.deep.equal([
      ['acme', true],
      ['acme', true],
    ])
  })

  it('is watched by twenty calls at once without a warning of a leak', async () => {
    const { surface } = await startDeep()
    const warnings: Error[] = []
    const listener = (warning: Error) => warnings.push(warning)
    process.on('warning', listener)
    try {
      expect((await surface.inject('GET', '/surface/many')).json()).to.have.property('data', 20)
      await new Promise((resolve) => setImmediate(resolve))
    } finally {
      process.off('warning', listener)
    }
    expect(warnings).to.deep.equal([])
  })

  it('does not come from clients of a public route', async () => {
    const { surface } = await startDeep()
    const { data } = (await surface.inject('GET', '/surface/implicit', { headers })).json() as { data: Seen }
    expect(data.requestId).not.to.equal('forged')
    expect(data.tenant).to.equal('acme')
  })
})

const noWait = () => 'The call did not arrive'
const notAborted = () => `The call is ${waits.at(-1)?.state}`

describe('the time of a call', () => {
  it('is what is left of the request that calls, less at each hop', async () => {
    const { surface } = await startDeep()
    const { data } = (await surface.inject('GET', '/surface/report')).json() as { data: Seen }
    expect(data.remainingMs).to.be.within(1, 8_000)
  })

  it('may be longer than a week', async () => {
    const depths = await start('depths', { middle: 'http://127.0.0.1:9' })
    const middle = await createTestServer({
      services: [Depths, Middle, Waiting],
      config: { deployments, calls: { timeout: '24d' } },
      server: 'deep.middle',
      set: [`deployments.deep.servers.depths.url=${depths.url()}`],
    })
    expect((await middle.get(Waiting).ask()).remainingMs).to.be.above(0)
  })

  it('is that of the head of a stream: what comes later takes the time that it takes', async () => {
    const { surface } = await startDeep()
    expect((await surface.inject('GET', '/surface/slow')).json())
      .to.have.property('data')
      .that.deep.equals([1, 0])
  })

  it('ends the work on every server when the client of the first has gone', async () => {
    const { surface } = await startDeep()
    const before = waits.length
    const controller = new AbortController()
    const request = fetch(`${surface.url()}/surface/wait`, { signal: controller.signal }).catch(() => undefined)
    await poll(() => waits.length > before, noWait)
    controller.abort()
    await request
    await poll(() => waits.at(-1)!.state === 'aborted', notAborted)
  })

  it('ends the work on every server when the handler timeout of the first is over', async () => {
    const { surface } = await startDeep()
    const before = waits.length
    const response = await fetch(`${surface.url()}/surface/short`)
    expect(response.status).to.be.oneOf([503, 504])
    await poll(() => waits.length > before && waits.at(-1)!.state === 'aborted', notAborted)
    expect(waits.at(-1)!.remainingMs).to.be.at.most(400)
  })
})
