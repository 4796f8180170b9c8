import {
  Duration,
  Inject,
  Module,
  OnStart,
  OnStop,
  Service,
  type ModuleRegistry,
  type ServerOptions,
} from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { IsInt, IsString, Min } from 'class-validator'
import { expect } from 'chai'

import { createAppFolder } from '../../helpers/app-folder.js'
import { problemOf, problemsOf } from '../../helpers/boot-problems.js'

class RatesConfig {
  @IsString() currency!: string
  @Duration() @IsInt() @Min(1) refresh = 60_000
}

@Module({ capabilities: { services: true }, config: RatesConfig })
class Rates {
  readonly #config: RatesConfig

  constructor(config: RatesConfig) {
    this.#config = config
  }

  register(registry: ModuleRegistry): void {
    registry.service({ value: this.#config, name: 'rates' })
  }
}

@Module()
class Plain {
  register(): void {
    // Nothing to bring.
  }
}

@Service({ eager: true })
class Reader {
  readonly rates: object

  constructor(@Inject('rates') rates: object) {
    this.rates = rates
  }
}

describe('a module with configuration', () => {
  it('is constructed with it, typed and with its defaults', async () => {
    const test = await createTestServer({
      modules: [{ use: Rates, config: { currency: 'EUR', refresh: '5s' } }],
      services: [Reader],
    })
    expect(test.get(Reader).rates).to.be.instanceOf(RatesConfig)
    expect(test.get(Reader).rates).to.deep.equal(Object.assign(new RatesConfig(), { currency: 'EUR', refresh: 5_000 }))
  })

  it('is not constructed when its configuration is wrong, and what it would have brought is not missed', async () => {
    const options: ServerOptions = {
      modules: [{ use: Rates, config: { refresh: 0, curency: 'EUR' } }],
      services: [Reader],
    }
    const problems = await problemsOf(options)
    expect(problems.map(({ problem }) => problem)).to.have.members([
      'Rates.currency is missing',
      'Rates.refresh must not be less than 1, received 0',
      'Rates.curency is not a known key. Did you mean "currency"?',
    ])
  })

  it('has no configuration without a class for it', async () => {
    const problem = await problemOf({ modules: [{ use: Plain, config: { a: 1 } }] })
    expect(problem.problem).to.equal('Plain.a is not a known key.')
  })
})

let order: string[] = []

/** A service that tells when it starts and stops. */
function tells(name: string) {
  @Service(name)
  class Tells {
    @OnStart() start(): void {
      order.push(`start ${name}`)
    }
    @OnStop() stop(): void {
      order.push(`stop ${name}`)
    }
  }
  Object.defineProperty(Tells, 'name', { value: name })
  return Tells
}

const cache = tells('cache')
const database = tells('database')
const user = tells('user')

describe('a service that depends on others without injecting them', () => {
  beforeEach(() => {
    order = []
  })

  const configured = async (yaml: string, run: (options: ServerOptions) => Promise<void>) => {
    await using folder = await createAppFolder({ 'lokstra.yaml': `${yaml}apps: [{ name: api }]\n` })
    await run({ file: `${folder.path}/lokstra.yaml`, services: [cache, database, user] })
  }

  it('starts after them and stops before them, in YAML', async () => {
    @Service({ eager: true })
    class Root {
      readonly user: object
      constructor(@Inject('app') one: object) {
        this.user = one
      }
    }
    await configured(
      'services:\n  app: { type: user, dependsOn: "store, db" }\n  store: { type: cache, dependsOn: db }\n  db: { type: database }\n'.replace(
        'dependsOn: db',
        'dependsOn: [db]',
      ),
      async (options) => {
        const test = await createTestServer({ ...options, services: [...options.services!, Root] })
        await test.server.stop()
      },
    )
    expect(order).to.deep.equal([
      'start database',
      'start cache',
      'start user',
      'stop user',
      'stop cache',
      'stop database',
    ])
  })

  it('is told of names that do not exist, and of circles with the whole way', async () => {
    @Service({ eager: true })
    class Root {
      readonly user: object
      constructor(@Inject('a') one: object) {
        this.user = one
      }
    }
    await configured(
      'services:\n  a: { type: user, dependsOn: [b, stor] }\n  b: { type: cache, dependsOn: [a] }\n  store: { type: database }\n',
      async (options) => {
        const problems = await problemsOf({ ...options, services: [...options.services!, Root] })
        expect(
          problems.map(({ problem, where }) => [problem, where.map((place) => place.replace(/^.*yaml:/, ''))]),
        ).to.deep.equal([
          ['Services depend on each other in a circle\n  path a -> b -> a', ['2:32', '3:33']],
          ['a is to start after "stor", which does not exist. Did you mean "store"?', ['2:35']],
        ])
      },
    )
  })

  it('works in code as well, and only after what starts with the server', async () => {
    @Service({ name: 'requested', lifetime: 'request' })
    class Requested {}
    @Service({ eager: true })
    class Root {
      readonly user: object
      constructor(@Inject('app') one: object) {
        this.user = one
      }
    }
    const services = [database, Root, Requested]
    const test = await createTestServer({
      services: [...services, { use: user, name: 'app', dependsOn: ['database'] }],
    })
    await test.server.stop()
    expect(order.slice(0, 2)).to.deep.equal(['start database', 'start user'])
    const problem = await problemOf({ services: [...services, { use: user, name: 'app', dependsOn: ['requested'] }] })
    expect(problem.problem).to.equal(
      'app is to start after "requested", which lives as request and does not start with the server.',
    )
  })
})
