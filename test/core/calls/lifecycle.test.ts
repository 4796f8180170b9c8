import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

import {
  Context,
  createServer,
  Get,
  OnStart,
  OnStop,
  RemoteCallError,
  Returns,
  Route,
  Service,
  stream,
  type TargetState,
} from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { collectGarbage } from '../../helpers/collect-garbage.js'
import { freePort } from '../../helpers/free-port.js'
import { silentLogger } from '../../helpers/silent-logger.js'
import { startLive } from '../../helpers/live-config.js'
import { poll } from '../../helpers/poll.js'
import { code, startOrders, startUsers, User, UserService } from './shop.js'

@Service()
@Route('/left')
class Left {
  isStarted = false
  @OnStart() async start() {
    await delay(5)
    this.isStarted = true
  }
  @Get() @Returns(Boolean) async ready(): Promise<boolean> {
    return this.isStarted
  }
}

const secret = 'k'.repeat(32)

describe('a call before its server is ready', () => {
  it('may come from a constructor, and finds a service of the same process started', async () => {
    @Service({ eager: true })
    class Asking {
      readonly answer: Promise<boolean>
      constructor(left: Left) {
        this.answer = left.ready()
      }
    }
    const config = { calls: { boundary: 'checked' as const } }
    const server = await createTestServer({ services: [Left, Asking], config, app: { publish: [Left] } })
    expect(await server.get(Asking).answer).to.equal(true)
  })

  it('may come from a constructor, to another server', async () => {
    @Service({ eager: true })
    class Asking {
      readonly answer: Promise<User>
      constructor(users: UserService) {
        this.answer = users.byId({ id: 3 })
      }
    }
    const users = await startUsers()
    const orders = await startOrders([users.url()], { services: [UserService, Asking] })
    expect((await orders.get(Asking).answer).id).to.equal(3)
  })

  it('ends a start that cannot do without a server whose start cannot do without it', async () => {
    @Service()
    @Route('/chickens')
    class Chickens {
      @Get() @Returns(Number) async hatched(): Promise<number> {
        return 1
      }
    }
    @Service()
    @Route('/eggs')
    class Eggs {
      @Get() @Returns(Number) async laid(): Promise<number> {
        return 1
      }
    }
    @Service({ eager: true })
    class Hen {
      constructor(private readonly eggs: Eggs) {}
      @OnStart() async start() {
        await this.eggs.laid()
      }
    }
    @Service({ eager: true })
    class Nest {
      constructor(private readonly chickens: Chickens) {}
      @OnStart() async start() {
        await this.chickens.hatched()
      }
    }
    const [one, two] = [await freePort(), await freePort()]
    const listening = (port: number, publish: string) => ({
      url: `http://127.0.0.1:${port}`,
      apps: [{ listen: `127.0.0.1:${port}`, publish: [publish] }],
    })
    const servers = { chickens: listening(one, 'Chickens'), eggs: listening(two, 'Eggs') }
    const create = (server: string, starting: typeof Hen | typeof Nest) =>
      createServer({
        services: [Chickens, Eggs, starting, silentLogger],
        config: { calls: { secret }, deployments: { circle: { servers } } },
        server,
      })
    const circle = [create('circle.chickens', Hen), create('circle.eggs', Nest)]
    const outcomes = await Promise.allSettled(circle.map((server) => server.start()))
    for (const [index, outcome] of outcomes.entries()) {
      expect(outcome.status).to.equal('rejected')
      const error = (outcome as PromiseRejectedResult).reason as Error
      expect(error).to.include({ code: 'E_START_FAILED' })
      expect(error.cause).to.be.instanceOf(RemoteCallError).and.include({ executed: 'no' })
      expect(circle[index]!.phase).to.equal('stopped')
    }
  })
})

describe('a call while its server stops', () => {
  it('is made by a stop hook, and none is after the stop', async () => {
    const answers: string[] = []
    @Service({ eager: true })
    class Leaving {
      constructor(readonly users: UserService) {}
      @OnStop() async stop() {
        answers.push((await this.users.byId({ id: 5, view: 'goodbye' })).name)
      }
    }
    const users = await startUsers()
    const orders = await startOrders([users.url()], { services: [UserService, Leaving] })
    const { users: stub } = orders.get(Leaving)
    await orders.server.stop()
    expect(answers).to.deep.equal(['goodbye'])
    const error: unknown = await stub.byId({ id: 6 }).catch((thrown: unknown) => thrown)
    expect(error).to.be.instanceOf(RemoteCallError).and.include({ code: 'REMOTE_UNAVAILABLE', executed: 'no' })
    expect(UserService.seenIds).not.to.include(6)
  })

  it('is not the first of its service that opens a way which nobody would close', async () => {
    @Service({ eager: true })
    class Silent {
      constructor(readonly users: UserService) {}
    }
    const users = await startUsers()
    const orders = await startOrders([users.url()], { services: [UserService, Silent] })
    const { users: stub } = orders.get(Silent)
    await orders.server.stop()
    const error: unknown = await stub.byId({ id: 8 }).catch((thrown: unknown) => thrown)
    expect(error).to.be.instanceOf(RemoteCallError).and.include({ code: 'REMOTE_UNAVAILABLE', executed: 'no' })
    expect(UserService.seenIds).not.to.include(8)
    expect(orders.server.calls().map(({ inFlight, queued }) => [inFlight, queued])).to.deep.equal([[0, 0]])
  })

  it('fails where the service behind a checked boundary has stopped', async () => {
    @Service({ eager: true })
    class Keeping {
      constructor(readonly left: Left) {}
    }
    const config = { calls: { boundary: 'checked' as const } }
    const server = await createTestServer({ services: [Left, Keeping], config, app: { publish: [Left] } })
    const { left } = server.get(Keeping)
    expect(await left.ready()).to.equal(true)
    await server.server.stop()
    const error: unknown = await left.ready().catch((thrown: unknown) => thrown)
    expect(error).to.be.instanceOf(RemoteCallError).and.include({ code: 'REMOTE_UNAVAILABLE', executed: 'no' })
  })
})

for (const boundary of ['remote', 'checked'] as const) {
  describe(`a stream over a ${boundary} boundary whose reader takes one item and forgets the rest`, () => {
    it('ends at its source, and leaves its place to others', async () => {
      let ended = 0
      @Service()
      @Route('/numbers')
      class Numbers {
        @Get() @Returns(stream(Number)) async *all(): AsyncGenerator<number> {
          try {
            for (let number = 1; ; number++) {
              yield number
              await delay(1)
            }
          } finally {
            ended++
          }
        }
      }
      @Route('/first')
      class First {
        constructor(private readonly numbers: Numbers) {}
        @Get() async first() {
          const { value } = await this.numbers.all().next()
          return { value: value as unknown }
        }
      }
      const servers = {
        numbers: { apps: [{ name: 'numbers', listen: '127.0.0.1:0', publish: ['Numbers'] }] },
        first: { apps: [{ name: 'first', listen: '127.0.0.1:0' }] },
      }
      const config = { deployments: { split: { servers } }, calls: { bulkhead: { concurrent: 3, queue: 0 } } }
      const apps = [{ name: 'first', controllers: [First] }]
      const start = async () => {
        if (boundary === 'checked') return createTestServer({ services: [Numbers], config, apps, listen: true })
        const numbers = await createTestServer({ services: [Numbers], config, server: 'split.numbers', listen: true })
        const set = [`deployments.split.servers.numbers.url=${numbers.url()}`]
        return createTestServer({ services: [Numbers], config, apps, server: 'split.first', set, listen: true })
      }
      const first = await start()
      for (let count = 0; count < 3; count++) {
        expect((await first.inject('GET', '/first')).json().data).to.deep.equal({ value: 1 })
      }
      await poll(
        () => {
          collectGarbage()
          return ended === 3 && first.server.calls()[0]!.inFlight === 0
        },
        () => `${ended} ended, ${first.server.calls()[0]!.inFlight} under way`,
      )
      expect((await first.inject('GET', '/first')).status).to.equal(200)
    })
  })
}

describe('hundreds of calls under way', () => {
  it('are ended on both sides when the server that makes them stops, and keep neither from stopping', async () => {
    let running = 0
    let aborted = 0
    @Service()
    @Route('/slow')
    class Slow {
      @Get() @Returns(undefined, 204) async hang(ctx: Context): Promise<void> {
        running++
        await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve))
        running--
        aborted++
      }
    }
    @Route('/ask')
    class Asking {
      constructor(private readonly slow: Slow) {}
      @Get() ask(ctx: Context) {
        return this.slow.hang(ctx)
      }
    }
    const servers = {
      slow: { apps: [{ name: 'slow', listen: '127.0.0.1:0', publish: ['Slow'] }] },
      asking: { apps: [{ name: 'asking', listen: '127.0.0.1:0' }] },
    }
    const config = {
      deployments: { split: { servers } },
      calls: { connections: 150, timeout: '5m' },
      shutdown: { timeout: '200ms' },
    }
    const slow = await createTestServer({ services: [Slow], config, server: 'split.slow', listen: true })
    const asking = await createTestServer({
      services: [Slow],
      config,
      server: 'split.asking',
      set: [`deployments.split.servers.slow.url=${slow.url()}`],
      apps: [{ name: 'asking', controllers: [Asking] }],
      listen: true,
    })
    const agent = new Agent({ maxSockets: 300 })
    const requests = Array.from({ length: 300 }, () => {
      const sent = request(`${asking.url()}/ask`, { agent }).end()
      return once(sent, 'response').catch((error: unknown) => error)
    })
    await poll(
      () => running === 150 && asking.server.calls()[0]!.queued === 100,
      () => `${running} run, ${asking.server.calls()[0]!.queued} wait`,
    )
    await asking.server.stop()
    await Promise.all(requests)
    agent.destroy()
    await poll(
      () => running === 0,
      () => `${running} still run`,
    )
    expect(aborted).to.equal(150)
    const under = () => {
      const [{ inFlight, queued }] = asking.server.calls() as [TargetState]
      return inFlight + queued
    }
    await poll(
      () => under() === 0,
      () => `${under()} calls are still under way`,
    )
    await slow.server.stop()
    expect(slow.logs.filter(({ message }) => message.includes('cut off'))).to.deep.equal([])
  })
})

describe('calls while servers read their configuration again', () => {
  it('all succeed, on both sides', async () => {
    const yaml = (limit: string) => `
deployments:
  split:
    servers:
      users: { apps: [{ name: users, listen: '127.0.0.1:0', publish: [UserService], limits: { body: ${limit} }, timeouts: { handler: ${limit.length}s } }] }
      orders: { apps: [{ name: orders, listen: '127.0.0.1:0' }] }
`
    await using users = await startLive(yaml('1MiB'), { ...code, server: 'split.users' })
    const orders = await startOrders([users.test.url()])
    let isOver = false
    let count = 0
    const failures: unknown[] = []
    const callers = Array.from({ length: 8 }, async () => {
      while (!isOver) {
        const { status, text } = await orders.inject('GET', '/orders/of/7')
        if (status === 200) count++
        else failures.push(text)
      }
    })
    for (let round = 0; round < 10; round++) {
      const reached = count + 20
      const report = await users.change(yaml(round % 2 === 0 ? '2MiB' : '512KiB'))
      expect(report.outcome).to.equal('applied')
      await poll(
        () => count >= reached || failures.length > 0,
        () => 'no calls succeed',
      )
    }
    isOver = true
    await Promise.all(callers)
    expect(failures).to.deep.equal([])
  })
})
