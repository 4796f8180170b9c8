import {
  Context,
  Get,
  Handler,
  Middleware,
  Module,
  Path,
  Post,
  Returns,
  Route,
  Service,
  type GroupOptions,
  type MiddlewareFunction,
  type ModuleRegistry,
  type Next,
  type ServerOptions,
} from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { IsInt, IsString } from 'class-validator'
import { expect } from 'chai'

import { createAppFolder } from '../../helpers/app-folder.js'
import { placeOf, problemOf, problemsOf } from '../../helpers/boot-problems.js'

const at = (marker: string) => placeOf(import.meta.url, marker)

/** Middleware that leaves its name in a header of the answer. */
function leaves(name: string): MiddlewareFunction {
  return (ctx, next) => {
    const names = [...(trail.get(ctx) ?? []), name]
    trail.set(ctx, names)
    ctx.setHeader('x-trail', names.join(' '))
    return next()
  }
}
const trail = new WeakMap<Context, readonly string[]>()

class LeavesConfig {
  @IsString() name!: string
}

@Service({ name: 'leaves', config: LeavesConfig })
class Leaves {
  readonly #run: MiddlewareFunction

  constructor({ name }: LeavesConfig) {
    this.#run = leaves(name)
  }

  handle(ctx: Context, next: Next): unknown {
    return this.#run(ctx, next)
  }
}

class TodoId {
  @Path() @IsInt() id!: number
}

class Todo {
  @IsInt() id!: number
}

@Route('/todos')
@Middleware(leaves('controller'))
class TodoController {
  @Get('/:id') @Returns(Todo) show({ id }: TodoId): unknown {
    return { id, secret: true }
  }

  @Post() create(): unknown {
    return { id: 1 }
  }

  @Handler({ summary: 'What has been done' })
  @Middleware(leaves('method'))
  archive(): unknown {
    // at: archive
    return 'archived'
  }

  plain(id: TodoId): unknown {
    return id
  }
}

class Slow {
  @Handler({ handlerTimeout: '5s' }) wait(_ctx: Context): unknown {
    return new Promise(() => undefined)
  }
}

const named = { controllerTrail: leaves('named') }

@Module({ capabilities: { controllers: true, middleware: true } })
class Classes {
  register(registry: ModuleRegistry): void {
    for (const type of [TodoController, Slow]) registry.controller(type)
    registry.middleware('leaves', Leaves)
  }
}

/** A server of one app that is described in YAML. */
async function inYaml(app: string, head = ''): Promise<ServerOptions & AsyncDisposable> {
  const folder = await createAppFolder({
    'lokstra.yaml': `${head}apps:\n  - name: api\n${app.replace(/^(?=.)/gm, '    ')}`,
  })
  return {
    file: `${folder.path}/lokstra.yaml`,
    namedMiddleware: named,
    modules: [Classes],
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  }
}

const everything = `
prefix: /api
middleware: [{ leaves: { name: app } }]
controllers: [TodoController]
routes:
  - { path: /done, handler: TodoController.archive }
  - { verb: POST, path: /more, handler: TodoController.create, status: 202, middleware: [controllerTrail] }
groups:
  - prefix: /v2
    middleware: [{ leaves: { name: outer } }]
    groups:
      - prefix: /inner
        override: true
        middleware: [{ leaves: { name: inner } }]
        routes:
          - { path: '/:id', handler: TodoController.show, middleware: [{ leaves: { name: route } }] }
          - { path: /alone, handler: TodoController.archive, override: true }
  - prefix: /v3
    controllers: [TodoController]
`

const inCode: GroupOptions = {
  prefix: '/api',
  middleware: [[Leaves, { name: 'app' }]],
  controllers: [TodoController],
  routes: [
    { path: '/done', handler: [TodoController, 'archive'] },
    { verb: 'POST', path: '/more', handler: [TodoController, 'create'], status: 202, middleware: ['controllerTrail'] },
  ],
  groups: [
    {
      prefix: '/v2',
      middleware: [[Leaves, { name: 'outer' }]],
      groups: [
        {
          prefix: '/inner',
          override: true,
          middleware: [[Leaves, { name: 'inner' }]],
          routes: [
            { path: '/:id', handler: [TodoController, 'show'], middleware: [[Leaves, { name: 'route' }]] },
            { path: '/alone', handler: [TodoController, 'archive'], override: true },
          ],
        },
      ],
    },
    { prefix: '/v3', controllers: [TodoController] },
  ],
}

const forms: Record<string, () => Promise<ServerOptions & AsyncDisposable>> = {
  'in YAML': () => inYaml(everything),
  'in code': async () => ({
    namedMiddleware: named,
    apps: [{ name: 'api', ...inCode }],
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }),
}

for (const [form, describeApp] of Object.entries(forms)) {
  describe(`groups and routes ${form}`, () => {
    it('give handlers further places, with the middleware of everything around them', async () => {
      await using options = await describeApp()
      const test = await createTestServer(options)
      const answers: Record<string, unknown> = {}
      for (const [verb, path] of [
        ['GET', '/api/todos/4'],
        ['GET', '/api/done'],
        ['POST', '/api/more'],
        ['POST', '/api/todos'],
        ['GET', '/api/v2/inner/7'],
        ['GET', '/api/v2/inner/alone'],
        ['GET', '/api/v3/todos/4'],
        ['GET', '/api/v2/todos/4'],
      ] as const) {
        const answer = await test.inject(verb, path)
        answers[`${verb} ${path}`] = [
          answer.status,
          answer.headers['x-trail'],
          (answer.json() as { data?: unknown }).data,
        ]
      }
      expect(answers).to.deep.equal({
        'GET /api/todos/4': [200, 'app controller', { id: 4 }],
        'GET /api/done': [200, 'app controller method', 'archived'],
        'POST /api/more': [202, 'app named controller', { id: 1 }],
        'POST /api/todos': [200, 'app controller', { id: 1 }],
        'GET /api/v2/inner/7': [200, 'inner route controller', { id: 7 }],
        'GET /api/v2/inner/alone': [200, 'controller method', 'archived'],
        'GET /api/v3/todos/4': [200, 'app controller', { id: 4 }],
        'GET /api/v2/todos/4': [404, 'app', undefined],
      })
    })
  })
}

/** The problems of an app, each as `CODE place what happened`. */
async function reports(app: string, head = ''): Promise<string[]> {
  await using options = await inYaml(app.replace(/^\n/, ''), head)
  const problems = await problemsOf(options)
  return problems.map(({ code, problem, where }) => `${code} ${where[0]!.replace(/^.*lokstra\.yaml:/, '')} ${problem}`)
}

describe('a route of the configuration', () => {
  it('is printed with its place, beside those that decorators place', async () => {
    await using options = await inYaml(
      'controllers: []\nroutes:\n  - { path: /done, handler: TodoController.archive }\n',
    )
    const server = await createTestServer(options)
    expect((await server.server.describeRoutes()).replace(/ \S*lokstra\.yaml/, ' lokstra.yaml')).to.equal(
      'api  :3000\n  GET  /done  anonymous › anonymous › TodoController.archive › lokstra  at lokstra.yaml:5:33',
    )
  })

  it('keeps what the decorator of its handler says, unless it says otherwise itself', async () => {
    const app = 'routes: [{ path: /a, handler: Slow.wait }, { path: /b, handler: Slow.wait, handlerTimeout: 1m }]\n'
    await using options = await inYaml(`controllers: []\n${app}`)
    const [{ operations }] = (await (await createTestServer(options)).server.operations()) as [never]
    expect(
      (operations as { handlerTimeoutMs: number }[]).map(({ handlerTimeoutMs }) => handlerTimeoutMs),
    ).to.deep.equal([5_000, 60_000])
  })

  it('leaves the default alone: the only app still serves every controller', async () => {
    await using options = await inYaml('routes: [{ path: /done, handler: TodoController.archive }]\n')
    const test = await createTestServer(options)
    expect([(await test.inject('GET', '/todos/1')).status, (await test.inject('GET', '/done')).status]).to.deep.equal([
      200, 200,
    ])
  })

  it('names a class and a method that exist', async () => {
    const found = await reports(`
routes:
  - { path: /a, handler: TodoControler.archive }
  - { path: /b, handler: TodoController.archiv }
  - { path: /c, handler: TodoController.constructor }
  - { path: /d, handler: Nobody.anything }
  - { path: /e, handler: TodoController }
  - { path: /f }
`)
    expect(found).to.deep.equal([
      'E_HANDLER_UNKNOWN 4:30 There is no handler TodoControler.archive. Did you mean "TodoController.archive"?',
      'E_HANDLER_UNKNOWN 5:30 There is no handler TodoController.archiv. Did you mean "TodoController.archive"?',
      'E_HANDLER_UNKNOWN 6:30 There is no handler TodoController.constructor. Did you mean "TodoController.create"?',
      'E_HANDLER_UNKNOWN 7:30 There is no handler Nobody.anything.',
      'E_CONFIG_VALUE_INVALID 8:30 apps.api.routes[4].handler must be a class and its method, such as TodoController.list, received "TodoController"',
      'E_CONFIG_VALUE_MISSING 9:9 apps.api.routes[5].handler is missing',
    ])
  })

  it('needs a decorator on its handler, since only then the types of its parameters are known', async () => {
    const found = await reports("routes: [{ path: '/plain/:id', handler: TodoController.plain }]\n")
    expect(found).to.deep.equal([
      'E_HANDLER_UNDECLARED 3:45 TodoController.plain is routed and has no decorator, so that nobody knows what it takes',
    ])
  })

  it('is checked as any other: its path, its parameters, its status, and whether it is taken', async () => {
    const found = await reports(`
controllers: [TodoController]
routes:
  - { path: /a/:number, handler: TodoController.show }
  - { path: /b/:id, handler: TodoController.show, status: 204 }
  - { path: '/c/*/d', handler: TodoController.archive }
  - { verb: POST, path: /todos, handler: TodoController.create }
  - { verb: FETCH, path: /e, handler: TodoController.create, handlerTimeout: soon }
`)
    expect(found).to.have.length(5)
    expect(found).to.include.members([
      'E_RETURNS_STATUS 6:34 The route GET /b/:id names the status 204, which has no body, and a type to write',
      'E_ROUTE_PATH 7:36 The path "/c/*/d" cannot be routed: a wildcard stands before the end',
      'E_CONFIG_VALUE_INVALID 9:17 apps.api.routes[4].verb must be one of the following values: GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS, ALL, received "FETCH"',
      'E_CONFIG_VALUE_INVALID 9:82 apps.api.routes[4].handlerTimeout must be a duration such as 500ms or 30s, received "soon"',
    ])
    expect(found.at(-1)).to.match(/^E_PATH_PARAMETER_UNKNOWN .* the path has only number$/)
  })

  it('is checked in groups of groups, and each mistake has its place', async () => {
    const found = await reports(`
groups:
  - prefix: v1
    groups:
      - { prefix: /a, contrllers: [], routes: [{ path: b, handler: TodoController.archive, middleware: [leavs] }] }
      - 3
`)
    expect(found).to.deep.equal([
      'E_CONFIG_VALUE_INVALID 4:17 apps.api.groups[0].prefix must start with / and hold no ?, # or *, received "v1"',
      'E_CONFIG_KEY_UNKNOWN 6:27 apps.api.groups[0].groups[0].contrllers is not a known key. Did you mean "controllers"?',
      'E_CONFIG_VALUE_INVALID 6:60 apps.api.groups[0].groups[0].routes[0].path must start with / and hold no ? or #, received "b"',
      'E_MIDDLEWARE_UNKNOWN 6:109 There is no middleware "leavs". Did you mean "leaves"?',
      'E_CONFIG_VALUE_INVALID 7:13 apps.api.groups[0].groups[1] must be an object, received 3',
    ])
  })
})

describe('a route in code', () => {
  it('needs a decorator on its handler as well', async () => {
    const problem = await problemOf({
      apps: [{ routes: [{ path: '/plain/:id', handler: [TodoController, 'plain'] }] }],
    })
    expect(problem.code).to.equal('E_HANDLER_UNDECLARED')
  })

  it('takes nothing from a handler whose decorator is not called', async () => {
    class Bare {
      run(): void {}
    }
    const decorate = Handler as unknown as (...args: unknown[]) => void
    decorate(Bare.prototype, 'run', Object.getOwnPropertyDescriptor(Bare.prototype, 'run'))
    const problem = await problemOf({ apps: [{ routes: [{ handler: [Bare, 'run'] }] }] })
    expect(problem.problem).to.equal('@Handler on Bare.run is not called')
  })

  it('is no reason to serve a controller that has only handlers without a place', async () => {
    const problem = await problemOf({ apps: [{ controllers: [Slow] }] })
    expect(problem.problem).to.equal(
      'Slow is listed as a controller but has no @Route and no method with @Get, @Post …',
    )
  })

  it('names the places of both where two collide', async () => {
    const problem = await problemOf({
      apps: [
        {
          routes: [{ path: '/done', handler: [TodoController, 'archive'] }],
          groups: [{ routes: [{ path: '/done', handler: [TodoController, 'create'] }] }],
        },
      ],
    })
    expect(problem.code).to.equal('E_ROUTE_DUPLICATE')
    expect(problem.where[0]).to.match(/boot-problems\.ts:\d+$/)
    expect(at('archive')).to.match(/listed-routes\.test\.ts:\d+$/)
  })
})
