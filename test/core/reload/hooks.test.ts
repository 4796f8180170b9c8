import { setTimeout as delay } from 'node:timers/promises'

import {
  ConflictError,
  Context,
  currentContext,
  Get,
  Middleware,
  OnConfigReload,
  OnStop,
  Post,
  Route,
  Service,
  Transactional,
  type MiddlewareHandler,
  type Next,
} from '@lokstra/core'
import { Allow, IsInt, IsOptional, IsString } from 'class-validator'
import { expect } from 'chai'

import { placeOf, problemOf, problemsOf } from '../../helpers/boot-problems.js'
import { startLive } from '../../helpers/live-config.js'
import { Ledger } from '../transactions/ledger.js'

const calls: string[] = []
let failing: string | undefined

class RateConfig {
  @IsInt() perSecond = 10
  @IsString() @IsOptional() password?: string
}

@Service({ config: RateConfig })
class Rates {
  config: RateConfig
  constructor(config: RateConfig) {
    this.config = config
  }
  @OnConfigReload()
  reconfigure(next: RateConfig, previous: RateConfig) {
    calls.push(`rates ${previous.perSecond} -> ${next.perSecond}`)
    if (failing === 'rates') throw new Error('the rate is too high')
    this.config = next
  }
}
class UserConfig {
  @Allow() label = 'none'
}

@Service({ config: UserConfig })
class User {
  constructor(
    readonly config: UserConfig,
    readonly rates: Rates,
  ) {}
  @OnConfigReload()
  async reconfigure(next: UserConfig, previous: UserConfig) {
    calls.push(`user ${previous.label} -> ${next.label}`)
    await delay(1)
    if (failing === 'user') throw new Error('no such label')
  }
  @OnConfigReload('apps.api.limits')
  limits(next: { keys: number; body: number }, previous: { keys: number }) {
    calls.push(`limits ${previous.keys} -> ${next.keys} of ${next.body} bytes`)
  }
}

@Route('/')
class Home {
  constructor(readonly user: User) {}
  @Get() home() {
    return this.user.rates.config.perSecond
  }
}

const services = (rates: string, user: string, app = '') => `
services:
  rates: { type: Rates, ${rates} }
  user: { type: User, ${user} }
apps: [{ name: api, ${app} }]
`
const start = (yaml: string) =>
  startLive(yaml, { services: [Rates, User], apps: [{ name: 'api', controllers: [Home] }] })

beforeEach(() => {
  calls.length = 0
  failing = undefined
})

describe('@OnConfigReload', () => {
  it('is called with the typed configuration of its service, new and previous, before what depends on it', async () => {
    await using live = await start(services('perSecond: 5', 'label: a'))
    const report = await live.change(services("perSecond: '7'", 'label: b'))
    expect(calls).to.deep.equal(['rates 5 -> 7', 'user a -> b'])
    expect(report).to.deep.include({
      applied: ['services.rates.perSecond', 'services.user.label'],
      needsRestart: [],
    })
    expect(await (await live.test.fetch('/')).json()).to.have.property('data', 7)
    await live.change(services('perSecond: 8', 'label: b'))
    expect(calls.slice(2)).to.deep.equal(['rates 7 -> 8'])
  })

  it('with a path is called with the plain values there, when they changed', async () => {
    await using live = await start(services('', ''))
    await live.change(services('', '', 'limits: { keys: 5, body: 2KiB }'))
    expect(calls).to.deep.equal(['limits 1000 -> 5 of 2048 bytes'])
    await live.change(services('', '', 'limits: { keys: 5, body: 2KiB }, timeouts: { handler: 3s }'))
    expect(calls).to.have.length(1)
  })

  it('that throws refuses the whole change; hooks before it are called back, those after it are not called', async () => {
    await using live = await start(services('perSecond: 5', 'label: a', 'limits: { keys: 5 }'))
    failing = 'user'
    const report = await live.change(services('perSecond: 6', 'label: b', 'limits: { keys: 6 }'))
    expect(calls).to.deep.equal(['rates 5 -> 6', 'user a -> b', 'rates 6 -> 5'])
    expect(report).to.deep.include({ outcome: 'refused', applied: [] })
    expect(report.problems.map(({ code, problem }) => `${code}: ${problem}`)).to.deep.equal([
      'E_RELOAD_HOOK: User.reconfigure did not take the new configuration: no such label',
    ])
    expect(await (await live.test.fetch('/')).json()).to.have.property('data', 5)
    expect(live.test.server.listeners[0]!.apps[0]!.scope.limits.keys).to.equal(5)

    failing = undefined
    calls.length = 0
    await live.test.server.reload()
    expect(calls).to.deep.equal(['rates 5 -> 6', 'user a -> b', 'limits 5 -> 6 of 1048576 bytes'])
  })

  it('that can neither take the new configuration nor, after a later failure, the old one is told', async () => {
    @Service({ config: UserConfig })
    class Stubborn {
      constructor(readonly config: UserConfig) {}
      @OnConfigReload() change({ label }: UserConfig) {
        if (label === 'a') throw new Error('there is no way back')
      }
    }
    @Service({ config: RateConfig })
    class Failing {
      constructor(
        readonly config: RateConfig,
        readonly before: Stubborn,
      ) {}
      @OnConfigReload() change() {
        throw new Error('never')
      }
    }
    @Route('/')
    class Uses {
      constructor(readonly failing: Failing) {}
      @Get() get() {}
    }
    const yaml = (label: string, perSecond: number) =>
      `services: { one: { type: Stubborn, label: ${label} }, two: { type: Failing, perSecond: ${perSecond} } }`
    await using live = await startLive(yaml('a', 1), { services: [Stubborn, Failing], controllers: [Uses] })
    await live.change(yaml('b', 2))
    const told = live.test.logs.find(({ message }) => message.includes('restart the server'))
    expect(String(told?.fields.err)).to.include('Stubborn.change').and.include('there is no way back')
  })

  it('that takes longer than its limit counts as failed', async () => {
    @Service({ config: UserConfig })
    class Slow {
      constructor(readonly config: UserConfig) {}
      @OnConfigReload({ timeoutMs: 20 }) async change() {
        await delay(60)
      }
    }
    @Route('/')
    class Uses {
      constructor(readonly slow: Slow) {}
      @Get() get() {}
    }
    const yaml = (label: string) => `services: { slow: { type: Slow, label: ${label} } }`
    await using live = await startLive(yaml('a'), { services: [Slow], controllers: [Uses] })
    const report = await live.change(yaml('b'))
    expect(report.problems[0]!.problem).to.include('did not end within 20 ms')
  })

  it('that is late is not called meanwhile, and is called back when it has ended after all', async () => {
    let release = () => {}
    @Service({ config: UserConfig })
    class Late {
      constructor(readonly config: UserConfig) {}
      @OnConfigReload({ timeoutMs: 20 }) async change(next: UserConfig, previous: UserConfig) {
        calls.push(`late ${previous.label} -> ${next.label}`)
        if (next.label === 'b') await new Promise<void>((resolve) => (release = resolve))
      }
    }
    @Route('/')
    class Uses {
      constructor(readonly late: Late) {}
      @Get() get() {}
    }
    const yaml = (label: string, keys = 1) =>
      `services: { late: { type: Late, label: ${label} } }\napps: [{ name: app, limits: { keys: ${keys} } }]`
    await using live = await startLive(yaml('a'), { services: [Late], controllers: [Uses] })
    expect((await live.change(yaml('b'))).problems[0]!.problem).to.include('did not end within 20 ms')
    expect((await live.change(yaml('c'))).problems[0]!.problem).to.include('has not ended yet')
    expect(calls).to.deep.equal(['late a -> b'])
    expect((await live.change(yaml('a', 2))).applied).to.deep.equal(['apps.app.limits.keys'])
    release()
    while (calls.length < 2) await delay(1)
    expect(calls).to.deep.equal(['late a -> b', 'late b -> a'])
    await delay(0)
    expect((await live.change(yaml('c', 2))).applied).to.deep.equal(['services.late.label'])
    expect(calls.slice(2)).to.deep.equal(['late a -> c'])
  })

  it('that is late and cannot be called back is told', async () => {
    let release = () => {}
    @Service({ config: UserConfig })
    class Stuck {
      constructor(readonly config: UserConfig) {}
      @OnConfigReload({ timeoutMs: 20 }) async change({ label }: UserConfig) {
        if (label === 'a') throw new Error('there is no way back')
        await new Promise<void>((resolve) => (release = resolve))
      }
    }
    @Route('/')
    class Uses {
      constructor(readonly stuck: Stuck) {}
      @Get() get() {}
    }
    const yaml = (label: string) => `services: { stuck: { type: Stuck, label: ${label} } }`
    await using live = await startLive(yaml('a'), { services: [Stuck], controllers: [Uses] })
    await live.change(yaml('b'))
    release()
    const told = () => live.test.logs.find(({ message }) => message.includes('restart the server'))
    while (!told()) await delay(1)
    expect(String(told()!.fields.err)).to.include('there is no way back')
  })

  it('that is late is not called back after its server has stopped', async () => {
    let release = () => {}
    @Service({ config: UserConfig })
    class Late {
      constructor(readonly config: UserConfig) {}
      @OnConfigReload({ timeoutMs: 20 }) async change({ label }: UserConfig) {
        calls.push(label)
        await new Promise<void>((resolve) => (release = resolve))
      }
    }
    @Route('/')
    class Uses {
      constructor(readonly late: Late) {}
      @Get() get() {}
    }
    const yaml = (label: string) => `services: { late: { type: Late, label: ${label} } }`
    await using live = await startLive(yaml('a'), { services: [Late], controllers: [Uses] })
    await live.change(yaml('b'))
    await live.test.server.stop()
    release()
    await delay(1)
    expect(calls).to.deep.equal(['b'])
  })

  it('with keys takes a change of those, and no other', async () => {
    @Service({ config: RateConfig })
    class Some {
      constructor(readonly config: RateConfig) {}
      @OnConfigReload({ keys: ['perSecond'] }) change(next: RateConfig) {
        calls.push(`some ${next.perSecond}`)
      }
    }
    @Route('/')
    class Uses {
      constructor(readonly some: Some) {}
      @Get() get() {}
    }
    const yaml = (perSecond: number, password: string) =>
      `services: { some: { type: Some, perSecond: ${perSecond}, password: ${password} } }`
    await using live = await startLive(yaml(1, 'swordfish'), { services: [Some], controllers: [Uses] })
    const report = await live.change(yaml(2, 'hunter2'))
    expect(report).to.deep.include({ applied: ['services.some.perSecond'], needsRestart: ['services.some.password'] })
    expect(JSON.stringify([report, live.test.logs])).not.to.match(/swordfish|hunter2/)
    await live.change(yaml(2, 'other'))
    expect(calls).to.deep.equal(['some 2'])
  })

  it('is told of keys of any name', async () => {
    class ReportConfig {
      @IsString() at = ''
      @IsString() locate = ''
      @IsString({ each: true }) refs: string[] = []
    }
    @Service({ config: ReportConfig })
    class Report {
      constructor(readonly config: ReportConfig) {}
      @OnConfigReload() change(next: ReportConfig) {
        calls.push(JSON.stringify(next))
      }
    }
    @Route('/')
    class Uses {
      constructor(readonly report: Report) {}
      @Get() get() {}
    }
    const yaml = (values: string) => `services: { report: { type: Report, ${values} } }`
    await using live = await startLive(yaml('at: "9:00", locate: de, refs: [a]'), {
      services: [Report],
      controllers: [Uses],
    })
    const { applied } = await live.change(yaml('at: "10:00", locate: fr, refs: [a, b]'))
    expect(applied).to.deep.equal(['services.report.at', 'services.report.locate', 'services.report.refs'])
    expect(calls).to.deep.equal([JSON.stringify({ at: '10:00', locate: 'fr', refs: ['a', 'b'] })])
  })

  it('is not asked for by services of a request: the next one is made with the new configuration', async () => {
    @Service({ lifetime: 'request', config: UserConfig })
    class PerRequest {
      constructor(readonly config: UserConfig) {}
    }
    @Route('/', { lifetime: 'request' })
    class Uses {
      constructor(readonly own: PerRequest) {}
      @Get() get() {
        return this.own.config.label
      }
    }
    const yaml = (label: string) => `services: { own: { type: PerRequest, label: ${label} } }`
    await using live = await startLive(yaml('a'), { services: [PerRequest], controllers: [Uses] })
    expect((await live.change(yaml('b'))).applied).to.deep.equal(['services.own.label'])
    expect(await (await live.test.fetch('/')).json()).to.have.property('data', 'b')
  })

  it('does not run into the stop of its service: the stop waits for it', async () => {
    @Service({ config: UserConfig })
    class Busy {
      constructor(readonly config: UserConfig) {}
      @OnConfigReload() async change() {
        calls.push('begins')
        await delay(50)
        calls.push('ends')
      }
      @OnStop() stop() {
        calls.push('stops')
      }
    }
    @Route('/')
    class Uses {
      constructor(readonly busy: Busy) {}
      @Get() get() {}
    }
    const yaml = (label: string) => `services: { busy: { type: Busy, label: ${label} } }`
    await using live = await startLive(yaml('a'), { services: [Busy], controllers: [Uses] })
    const reload = live.change(yaml('b'))
    while (calls.length === 0) await delay(1)
    await live.test.server.stop()
    await reload
    expect(calls).to.deep.equal(['begins', 'ends', 'stops'])
  })
})

describe('the configuration of middleware', () => {
  class TagConfig {
    @IsString() tag = 'none'
  }
  @Service({ name: 'tag', config: TagConfig })
  class Tag implements MiddlewareHandler {
    #tag: string
    constructor({ tag }: TagConfig) {
      this.#tag = tag
    }
    @OnConfigReload() reconfigure({ tag }: TagConfig) {
      this.#tag = tag
    }
    handle(ctx: Context, next: Next) {
      ctx.setHeader('x-tags', [...((ctx.responseHeaders?.['x-tags'] as string[] | undefined) ?? []), this.#tag])
      return next()
    }
  }
  @Route('/')
  @Middleware([Tag, { tag: 'code' }])
  class Tagged {
    @Get() get() {}
  }
  const tags = async (live: Awaited<ReturnType<typeof startLive>>) => (await live.test.fetch('/')).headers.get('x-tags')
  const startTagged = (yaml: string) =>
    startLive(yaml, { services: [Tag], apps: [{ name: 'api', controllers: [Tagged] }] })
  const yaml = (server: string, app: string) => `middleware: ${server}\napps: [{ name: api, middleware: ${app} }]`

  it('changes each object in its place', async () => {
    await using live = await startTagged(yaml('[tag: { tag: a }, tag: { tag: b }]', '[tag: { tag: c }]'))
    const report = await live.change(yaml('[tag: { tag: a }, tag: { tag: B }]', '[tag: { tag: C }]'))
    expect(report).to.deep.include({ applied: ['middleware[1].tag.tag', 'apps.api.middleware[0].tag.tag'] })
    expect(await tags(live)).to.equal('a, B, C, code')
  })

  it('needs a restart when the list changes', async () => {
    await using live = await startTagged(yaml('[tag: { tag: a }]', '[tag: { tag: c }]'))
    const report = await live.change(yaml('[tag: { tag: a }, tag: { tag: b }]', '[tag: { tag: C }]'))
    expect(report).to.deep.include({ applied: ['apps.api.middleware[0].tag.tag'], needsRestart: ['middleware'] })
    expect(await tags(live)).to.equal('a, C, code')
  })

  it('needs a restart where one object stands in several places that shall differ', async () => {
    await using live = await startTagged(yaml('[tag]', '[tag]'))
    const report = await live.change(yaml('[tag]', '[tag: { tag: c }]'))
    expect(report).to.deep.include({ applied: [], needsRestart: ['apps.api.middleware[0].tag.tag'] })
    expect(await tags(live)).to.equal('none, none, code')
    const both = await live.change(yaml('[tag: { tag: x }]', '[tag: { tag: x }]'))
    expect(both.needsRestart).to.deep.equal([])
    expect(await tags(live)).to.equal('x, x, code')
  })
})

@Service({ name: 'ledger' })
class MainLedger extends Ledger {}

describe('a reload and a stop that a request asks for', () => {
  it('run outside of it, of its transaction as well', async () => {
    const contexts: unknown[] = []
    @Service({ eager: true })
    class Bookkeeper {
      constructor(readonly ledger: Ledger) {}
      @OnConfigReload('name') async renamed(name: string) {
        contexts.push(currentContext())
        await this.ledger.add(`renamed ${name}`)
      }
      @OnStop() async stop() {
        contexts.push(currentContext())
        await this.ledger.add('stopped')
      }
    }
    @Route('/')
    class Admin {
      stopped: Promise<unknown> | undefined
      constructor(readonly ledger: Ledger) {}
      @Post('/reload') @Transactional() async reload() {
        contexts.push(currentContext()?.path)
        await this.ledger.add('asked for')
        await live.change('name: next')
        throw new ConflictError('nothing of it')
      }
      @Post('/stop') @Transactional() async stop() {
        this.stopped = live.test.server.stop()
      }
    }
    const services = [MainLedger, Bookkeeper]
    await using live = await startLive('name: first', { services, apps: [{ name: 'api', controllers: [Admin] }] })
    const ledger = live.test.server.get(MainLedger)
    expect((await live.test.inject('POST', '/reload')).status).to.equal(409)
    expect(ledger.entries).to.deep.equal(['renamed next'])
    await live.test.inject('POST', '/stop')
    await live.test.server.get(Admin).stopped
    expect(ledger.entries).to.deep.equal(['renamed next', 'stopped'])
    expect(contexts).to.deep.equal(['/reload', undefined, undefined])
  })
})

describe('a hook that would never be called', () => {
  it('for the configuration of a service that has none is a boot error', async () => {
    @Service({ eager: true })
    class Bare {
      @OnConfigReload() change() {} // at: bare hook
    }
    const problem = await problemOf({ services: [Bare] })
    expect(problem).to.include({ code: 'E_RELOAD_CONFIG' })
    expect(problem.where).to.deep.equal([placeOf(import.meta.url, 'bare hook')])
  })

  it('for a path that no configuration has is a boot error', async () => {
    @Service({ eager: true })
    class Watches {
      @OnConfigReload('app.api.limits') one() {}
      @OnConfigReload('apps..limits') two() {}
      @OnConfigReload('apps["my.app"].limits') three() {}
      @OnConfigReload('apps[0].limits') four() {}
    }
    const problems = await problemsOf({ services: [Watches] })
    expect(problems.map(({ problem }) => problem)).to.deep.equal([
      'Watches.one watches "app.api.limits", which is no path of the configuration. Did you mean "apps"?',
      'Watches.two watches "apps..limits", which is no path of the configuration.',
      'Watches.four watches "apps[0].limits", which is no path of the configuration.',
    ])
  })

  it('on a service that does not live as long as the server is a boot error', async () => {
    @Service({ lifetime: 'transient', eager: true, config: UserConfig })
    class Short {
      constructor(readonly config: UserConfig) {}
      @OnConfigReload() change() {}
    }
    expect(await problemOf({ services: [Short] })).to.include({ code: 'E_HOOK_LIFETIME' })
  })
})
