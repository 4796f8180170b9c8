import { Context, Get, Inject, Middleware, OnStart, Returns, Route, Service, factory, type Class } from '@lokstra/core'
import { createTestServer, override } from '@lokstra/core/testing'
import { expect } from 'chai'

import { placeOf, problemOf, problemsOf, rejection } from '../../helpers/boot-problems.js'

const at = (marker: string) => placeOf(import.meta.url, marker)

let constructed = 0

@Service()
class Mailer {
  constructor() {
    constructed++
  }
}

abstract class Store {}

@Service()
class MemoryStore extends Store {}

@Service()
class DiskStore extends Store {}

@Service({ lifetime: 'request' })
class CurrentUser {}

describe('the container check', () => {
  beforeEach(() => {
    constructed = 0
  })

  describe('of a missing service', () => {
    it('names the parameter, the whole path, the place, and what to do', async () => {
      @Service() // at: orders
      class OrderService {
        constructor(
          readonly store: MemoryStore,
          readonly mailer: Mailer,
        ) {}
      }
      @Route('/orders')
      class OrderController {
        constructor(readonly orders: OrderService) {}
        @Get() list() {}
      }
      const problem = await problemOf({
        services: [MemoryStore, OrderService],
        apps: [{ controllers: [OrderController] }],
      })
      expect(problem.code).to.equal('E_SERVICE_MISSING')
      expect(problem.problem).to.equal(
        'OrderService (parameter 2) needs Mailer, which is not registered\n  path OrderController -> OrderService -> Mailer?',
      )
      expect(problem.where).to.deep.equal([at('orders')])
      expect(problem.fix).to.match(/^Mailer carries @Service but was not found: export it from a file/)
    })

    it('says that @Service is missing on the class', async () => {
      class Forgotten {}
      @Service()
      class Forgotton {}
      @Service({ eager: true })
      class Holder {
        constructor(readonly forgotten: Forgotten) {}
      }
      const problem = await problemOf({ services: [Holder, Forgotton] })
      expect(problem.problem).to.match(/Holder \(parameter 1\) needs Forgotten, which is not registered/)
      expect(problem.fix).to.match(/^Put @Service\(\) on Forgotten, or on a class that extends it/)
      expect(problem.fix).not.to.match(/Did you mean/)
    })

    it('suggests the name that was probably meant', async () => {
      @Service('database')
      class Database {}
      @Service({ eager: true })
      class Holder {
        constructor(@Inject('databse') readonly db: object) {}
      }
      const problem = await problemOf({ services: [Database, Holder] })
      expect(problem.problem).to.match(/needs "databse"/)
      expect(problem.fix).to.match(/^List a service named databse under services.* Did you mean "database"\?$/)
    })

    it('names the argument of a factory and the place of the factory', async () => {
      const late = factory({ name: 'late', eager: true, inject: [Mailer], create: (mailer) => ({ mailer }) }) // at: late
      const problem = await problemOf({ services: [late] })
      expect(problem.problem).to.equal(
        'late (argument 1) needs Mailer, which is not registered\n  path late -> Mailer?',
      )
      expect(problem.where).to.deep.equal([at('late')])
    })
  })

  it('lists the names of all services that fit one parameter', async () => {
    @Service({ eager: true }) // at: ambiguous
    class Holder {
      constructor(readonly store: Store) {}
    }
    const problem = await problemOf({ services: [MemoryStore, DiskStore, Holder] })
    expect(problem.code).to.equal('E_SERVICE_AMBIGUOUS')
    expect(problem.problem).to.equal(
      'Holder (parameter 1) needs Store, and several services fit: MemoryStore, DiskStore',
    )
    expect(problem.fix).to.equal('Choose one by name with @Inject(name): MemoryStore, DiskStore.')
    expect(problem.where).to.deep.equal([at('ambiguous')])
  })

  it('does not choose for an optional parameter either', async () => {
    @Service({ eager: true })
    class Holder {
      constructor(@Inject(Store, { optional: true }) readonly store: Store | undefined) {}
    }
    expect((await problemOf({ services: [MemoryStore, DiskStore, Holder] })).code).to.equal('E_SERVICE_AMBIGUOUS')
  })

  describe('of a circle', () => {
    // Named by text, as classes that name each other's types would not survive compilation.
    @Service() // at: a
    class A {
      constructor(@Inject('B') readonly b: object) {}
    }
    @Service() // at: b
    class B {
      constructor(@Inject('C') readonly c: object) {}
    }
    @Service() // at: c
    class C {
      constructor(@Inject('A') readonly a: object) {}
    }
    @Service({ eager: true })
    class Entry {
      constructor(@Inject('A') readonly a: object) {}
    }

    it('prints the path round and the place of each', async () => {
      const problem = await problemOf({ services: [A, B, C, Entry] })
      expect(problem.code).to.equal('E_SERVICE_CIRCULAR')
      expect(problem.problem).to.match(/\n {2}path A -> B -> C -> A$/)
      expect(problem.where).to.deep.equal([at('a'), at('b'), at('c')])
    })

    it('names services behind boundaries once', async () => {
      @Service()
      @Route('/left')
      class Left {
        constructor(@Inject('Right') readonly right: object) {}
        @Get()
        @Returns(String)
        async ask(): Promise<string> {
          return 'left'
        }
      }
      @Service()
      @Route('/right')
      class Right {
        constructor(@Inject(Left) readonly left: object) {}
        @Get()
        @Returns(String)
        async ask(): Promise<string> {
          return 'right'
        }
      }
      const apps = [{ name: 'api', publish: [Left, Right] }]
      const problem = await problemOf({ services: [Left, Right], apps, config: { calls: { boundary: 'checked' } } })
      expect(problem.problem).to.match(/\n {2}path Left -> Right -> Left$/)
    })

    it('reports it once, from however many sides it is entered', async () => {
      @Service({ eager: true })
      class Second {
        constructor(@Inject('C') readonly c: object) {}
      }
      expect(await problemsOf({ services: [A, B, C, Entry, Second] })).to.have.length(1)
    })

    it('notices a service that injects itself', async () => {
      @Service({ name: 'self', eager: true })
      class Self {
        constructor(@Inject('self') readonly self: object) {}
      }
      expect((await problemOf({ services: [Self] })).problem).to.match(/path self -> self$/)
    })

    it('notices one of transients below a singleton', async () => {
      @Service({ lifetime: 'transient' })
      class Left {
        constructor(@Inject('Right') readonly right: object) {}
      }
      @Service({ lifetime: 'transient' })
      class Right {
        constructor(@Inject('Left') readonly left: object) {}
      }
      @Service({ eager: true })
      class Holder {
        constructor(readonly left: Left) {}
      }
      expect((await problemOf({ services: [Left, Right, Holder] })).problem).to.match(/path Left -> Right -> Left$/)
    })
  })

  describe('of lifetimes', () => {
    it('refuses a singleton that holds something of a request', async () => {
      @Service({ eager: true }) // at: captive
      class Reports {
        constructor(readonly user: CurrentUser) {}
      }
      const problem = await problemOf({ services: [CurrentUser, Reports] })
      expect(problem.code).to.equal('E_SERVICE_CAPTIVE')
      expect(problem.problem).to.equal(
        'Reports lives as singleton and would keep CurrentUser, which lives as request\n  path Reports -> CurrentUser',
      )
      expect(problem.where).to.deep.equal([at('captive')])
    })

    it('refuses it through a transient as well', async () => {
      @Service({ lifetime: 'transient' })
      class Formatter {
        constructor(readonly user: CurrentUser) {}
      }
      @Service({ eager: true })
      class Reports {
        constructor(readonly formatter: Formatter) {}
      }
      const problem = await problemOf({ services: [CurrentUser, Formatter, Reports] })
      expect(problem.code).to.equal('E_SERVICE_CAPTIVE')
      expect(problem.problem).to.match(/path Reports -> Formatter -> CurrentUser$/)
    })

    it('refuses a singleton controller and a singleton service that inject the Context', async () => {
      @Route('/')
      class Pages {
        constructor(readonly ctx: Context) {}
        @Get() show() {}
      }
      expect((await problemOf({ apps: [{ controllers: [Pages] }] })).problem).to.match(
        /^Pages lives as singleton and would keep Context/,
      )
    })

    it('allows a request-scoped controller to hold it, also through a transient', async () => {
      @Service({ lifetime: 'transient' })
      class Formatter {
        constructor(readonly user: CurrentUser) {}
      }
      @Route('/', { lifetime: 'request' })
      class Pages {
        constructor(
          readonly formatter: Formatter,
          readonly user: CurrentUser,
        ) {}
        @Get() show() {
          return this.formatter.user === this.user
        }
      }
      const server = await createTestServer({ services: [CurrentUser, Formatter], controllers: [Pages] })
      expect((await server.inject('GET', '/')).json().data).to.equal(true)
    })

    it('refuses a start hook on what does not live as long as the server', async () => {
      @Service({ lifetime: 'request' })
      class Visit {
        @OnStart() prepare() {} // at: hook
      }
      @Route('/', { lifetime: 'request' })
      class Pages {
        constructor(readonly visit: Visit) {}
        @Get() show() {}
      }
      const problem = await problemOf({ services: [Visit], apps: [{ controllers: [Pages] }] })
      expect(problem.code).to.equal('E_HOOK_LIFETIME')
      expect(problem.where).to.deep.equal([at('hook')])
    })

    it('refuses an asynchronous factory that is not a singleton', async () => {
      const late = factory({ name: 'late', lifetime: 'request', eager: true, create: async () => Promise.resolve({}) })
      expect((await problemOf({ services: [late] })).code).to.equal('E_FACTORY_ASYNC')
    })

    it('refuses middleware of one request', async () => {
      @Service({ lifetime: 'request' })
      class PerRequest {
        handle() {}
      }
      @Route()
      class Pages {
        @Get() @Middleware(PerRequest) show() {} // at: middleware
      }
      const problem = await problemOf({ apps: [{ controllers: [Pages] }] })
      expect(problem.code).to.equal('E_MIDDLEWARE_INVALID')
      expect(problem.where).to.deep.equal([at('middleware')])
    })
  })

  describe('of names', () => {
    it('refuses two services of one name, with both places', async () => {
      @Service('db') // at: first db
      class Main {}
      @Service('db') // at: second db
      class Reporting {}
      const problem = await problemOf({ services: [Main, Reporting] })
      expect(problem.code).to.equal('E_SERVICE_DUPLICATE')
      expect(problem.problem).to.equal('The service name "db" is taken twice, by Main and by Reporting')
      expect(problem.where).to.deep.equal([at('second db'), at('first db')])
    })

    it('refuses two service classes of one class name instead of losing one', async () => {
      const make = (): Class => {
        @Service()
        class Twin {}
        return Twin
      }
      expect((await problemOf({ services: [make(), make()] })).problem).to.match(/"Twin" is taken twice/)
    })

    it('allows two classes of one class name with names of their own', async () => {
      const make = (name: string): Class => {
        @Service(name)
        class Twin {}
        return Twin
      }
      expect(await problemsOf({ services: [make('one'), make('two')] })).to.deep.equal([])
    })

    it('lets the configuration use a name that only one class has', async () => {
      @Service('one') // at: first Twin
      class Twin {}
      const make = () => {
        @Service('two') // at: second Twin
        class Twin {}
        return Twin
      }
      const configured = (type: string) =>
        problemsOf({ services: [Twin, make()], config: { services: { mine: { type } }, apps: [{ name: 'api' }] } })
      for (const type of ['one', 'two']) expect(await configured(type)).to.deep.equal([])
      const [problem, ...others] = await configured('Twin')
      expect(others).to.deep.equal([])
      expect(problem!.problem).to.equal('The service name "Twin" is taken twice, by Twin and by Twin')
      expect(problem!.where.slice(1)).to.deep.equal([at('first Twin'), at('second Twin')])
    })
  })

  describe('of constructor parameters', () => {
    it('refuses text, numbers and interfaces, each with its position', async () => {
      interface Settings {
        readonly colour: string
      }
      @Service({ eager: true }) // at: primitive
      class Holder {
        constructor(
          readonly url: string,
          readonly size: number,
          readonly settings: Settings,
          readonly list: string[],
          readonly either: Mailer | null,
        ) {}
      }
      const problems = await problemsOf({ services: [Holder, Mailer] })
      expect(problems.map(({ problem }) => problem)).to.deep.equal([
        'Parameter 1 of Holder has the type String, which names no class at run time',
        'Parameter 2 of Holder has the type Number, which names no class at run time',
        'Parameter 3 of Holder has the type Object, which names no class at run time',
        'Parameter 4 of Holder has the type Array, which names no class at run time',
        'Parameter 5 of Holder has the type Object, which names no class at run time',
      ])
      expect(new Set(problems.map(({ code }) => code))).to.deep.equal(new Set(['E_PARAMETER_TYPE']))
      expect(problems[0]!.where).to.deep.equal([at('primitive')])
    })

    it('reports an import cycle where the compiler emitted undefined for a type', async () => {
      @Service({ eager: true }) // at: cycle
      class Holder {
        constructor(readonly mailer: Mailer) {}
      }
      Reflect.defineMetadata('design:paramtypes', [undefined], Holder)
      const problem = await problemOf({ services: [Holder, Mailer] })
      expect(problem.code).to.equal('E_IMPORT_CYCLE')
      expect(problem.problem).to.match(/^Parameter 1 of Holder has no type/)
      expect(problem.where).to.deep.equal([at('cycle')])
    })

    it('reports an import cycle where @Inject names nothing', async () => {
      @Service({ eager: true })
      class Holder {
        constructor(@Inject(undefined as unknown as Class) readonly mailer: object) {} // at: no token
      }
      const problem = await problemOf({ services: [Holder] })
      expect(problem.code).to.equal('E_IMPORT_CYCLE')
      expect(problem.where).to.deep.equal([at('no token')])
    })

    it('reports a class that was compiled without metadata', async () => {
      @Service({ eager: true }) // at: no metadata
      class Holder {
        constructor(readonly mailer: Mailer) {}
      }
      Reflect.deleteMetadata('design:paramtypes', Holder)
      const problem = await problemOf({ services: [Holder, Mailer] })
      expect(problem.code).to.equal('E_METADATA_MISSING')
      expect(problem.problem).to.equal('The constructor of Holder carries no type metadata')
      expect(problem.fix).to.match(/"emitDecoratorMetadata" on; esbuild, tsx/)
      expect(problem.where).to.deep.equal([at('no metadata')])
    })

    it('does without metadata when every parameter is named', async () => {
      @Service({ eager: true })
      class Holder {
        constructor(@Inject('Mailer') readonly mailer: object) {}
      }
      Reflect.deleteMetadata('design:paramtypes', Holder)
      expect(await problemsOf({ services: [Holder, Mailer] })).to.deep.equal([])
    })

    it('says which base class lacks its decorator', async () => {
      class Base {
        constructor(readonly mailer: Mailer) {}
      }
      @Service({ eager: true })
      class Sub extends Base {}
      const problem = await problemOf({ services: [Sub, Mailer] })
      expect(problem.code).to.equal('E_NOT_A_SERVICE')
      expect(problem.problem).to.equal('Base is used as a service but carries no @Service')
    })
  })

  it('refuses classes without @Service in the list, with the place of the list', async () => {
    class Plain {}
    const problems = await problemsOf({ services: [Plain, { use: Plain, name: 'plain' }] })
    expect(problems.map(({ code }) => code)).to.deep.equal(['E_NOT_A_SERVICE'])
  })

  it('names the line of createTestServer for what has no place of its own', async () => {
    class Plain {}
    const starting = createTestServer({ services: [Plain] }) // at: create
    expect((await rejection(starting)).where).to.deep.equal([at('create')])
  })

  it('constructs nothing when anything is wrong', async () => {
    @Service({ eager: true })
    class Fine {
      constructor(readonly mailer: Mailer) {}
    }
    @Service({ eager: true })
    class Wrong {
      constructor(@Inject('nothing') readonly nothing: object) {}
    }
    expect(await problemsOf({ services: [Mailer, Fine, Wrong] })).to.have.length(1)
    expect(constructed).to.equal(0)
  })

  it('does not mind mistakes of services that nothing uses', async () => {
    @Service()
    class Unused {
      constructor(readonly url: string) {}
    }
    expect(await problemsOf({ services: [Unused] })).to.deep.equal([])
  })

  it('reports all problems of one boot together', async () => {
    @Service({ eager: true })
    class Holder {
      constructor(@Inject('nothing') readonly nothing: object) {}
    }
    @Route('/a')
    class Pages {
      @Get('/:id/:id') @Middleware('missing') show() {}
      @Get('/b') two(_one: string) {}
    }
    const problems = await problemsOf({
      services: [Holder, class Plain {}],
      middleware: ['alsoMissing'],
      apps: [{ controllers: [Pages], formatter: 'none', listen: ':1' }],
    })
    expect(problems.map(({ code }) => code).sort()).to.deep.equal([
      'E_FORMATTER_UNKNOWN',
      'E_HANDLER_PARAMETERS',
      'E_MIDDLEWARE_UNKNOWN',
      'E_MIDDLEWARE_UNKNOWN',
      'E_NOT_A_SERVICE',
      'E_ROUTE_PATH',
      'E_SERVICE_MISSING',
    ])
  })

  it('refuses to override what is not there, with the place and a suggestion', async () => {
    const fake = override('Mialer', {}) // at: override
    const error = await rejection(createTestServer({ services: [Mailer], overrides: [fake] }))
    expect(error.problem).to.equal('There is no service "Mialer" to override. Did you mean "Mailer"?')
    expect(error.where).to.deep.equal([at('override')])
  })
})
