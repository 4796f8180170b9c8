import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import {
  Body,
  ConflictError,
  Context,
  Get,
  Inject,
  OnStart,
  Post,
  Returns,
  Route,
  Service,
  Transactional,
  withoutTransaction,
  type Next,
  type Result,
} from '@lokstra/core'
import { createTestServer, override } from '@lokstra/core/testing'
import { IsString } from 'class-validator'
import { expect } from 'chai'

import { ReportArchive } from '../../fixtures/discovery/transactional/order-archive.js'
import { placeOf, problemOf, problemsOf, rejection } from '../../helpers/boot-problems.js'
import { poll } from '../../helpers/poll.js'
import { Ledger } from './ledger.js'

@Service({ name: 'ledger' })
class MainLedger extends Ledger {}

class Entry {
  @Body() @IsString() text!: string
}

@Service()
class Stock {
  constructor(readonly ledger: Ledger) {}

  @Transactional()
  async reserve(what: string): Promise<void> {
    await this.ledger.add(`reserved ${what}`)
    if (what === 'nothing') throw new ConflictError('There is none left')
  }

  @Transactional()
  async look(): Promise<string> {
    return 'seen'
  }

  @Transactional({ isolation: 'serializable', retries: 2 })
  async count(): Promise<number> {
    await this.ledger.add('counted')
    return this.ledger.events.filter((event) => event === 'begin').length
  }
}

@Service()
class Orders {
  forgotten: Promise<unknown> | undefined

  constructor(
    private readonly ledger: Ledger,
    private readonly stock: Stock,
  ) {}

  @Transactional()
  async place(what: string): Promise<string> {
    await this.ledger.add(`ordered ${what}`)
    await this.stock.reserve(what)
    return `placed ${what}`
  }

  @Transactional()
  async placeAnyway(what: string): Promise<string> {
    await this.ledger.add(`ordered ${what}`)
    await this.stock.reserve(what).catch(() => undefined)
    return 'placed'
  }

  @Transactional()
  async placeIfPossible(what: string): Promise<string> {
    await this.ledger.add(`ordered ${what}`)
    await this.ledger.attempt(() => this.stock.reserve(what)).catch(() => undefined)
    return 'placed'
  }

  @Transactional()
  async attemptAnyway(what: string): Promise<string> {
    await this.ledger.add(`ordered ${what}`)
    await this.ledger.attempt(() => this.stock.reserve(what).catch(() => undefined))
    return 'placed'
  }

  @Transactional()
  async forgetStatement(): Promise<void> {
    await this.ledger.add('first')
    this.forgotten = delay(1).then(() => this.ledger.add('late'))
    this.forgotten.catch(() => undefined)
  }

  @Transactional()
  async forgetMethod(): Promise<void> {
    await this.ledger.add('first')
    this.forgotten = this.slow()
    this.forgotten.catch(() => undefined)
  }

  @Transactional()
  async slow(): Promise<void> {
    await delay(1)
    await this.ledger.add('slow')
  }

  @Transactional()
  async note(what: string): Promise<void> {
    await this.ledger.add('kept only if all is')
    await withoutTransaction(() => this.ledger.add(`attempted ${what}`))
    await this.stock.reserve(what)
  }

  @Transactional()
  async countFirst(): Promise<number> {
    return this.stock.count()
  }

  countAlone(): Promise<number> {
    return this.stock.count()
  }

  @Transactional({ isolation: 'serializable', readOnly: true })
  async strict(): Promise<number> {
    return this.stock.count()
  }
}

@Route('/orders')
class OrderController {
  constructor(
    private readonly orders: Orders,
    private readonly ledger: Ledger,
  ) {}

  @Post()
  place({ text }: Entry) {
    return this.orders.place(text)
  }

  @Transactional()
  @Post('/refused')
  @Returns(String)
  async refuse({ text }: Entry, ctx: Context): Promise<Result<string>> {
    await this.ledger.add(text)
    return ctx.ok('no').withStatus(409)
  }

  @Post('/sent')
  @Transactional()
  async send({ text }: Entry, ctx: Context): Promise<void> {
    await this.ledger.add(text)
    ctx.res.writeHead(422).end()
  }

  @Get('/look')
  @Transactional()
  async look(): Promise<string> {
    return 'nothing touched'
  }
}

@Route('/quiet')
class Quiet {
  @Get() show(): void {}
}

const fixturesUrl = new URL('../../fixtures/discovery/', import.meta.url)
const fixtures = fileURLToPath(fixturesUrl)

const reasonFor = (failing: Promise<unknown>) =>
  failing.then(
    () => 'nothing failed',
    (error: unknown) => (error as Error).message,
  )

const at = (marker: string) => placeOf(import.meta.url, marker)

describe('@Transactional', () => {
  async function start() {
    const server = await createTestServer({ services: [MainLedger, Orders, Stock], controllers: [OrderController] })
    return { server, orders: server.get(Orders), ledger: server.get<Ledger>(MainLedger) }
  }

  describe('decides by the outcome', () => {
    it('commits when the method returns, with what the methods did that joined it', async () => {
      const { server, ledger } = await start()
      const response = await server.inject('POST', '/orders', { body: { text: 'tea' } })
      expect(response.json()).to.deep.equal({ status: 'success', data: 'placed tea' })
      expect(ledger.entries).to.deep.equal(['ordered tea', 'reserved tea'])
      expect(ledger.events).to.deep.equal(['begin', 'commit'])
    })

    it('rolls everything back when it throws, and the error is its own', async () => {
      const { server, ledger } = await start()
      const response = await server.inject('POST', '/orders', { body: { text: 'nothing' } })
      expect(response.status).to.equal(409)
      expect(ledger.entries).to.deep.equal([])
      expect(ledger.events).to.deep.equal(['begin', 'rollback'])
    })

    it('rolls back for a result of 400 and above, which is sent all the same', async () => {
      const { server, ledger } = await start()
      expect((await server.inject('POST', '/orders/refused', { body: { text: 'x' } })).status).to.equal(409)
      expect(ledger.events).to.deep.equal(['begin', 'rollback'])
    })

    it('rolls back when the method itself has sent an error', async () => {
      const { server, ledger } = await start()
      expect((await server.inject('POST', '/orders/sent', { body: { text: 'x' } })).status).to.equal(422)
      expect(ledger.events).to.deep.equal(['begin', 'rollback'])
    })

    it('begins nothing where nothing is touched', async () => {
      const { server, orders, ledger } = await start()
      expect((await server.inject('GET', '/orders/look')).json()).to.have.property('data', 'nothing touched')
      expect(await server.get(Stock).look()).to.equal('seen')
      expect(ledger.events).to.deep.equal([])
      expect(orders).to.be.instanceOf(Orders)
    })
  })

  describe('nested', () => {
    it('fails as a whole, and says why, when the failure of an inner method is caught', async () => {
      const { orders, ledger } = await start()
      const error = await rejection(orders.placeAnyway('nothing'))
      expect(error.code).to.equal('E_TRANSACTION_ROLLED_BACK')
      expect(error.problem).to.contain('Stock.reserve failed in it').and.contain('There is none left')
      expect(error.problem).to.contain('the transaction of Orders.placeAnyway')
      expect(error.cause).to.be.instanceOf(ConflictError)
      expect(ledger.entries).to.deep.equal([])
    })

    it('keeps the rest when the failure is caught around a savepoint', async () => {
      const { orders, ledger } = await start()
      expect(await orders.placeIfPossible('nothing')).to.equal('placed')
      expect(ledger.entries).to.deep.equal(['ordered nothing'])
    })

    it('undoes a savepoint in which the failure of an inner method was caught, and fails', async () => {
      const { orders, ledger } = await start()
      expect((await rejection(orders.attemptAnyway('nothing'))).code).to.equal('E_TRANSACTION_ROLLED_BACK')
      expect(ledger.entries).to.deep.equal([])
    })

    it('refuses to join a transaction of another isolation', async () => {
      const { orders, ledger } = await start()
      const error = await rejection(orders.countFirst())
      expect(error.code).to.equal('E_TRANSACTION_ISOLATION')
      expect(error.problem).to.contain('Stock.count asks for "serializable"').and.contain('Orders.countFirst')
      expect(await orders.strict()).to.equal(1)
      expect(ledger.settings.map(({ isolation, readOnly }) => [isolation, readOnly])).to.deep.equal([
        ['serializable', true],
      ])
    })

    it('leaves out what runs in withoutTransaction', async () => {
      const { orders, ledger } = await start()
      await orders.note('nothing').catch(() => undefined)
      expect(ledger.entries).to.deep.equal(['attempted nothing'])
    })
  })

  describe('with work that nobody awaits', () => {
    it('refuses a statement that comes after the method has settled, and keeps what came before', async () => {
      const { orders, ledger } = await start()
      await orders.forgetStatement()
      const error = await rejection(orders.forgotten!)
      expect(error.code).to.equal('E_TRANSACTION_ENDED')
      expect(error.problem).to.contain('Orders.forgetStatement')
      expect(ledger.entries).to.deep.equal(['first'])
    })

    it('commits nothing while a method that joined it still runs', async () => {
      const { orders, ledger } = await start()
      const error = await rejection(orders.forgetMethod())
      expect(error.code).to.equal('E_TRANSACTION_UNFINISHED')
      expect(error.problem).to.contain('Orders.slow')
      expect((await rejection(orders.forgotten!)).code).to.equal('E_TRANSACTION_ENDED')
      expect(ledger.entries).to.deep.equal([])
      expect(ledger.open).to.equal(0)
    })
  })

  describe('with retries', () => {
    const conflict = () => new Error('conflict')

    it('runs the outermost method again after a collision, as often as asked', async () => {
      const { orders, ledger } = await start()
      ledger.failingCommits = [conflict(), conflict()]
      expect(await orders.countAlone()).to.equal(3)
      expect(ledger.entries).to.deep.equal(['counted'])
      ledger.failingCommits = [conflict(), conflict(), conflict()]
      expect(await reasonFor(orders.countAlone())).to.equal('conflict')
      expect(ledger.entries).to.deep.equal(['counted'])
    })

    it('does not run it again after any other failure', async () => {
      const { orders, ledger } = await start()
      ledger.failingCommits = [new Error('disk full')]
      expect(await reasonFor(orders.countAlone())).to.equal('disk full')
      expect(ledger.events).to.deep.equal(['begin', 'rollback'])
    })
  })

  describe('with several databases', () => {
    @Service({ name: 'left' })
    class Left extends Ledger {}
    @Service({ name: 'right' })
    class Right extends Ledger {}

    @Service()
    class Both {
      forgotten: Promise<unknown> | undefined

      constructor(
        readonly left: Left,
        @Inject('right') readonly right: Ledger,
      ) {}

      @Transactional()
      async write(): Promise<void> {
        await this.right.add('r')
        await this.left.add('l')
      }

      @Transactional({ retries: 2 })
      async writeAgain(): Promise<void> {
        await this.write()
      }

      @Transactional({ database: 'left' })
      async writeAgainInLeft(): Promise<void> {
        await this.writeAgain()
      }

      @Transactional({ database: 'left' })
      async writeLeft(fail: boolean): Promise<void> {
        await this.left.add('l')
        await this.right.add('r')
        if (fail) throw new Error('no')
      }

      @Transactional({ database: 'right' })
      async failRight(): Promise<void> {
        await this.right.add('r')
        throw new Error('right failed')
      }

      @Transactional({ database: 'left' })
      async catchRight(): Promise<void> {
        await this.left.add('l')
        await this.failRight().catch(() => undefined)
      }

      @Transactional({ database: 'left' })
      async catchBoth(): Promise<void> {
        await this.left.add('l')
        await this.failBoth().catch(() => undefined)
      }

      @Transactional({ database: 'left' })
      async catchRightInSavepoint(): Promise<void> {
        await this.left.attempt(async () => {
          await this.left.add('l')
          await this.failRight().catch(() => undefined)
        })
      }

      @Transactional({ database: 'left' })
      async forgetBoth(): Promise<void> {
        await this.left.add('l')
        this.forgotten = this.write().catch(() => undefined)
      }

      @Transactional()
      async failBoth(): Promise<void> {
        await this.write()
        throw new Error('both failed')
      }
    }

    @Route('/both')
    class BothController {
      constructor(readonly both: Both) {}
      @Get() show(): void {}
    }

    async function startBoth() {
      const server = await createTestServer({ services: [Left, Right, Both], controllers: [BothController] })
      const both = server.get(Both)
      return { both, left: both.left, right: both.right }
    }

    it('gives each a transaction of its own, committed in the order of their first use', async () => {
      const { both, left, right } = await startBoth()
      left.failingCommits = [new Error('left is full')]
      const error = await rejection(both.write())
      expect(error.code).to.equal('E_TRANSACTION_PARTIAL')
      expect(error.problem).to.contain('committed in right').and.contain('left could not commit: left is full')
      expect([left.entries, right.entries]).to.deep.equal([[], ['r']])
      expect([left.open, right.open]).to.deep.equal([0, 0])
    })

    it('runs a method again after a collision only as long as none is committed', async () => {
      const { both, left, right } = await startBoth()
      left.failingCommits = [new Error('conflict')]
      const error = await rejection(both.writeAgain())
      expect(error.code).to.equal('E_TRANSACTION_PARTIAL')
      expect(error.problem).to.contain('committed in right').and.contain('left could not commit: conflict')
      expect([left.entries, right.entries]).to.deep.equal([[], ['r']])
      right.failingCommits = [new Error('conflict'), new Error('conflict')]
      await both.writeAgain()
      expect([left.entries, right.entries]).to.deep.equal([['l'], ['r', 'r']])
    })

    it('does not run a method again that has written in a transaction around it, which fails with it', async () => {
      const { both, left, right } = await startBoth()
      right.failingCommits = [new Error('conflict')]
      expect(await reasonFor(both.writeAgainInLeft())).to.equal('conflict')
      expect([left.entries, right.entries]).to.deep.equal([[], []])
      await both.writeAgainInLeft()
      expect([left.entries, right.entries]).to.deep.equal([['l'], ['r']])
    })

    it('commits none when the first cannot commit', async () => {
      const { both, left, right } = await startBoth()
      right.failingCommits = [new Error('right is full')]
      expect(await reasonFor(both.write())).to.equal('right is full')
      expect([left.entries, right.entries, left.open, right.open]).to.deep.equal([[], [], 0, 0])
    })

    it('takes only the one that is named', async () => {
      const { both, left, right } = await startBoth()
      await both.writeLeft(true).catch(() => undefined)
      expect([left.entries, right.entries]).to.deep.equal([[], ['r']])
    })

    it('keeps a method on another database apart, and joins one that may use the same', async () => {
      const { both, left, right } = await startBoth()
      await both.catchRight()
      expect([left.entries, right.entries]).to.deep.equal([['l'], []])
      expect((await rejection(both.catchBoth())).code).to.equal('E_TRANSACTION_ROLLED_BACK')
      expect([left.entries, right.entries]).to.deep.equal([['l'], []])
    })

    it('undoes no savepoint of one because a method failed on the other', async () => {
      const { both, left, right } = await startBoth()
      await both.catchRightInSavepoint()
      expect([left.entries, right.entries]).to.deep.equal([['l'], []])
    })

    it('commits nothing while a method that has a part in it still runs', async () => {
      const { both, left } = await startBoth()
      expect((await rejection(both.forgetBoth())).code).to.equal('E_TRANSACTION_UNFINISHED')
      await both.forgotten
      expect(left.entries).to.deep.equal([])
      expect(left.open).to.equal(0)
    })
  })

  describe('with classes', () => {
    class Base {
      constructor(readonly ledger: Ledger) {}

      @Transactional()
      async save(...what: [first: string, second?: string]): Promise<string> {
        for (const one of what) await this.ledger.add(one!)
        if (what[0] === 'bad') throw new Error('bad')
        return this.constructor.name
      }
    }

    class Derived extends Base {
      override async save(first: string): Promise<string> {
        return `${await super.save(first)}!`
      }
    }

    @Service({ lifetime: 'request' })
    class PerRequest {
      constructor(
        readonly ctx: Context,
        readonly ledger: Ledger,
      ) {}

      @Transactional()
      async save(): Promise<string> {
        await this.ledger.add(this.ctx.path)
        throw new ConflictError('never')
      }
    }

    @Route('/mine', { lifetime: 'request' })
    class Mine {
      constructor(readonly own: PerRequest) {}
      @Get() save() {
        return this.own.save()
      }
    }

    it('keeps the name and the number of parameters of a method', () => {
      expect(Orders.prototype.place).to.include({ name: 'place', length: 1 })
      expect(Base.prototype.save).to.include({ name: 'save', length: 0 })
    })

    it('keeps what decorators of other libraries have recorded on the function', () => {
      const mark = (_: object, __: string, descriptor: PropertyDescriptor) =>
        Reflect.defineMetadata('mark', 'kept', descriptor.value as object)
      class Marked {
        @Transactional()
        @mark
        async save(): Promise<void> {}
      }
      expect(Reflect.getMetadata('mark', Marked.prototype.save)).to.equal('kept')
    })

    it('counts for methods that are inherited, and for super inside one that overrides', async () => {
      const ledger = new Ledger()
      expect(await new Derived(ledger).save('good')).to.equal('Derived!')
      expect(await reasonFor(new Derived(ledger).save('bad'))).to.equal('bad')
      expect(ledger.entries).to.deep.equal(['good'])
      expect(ledger.events).to.deep.equal(['begin', 'commit', 'begin', 'rollback'])
    })

    it('counts for services of a request', async () => {
      const server = await createTestServer({ services: [MainLedger, PerRequest], controllers: [Mine] })
      expect((await server.inject('GET', '/mine')).status).to.equal(409)
      expect(server.get(MainLedger)).to.deep.include({ entries: [], events: ['begin', 'rollback'] })
    })

    it('counts for middleware, around what the handler does', async () => {
      @Service()
      class PerRequestTransaction {
        constructor(readonly ledger: Ledger) {}
        @Transactional()
        async handle(_: Context, next: Next): Promise<unknown> {
          await this.ledger.add('middleware')
          return next()
        }
      }
      const server = await createTestServer({
        services: [MainLedger, Orders, Stock, PerRequestTransaction],
        controllers: [OrderController],
        app: { middleware: [PerRequestTransaction] },
      })
      const ledger = server.get(MainLedger)
      expect((await server.inject('POST', '/orders', { body: { text: 'nothing' } })).status).to.equal(409)
      expect(ledger.entries).to.deep.equal([])
      expect((await server.inject('POST', '/orders', { body: { text: 'tea' } })).status).to.equal(200)
      expect(ledger.entries).to.deep.equal(['middleware', 'ordered tea', 'reserved tea'])
      expect(ledger.events).to.deep.equal(['begin', 'rollback', 'begin', 'commit'])
    })

    it('opens a scope of its own where no request is, such as in a hook', async () => {
      @Service({ eager: true })
      class Seeder {
        constructor(readonly ledger: Ledger) {}
        @OnStart()
        @Transactional()
        async seed(): Promise<void> {
          await this.ledger.add('seed')
        }
      }
      const server = await createTestServer({ services: [MainLedger, Seeder], controllers: [Quiet] })
      expect(server.get(MainLedger).events).to.deep.equal(['begin', 'commit'])
    })

    it('keeps transactions that run at the same time apart', async () => {
      const { orders, ledger } = await start()
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, (_, n) => orders.place(n % 2 ? 'nothing' : `${n}`)),
      )
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).to.have.length(10)
      expect(ledger.open).to.equal(0)
      expect(ledger.events.filter((event) => event === 'commit')).to.have.length(10)
    })
  })

  describe('of a request that is aborted', () => {
    @Route('/slow')
    class Slow {
      static ended = false
      constructor(readonly ledger: Ledger) {}

      @Get({ handlerTimeout: 50 })
      @Transactional()
      async show(_: Context): Promise<string> {
        await this.ledger.add('slow')
        await poll(
          () => this.ledger.settings[0]!.signal!.aborted,
          () => 'The request is never aborted',
        )
        Slow.ended = true
        return 'late'
      }
    }

    it('rolls back what would be committed after the client was told that it failed', async () => {
      const server = await createTestServer({ services: [MainLedger], controllers: [Slow] })
      const ledger = server.get(MainLedger)
      expect((await server.inject('GET', '/slow')).status).to.equal(503)
      await poll(
        () => Slow.ended && ledger.open === 0,
        () => 'The transaction stays open',
      )
      expect(ledger.events).to.deep.equal(['begin', 'rollback'])
      expect(server.logs.filter(({ message }) => message.includes('after its handler timeout'))).to.deep.equal([])
    })
  })

  describe('is checked before the server starts', () => {
    const services = [MainLedger]

    it('and must be on an asynchronous method', async () => {
      @Service()
      class Wrong {
        // @ts-expect-error -- it gives no promise
        @Transactional() // at: synchronous
        save(): string {
          return ''
        }
        // @ts-expect-error -- nor does a generator
        @Transactional() // at: generator
        async *list(): AsyncGenerator<number> {
          yield 1
        }
      }
      @Route()
      class Pages {
        constructor(readonly wrong: Wrong) {}
        @Get() show(): void {}
      }
      const problems = await problemsOf({ services: [...services, Wrong], apps: [{ controllers: [Pages] }] })
      expect(problems.map(({ code, where }) => [code, ...where])).to.deep.equal([
        ['E_DECORATOR_MISUSE', at('synchronous')],
        ['E_DECORATOR_MISUSE', at('generator')],
      ])
      expect(problems[0]!.problem).to.equal('@Transactional is on Wrong.save, which is not asynchronous')
    })

    it('and must be there once, with options that it has', async () => {
      @Route()
      class Pages {
        constructor(readonly ledger: Ledger) {}
        @Get()
        @Transactional() // at: second
        @Transactional()
        async show(): Promise<void> {}

        @Post()
        @Transactional({ isolation: 'chaos' as never, retries: -1, readOnly: 1 as never, database: 3 as never }) // at: options
        async save(): Promise<void> {}
      }
      const problems = await problemsOf({ services, apps: [{ controllers: [Pages] }] })
      expect(problems.map(({ problem }) => problem)).to.deep.equal([
        'Pages.show carries @Transactional twice',
        '@Transactional on Pages.save: the option database is 3',
        '@Transactional on Pages.save: the option isolation is "chaos"',
        '@Transactional on Pages.save: the option readOnly is 1',
        '@Transactional on Pages.save: the option retries is -1',
      ])
      expect(problems.map(({ where }) => where[0])).to.deep.equal([at('second'), ...Array(4).fill(at('options'))])
    })

    it('and needs a database', async () => {
      @Route()
      class Pages {
        @Get()
        @Transactional() // at: no database
        async show(): Promise<void> {}
      }
      const problem = await problemOf({ apps: [{ controllers: [Pages] }] })
      expect(problem).to.deep.include({ code: 'E_TRANSACTION_NO_DATABASE', where: [at('no database')] })
      expect(problem.problem).to.contain('Pages.show')
    })

    it('and names one that runs', async () => {
      @Route()
      class Pages {
        constructor(readonly ledger: Ledger) {}
        @Get()
        @Transactional({ database: 'leger' }) // at: misspelt
        async show(): Promise<void> {}
      }
      const problem = await problemOf({ services, apps: [{ controllers: [Pages] }] })
      expect(problem).to.deep.include({ code: 'E_TRANSACTION_DATABASE', where: [at('misspelt')] })
      expect(problem.fix).to.contain('Did you mean "ledger"?')
    })

    it('and must be on a service or a controller, or on a class that one extends', async () => {
      @Route('/web')
      class Web {
        constructor(readonly reports: ReportArchive) {}
        @Get() show(): void {}
      }
      const discover = ['transactional/*.js']
      const alone = { apps: [{ controllers: [Quiet] }] }
      const servers = {
        reports: { url: 'http://reports', apps: [{ name: 'reports', listen: ':0', publish: ['ReportArchive'] }] },
        web: { apps: [{ name: 'web', listen: ':0' }] },
      }
      const ofMany = {
        config: { deployments: { split: { servers } } },
        server: 'split.web',
        apps: [{ name: 'web', controllers: [Web] }],
      }
      for (const options of [alone, ofMany]) {
        const problem = await problemOf({ folder: fixtures, discover, services, ...options })
        const where = placeOf(new URL('transactional/order-archive.js', fixturesUrl).href, 'no service')
        expect(problem).to.deep.include({ code: 'E_TRANSACTIONAL_CLASS', where: [where] })
        expect(problem.problem).to.contain('OrderArchive.store')
      }
    })

    it('and takes what a test puts in the place of a database for one', async () => {
      @Route()
      class Pages {
        constructor(readonly ledger: MainLedger) {}
        @Get()
        @Transactional({ database: 'ledger' })
        async show(): Promise<string> {
          await this.ledger.add('x')
          return 'shown'
        }
      }
      const fake = new Ledger()
      const server = await createTestServer({
        services,
        controllers: [Pages],
        overrides: [override(MainLedger, fake)],
      })
      expect((await server.inject('GET', '/')).status).to.equal(200)
      expect(fake.events).to.deep.equal(['begin', 'commit'])
    })

    it('and is refused without parentheses', async () => {
      @Route()
      class Pages {
        constructor(readonly ledger: Ledger) {}
        @Get()
        @(Transactional as unknown as MethodDecorator) // at: bare
        async show(): Promise<void> {}
      }
      const problem = await problemOf({ services, apps: [{ controllers: [Pages] }] })
      expect(problem.problem).to.equal('@Transactional on Pages.show is not called')
    })
  })
})
