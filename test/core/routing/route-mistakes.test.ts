import { All, Delete, Get, Head, Options, Patch, Post, Put, Route, type AppOptions } from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { placeOf, problemOf, problemsOf } from '../../helpers/boot-problems.js'

const at = (marker: string) => placeOf(import.meta.url, marker)

@Route('/users')
class Users {
  @Get('/:id') show() {} // at: users
}

@Route('/users')
class Admins {
  @Get('/:name') user() {} // at: admins
}

describe('a route that cannot be', () => {
  it('is one that another declares, whatever its parameters are called; both places are named', async () => {
    const problem = await problemOf({ apps: [{ controllers: [Users, Admins] }] })
    expect(problem.code).to.equal('E_ROUTE_DUPLICATE')
    expect(problem.problem).to.equal('GET /users/:name is declared by Users.show and by Admins.user')
    expect(problem.where).to.deep.equal([at('users'), at('admins')])
  })

  it('is one of another app with the same address, and not of one with another', async () => {
    const apps = (listen: string): AppOptions[] => [
      { name: 'api', listen: ':3000', controllers: [Users] },
      { name: 'admin', listen, controllers: [Admins] },
    ]
    expect((await problemOf({ apps: apps(':3000') })).code).to.equal('E_ROUTE_DUPLICATE')
    expect(await problemsOf({ apps: apps(':3001') })).to.deep.equal([])
    expect(
      await problemsOf({ apps: apps(':3000').map((app, index) => ({ ...app, prefix: `/${index}` })) }),
    ).to.deep.equal([])
  })

  it('is a controller that is listed twice', async () => {
    expect((await problemOf({ apps: [{ controllers: [Users, Users] }] })).code).to.equal('E_ROUTE_DUPLICATE')
  })

  it('is one that an optional parameter covers already', async () => {
    @Route('/pages')
    class Pages {
      @Get() list() {}
      @Get('/:id?') maybe() {}
    }
    const problem = await problemOf({ apps: [{ controllers: [Pages] }] })
    expect(problem.problem).to.equal('GET /pages/:id? is declared by Pages.list and by Pages.maybe')
  })

  it('is one whose every path a pattern answers first; both places are named', async () => {
    @Route('/files')
    class Files {
      @Get('/:name(^.+$)') pattern() {} // at: pattern
      @Get('/:name') plain() {} // at: plain
    }
    const problem = await problemOf({ apps: [{ controllers: [Files] }] })
    expect(problem.code).to.equal('E_ROUTE_SHADOWED')
    expect(problem.problem).to.match(
      /^GET \/files\/:name \(Files\.plain\) can never be reached: .* is answered by .*Files\.pattern/,
    )
    expect(problem.where).to.deep.equal([at('plain'), at('pattern')])
  })

  it('is @All where every verb has an operation of its own', async () => {
    @Route()
    class Pages {
      @Get('/x') a() {}
      @Post('/x') b() {}
      @Put('/x') c() {}
      @Patch('/x') d() {}
      @Delete('/x') e() {}
      @Head('/x') f() {}
      @Options('/x') g() {}
      @All('/x') rest() {}
    }
    const problem = await problemOf({ apps: [{ controllers: [Pages] }] })
    expect(problem.problem).to.match(/^ALL \/x \(Pages\.rest\) can never be reached/)
  })

  it('is one with a parameter twice, a wildcard before the end, or a broken pattern', async () => {
    @Route()
    class Pages {
      @Get('/a/:id/:id') twice() {} // at: twice
      @Get('/b/*/c') wild() {}
      @Get('/c/:id((a+)+$)') unsafe() {}
      @Get('/d/:id(') open() {}
      @All('/e/:id(') everyVerb() {}
    }
    const problems = await problemsOf({ apps: [{ controllers: [Pages] }] })
    expect(new Set(problems.map(({ code }) => code))).to.deep.equal(new Set(['E_ROUTE_PATH']))
    expect(problems.map(({ problem }) => /"([^"]+)"/.exec(problem)![1])).to.deep.equal([
      '/a/:id/:id',
      '/b/*/c',
      '/c/:id((a+)+$)',
      '/d/:id(',
      '/e/:id(',
    ])
    expect(problems[0]!.problem).to.match(/the parameter "id" occurs twice/)
    expect(problems[0]!.where).to.deep.equal([at('twice')])
  })

  it('is one whose parameter cannot be told, or cannot be optional', async () => {
    @Route()
    class Pages {
      @Get('/a/:id(\\d+)?') pattern() {}
      @Get('/b/:id?/edit') middle() {}
      @Get('/c/:a*') star() {}
      @Get('/d/:a-*') shared() {}
    }
    const problems = await problemsOf({ apps: [{ controllers: [Pages] }] })
    expect(problems.map(({ problem }) => problem.replace(/^The path "(.+)" cannot be routed/, '$1'))).to.deep.equal([
      '/a/:id(\\d+)?: the parameter "id" has a pattern, so it cannot be optional',
      '/b/:id?/edit: an optional parameter must be the last segment of the path',
      '/c/:a*: "a*" is no name of a parameter; names are letters, digits and _',
      '/d/:a-*: a wildcard must follow a slash where a parameter precedes it',
    ])
  })

  it('is no mistake where prefixes or verbs differ', async () => {
    @Route('/users')
    class Writes {
      @Put('/:id') replace() {}
    }
    const server = await createTestServer({
      apps: [{ controllers: [Users, Writes], groups: [{ prefix: '/v2', controllers: [Users] }] }],
    })
    expect((await server.inject('PUT', '/users/1')).status).to.equal(204)
    expect((await server.inject('GET', '/v2/users/1')).status).to.equal(204)
  })
})

describe('apps', () => {
  it('that share an address answer below their own prefixes', async () => {
    @Route('/kind')
    class Kind {
      @Get() show() {
        return 'kind'
      }
    }
    const server = await createTestServer({
      apps: [
        { name: 'api', listen: '127.0.0.1:3000', prefix: '/api', controllers: [Kind] },
        { name: 'admin', listen: '127.0.0.1:3000', prefix: '/admin', controllers: [Kind], formatter: 'plain' },
      ],
    })
    expect((await server.inject('GET', '/api/kind', { app: 'api' })).status).to.equal(200)
    expect((await server.inject('GET', '/admin/kind', { app: 'admin' })).text).to.equal('"kind"')
  })

  it('must have different names', async () => {
    const problem = await problemOf({ apps: [{ name: 'api' }, { name: 'api' }] })
    expect(problem.code).to.equal('E_CONFIG_VALUE_INVALID')
    expect(problem.problem).to.match(/apps\[1\]\.name/)
    expect(problem.where[0]).to.match(/boot-problems\.ts:\d+$/)
  })

  it('in code report their mistakes together with all others', async () => {
    const problems = await problemsOf({
      apps: [{ name: 'api', listen: 'nowhere', limits: { body: 'huge' } }],
      middleware: ['missing'],
    })
    expect(problems.map(({ code }) => code)).to.include.members(['E_CONFIG_VALUE_INVALID'])
    expect(problems.filter(({ problem }) => /listen|body/.test(problem))).to.have.length(2)
  })

  it('of the configuration take values from the code that names them', async () => {
    const server = await createTestServer({
      config: { apps: [{ name: 'api', prefix: '/api', formatter: 'problem', limits: { depth: 7, keys: 9 } }] },
      apps: [{ name: 'api', formatter: 'plain', limits: { keys: 10 }, controllers: [Users] }],
    })
    const [app] = server.server.listeners[0]!.apps
    expect(app!.scope.formatter.name).to.equal('plain')
    expect(app!.scope.limits).to.include({ depth: 7, keys: 10 })
    expect((await server.inject('GET', '/api/users/1')).status).to.equal(204)
  })
})
