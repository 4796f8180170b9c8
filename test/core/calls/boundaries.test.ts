import {
  Context,
  Get,
  Inject,
  OnReady,
  OnStart,
  RemoteCallError,
  Returns,
  Route,
  Service,
  type MiddlewareHandler,
  type Mount,
  type Next,
} from '@lokstra/core'
import { createTestServer, override, type TestServer, type TestServerOptions } from '@lokstra/core/testing'
import { expect } from 'chai'

import {
  code,
  deployments,
  NewUser,
  OrderController,
  Seen,
  startOrders,
  startSplit,
  startUsers,
  User,
  UserId,
  UserService,
} from './shop.js'

/** One process with the boundary of a configuration. */
function startOne(boundary: 'direct' | 'checked', options: TestServerOptions = {}): Promise<TestServer> {
  const apps = [{ name: 'api', controllers: [OrderController], publish: [UserService] }]
  return createTestServer({ ...code, apps, config: { calls: { boundary } }, ...options })
}

describe('a published service in the process that calls it', () => {
  it('is the object itself behind no boundary', async () => {
    @Service({ eager: true })
    class Holder {
      constructor(readonly users: UserService) {}
    }
    const server = await startOne('direct', { services: [UserService, Holder] })
    expect(server.get(Holder).users).to.equal(server.get(UserService))
    expect(server.server.calls()).to.deep.equal([])
  })

  it('is what is called on its server behind a checked one, and does not run on a copy', async () => {
    @Service({ eager: true })
    class Holder {
      constructor(readonly users: UserService) {}
    }
    const server = await startOne('checked', { services: [UserService, Holder] })
    const { users } = server.get(Holder)
    expect(users).to.be.an.instanceof(UserService).and.not.equal(server.get(UserService))
    expect(() => users.secret()).to.throw(/E_REMOTE_MEMBER/)
    expect(server.get(UserService).secret()).to.equal('not an operation')
    const user = await users.byId({ id: 3 })
    expect(user).to.be.an.instanceof(User)
    expect(user.since.toISOString()).to.equal('2020-01-03T00:00:00.000Z')
  })

  it('sees nothing of what its caller does to the input afterwards, and the other way round', async () => {
    @Service()
    @Route('/kept')
    class Kept {
      static last: NewUser | undefined
      @Get('/:id') @Returns(User) async keep(input: UserId): Promise<User> {
        Kept.last = input as unknown as NewUser
        return Object.assign(new User(), { id: input.id, name: 'kept', since: new Date(0) })
      }
    }
    @Service({ eager: true })
    class Holder {
      constructor(readonly kept: Kept) {}
    }
    const services = [Kept, Holder]
    const server = await createTestServer({
      services,
      apps: [{ publish: [Kept] }],
      config: { calls: { boundary: 'checked' } },
    })
    const input = Object.assign(new UserId(), { id: 1 })
    await server.get(Holder).kept.keep(input)
    input.id = 2
    expect(Kept.last).to.be.an.instanceof(UserId).and.include({ id: 1 })
  })

  it('fails as it would on another server, with the cause for the log', async () => {
    const server = await startOne('checked')
    server.expectError(/on fire/)
    const response = await server.inject('GET', '/orders/of/500')
    expect([response.status, response.json().error.message]).to.deep.equal([502, 'UserService failed'])
    const errors = server.logs.filter(({ fields }) => fields.err).map(({ fields }) => fields.err as Error)
    expect(
      errors.some((error) => error instanceof RemoteCallError && String(error.cause).includes('on fire')),
    ).to.equal(true)
  })

  it('is validated there', async () => {
    const server = await startOne('checked')
    expect((await server.inject('GET', '/orders/rename')).status).to.equal(502)
    const causes = server.logs.map(({ fields }) => (fields.err as Error | undefined)?.cause)
    const refusal = causes.find((cause) => cause !== undefined)
    expect(String(refusal)).to.include('UserService.register').and.include('name must be longer than or equal to 1')
  })

  it('is served publicly by the object itself where it is a controller as well', async () => {
    const server = await startOne('checked', { apps: [{ controllers: [UserService], publish: [UserService] }] })
    expect((await server.inject('GET', '/users/7')).json().data).to.include({ id: 7 })
    expect(server.server.calls()[0]!.methods.size).to.equal(0)
  })
})

describe('lifetimes behind a boundary', () => {
  let made = 0

  @Service({ lifetime: 'request' })
  @Route('/counters')
  class Counter {
    readonly #number = ++made
    constructor(private readonly ctx: Context) {}
    @Get() @Returns(String) async next(): Promise<string> {
      return `${this.#number} ${this.ctx.tenant ?? ''}`
    }
  }
  @Service({ lifetime: 'transient' })
  @Route('/dice')
  class Die {
    readonly #number = ++made
    @Get() @Returns(Number) async roll(): Promise<number> {
      return this.#number
    }
  }

  @Route('/count', { lifetime: 'request' })
  class Counting {
    constructor(
      private readonly counter: Counter,
      private readonly die: Die,
    ) {}
    @Get() async count(ctx: Context) {
      ctx.tenant = 'acme'
      return [await this.counter.next(), await this.counter.next(), await this.die.roll(), await this.die.roll()]
    }
  }

  it('give each call of a request-scoped or transient service an object of its own, with the context of the call', async () => {
    const apps = [{ controllers: [Counting], publish: [Counter, Die] }]
    const server = await createTestServer({
      services: [Counter, Die],
      apps,
      config: { calls: { boundary: 'checked' } },
    })
    made = 0
    expect((await server.inject('GET', '/count')).json().data).to.deep.equal(['1 acme', '2 acme', 3, 4])
  })

  it('are checked as if there were none: what is wrong directly is wrong everywhere', async () => {
    @Service({ eager: true })
    class Captor {
      constructor(readonly counter: Counter) {}
    }
    const services = [Counter, Captor]
    const messages = await Promise.all(
      (['direct', 'checked'] as const).map((boundary) =>
        createTestServer({ services, apps: [{ publish: [Counter] }], config: { calls: { boundary } } }).then(
          () => '',
          (error: unknown) => String(error),
        ),
      ),
    )
    for (const message of messages) expect(message).to.include('E_SERVICE_CAPTIVE')
  })
})

describe('a service of another server', () => {
  it('needs none of what its class injects', async () => {
    class Missing {}
    @Service()
    @Route('/far')
    class Far {
      constructor(readonly missing: Missing) {}
      @Get() @Returns(String) async hello(): Promise<string> {
        return 'hello'
      }
    }
    Reflect.defineMetadata('design:paramtypes', [Missing], Far)
    @Service({ eager: true })
    class Near {
      constructor(readonly far: Far) {}
    }
    const servers = {
      far: { url: 'http://127.0.0.1:9', apps: [{ publish: ['Far'] }] },
      near: { apps: [{ name: 'near' }] },
    }
    const server = await createTestServer({
      services: [Far, Near],
      config: { deployments: { two: { servers } } },
      server: 'two.near',
    })
    expect(server.get(Near).far).to.equal(server.get(Far))
  })

  it('is replaced in a test like any other, whatever the boundary', async () => {
    const fake = { byId: async () => Object.assign(new User(), { id: 1, name: 'fake', since: new Date(0) }) }
    const overrides = [override(UserService, fake)]
    const orders = await startOrders(['http://127.0.0.1:9'], { overrides })
    const one = await startOne('checked', { overrides })
    for (const server of [orders, one]) {
      expect((await server.inject('GET', '/orders/of/1')).json().data).to.include({ name: 'fake' })
      expect(server.server.calls()).to.deep.equal([])
    }
  })

  it('is served through its proxy where it is listed as a controller: a gateway', async () => {
    const users = await startUsers()
    const gateway = await startOrders([users.url()], { apps: [{ name: 'orders', controllers: [UserService] }] })
    const response = await gateway.inject('GET', '/users/7?view=far')
    expect(response.json().data).to.deep.equal({ id: 7, name: 'far', since: '2020-01-07T00:00:00.000Z' })
    expect((await gateway.inject('GET', '/users/404')).json().error.code).to.equal('USER_UNKNOWN')
    expect((await gateway.inject('GET', '/users/seven')).status).to.equal(400)
    const created = await gateway.inject('POST', '/users', { body: { name: 'Eve' } })
    expect([created.status, created.json().data.name]).to.deep.equal([201, 'Eve'])
    expect(users.logs.filter(({ level }) => level === 'error')).to.deep.equal([])
  })

  it('can be called by hooks, and by middleware', async () => {
    const seen: string[] = []
    @Service({ eager: true })
    class Warm {
      constructor(private readonly users: UserService) {}
      @OnStart() async start() {
        seen.push((await this.users.byId({ id: 1 })).name)
      }
    }
    @Service('whois')
    class Whois implements MiddlewareHandler {
      constructor(@Inject(UserService) private readonly users: UserService) {}
      async handle(ctx: Context, next: Next) {
        ctx.tenant = 'of middleware'
        seen.push((await this.users.seen(undefined as unknown as Context)).tenant!)
        return next()
      }
    }
    const users = await startUsers()
    const orders = await startOrders([users.url()], { services: [UserService, Warm, Whois], middleware: ['whois'] })
    await orders.inject('GET', '/orders/of/1')
    expect(seen).to.deep.equal(['Ada', 'of middleware'])
  })

  for (const [what, verb, path, status] of [
    ['no route answers', 'GET', '/nowhere', 404],
    ['another verb is answered', 'DELETE', '/orders/context', 405],
    ['the verbs are asked for', 'OPTIONS', '/orders/context', 204],
    ['the path cannot be read', 'GET', '/orders/of/%ff', 400],
    ['a mount answers', 'GET', '/mounted/page', 200],
  ] as const) {
    for (const fails of [false, true]) {
      it(`is given the request by middleware where ${what}${fails ? ', and fails' : ''}`, async () => {
        let seen: Seen | undefined
        @Service('whois')
        class Whois implements MiddlewareHandler {
          constructor(@Inject(UserService) private readonly users: UserService) {}
          async handle(ctx: Context, next: Next) {
            ctx.tenant = 'of middleware'
            if (fails) await this.users.byId({ id: 404 })
            seen = await this.users.seen(undefined as unknown as Context)
            return next()
          }
        }
        const mount: Mount = { prefix: '/mounted', description: 'mounted', handle: (ctx) => ctx.ok('page') }
        const users = await startUsers()
        const orders = await startOrders([users.url()], {
          services: [UserService, Whois],
          middleware: ['whois'],
          apps: [{ name: 'orders', controllers: [OrderController], mounts: [mount] }],
        })
        const answer = await orders.inject(verb, path)
        expect(answer.status).to.equal(fails ? 404 : status)
        if (fails) expect(answer.json()).to.have.nested.property('error.code', 'USER_UNKNOWN')
        else expect(seen).to.include({ tenant: 'of middleware' }).and.to.have.property('remainingMs').above(0)
        const error: unknown = status >= 400 || fails ? answer.json() : undefined
        if (!fails && error) expect(error).to.have.nested.property('error.requestId', seen!.requestId)
      })
    }
  }

  it('that is not up yet lets a server start whose hook can do without', async () => {
    const errors: unknown[] = []
    @Service({ eager: true })
    class Warm {
      constructor(private readonly users: UserService) {}
      @OnReady() async ready() {
        await this.users.byId({ id: 1 }).catch((error: unknown) => errors.push(error))
      }
    }
    const orders = await startOrders(['http://127.0.0.1:9'], { services: [UserService, Warm] })
    expect(errors[0]).to.be.an.instanceof(RemoteCallError)
    expect(errors[0]).to.include({ code: 'REMOTE_UNAVAILABLE', executed: 'no', status: 503 })
    const response = await orders.inject('GET', '/orders/of/1')
    expect([response.status, response.headers['retry-after']]).to.deep.equal([503, '1'])
  })

  it('that two servers publish is asked in turn, and on one of them when the other stops', async () => {
    const named = (name: string) => ({
      overrides: [
        override(UserService, { byId: async ({ id }) => Object.assign(new User(), { id, name, since: new Date(0) }) }),
      ],
    })
    const [first, second] = [await startUsers(named('first')), await startUsers(named('second'))]
    const orders = await startOrders([first.url(), second.url()])
    const ask = async () => {
      const answers = await Promise.all([1, 2, 3, 4].map((id) => orders.get(UserService).byId({ id })))
      return new Set(answers.map(({ name }) => name))
    }
    expect([...(await ask())].sort()).to.deep.equal(['first', 'second'])
    await first.server.stop()
    expect([...(await ask())]).to.deep.equal(['second'])
  })

  it('is shown by why', async () => {
    const { orders, users } = await startSplit()
    const remote = await orders.server.explainInjection('UserService')
    expect(remote.service).to.include({ boundary: 'remote', runsOn: 'server users of split', class: 'UserService' })
    expect(remote.injectedBy.map(({ name }) => name)).to.deep.equal(['OrderController'])
    expect((await users.server.explainInjection('UserService')).service).to.include({ boundary: 'checked' })
    const direct = await startOne('direct')
    expect((await direct.server.explainInjection('UserService')).service).to.include({ boundary: undefined })
  })

  it('keeps the server that publishes it from being a public one by default', async () => {
    const users = await createTestServer({ ...code, config: { deployments }, server: 'split.users' })
    expect((await users.inject('GET', '/users/7')).status).to.equal(404)
  })
})
