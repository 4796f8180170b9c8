import {
  Context,
  Get,
  Inject,
  Middleware,
  NotFoundError,
  Post,
  Route,
  Service,
  createServer,
  type MiddlewareFunction,
  type Next,
  type ServerOptions,
} from '@lokstra/core'
import { createTestServer, override } from '@lokstra/core/testing'
import { IsInt, IsString } from 'class-validator'
import { expect } from 'chai'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { placeOf, problemOf, problemsOf } from '../../helpers/boot-problems.js'

const at = (marker: string) => placeOf(import.meta.url, marker)

let trail: string[]
beforeEach(() => {
  trail = []
})

/** Middleware that leaves its name on the way in and on the way out. */
function leaves(name: string): MiddlewareFunction {
  const run: MiddlewareFunction = (_ctx, next) => {
    trail.push(name)
    const outcome = next()
    trail.push(`/${name}`)
    return outcome
  }
  Object.defineProperty(run, 'name', { value: name })
  return run
}

class TagConfig {
  @IsString() text = 'default'
  @IsInt() times = 1
}

@Service('words')
class Words {
  readonly greeting = 'hello'
}

let tagsMade = 0

@Service({ name: 'tag', config: TagConfig })
class Tag {
  count = 0
  constructor(
    readonly config: TagConfig,
    readonly words: Words,
  ) {
    tagsMade++
  }
  handle(ctx: Context, next: Next) {
    ctx.setHeader('x-tag', `${this.words.greeting} ${this.config.text} ${++this.count}`)
    return next()
  }
}

describe('middleware', () => {
  const [server, app, group, inner, controller, method] = [
    'server',
    'app',
    'group',
    'inner',
    'controller',
    'method',
  ].map(leaves)

  @Route('/pages')
  @Middleware(controller!)
  class Pages {
    @Get() // at: show
    @Middleware(method!)
    show() {
      trail.push('handler')
    }
    @Get('/alone') // at: alone
    @Middleware(method!, { override: true })
    alone() {}
    @Get('/plain') // at: plain
    plain() {}
  }

  const layered: ServerOptions = {
    middleware: [server!],
    apps: [
      {
        middleware: [app!],
        groups: [{ middleware: [group!], groups: [{ middleware: [inner!], controllers: [Pages] }] }],
      },
    ],
  }

  it('runs from the server inwards to the method, and outwards again', async () => {
    const test = await createTestServer(layered)
    await test.inject('GET', '/pages')
    const names = ['server', 'app', 'group', 'inner', 'controller', 'method']
    expect(trail).to.deep.equal([...names, 'handler', ...names.map((name) => `/${name}`).reverse()])
  })

  it('is printed in the order in which it runs', async () => {
    expect(await createServer(layered).describeRoutes()).to.equal(
      [
        'app  :3000',
        `  GET  /pages        server › app › group › inner › controller › method › Pages.show › lokstra  at ${at('show')}`,
        `  GET  /pages/alone  method › Pages.alone › lokstra  at ${at('alone')}`,
        `  GET  /pages/plain  server › app › group › inner › controller › Pages.plain › lokstra  at ${at('plain')}`,
      ].join('\n'),
    )
  })

  it('of a method, controller or group with override runs without what it would inherit', async () => {
    @Route('/controller')
    @Middleware(controller!, { override: true })
    class Overriding {
      @Get() @Middleware(method!) show() {}
    }
    const test = await createTestServer({
      middleware: [server!],
      apps: [
        {
          middleware: [app!],
          controllers: [Pages, Overriding],
          groups: [{ prefix: '/g', middleware: [group!], override: true, controllers: [Pages] }],
        },
      ],
    })
    const pass = async (path: string) => {
      trail = []
      await test.inject('GET', path)
      return trail.filter((name) => !name.startsWith('/'))
    }
    expect(await pass('/pages/alone')).to.deep.equal(['method'])
    expect(await pass('/controller')).to.deep.equal(['controller', 'method'])
    expect(await pass('/g/pages/plain')).to.deep.equal(['group', 'controller'])
  })

  it('of an app with override runs without that of the server', async () => {
    const test = await createTestServer({
      middleware: [server!],
      apps: [{ middleware: [app!], override: true, controllers: [Pages] }],
    })
    await test.inject('GET', '/pages/plain')
    expect(trail.slice(0, 2)).to.deep.equal(['app', 'controller'])
  })

  it('of several decorators counts from top to bottom, that of an ancestor goes first', async () => {
    @Middleware(leaves('base'))
    class Base {}
    @Route()
    @Middleware(leaves('a'), leaves('b'))
    @Middleware(leaves('c'))
    class Derived extends Base {
      @Get() @Middleware(leaves('d')) @Middleware(leaves('e')) show() {}
    }
    const routes = await createServer({ apps: [{ controllers: [Derived] }] }).describeRoutes()
    expect(routes).to.match(/ {2}base › a › b › c › d › e › Derived\.show/)
  })

  it('of server and app surrounds 404, 405, automatic OPTIONS and malformed paths', async () => {
    const test = await createTestServer({ middleware: [server!], apps: [{ middleware: [app!], controllers: [Pages] }] })
    for (const [verb, path, status] of [
      ['GET', '/none', 404],
      ['POST', '/pages', 405],
      ['OPTIONS', '/pages', 204],
      ['GET', '/%zz', 400],
    ] as const) {
      trail = []
      expect((await test.inject(verb, path)).status).to.equal(status)
      expect(trail.slice(0, 2)).to.deep.equal(['server', 'app'])
    }
  })

  it('may answer early, change what comes back, and turn errors into answers', async () => {
    @Route()
    class Texts {
      @Get('/early') @Middleware((ctx: Context) => ctx.ok('early')) early() {
        trail.push('never')
      }
      @Get('/changed') @Middleware((_ctx: Context, next: Next) => `${String(next())}!`) changed() {
        return 'changed'
      }
      @Get('/mended')
      @Middleware(async (ctx: Context, next: Next) => {
        try {
          return await next()
        } catch {
          return ctx.ok('mended')
        }
      })
      mended() {
        throw new NotFoundError()
      }
    }
    const test = await createTestServer({ controllers: [Texts] })
    const ask = async (path: string) => (await test.inject('GET', path)).json().data as string
    expect([await ask('/early'), await ask('/changed'), await ask('/mended')]).to.deep.equal([
      'early',
      'changed!',
      'mended',
    ])
    expect(trail).to.deep.equal([])
  })

  it('that is synchronous keeps the chain synchronous', async () => {
    let outcome: unknown
    @Route()
    class Values {
      @Get() @Middleware(leaves('inner')) show() {
        return 'value'
      }
    }
    const outer: MiddlewareFunction = (_ctx, next) => (outcome = next())
    const test = await createTestServer({ controllers: [Values], middleware: [outer] })
    await test.inject('GET', '/')
    expect(outcome).to.equal('value')
  })

  it('that calls next() twice fails by name', async () => {
    const twice: MiddlewareFunction = async function retry(_ctx, next) {
      await next()
      return next()
    }
    const test = await createTestServer({ controllers: [Pages], middleware: [twice] })
    test.expectError(/E_NEXT_TWICE: The middleware retry called next\(\) twice/)
    expect((await test.inject('GET', '/pages')).status).to.equal(500)
    expect(trail.filter((name) => name === 'handler')).to.have.length(1)
  })

  describe('of a class', () => {
    @Route('/tags')
    class Tags {
      @Get('/class') @Middleware(Tag) byClass() {}
      @Get('/name') @Middleware('tag') byName() {}
      @Get('/own') @Middleware([Tag, { text: 'own' }]) own() {}
    }

    it('receives its typed configuration and its services', async () => {
      const test = await createTestServer({ services: [Words, Tag], controllers: [Tags] })
      expect((await test.inject('GET', '/tags/own')).headers['x-tag']).to.equal('hello own 1')
    })

    it('is one object wherever it is attached without a configuration of its own', async () => {
      const test = await createTestServer({ services: [Words, Tag], controllers: [Tags] })
      expect((await test.inject('GET', '/tags/class')).headers['x-tag']).to.equal('hello default 1')
      expect((await test.inject('GET', '/tags/name')).headers['x-tag']).to.equal('hello default 2')
      expect((await test.inject('GET', '/tags/own')).headers['x-tag']).to.equal('hello own 1')
    })

    it('is one object for each place that configures it, however many routes the place surrounds', async () => {
      @Route('/many')
      @Middleware([Tag, { text: 'controller' }])
      class Many {
        @Get('/a') a() {}
        @Get('/b') b() {}
      }
      tagsMade = 0
      const test = await createTestServer({
        services: [Words, Tag],
        middleware: [['tag', { text: 'server' }]],
        apps: [{ controllers: [Many] }],
      })
      expect(tagsMade).to.equal(2)
      expect((await test.inject('GET', '/many/a')).headers['x-tag']).to.equal('hello controller 1')
      expect((await test.inject('GET', '/many/b')).headers['x-tag']).to.equal('hello controller 2')
      expect((await test.inject('GET', '/none')).headers['x-tag']).to.equal('hello server 3')
    })

    it('may be named behind a function or class, with more or options behind it', async () => {
      @Route('/named')
      class Named {
        @Get('/options') @Middleware(leaves('a'), 'tag', { override: true }) options() {}
        @Get('/names') @Middleware(leaves('a'), 'tag', 'tag') names() {}
        @Get('/class') @Middleware([Tag, { text: 'own' }], 'tag', leaves('b')) class() {}
      }
      const test = await createTestServer({
        services: [Words, Tag],
        middleware: [server!],
        apps: [{ controllers: [Named] }],
      })
      const tagged = async (path: string) => {
        trail = []
        const { headers } = await test.inject('GET', path)
        return [headers['x-tag'], ...trail.filter((name) => !name.startsWith('/'))]
      }
      expect(await tagged('/named/options')).to.deep.equal(['hello default 1', 'a'])
      expect(await tagged('/named/names')).to.deep.equal(['hello default 3', 'server', 'a'])
      expect(await tagged('/named/class')).to.deep.equal(['hello default 4', 'server', 'b'])
    })

    it('can be replaced by a test', async () => {
      const fake = { handle: (ctx: Context) => ctx.text('fake') }
      const test = await createTestServer({
        services: [Words, Tag],
        controllers: [Tags],
        overrides: [override(Tag, fake)],
      })
      expect((await test.inject('GET', '/tags/class')).text).to.equal('fake')
      expect((await test.inject('GET', '/tags/own')).text).to.equal('fake')
    })

    it('needs @Service, a handle method, and services that exist', async () => {
      class Bare {
        handle() {}
      }
      @Service()
      class NoHandle {}
      @Service()
      class Needy {
        constructor(@Inject('nothing') readonly nothing: object) {}
        handle() {}
      }
      @Route()
      class Wrong {
        @Get('/1') @Middleware(Bare) one() {} // at: bare
        @Get('/2') @Middleware(NoHandle as never) two() {}
        @Get('/3') @Middleware(Needy) three() {}
      }
      const problems = await problemsOf({ apps: [{ controllers: [Wrong] }] })
      expect(problems.map(({ code }) => code).sort()).to.deep.equal([
        'E_MIDDLEWARE_INVALID',
        'E_NOT_A_SERVICE',
        'E_SERVICE_MISSING',
      ])
      expect(problems.find(({ code }) => code === 'E_NOT_A_SERVICE')!.where).to.deep.equal([at('bare')])
    })

    it('is told where its configuration is wrong: at the decorator', async () => {
      @Route()
      class Wrong {
        @Get() @Middleware([Tag, { text: 1, tims: 2 }]) show() {} // at: config
      }
      const problems = await problemsOf({ services: [Words, Tag], apps: [{ controllers: [Wrong] }] })
      expect(problems.map(({ code }) => code).sort()).to.deep.equal(['E_CONFIG_KEY_UNKNOWN', 'E_CONFIG_VALUE_INVALID'])
      for (const { where } of problems) expect(where).to.deep.equal([at('config')])
      expect(problems.map(({ message }) => message).join()).to.match(/times/)
    })

    it('is told where its configuration is wrong: in the YAML file', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'lokstra-middleware-'))
      try {
        const file = join(folder, 'lokstra.yaml')
        await writeFile(
          file,
          'middleware:\n  - tag: { times: many }\napps:\n  - name: api\n    middleware:\n      - tga\n',
        )
        const problems = await problemsOf({ file, services: [Words, Tag] })
        const told = new Map(problems.map(({ code, where }) => [code, where[0]!.replace(/^.*lokstra/, 'lokstra')]))
        expect(told.get('E_CONFIG_VALUE_INVALID')).to.match(/^lokstra\.yaml:2:/)
        expect(told.get('E_MIDDLEWARE_UNKNOWN')).to.match(/^lokstra\.yaml:6:/)
        expect(problems).to.have.length(2)
      } finally {
        await rm(folder, { recursive: true })
      }
    })

    it('may restrict the levels at which it works', async () => {
      @Service()
      class Outer {
        static readonly levels = ['server', 'app'] as const
        handle(_ctx: Context, next: Next) {
          return next()
        }
      }
      @Route()
      class Wrong {
        @Get('/1') @Middleware(Outer) show() {} // at: level
      }
      const problem = await problemOf({
        services: [Outer],
        middleware: [Outer],
        apps: [{ middleware: [Outer], controllers: [Wrong] }],
      })
      expect(problem.code).to.equal('E_MIDDLEWARE_LEVEL')
      expect(problem.problem).to.equal(
        'The middleware Outer is attached at the level method and works only at: server, app',
      )
      expect(problem.where).to.deep.equal([at('level')])
    })
  })

  describe('by name', () => {
    it('is a function that the server names, or a class that handles requests', async () => {
      @Route()
      class Named {
        @Get() @Middleware('mark') show() {}
      }
      const test = await createTestServer({ namedMiddleware: { mark: leaves('mark') }, controllers: [Named] })
      await test.inject('GET', '/')
      expect(trail).to.deep.equal(['mark', '/mark'])
      expect(await test.server.describeRoutes()).to.match(/mark › Named\.show/)
    })

    it('that nobody knows is reported once, with its place and a suggestion', async () => {
      @Route()
      @Middleware('tgg') // at: unknown
      class Named {
        @Get() a() {}
        @Post() b() {}
      }
      const problem = await problemOf({ services: [Words, Tag], apps: [{ controllers: [Named] }] })
      expect(problem.problem).to.equal('There is no middleware "tgg". Did you mean "tag"?')
      expect(problem.where).to.deep.equal([at('unknown')])
    })

    it('may not be given twice', async () => {
      const problem = await problemOf({ services: [Words, Tag], namedMiddleware: { tag: leaves('tag') } })
      expect(problem.code).to.equal('E_SERVICE_DUPLICATE')
      expect(problem.problem).to.equal('The middleware name "tag" is taken twice, by Tag and by tag')
    })

    it('takes no configuration when it is a function', async () => {
      const problem = await problemOf({ namedMiddleware: { mark: leaves('mark') }, middleware: [['mark', { a: 1 }]] })
      expect(problem.problem).to.equal('mark cannot be used as middleware: it is a function and takes no configuration')
    })
  })
})
