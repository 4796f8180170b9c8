import {
  All,
  ConflictError,
  Context,
  createServer,
  Delete,
  Field,
  Get,
  Head,
  HttpError,
  Middleware,
  NotFoundError,
  Options,
  Patch,
  Path,
  Post,
  Put,
  Query,
  Returns,
  Route,
  Throws,
  type Class,
  type OperationOptions,
} from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { Expose, Type } from 'class-transformer'
import { IsEmail, IsIn, IsInt, IsOptional, ValidateNested } from 'class-validator'
import { expect } from 'chai'

import { placeOf, problemOf, problemsOf } from '../../helpers/boot-problems.js'
import { mistakesOf, operationOf, operationsOf } from './contracts.js'

class OutOfStock extends ConflictError {
  constructor(sku = '') {
    super(`No ${sku} left`, { code: 'OUT_OF_STOCK' })
  }
}

describe('the contract of an operation', () => {
  it('says whether doing it twice has the effect of doing it once: by its verb, or as it is told', async () => {
    @Route()
    class Carts {
      @Get('/a') get() {}
      @Head('/b') head() {}
      @Options('/c') options() {}
      @Put('/d') put() {}
      @Delete('/e') delete() {}
      @Post('/f') post() {}
      @Patch('/g') patch() {}
      @All('/h') all() {}
      @Post('/i', { idempotent: true }) again() {}
      @Get('/j', { idempotent: false }) once() {}
    }
    const idempotent = (await operationsOf(Carts)).filter(({ isIdempotent }) => isIdempotent)
    expect(idempotent.map(({ method }) => method)).to.deep.equal(['get', 'head', 'options', 'put', 'delete', 'again'])
  })

  it('holds what its decorator says of it', async () => {
    @Route('/shops')
    class Shops {
      @Get('/:shop/orders/:id(^\\d+$)', {
        summary: 'Shows an order',
        description: 'With its lines.',
        tags: ['orders', 'shops'],
        deprecated: true,
        handlerTimeout: '2s',
      })
      show(_: Context) {}
    }
    const operation = await operationOf(Shops)
    expect(operation).to.deep.include({
      verb: 'GET',
      path: '/shops/:shop/orders/:id(^\\d+$)',
      method: 'show',
      parameters: ['context'],
      handlerTimeoutMs: 2_000,
      notes: {
        summary: 'Shows an order',
        description: 'With its lines.',
        tags: ['orders', 'shops'],
        isDeprecated: true,
        probe: undefined,
      },
    })
    expect(operation.segments).to.deep.equal([
      { kind: 'fixed', text: '/shops/' },
      { kind: 'parameter', name: 'shop', pattern: undefined, isOptional: false },
      { kind: 'fixed', text: '/orders/' },
      { kind: 'parameter', name: 'id', pattern: '(^\\d+$)', isOptional: false },
    ])
  })

  it('says that it is a readiness probe, where a probe can ask it', async () => {
    @Route('/status')
    class Status {
      @Get('/ready', { probe: 'readiness' }) ready() {}
      @All('/any', { probe: 'readiness' }) any() {}
    }
    const operations = await operationsOf(Status)
    expect(operations.map(({ notes }) => notes.probe)).to.deep.equal(['readiness', 'readiness'])
    @Route('/status')
    class Unreachable {
      @Post('/ready', { probe: 'readiness' }) posted() {} // at: posted probe
      @Get('/:id/ready', { probe: 'readiness' }) placed() {}
      @Get('/other', { probe: 'liveness' as never }) other() {}
    }
    const problems = await problemsOf({ apps: [{ controllers: [Unreachable] }] })
    expect(problems.map(({ code, problem }) => `${code} ${problem}`)).to.have.members([
      'E_PROBE Unreachable.posted is to say whether the server is ready, and answers POST',
      'E_PROBE Unreachable.placed is to say whether the server is ready, and has parameters in its path',
      'E_DECORATOR_MISUSE @Get on Unreachable.other: the option probe is "liveness"',
    ])
    expect(problems.find(({ problem }) => problem.includes('posted'))!.where).to.deep.equal([
      placeOf(import.meta.url, 'posted probe'),
    ])
  })

  it('says so where nothing is declared', async () => {
    @Route()
    class Plain {
      @Get() show() {}
    }
    const operation = await operationOf(Plain)
    expect(operation).to.deep.include({
      input: undefined,
      output: { status: 200, type: undefined, isStream: false },
      errors: [],
      middleware: [],
      handlerTimeoutMs: undefined,
      notes: { summary: undefined, description: undefined, tags: [], isDeprecated: false, probe: undefined },
    })
  })

  it('takes options with every verb, and without a path', async () => {
    const options: OperationOptions = { summary: 'any' }
    @Route()
    class Verbs {
      @Get(options) a() {}
      @Post(options) b() {}
      @Put(options) c() {}
      @Patch(options) d() {}
      @Delete(options) e() {}
      @Head('/head', options) f() {}
      @Options(options) g() {}
      @All('/all', options) h() {}
    }
    const operations = await operationsOf(Verbs)
    expect(operations.map(({ verb, path, notes }) => `${verb} ${path} ${notes.summary!}`)).to.deep.equal([
      'GET / any',
      'POST / any',
      'PUT / any',
      'PATCH / any',
      'DELETE / any',
      'HEAD /head any',
      'OPTIONS / any',
      'ALL /all any',
    ])
  })

  it('is given by the server, by app, before it starts', async () => {
    class User {
      @Field() id = 0
    }
    @Route('/users')
    class Users {
      @Get() @Returns([User]) list() {}
    }
    @Route('/status')
    class Status {
      @Get() show() {}
    }
    const server = createServer({
      apps: [
        { name: 'api', listen: ':3000', prefix: '/v1', controllers: [Users], unknownKeys: 'reject' },
        { name: 'ops', listen: ':3001', controllers: [Status], formatter: 'plain', timeouts: { handler: '5s' } },
      ],
    })
    const [api, ops] = await server.operations()
    expect(server.phase).to.equal('new')
    expect({ ...api, operations: api!.operations.map(({ path }) => path) }).to.deep.equal({
      app: 'api',
      listen: ':3000',
      prefix: '/v1',
      formatter: 'lokstra',
      unknownKeys: 'reject',
      handlerTimeoutMs: 30_000,
      operations: ['/v1/users'],
    })
    expect({ ...ops, operations: ops!.operations.map(({ path }) => path) }).to.deep.equal({
      app: 'ops',
      listen: ':3001',
      prefix: '/',
      formatter: 'plain',
      unknownKeys: 'drop',
      handlerTimeoutMs: 5_000,
      operations: ['/status'],
    })
  })

  it('is what middleware and handlers find on the context', async () => {
    let seen: unknown
    @Route('/todos')
    class Todos {
      @Get('/:id', { tags: ['todos'] }) show(ctx: Context) {
        seen = ctx.route.operation
        return ctx.noContent()
      }
    }
    await using server = await createTestServer({ apps: [{ controllers: [Todos] }] })
    await server.inject('GET', '/todos/1')
    expect(seen).to.deep.include({ path: '/todos/:id', controller: Todos })
  })

  describe('has a handler timeout', () => {
    const limits: readonly [OperationOptions['handlerTimeout'], number | undefined][] = [
      [undefined, undefined],
      [0, 0],
      ['0', 0],
      [1_500, 1_500],
      ['500ms', 500],
      ['30s', 30_000],
      ['2m', 120_000],
      [2 ** 31 - 1, 2 ** 31 - 1],
    ]
    for (const [handlerTimeout, expected] of limits) {
      it(`of ${expected} ms for ${JSON.stringify(handlerTimeout)}`, async () => {
        @Route()
        class Limited {
          @Get(handlerTimeout === undefined ? {} : { handlerTimeout }) show() {}
        }
        expect((await operationOf(Limited)).handlerTimeoutMs).to.equal(expected)
      })
    }
    for (const handlerTimeout of [
      '30 sheep',
      '5',
      '',
      '-1s',
      -1,
      Number.NaN,
      Infinity,
      '30d',
      2 ** 31,
      true as never,
    ]) {
      it(`refuses ${typeof handlerTimeout === 'string' ? JSON.stringify(handlerTimeout) : String(handlerTimeout)} at boot`, async () => {
        @Route()
        class Limited {
          @Get({ handlerTimeout }) show() {} // at: handler timeout
        }
        const problem = await problemOf({ apps: [{ controllers: [Limited] }] })
        const shown = typeof handlerTimeout === 'string' ? JSON.stringify(handlerTimeout) : String(handlerTimeout)
        expect(problem.problem).to.equal(
          `The handler timeout of Limited.show is ${shown}, which is no duration up to 24 days`,
        )
        expect(problem.code).to.equal('E_HANDLER_TIMEOUT_VALUE')
        expect(problem.fix).to.equal(
          "Write a number of milliseconds, or text with a unit such as '500ms', '30s' or '2m', up to '24d'; 0 for no limit.",
        )
        expect(problem.where).to.deep.equal([placeOf(import.meta.url, 'handler timeout')])
      })
    }
  })

  describe('declares errors', () => {
    it('with status and code, each class once, from top to bottom', async () => {
      @Route()
      class Orders {
        @Post()
        @Throws(OutOfStock, NotFoundError)
        @Throws(ConflictError, OutOfStock)
        place() {}
      }
      expect((await operationOf(Orders)).errors).to.deep.equal([
        { type: OutOfStock, status: 409, code: 'OUT_OF_STOCK' },
        { type: NotFoundError, status: 404, code: 'NOT_FOUND' },
        { type: ConflictError, status: 409, code: 'CONFLICT' },
      ])
    })

    it('by the static status and code of a class that cannot be constructed without arguments', async () => {
      class NoSuchTodo extends HttpError {
        static readonly status = 404
        static readonly code = 'NO_SUCH_TODO'
        constructor(todo: { readonly id: number }) {
          super(NoSuchTodo.status, `There is no todo ${todo.id}`, { code: NoSuchTodo.code })
        }
      }
      @Route()
      class Todos {
        @Get() @Throws(NoSuchTodo) show() {}
      }
      expect((await operationOf(Todos)).errors).to.deep.equal([{ type: NoSuchTodo, status: 404, code: 'NO_SUCH_TODO' }])
    })

    class NeedsTodo extends HttpError {
      constructor(todo: { readonly id: number }) {
        super(404, `There is no todo ${todo.id}`)
      }
    }
    class Constructed {
      constructor() {
        throw new Error('must not be constructed')
      }
    }
    const refused: readonly [unknown, string][] = [
      [undefined, 'undefined, which is no HttpError'],
      [Constructed, 'Constructed, which is no HttpError'],
      [TypeError, 'TypeError, which is no HttpError'],
      [new NotFoundError(), 'NotFoundError: Not found, which is no HttpError'],
      [HttpError, 'HttpError, whose status is undefined when it is constructed without arguments'],
      [
        NeedsTodo,
        "NeedsTodo, which cannot be constructed without arguments: TypeError: Cannot read properties of undefined (reading 'id')",
      ],
    ]
    for (const [given, expected] of refused) {
      it(`and refuses at boot ${expected}`, async () => {
        @Route()
        class Todos {
          @Throws(given as Class<HttpError>) // at: throws
          @Get()
          show() {}
        }
        const problem = await problemOf({ apps: [{ controllers: [Todos] }] })
        expect(problem.problem).to.equal(`@Throws of Todos.show names ${expected}`)
        expect(problem.code).to.equal('E_THROWS_TYPE')
        expect(problem.fix).to.equal(
          'Name a class that extends HttpError and can be constructed without arguments, such as class OutOfStock extends ConflictError; or give it `static status` and `static code`.',
        )
        expect(problem.where).to.deep.equal([placeOf(import.meta.url, 'throws')])
      })
    }
  })

  describe('of a subclass', () => {
    class Todo {
      id = 0
    }
    class Task extends Todo {
      due = 0
    }
    @Route('/todos')
    class Base {
      @Get('/', { summary: 'base' }) @Returns(Todo) @Throws(NotFoundError) list() {}
      @Post('/', { summary: 'base' }) @Returns(Todo, 201) @Throws(NotFoundError) create() {}
    }
    @Route('/tasks')
    class Derived extends Base {
      @Post('/new', { handlerTimeout: 5 }) @Returns(Task, 202) @Throws(ConflictError) override create() {}
    }
    it('is inherited, and replaced decorator by decorator', async () => {
      const [list, create] = await operationsOf(Derived)
      expect(list).to.deep.include({ path: '/tasks', controller: Derived })
      expect([list!.notes.summary, list!.output.status, list!.errors[0]!.status]).to.deep.equal(['base', 200, 404])
      expect([create!.path, create!.notes.summary, create!.handlerTimeoutMs]).to.deep.equal([
        '/tasks/new',
        undefined,
        5,
      ])
      expect([create!.output.status, create!.errors.map(({ status }) => status)]).to.deep.equal([202, [409]])
    })
  })

  describe('refuses at boot', () => {
    it('@Returns twice on one method', async () => {
      @Route()
      class Twice {
        @Get()
        @Returns(String) // at: returns twice
        @Returns(Number)
        show() {}
      }
      const problem = await problemOf({ apps: [{ controllers: [Twice] }] })
      expect(problem.problem).to.equal('Twice.show carries @Returns twice')
      expect(problem.fix).to.equal('An operation has one success: keep one of them.')
      expect(problem.where).to.deep.equal([placeOf(import.meta.url, 'returns twice')])
    })

    it('@Field twice on one property', async () => {
      class Both {
        @Query() @Field({ description: 'a' }) @Field({ description: 'b' }) value!: string
      }
      @Route()
      class Pages {
        @Get() show(_: Both) {}
      }
      const problem = await problemOf({ apps: [{ controllers: [Pages] }] })
      expect(problem.problem).to.equal('Both.value carries @Field twice')
      expect(problem.fix).to.equal('Write all options into one of them.')
    })

    it('@Field on what is no property of an instance, and without parentheses', async () => {
      class Odd {
        @Field() static shared: string
        @Field() method() {}
        @(Field as unknown as PropertyDecorator) bare!: string
        @Query() fine!: string
      }
      @Route()
      class Pages {
        @Get() show(_: Odd) {}
      }
      expect(await mistakesOf(Pages)).to.have.members([
        'E_DECORATOR_MISUSE @Field is on Odd.method, which is not an instance property',
        'E_DECORATOR_MISUSE @Field on Odd.bare is not called',
        'E_DECORATOR_MISUSE @Field is on Odd.shared, which is not an instance property',
      ])
    })

    it('@Throws on a static method, and without parentheses', async () => {
      @Route()
      class Odd {
        @Throws(NotFoundError) static shared() {}
        @(Throws as unknown as MethodDecorator) bare() {}
        @Get() fine() {}
      }
      expect(await mistakesOf(Odd)).to.have.members([
        'E_DECORATOR_MISUSE @Throws on Odd.bare is not called',
        'E_DECORATOR_MISUSE @Throws is on the static member Odd.shared',
      ])
    })

    it('decorators of operations on a method that is none', async () => {
      @Route()
      class Todos {
        @Get() list() {}
        @Returns(String) // at: idle
        one() {}
        @Throws(NotFoundError) two() {}
        @Middleware('auth') three() {}
      }
      expect(await mistakesOf(Todos)).to.deep.equal([
        'E_NOT_AN_OPERATION Todos.one has @Returns and is no operation',
        'E_NOT_AN_OPERATION Todos.two has @Throws and is no operation',
        'E_NOT_AN_OPERATION Todos.three has @Middleware and is no operation',
      ])
      class Less {
        @Returns(String) // at: less
        one() {}
        @Get() list() {}
      }
      Route()(Less)
      const problem = await problemOf({ apps: [{ controllers: [Less] }] })
      expect(problem.fix).to.equal('Put @Get, @Post … or @Handler on it, or remove @Returns.')
      expect(problem.where).to.deep.equal([placeOf(import.meta.url, 'less')])
    })
  })

  describe('cannot be changed', () => {
    enum Colour {
      Red = 'red',
    }
    const defaults = ['a']
    class Line {
      @Field({ description: 'one', example: { deep: [1] } }) @IsEmail() mail!: string
      @IsOptional() @ValidateNested({ each: true }) @Type(() => Line) lines?: Line[]
    }
    class Place {
      @Path() @IsInt() id!: number
      @Query() @IsIn(['a', 'b'], { each: true }) tags: string[] = defaults
      @Type(() => Line) @ValidateNested() line!: Line
    }
    class Placed {
      @Expose({ name: 'ID' }) id = 0
      @Field() colour: Colour = Colour.Red
      @Type(() => Line) lines: Line[] = []
    }
    const pass = (_: Context, next: () => unknown) => next()
    @Route('/:id')
    class Orders {
      @Post({ tags: ['t'] }) @Returns([Placed], 201) @Throws(NotFoundError) @Middleware(pass) place(_: Place) {}
    }

    it('not at any depth, nested plans included', async () => {
      const operation = await operationOf(Orders)
      const found: string[] = []
      const seen = new Set<unknown>()
      const walk = (value: unknown, path: string): void => {
        // What the user wrote stays the user's: classes, functions, defaults, examples, arguments of rules.
        if (typeof value === 'function' && path.endsWith('.plan')) value = (value as () => unknown)()
        if (typeof value !== 'object' || value === null || seen.has(value)) return
        seen.add(value)
        if (!Object.isFrozen(value)) found.push(path)
        for (const [key, inner] of Object.entries(value)) {
          if (['defaultValue', 'constraints', 'groups', 'site', 'context'].includes(key)) continue
          if (path.endsWith('.examples')) continue
          walk(inner, `${path}.${key}`)
        }
      }
      walk(operation, 'operation')
      expect(found).to.deep.equal([])
      expect(seen.size).to.be.greaterThan(60)
    })

    it('while what the user handed over stays changeable', async () => {
      const operation = await operationOf(Orders)
      expect(() => Object.assign(operation, { path: '/other' })).to.throw(TypeError)
      expect(() => (operation.input!.fields as unknown[]).pop()).to.throw(TypeError)
      defaults.push('b')
      expect(operation.input!.fields.find(({ property }) => property === 'tags')!.defaultValue).to.equal(defaults)
    })
  })
})
