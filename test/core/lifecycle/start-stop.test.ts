import { setTimeout as sleep } from 'node:timers/promises'

import {
  AfterResponse,
  Context,
  Get,
  OnReady,
  OnStart,
  OnStop,
  Route,
  Service,
  createServer,
  factory,
  type ServerOptions,
} from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { placeOf, rejection } from '../../helpers/boot-problems.js'
import { silentLogger } from '../../helpers/silent-logger.js'

const at = (marker: string) => placeOf(import.meta.url, marker)

/** A server on a free port whose log goes nowhere. */
const server = ({ services = [], ...options }: ServerOptions) =>
  createServer({ freePorts: true, services: [silentLogger, ...services], ...options })

let events: string[]
beforeEach(() => {
  events = []
})

@Service()
class Pool {
  constructor() {
    events.push('new Pool')
  }
  @OnStart() async start() {
    await sleep(5)
    events.push('start Pool')
  }
  @OnStop() stop() {
    events.push('stop Pool')
  }
}

@Service()
class Repository {
  constructor(readonly pool: Pool) {
    events.push('new Repository')
  }
  @OnStart() start() {
    events.push('start Repository')
  }
  @OnReady() async ready() {
    await sleep(1)
    events.push('ready Repository')
  }
  @OnStop() async stop() {
    await sleep(5)
    events.push('stop Repository')
  }
}

@Service({ eager: true })
class Worker {
  constructor(
    readonly repository: Repository,
    readonly pool: Pool,
  ) {
    events.push('new Worker')
  }
  @OnReady() ready() {
    events.push('ready Worker')
  }
  @OnStop() stop() {
    events.push('stop Worker')
  }
}

const services = [Worker, Repository, Pool]

describe('starting and stopping', () => {
  it('starts each service before what needs it is constructed, and stops in the exact reverse', async () => {
    const running = await server({ services }).start()
    expect(events).to.deep.equal([
      'new Pool',
      'start Pool',
      'new Repository',
      'start Repository',
      'new Worker',
      'ready Repository',
      'ready Worker',
    ])
    events = []
    expect(await running.stop()).to.deep.equal([])
    expect(events).to.deep.equal(['stop Worker', 'stop Repository', 'stop Pool'])
  })

  it('runs the ready hooks once every address is open', async () => {
    let status = 0
    @Route('/')
    class Pages {
      @Get() show() {}
      @OnReady() async ask() {
        status = (await fetch(running.listeners[0]!.url)).status
      }
    }
    const running = server({ apps: [{ controllers: [Pages] }] })
    await running.start()
    await running.stop()
    expect(status).to.equal(204)
  })

  it('runs hooks of ancestors before those of the class, and an overridden one once', async () => {
    class Base {
      @OnStart() first() {
        events.push('base')
      }
      @OnStart() overridden() {
        events.push('never')
      }
    }
    @Service({ eager: true })
    class Derived extends Base {
      @OnStart() override overridden() {
        events.push('overridden')
      }
      @OnStart() own() {
        events.push('own')
      }
    }
    await createTestServer({ services: [Derived] })
    expect(events).to.deep.equal(['base', 'overridden', 'own'])
  })

  it('starts and stops what a factory made, and not an object made elsewhere', async () => {
    const made = factory({ provides: Pool, eager: true, create: () => new Pool() })
    @Service()
    class Other extends Repository {}
    const elsewhere = { value: new Other(new Pool()), eager: true }
    events = []
    await (await server({ services: [made, elsewhere] }).start()).stop()
    expect(events).to.deep.equal(['new Pool', 'start Pool', 'stop Pool'])
  })

  it('tells the phase it is in', async () => {
    const running = server({ services })
    expect(running.phase).to.equal('new')
    const starting = running.start()
    expect(running.phase).to.equal('starting')
    await starting
    expect(running.phase).to.equal('ready')
    const stopping = running.stop()
    expect(running.phase).to.equal('draining')
    await stopping
    expect(running.phase).to.equal('stopped')
  })

  it('stops once, however often it is asked', async () => {
    const running = await server({ services }).start()
    await Promise.all([running.stop(), running.stop()])
    await running.stop()
    expect(events.filter((event) => event === 'stop Pool')).to.have.length(1)
  })

  it('refuses a second start, and a start after the stop', async () => {
    const running = await server({}).start()
    expect((await rejection(running.start())).problem).to.equal('The server cannot start: it is already ready')
    await running.stop()
    expect((await rejection(running.start())).problem).to.equal('The server cannot start: it is already stopped')
    const never = server({})
    await never.stop()
    expect((await rejection(never.start())).code).to.equal('E_SERVER_STATE')
  })

  it('has a log once it started, and says so before', async () => {
    const running = server({})
    expect(() => running.log)
      .to.throw('The server cannot give a log: it is not started')
      .with.property('fix')
      .that.includes('after start()')
    await running.start()
    expect(() => running.log).to.not.throw()
    await running.stop()
  })

  it('stops what was never started without complaint', async () => {
    expect(await server({ services }).stop()).to.deep.equal([])
    expect(events).to.deep.equal([])
  })
})

describe('a start that fails', () => {
  it('names the hook and its place, keeps the cause, and stops what had started in reverse', async () => {
    const cause = new Error('no connection')
    @Service({ eager: true })
    class Broken {
      constructor(readonly repository: Repository) {}
      @OnStart() // at: connect
      async connect() {
        await sleep(1)
        throw cause
      }
      @OnStop() stop() {
        events.push('stop Broken')
      }
    }
    @Service({ eager: true })
    class Later {
      constructor(readonly broken: Broken) {
        events.push('new Later')
      }
    }
    const running = server({ services: [Later, Broken, Repository, Pool] })
    const error = await rejection(running.start())
    expect(error.code).to.equal('E_START_FAILED')
    expect(error.problem).to.equal('Broken.connect failed: no connection')
    expect(error.cause).to.equal(cause)
    expect(error.where).to.deep.equal([at('connect')])
    expect(events.slice(4)).to.deep.equal(['stop Broken', 'stop Repository', 'stop Pool'])
    expect(running.phase).to.equal('stopped')
  })

  it('names a constructor that throws, and does not stop what was never made', async () => {
    @Service({ eager: true }) // at: constructor
    class Broken {
      constructor(readonly pool: Pool) {
        throw new Error('no licence')
      }
      @OnStop() stop() {
        events.push('stop Broken')
      }
    }
    const error = await rejection(server({ services: [Broken, Pool] }).start())
    expect(error.problem).to.equal('The constructor of Broken failed: no licence')
    expect(error.where).to.deep.equal([at('constructor')])
    expect(events).to.deep.equal(['new Pool', 'start Pool', 'stop Pool'])
  })

  it('names a factory that throws, rejects, or forgets to return', async () => {
    const cases = [
      {
        create: () => {
          throw new Error('no licence')
        },
        reason: 'no licence',
      },
      { create: () => Promise.reject(new Error('no route')), reason: 'no route' },
      { create: () => undefined, reason: 'it gave undefined instead of an object' },
      { create: () => Promise.resolve(null), reason: 'it gave null instead of an object' },
    ]
    for (const { create, reason } of cases) {
      const mail = factory({ name: 'mail', eager: true, create }) // at: factory
      const error = await rejection(server({ services: [mail] }).start())
      expect(error.problem).to.equal(`The factory of mail failed: ${reason}`)
      expect(error.where).to.deep.equal([at('factory')])
    }
  })

  it('is reported when a start hook or a factory does not end within its own time limit', async () => {
    @Service({ eager: true })
    class Hanging {
      @OnStart({ timeoutMs: 20 }) // at: hanging
      load() {
        return new Promise(() => undefined)
      }
    }
    const hook = await rejection(server({ services: [Hanging] }).start())
    expect(hook.code).to.equal('E_START_TIMEOUT')
    expect(hook.problem).to.equal('Hanging.load did not end within 20 ms')
    expect(hook.where).to.deep.equal([at('hanging')])

    const slow = factory({
      name: 'slow',
      eager: true,
      timeoutMs: 20,
      create: () => new Promise<object>(() => undefined),
    })
    const made = await rejection(server({ services: [slow] }).start())
    expect(made.problem).to.equal('The factory of slow did not end within 20 ms')
  })

  it('stops what a factory gives after its time limit', async () => {
    let given: () => void
    const stopped = new Promise<void>((resolve) => (given = resolve))
    class Slow {
      @OnStop() stop() {
        given()
      }
    }
    const create = async () => {
      await sleep(20)
      return new Slow()
    }
    const slow = factory({ name: 'slow', eager: true, timeoutMs: 5, create })
    expect((await rejection(server({ services: [slow] }).start())).code).to.equal('E_START_TIMEOUT')
    await stopped
  })

  it('waits for a hook without a time limit', async () => {
    const done: string[] = []
    @Service({ eager: true })
    class Patient {
      @OnStart({ timeoutMs: Infinity }) async load() {
        await sleep(20)
        done.push('loaded')
      }
    }
    const running = server({ services: [Patient] })
    await running.start()
    await running.stop()
    expect(done).to.deep.equal(['loaded'])
  })

  it('does not leave a late failure of a hanging hook unhandled', async () => {
    @Service({ eager: true })
    class Late {
      @OnStart({ timeoutMs: 5 }) async load() {
        await sleep(20)
        throw new Error('too late to matter')
      }
    }
    expect((await rejection(server({ services: [Late] }).start())).code).to.equal('E_START_TIMEOUT')
    // The process fails on an unhandled rejection: being here after the failure is the proof.
    await sleep(40)
  })

  it('closes the addresses when a ready hook fails', async () => {
    let url = ''
    @Service({ eager: true })
    class Broken {
      @OnReady() announce() {
        url = running.listeners[0]!.url
        throw new Error('no registry')
      }
    }
    const running = server({ services: [Broken] })
    const error = await rejection(running.start())
    expect(error.problem).to.equal('Broken.announce failed: no registry')
    expect(
      await fetch(url).then(
        () => 'answers',
        () => 'closed',
      ),
    ).to.equal('closed')
  })

  it('hands on an error of the catalogue as it is', async () => {
    @Service({ eager: true })
    class Nested {
      @OnStart() async start() {
        await server({ services: [class Plain {}] }).start()
      }
    }
    expect((await rejection(server({ services: [Nested] }).start())).code).to.equal('E_NOT_A_SERVICE')
  })
})

describe('a stop that is asked for while services start', () => {
  it('lets the one that starts finish, starts no further one, and stops what had started', async () => {
    let startIsUnderWay: () => void
    const underWay = new Promise<void>((resolve) => (startIsUnderWay = resolve))
    @Service()
    class Slow {
      constructor(readonly pool: Pool) {}
      @OnStart() async start() {
        startIsUnderWay()
        await sleep(20)
        events.push('start Slow')
      }
      @OnStop() stop() {
        events.push('stop Slow')
      }
    }
    @Service({ eager: true })
    class Next {
      constructor(readonly slow: Slow) {
        events.push('new Next')
      }
    }
    const running = server({ services: [Next, Slow, Pool] })
    const starting = rejection(running.start())
    await underWay
    await running.stop()
    expect(events).to.deep.equal(['new Pool', 'start Pool', 'start Slow', 'stop Slow', 'stop Pool'])
    expect((await starting).problem).to.equal('The server cannot start: it is being stopped')
    expect(running.phase).to.equal('stopped')
    expect(running.listeners).to.deep.equal([])
  })

  it('is obeyed whenever it comes, also in the last moment', async () => {
    for (let turns = 0; turns < 12; turns++) {
      @Service({ eager: true })
      class Stopper {
        @OnReady() stopSoon() {
          const soon = async () => {
            for (let turn = 0; turn < turns; turn++) await Promise.resolve()
            await running.stop()
          }
          void soon()
        }
      }
      const running = server({ services: [Stopper] })
      await running.start().catch((error: unknown) => expect(error).to.have.property('code', 'E_SERVER_STATE'))
      await running.stop()
      expect(running.phase).to.equal('stopped')
    }
  })

  it('closes the addresses when it comes while ready hooks run', async () => {
    let readyIsUnderWay: () => void
    const underWay = new Promise<void>((resolve) => (readyIsUnderWay = resolve))
    @Service({ eager: true })
    class Slow {
      @OnReady() async announce() {
        readyIsUnderWay()
        await sleep(10)
      }
    }
    const running = server({ services: [Slow] })
    const starting = rejection(running.start())
    await underWay
    const { url } = running.listeners[0]!
    await running.stop()
    expect((await starting).code).to.equal('E_SERVER_STATE')
    expect(
      await fetch(url).then(
        () => 'answers',
        () => 'closed',
      ),
    ).to.equal('closed')
  })
})

describe('stop hooks', () => {
  it('that fail or hang are named, logged, and keep no other from stopping', async () => {
    @Service({ eager: true })
    class Failing {
      constructor(readonly pool: Pool) {}
      @OnStop() // at: failing stop
      flush() {
        throw new Error('disk full')
      }
      @OnStop({ timeoutMs: 20 }) hang() {
        return new Promise(() => undefined)
      }
    }
    const test = await createTestServer({ services: [Failing, Pool] })
    const failures = await test.server.stop()
    expect(failures.map(({ code, problem }) => `${code} ${problem}`)).to.deep.equal([
      'E_STOP_FAILED Failing.flush failed: disk full',
      'E_STOP_FAILED Failing.hang failed: it did not end within 20 ms',
    ])
    expect(failures[0]!.where).to.deep.equal([at('failing stop')])
    expect(
      test.logs.filter(({ message }) => message === 'stop hook failed').map(({ fields }) => fields.err),
    ).to.deep.equal(failures)
    expect(events.at(-1)).to.equal('stop Pool')
  })
})

describe('@AfterResponse', () => {
  it('on a controller runs after the responses of its own operations', async () => {
    @Route('/mine')
    class Mine {
      @Get() show() {
        events.push('handler')
        return 'shown'
      }
      @AfterResponse() note(ctx: Context) {
        events.push(`after ${ctx.path} ${ctx.res.writableFinished}`)
      }
    }
    @Route('/other')
    class Other {
      @Get() show() {}
    }
    const test = await createTestServer({ controllers: [Mine, Other], listen: true })
    await (await test.fetch('/other')).text()
    await (await test.fetch('/mine')).text()
    await test.dispose()
    expect(events).to.deep.equal(['handler', 'after /mine true'])
  })

  it('on a service runs after every response, errors and unknown paths included', async () => {
    @Service({ eager: true })
    class Audit {
      @AfterResponse() note(ctx: Context) {
        events.push(`${ctx.path} ${ctx.res.statusCode}`)
      }
    }
    @Route('/pages')
    class Pages {
      @Get() show() {}
    }
    const test = await createTestServer({ services: [Audit], controllers: [Pages], listen: true })
    await (await test.fetch('/pages')).text()
    await (await test.fetch('/none')).text()
    await test.dispose()
    expect(events).to.deep.equal(['/pages 204', '/none 404'])
  })

  it('logs a failure and goes on with the next', async () => {
    @Service({ eager: true })
    class Broken {
      @AfterResponse() note() {
        throw new Error('no disk')
      }
    }
    @Route()
    class Pages {
      @Get() show() {}
      @AfterResponse() note() {
        events.push('next')
      }
    }
    const test = await createTestServer({ services: [Broken], controllers: [Pages], listen: true })
    expect((await test.fetch('/')).status).to.equal(204)
    await test.dispose()
    expect(events).to.deep.equal(['next'])
    const line = test.logs.find(({ message }) => message === 'after-response hook failed')
    expect(String(line?.fields.err)).to.equal('Error: no disk')
  })

  it('is waited for by a server that stops, before any service stops', async () => {
    @Route()
    class Pages {
      constructor(readonly pool: Pool) {}
      @Get() show() {}
      @AfterResponse() async note() {
        await sleep(50)
        events.push('noted')
      }
    }
    const test = await createTestServer({ services: [Pool], controllers: [Pages], listen: true })
    await test.fetch('/')
    await test.server.stop()
    expect(events.slice(-2)).to.deep.equal(['noted', 'stop Pool'])
  })
})
