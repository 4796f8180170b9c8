import {
  AfterResponse,
  Body,
  Context,
  Duration,
  Get,
  Header,
  Inject,
  Middleware,
  Module,
  OnStart,
  Path,
  Post,
  Query,
  Returns,
  Route,
  Service,
  Size,
  type Class,
} from '@lokstra/core'
import { IsString } from 'class-validator'
import { expect } from 'chai'

import { placeOf, problemOf, problemsOf } from '../../helpers/boot-problems.js'

const at = (marker: string) => placeOf(import.meta.url, marker)
const problemWith = (...controllers: Class[]) => problemOf({ apps: [{ controllers }] })

describe('a misused decorator', () => {
  describe('on a request DTO', () => {
    it('is refused as a second source of one field', async () => {
      class Both {
        @Query() // at: two sources
        @Header()
        value!: string
      }
      @Route()
      class Pages {
        @Get() show(_: Both) {}
      }
      const problem = await problemWith(Pages)
      expect(problem.code).to.equal('E_DECORATOR_MISUSE')
      expect(problem.problem).to.equal('Both.value has two sources, header and query')
      expect(problem.where).to.deep.equal([at('two sources')])
    })

    it('is refused on static members, accessors and symbols', async () => {
      const hidden = Symbol('hidden')
      class Odd {
        @Query() static shared: string; // at: static
        @(Query() as PropertyDecorator) [hidden]!: string // at: symbol
        @Header() // at: accessor
        get agent(): string {
          return ''
        }
        @Query() fine!: string
      }
      @Route()
      class Pages {
        @Get() show(_: Odd) {}
      }
      const problems = await problemsOf({ apps: [{ controllers: [Pages] }] })
      const told = new Map(problems.map(({ problem, where }) => [problem, where]))
      expect(told).to.deep.equal(
        new Map([
          ['@Query is on Odd.Symbol(hidden), which is not an instance property', [at('symbol')]],
          ['@Header is on Odd.agent, which is not an instance property', [at('accessor')]],
          ['@Query is on Odd.shared, which is not an instance property', [at('static')]],
        ]),
      )
    })

    it('is refused on a static field of a configuration', async () => {
      class Settings {
        @Duration() static shared = 1
        @IsString() name = 'x'
      }
      @Service({ config: Settings, eager: true })
      class Holder {
        constructor(readonly settings: Settings) {}
      }
      const problem = await problemOf({ services: [Holder] })
      expect(problem.problem).to.equal('@Duration is on Settings.shared, which is not an instance property')
    })
  })

  describe('on a method', () => {
    it('is refused on static, symbol-named and accessor members', async () => {
      const hidden = Symbol('hidden')
      @Route()
      class Pages {
        @Get('/static') static shared() {} // at: static operation
        @(Get('/symbol') as MethodDecorator) [hidden]() {} // at: symbol operation
        @Get('/accessor') // at: accessor operation
        get page() {
          return 1
        }
        @Get() fine() {}
      }
      const problems = await problemsOf({ apps: [{ controllers: [Pages] }] })
      expect(new Map(problems.map(({ problem, where }) => [problem, where]))).to.deep.equal(
        new Map([
          ['@Get is on Pages.Symbol(hidden), which has no name of text', [at('symbol operation')]],
          ['@Get is on Pages.page, which is not a method', [at('accessor operation')]],
          ['@Get is on the static member Pages.shared', [at('static operation')]],
        ]),
      )
    })

    it('is refused for hooks, @Returns and @Middleware as well', async () => {
      const hidden = Symbol('hidden')
      @Route()
      class Pages {
        @OnStart() static start() {}
        @AfterResponse() get after() {
          return 1
        }
        @Returns(undefined, 204) static done() {}
        @Middleware('anything') [hidden]() {}
        @Get() fine() {}
      }
      const problems = await problemsOf({ apps: [{ controllers: [Pages] }] })
      expect(problems.map(({ problem }) => problem).sort()).to.deep.equal([
        '@AfterResponse is on Pages.after, which is not a method',
        '@Middleware is on Pages.Symbol(hidden), which has no name of text',
        '@OnStart is on the static member Pages.start',
        '@Returns is on the static member Pages.done',
      ])
    })

    it('is refused as @Inject on a parameter of it', async () => {
      @Route()
      class Pages {
        @Get() show(@Inject('db') _db: Context) {} // at: method inject
      }
      const problem = await problemWith(Pages)
      expect(problem.problem).to.equal('@Inject is on a parameter of Pages.show')
      expect(problem.where).to.deep.equal([at('method inject')])
    })
  })

  describe('on a class', () => {
    it('is refused as a second @Route', async () => {
      @Route('/two') // at: second route
      @Route('/one')
      class Pages {
        @Get() show() {}
      }
      const problem = await problemWith(Pages)
      expect(problem.problem).to.equal('Pages carries @Route twice')
      expect(problem.where).to.deep.equal([at('second route')])
    })

    it('is refused as a second @Service', async () => {
      @Service('two')
      @Service({ name: 'one', eager: true })
      class Holder {}
      expect((await problemOf({ services: [Holder] })).problem).to.equal('Holder carries @Service twice')
    })

    it('is missing: a controller without @Route, or without an operation', async () => {
      class Plain {
        @Get() show() {}
      }
      @Route('/empty') // at: empty
      class Empty {}
      const problems = await problemsOf({ apps: [{ controllers: [Plain, Empty] }] })
      expect(problems.map(({ code, problem }) => `${code} ${problem}`)).to.deep.equal([
        'E_NOT_A_CONTROLLER Plain is listed as a controller but has no @Route',
        'E_NOT_A_CONTROLLER Empty is listed as a controller but has no method with @Get, @Post …',
      ])
      expect(problems[0]!.where[0]).to.match(/^test\/helpers\/boot-problems\.ts:\d+$/)
      expect(problems[1]!.where).to.deep.equal([at('empty')])
    })
  })
})

describe('a decorator without its parentheses', () => {
  // The compiler refuses most of these; tools that only strip types, and plain JavaScript, do not.
  const bare = (decorator: unknown) => decorator as ClassDecorator & MethodDecorator & PropertyDecorator
  const bareParameter = (decorator: unknown) => decorator as ParameterDecorator

  it('is told of a service, a controller and a module, in lists and among what others inject', async () => {
    @bare(Service)
    class Store {} // at: bare service
    @bare(Route)
    class Pages {
      @Get() show() {}
    }
    @bare(Module)
    class Billing {
      register() {}
    }
    @Service({ eager: true })
    class Holder {
      constructor(readonly store: Store) {}
    }
    const listed = await problemsOf({
      services: [Store, Holder],
      modules: [Billing],
      apps: [{ controllers: [Pages] }],
    })
    expect(listed.map(({ code, problem }) => `${code} ${problem}`)).to.deep.equal([
      'E_DECORATOR_MISUSE @Service on Store is not called',
      'E_DECORATOR_MISUSE @Module on Billing is not called',
      'E_DECORATOR_MISUSE @Route on Pages is not called',
    ])
    expect(listed[0]!.where).to.deep.equal([at('bare service')])
    expect(listed[0]!.fix).to.equal('Write it with parentheses: @Service().')
    expect((await problemOf({ services: [Holder] })).problem).to.equal('@Service on Store is not called')
  })

  it('is told of methods, fields and parameters', async () => {
    class Input {
      @bare(Body) title!: string // at: bare field
      @bare(Size) limit!: number
      @Query() page!: string
    }
    @Route()
    class Pages {
      constructor(@bareParameter(Inject) readonly store: object) {}
      @bare(Get) list() {} // at: bare method
      @bare(Returns) @bare(Middleware) @bare(OnStart) @bare(AfterResponse) start() {}
      @Post() create(_: Input) {}
    }
    const problems = await problemsOf({ apps: [{ controllers: [Pages] }] })
    const told = new Map(problems.map(({ problem, where }) => [problem, where]))
    expect([...told.keys()].filter((problem) => problem.endsWith('is not called')).sort()).to.deep.equal([
      '@AfterResponse on Pages.start is not called',
      '@Body on Input.title is not called',
      '@Get on Pages.list is not called',
      '@Inject on Pages is not called',
      '@Middleware on Pages.start is not called',
      '@OnStart on Pages.start is not called',
      '@Returns on Pages.start is not called',
      '@Size on Input.limit is not called',
    ])
    expect(told.get('@Body on Input.title is not called')).to.deep.equal([at('bare field')])
    expect(told.get('@Get on Pages.list is not called')).to.deep.equal([at('bare method')])
  })
})

describe('a standard decorator', () => {
  const context = (kind: string) => ({ kind, name: 'show', addInitializer: () => undefined })
  const apply = (decorator: unknown, target: unknown, kind: string) =>
    (decorator as (target: unknown, context: object) => void)(target, context(kind))

  it('is refused with the compiler option that is missing', () => {
    class Plain {}
    const method = () => undefined
    const uses: readonly [decorator: unknown, target: unknown, kind: string][] = [
      [Service(), Plain, 'class'],
      [Service, Plain, 'class'],
      [Route(), Plain, 'class'],
      [Module(), Plain, 'class'],
      [Middleware('x'), Plain, 'class'],
      [Get(), method, 'method'],
      [Get, method, 'method'],
      [OnStart(), method, 'method'],
      [Body(), undefined, 'field'],
      [Size(), undefined, 'field'],
    ]
    for (const [decorator, target, kind] of uses) {
      expect(() => apply(decorator, target, kind)).to.throw(
        /E_DECORATOR_MISUSE: @\w+ was compiled as a standard decorator/,
      )
      expect(() => apply(decorator, target, kind)).to.throw(/"experimentalDecorators"/)
    }
  })
})

describe('the parameters of a handler', () => {
  class First {
    @Query() @IsString() a = ''
  }
  class Second {
    @Query() @IsString() b = ''
  }

  it('are refused when there are two DTOs, two Contexts, a primitive, an interface or an array', async () => {
    @Route()
    class Pages {
      @Get('/1') twoDtos(_a: First, _b: Second) {} // at: two dtos
      @Get('/2') twoContexts(_a: Context, _b: Context) {}
      @Get('/3') text(_id: string) {}
      @Get('/4') shape(_query: { page: number }) {}
      @Get('/5') list(_ids: string[]) {}
    }
    const problems = await problemsOf({ apps: [{ controllers: [Pages] }] })
    const erased = 'Context and DTOs are classes, imported without `type`, which erases them'
    expect(problems.map(({ problem }) => problem)).to.deep.equal([
      'Pages.twoDtos cannot be called: parameter 2 is a second DTO (Second); put all fields of the request into one',
      'Pages.twoContexts cannot be called: parameter 2 is a second Context',
      'Pages.text cannot be called: parameter 1 is of type String; values of a request come in a DTO, a class such as: class TodoId { @Path() id!: string }',
      `Pages.shape cannot be called: parameter 1 is of type Object; ${erased}`,
      `Pages.list cannot be called: parameter 1 is of type Array; ${erased}`,
    ])
    expect(problems[0]!.where).to.deep.equal([at('two dtos')])
  })

  it('are refused where the compiler emitted undefined for one, and where it emitted nothing', async () => {
    @Route()
    class Pages {
      @Get('/1') cycle(_: First) {}
      @Get('/2') bare(_: First) {} // at: bare
    }
    Reflect.defineMetadata('design:paramtypes', [undefined], Pages.prototype, 'cycle')
    Reflect.deleteMetadata('design:paramtypes', Pages.prototype, 'bare')
    const problems = await problemsOf({ apps: [{ controllers: [Pages] }] })
    expect(problems.map(({ code }) => code)).to.deep.equal(['E_IMPORT_CYCLE', 'E_METADATA_MISSING'])
    expect(problems[0]!.problem).to.match(/^Parameter 1 of Pages.cycle has no type/)
    expect(problems[1]!.where).to.deep.equal([at('bare')])
  })

  it('must find their path parameters in the path', async () => {
    class Id {
      @Path() @IsString() id!: string
    }
    @Route('/pages')
    class Pages {
      @Post('/:ids') show(_: Id) {}
    }
    expect((await problemWith(Pages)).code).to.equal('E_PATH_PARAMETER_UNKNOWN')
  })

  it('may name a body field', async () => {
    class Create {
      @Body() @IsString() title!: string
    }
    @Route('/pages')
    class Pages {
      @Post() create(_: Create) {}
    }
    expect(await problemsOf({ apps: [{ controllers: [Pages] }] })).to.deep.equal([])
  })
})
