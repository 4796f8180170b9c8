import {
  Context,
  Get,
  Inject,
  Logger,
  Route,
  Service,
  ServerRuntime,
  factory,
  type ServiceRegistration,
} from '@lokstra/core'
import { createTestServer, override } from '@lokstra/core/testing'
import { expect } from 'chai'

abstract class Clock {
  abstract now(): string
}

@Service()
class FixedClock extends Clock {
  override now() {
    return 'noon'
  }
}

@Service('db')
class Database {
  readonly label: string = 'main'
}

@Service('reporting')
class ReportingDatabase extends Database {
  override readonly label = 'reporting'
}

/** Starts services with one eager holder of what the test looks at. */
async function started(...services: ServiceRegistration[]) {
  return createTestServer({ services })
}

describe('injection', () => {
  it('gives every holder the same singleton', async () => {
    @Service({ eager: true })
    class First {
      constructor(readonly db: Database) {}
    }
    @Service({ eager: true })
    class Second {
      constructor(readonly db: Database) {}
    }
    const server = await started(Database, First, Second)
    expect(server.get(First).db).to.be.instanceOf(Database)
    expect(server.get(First).db).to.equal(server.get(Second).db)
    expect(server.get(Database)).to.equal(server.get(First).db)
  })

  it('gives every holder a transient of its own', async () => {
    @Service({ lifetime: 'transient' })
    class Buffer {}
    @Service({ eager: true })
    class Holder {
      constructor(
        readonly one: Buffer,
        readonly two: Buffer,
      ) {}
    }
    const { one, two } = (await started(Buffer, Holder)).get(Holder)
    expect(one).to.be.instanceOf(Buffer)
    expect(one).to.not.equal(two)
  })

  it('gives all services of one request the same request-scoped object, and the next request another', async () => {
    @Service({ lifetime: 'request' })
    class Visit {
      constructor(readonly ctx: Context) {}
    }
    @Service({ lifetime: 'request' })
    class Audit {
      constructor(readonly visit: Visit) {}
    }
    const seen: { visit: Visit; audit: Audit; ctx: Context }[] = []
    @Route('/', { lifetime: 'request' })
    class Pages {
      constructor(
        private readonly visit: Visit,
        private readonly audit: Audit,
        private readonly own: Context,
      ) {}
      @Get() show(ctx: Context) {
        seen.push({ visit: this.visit, audit: this.audit, ctx: this.own })
        return ctx === this.own
      }
    }
    const server = await createTestServer({ services: [Visit, Audit], controllers: [Pages] })
    expect((await server.inject('GET', '/')).json().data).to.equal(true)
    await server.inject('GET', '/')
    const [first, second] = seen
    expect(first!.audit.visit).to.equal(first!.visit)
    expect(first!.visit.ctx).to.equal(first!.ctx)
    expect(second!.visit).to.not.equal(first!.visit)
  })

  it('keeps a singleton across requests of a request-scoped controller', async () => {
    @Route('/', { lifetime: 'request' })
    class Pages {
      static readonly seen: Database[] = []
      constructor(private readonly db: Database) {}
      @Get() show() {
        Pages.seen.push(this.db)
      }
    }
    const server = await createTestServer({ services: [Database], controllers: [Pages] })
    await server.inject('GET', '/')
    await server.inject('GET', '/')
    expect(Pages.seen[0]).to.equal(Pages.seen[1])
  })

  it('finds an implementation by its abstract class', async () => {
    @Service({ eager: true })
    class Holder {
      constructor(readonly clock: Clock) {}
    }
    expect((await started(FixedClock, Holder)).get(Holder).clock.now()).to.equal('noon')
  })

  it('chooses a service by name', async () => {
    @Service({ eager: true })
    class Holder {
      constructor(
        @Inject('reporting') readonly reports: Database,
        @Inject('db') readonly main: Database,
      ) {}
    }
    const { reports, main } = (await started(Database, ReportingDatabase, Holder)).get(Holder)
    expect([reports.label, main.label]).to.deep.equal(['reporting', 'main'])
  })

  it('prefers the very class over its subclasses', async () => {
    @Service({ eager: true })
    class Holder {
      constructor(readonly db: Database) {}
    }
    const server = await started(Database, ReportingDatabase, Holder)
    expect(server.get(Holder).db.label).to.equal('main')
  })

  it('chooses by class where the parameter type is an interface', async () => {
    interface Labelled {
      readonly label: string
    }
    @Service({ eager: true })
    class Holder {
      constructor(@Inject(Database) readonly labelled: Labelled) {}
    }
    expect((await started(Database, Holder)).get(Holder).labelled.label).to.equal('main')
  })

  it('chooses by abstract class where the parameter type is an interface', async () => {
    interface Timely {
      now(): string
    }
    @Service({ eager: true })
    class Holder {
      constructor(@Inject(Clock) readonly clock: Timely) {}
    }
    expect((await started(FixedClock, Holder)).get(Holder).clock.now()).to.equal('noon')
  })

  it('gives undefined for an optional service that nobody registered', async () => {
    @Service({ eager: true })
    class Holder {
      constructor(
        @Inject('cache', { optional: true }) readonly cache: object | undefined,
        @Inject(Clock, { optional: true }) readonly clock: Clock | undefined,
        readonly db: Database,
      ) {}
    }
    const holder = (await started(Database, Holder)).get(Holder)
    expect(holder.cache).to.equal(undefined)
    expect(holder.clock).to.equal(undefined)
    expect(holder.db.label).to.equal('main')
  })

  it('gives an optional service that is there', async () => {
    @Service({ eager: true })
    class Holder {
      constructor(@Inject('db', { optional: true }) readonly db: Database | undefined) {}
    }
    expect((await started(Database, Holder)).get(Holder).db?.label).to.equal('main')
  })

  it('gives a logger and the server that it runs in without registration', async () => {
    @Service({ eager: true })
    class Holder {
      constructor(
        readonly log: Logger,
        readonly runtime: ServerRuntime,
      ) {}
    }
    const server = await createTestServer({ name: 'shop', services: [Holder] })
    server.get(Holder).log.info('hello')
    expect(server.logs.map(({ message }) => message)).to.include('hello')
    expect(server.get(Holder).runtime.name).to.equal('shop')
    expect(server.get(Holder).runtime.phase).to.equal('ready')
  })

  it('constructs an eager service, and none that nothing needs', async () => {
    const made: string[] = []
    @Service({ eager: true })
    class Eager {
      constructor() {
        made.push('eager')
      }
    }
    @Service()
    class Unused {
      constructor() {
        made.push('unused')
      }
    }
    const server = await started(Eager, Unused)
    expect(made).to.deep.equal(['eager'])
    expect(() => server.get(Unused)).to.throw(/E_SERVICE_NOT_STARTED/)
  })

  it('injects a service that has a method called handle, and uses the same object as middleware', async () => {
    @Service()
    class Gate {
      count = 0
      handle(_ctx: Context, next: () => unknown) {
        this.count++
        return next()
      }
    }
    @Route()
    class Pages {
      constructor(private readonly gate: Gate) {}
      @Get() show() {
        return this.gate.count
      }
    }
    const server = await createTestServer({ services: [Gate], middleware: [Gate], controllers: [Pages] })
    expect((await server.inject('GET', '/')).json().data).to.equal(1)
  })

  it('makes a published service injectable and an endpoint at once', async () => {
    @Service()
    @Route('/users')
    class Users {
      @Get() list() {
        return this
      }
      readonly kind = 'users'
    }
    @Service({ eager: true })
    class Holder {
      constructor(readonly users: Users) {}
    }
    const server = await createTestServer({ services: [Users, Holder], controllers: [Users] })
    expect((await server.inject('GET', '/users')).json().data).to.deep.equal({ kind: 'users' })
    expect(server.get(Holder).users).to.equal(server.get(Users))
  })

  describe('of a subclass', () => {
    @Service()
    class Decorated {
      constructor(readonly db: Database) {}
    }
    class Named {
      constructor(@Inject('reporting') readonly db: Database) {}
    }

    it('without a constructor uses that of a decorated base', async () => {
      @Service({ eager: true })
      class Sub extends Decorated {}
      expect((await started(Database, Sub)).get(Sub).db.label).to.equal('main')
    })

    it('without a constructor uses that of a base whose parameters are all named', async () => {
      @Service({ eager: true })
      class Sub extends Named {}
      expect((await started(ReportingDatabase, Sub)).get(Sub).db.label).to.equal('reporting')
    })

    it('with a constructor of its own ignores the names that its base gave to its parameters', async () => {
      @Service({ eager: true })
      class Sub extends Named {
        constructor(readonly clock: Clock) {
          super(Object.assign(new Database(), { label: clock.now() }))
        }
      }
      expect((await started(FixedClock, Sub)).get(Sub).db.label).to.equal('noon')
    })

    it('with an empty constructor of its own receives nothing', async () => {
      @Service({ eager: true })
      class Sub extends Decorated {
        constructor() {
          super(Object.assign(new Database(), { label: 'own' }))
        }
      }
      expect((await started(Sub)).get(Sub).db.label).to.equal('own')
    })
  })

  describe('of factories', () => {
    it('passes the tokens that inject names, and provides a class', async () => {
      class Pool {
        constructor(readonly label: string) {}
      }
      @Service({ eager: true })
      class Holder {
        constructor(readonly pool: Pool) {}
      }
      const pool = factory({
        provides: Pool,
        inject: [Database, Clock],
        create: (db, clock) => new Pool(db.label + clock.now()),
      })
      expect((await started(Database, FixedClock, pool, Holder)).get(Holder).pool.label).to.equal('mainnoon')
    })

    it('awaits an asynchronous one before anything that needs it is constructed', async () => {
      class Connection {
        constructor(readonly state: string) {}
      }
      @Service({ eager: true })
      class Holder {
        readonly stateAtConstruction: string
        constructor(connection: Connection) {
          this.stateAtConstruction = connection.state
        }
      }
      const connect = factory({
        provides: Connection,
        create: async () => {
          await new Promise((resolve) => setImmediate(resolve))
          return new Connection('open')
        },
      })
      const server = await started(connect, Holder)
      expect(server.get(Holder).stateAtConstruction).to.equal('open')
      expect(server.get(Connection).state).to.equal('open')
    })

    it('can be named, eager and transient', async () => {
      let made = 0
      const counter = factory({ name: 'counter', lifetime: 'transient', create: () => ({ number: ++made }) })
      const warm = factory({ name: 'warm', eager: true, create: () => ({ warm: true }) })
      @Service({ eager: true })
      class Holder {
        constructor(
          @Inject('counter') readonly one: { number: number },
          @Inject('counter') readonly two: { number: number },
        ) {}
      }
      const server = await started(counter, warm, Holder)
      expect([server.get(Holder).one.number, server.get(Holder).two.number]).to.deep.equal([1, 2])
      expect(server.server.get('warm')).to.deep.equal({ warm: true })
    })

    it('can be request-scoped', async () => {
      let made = 0
      const visit = factory({
        name: 'visit',
        lifetime: 'request',
        inject: [Context],
        create: (ctx) => ({ path: ctx.path, number: ++made }),
      })
      @Route('/', { lifetime: 'request' })
      class Pages {
        constructor(
          @Inject('visit') private readonly visit: object,
          @Inject('visit') private readonly again: object,
        ) {}
        @Get('*') show() {
          return { ...this.visit, isSame: this.visit === this.again }
        }
      }
      const server = await createTestServer({ services: [visit], controllers: [Pages] })
      await server.inject('GET', '/a')
      expect((await server.inject('GET', '/b')).json().data).to.deep.equal({ path: '/b', number: 2, isSame: true })
    })

    it('fails the request, with advice, when a request-scoped one gives a promise', async () => {
      const late = factory({ name: 'late', lifetime: 'request', create: () => Promise.resolve({}) })
      @Route('/', { lifetime: 'request' })
      class Pages {
        constructor(@Inject('late') readonly late: object) {}
        @Get() show() {}
      }
      const server = await createTestServer({ services: [late], controllers: [Pages] })
      server.expectError(/E_FACTORY_ASYNC/)
      expect((await server.inject('GET', '/')).status).to.equal(500)
    })
  })

  it('takes an object that was made elsewhere, by its class, by what it provides and by name', async () => {
    @Service({ eager: true })
    class Holder {
      constructor(
        readonly db: Database,
        readonly clock: Clock,
        @Inject('settings') readonly settings: { colour: string },
      ) {}
    }
    const clock = { now: () => 'midnight' }
    const holder = (
      await started(
        { value: new Database() },
        { value: clock, provides: Clock },
        { value: { colour: 'blue' }, name: 'settings' },
        Holder,
      )
    ).get(Holder)
    expect([holder.db.label, holder.clock.now(), holder.settings.colour]).to.deep.equal(['main', 'midnight', 'blue'])
  })
})

describe('two servers in one process', () => {
  it('share no service, no middleware and no route', async () => {
    @Service()
    class Counter {
      count = 0
    }
    @Route('/count')
    class Counts {
      constructor(private readonly counter: Counter) {}
      @Get() next() {
        return ++this.counter.count
      }
    }
    const [one, two] = [
      await createTestServer({ services: [Counter], controllers: [Counts] }),
      await createTestServer({ services: [Counter], app: { prefix: '/v2' }, controllers: [Counts] }),
    ]
    await one.inject('GET', '/count')
    expect((await one.inject('GET', '/count')).json().data).to.equal(2)
    expect((await two.inject('GET', '/v2/count')).json().data).to.equal(1)
    expect((await two.inject('GET', '/count')).status).to.equal(404)
    expect(one.get(Counter)).to.not.equal(two.get(Counter))
  })

  it('keep what one of them overrides to themselves', async () => {
    @Service({ eager: true })
    class Holder {
      constructor(readonly db: Database) {}
    }
    const faked = await createTestServer({
      services: [Database, Holder],
      overrides: [override(Database, { label: 'fake' })],
    })
    const real = await createTestServer({ services: [Database, Holder] })
    expect([faked.get(Holder).db.label, real.get(Holder).db.label]).to.deep.equal(['fake', 'main'])
  })
})
