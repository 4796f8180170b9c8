import {
  Context,
  factory,
  Get,
  Inject,
  Logger,
  Middleware,
  Module,
  Route,
  ServerRuntime,
  Service,
  type Capabilities,
  type Class,
  type ModuleClass,
  type ModuleRegistry,
  type Next,
  type ServerOptions,
} from '@lokstra/core'
import { createTestServer, override } from '@lokstra/core/testing'
import { expect } from 'chai'

import { createAppFolder } from '../../helpers/app-folder.js'
import { placeOf, problemOf, problemsOf } from '../../helpers/boot-problems.js'

const at = (marker: string) => placeOf(import.meta.url, marker)

abstract class Database {
  abstract readonly label: string
}

@Service('db')
class MainDatabase extends Database {
  readonly label = 'main'
}

@Service()
class Invoices {
  constructor(readonly db: Database) {}
}

@Service()
class Stamp {
  handle(ctx: Context, next: Next) {
    ctx.setHeader('x-stamp', 'billing')
    return next()
  }
}

@Route('/invoices')
@Middleware('stamp')
class InvoiceController {
  constructor(private readonly invoices: Invoices) {}
  @Get() list() {
    return this.invoices.db.label
  }
}

function billing(capabilities: Capabilities, register?: (registry: ModuleRegistry) => unknown): Class<ModuleClass> {
  @Module({ name: 'billing', capabilities }) // at: module
  class Billing {
    register(registry: ModuleRegistry): void {
      if (register) return register(registry) as undefined
      registry.service(Invoices)
      registry.controller(InvoiceController)
      registry.middleware('stamp', Stamp)
    }
  }
  return Billing
}

const everything: Capabilities = { services: true, controllers: true, middleware: true, inject: [Database] }
const withModule = (module: Class<ModuleClass>): ServerOptions => ({ services: [MainDatabase], modules: [module] })

describe('a module', () => {
  it('brings services, middleware and controllers', async () => {
    const server = await createTestServer(withModule(billing(everything)))
    const response = await server.inject('GET', '/invoices')
    expect([response.json().data, response.headers['x-stamp']]).to.deep.equal(['main', 'billing'])
  })

  it('may register nothing that it did not declare', async () => {
    const problems = await problemsOf(withModule(billing({})))
    expect(problems.map(({ problem }) => problem)).to.include.members([
      'The module billing registers a service, but it declares no services',
      'The module billing registers the controller InvoiceController, but it declares no controllers',
      'The module billing registers the middleware "stamp", but it declares no middleware',
    ])
    expect(problems[0]!.where).to.deep.equal([at('module')])
  })

  it('gives middleware no name by registering its class as a service', async () => {
    @Service('stamp')
    class Other extends Stamp {}
    const module = billing({ services: true }, (registry) => registry.service(Other))
    @Route('/plain')
    @Middleware('stamp')
    class PlainController {
      @Get() get() {
        return 'plain'
      }
    }
    const apps = [{ name: 'api', controllers: [PlainController] }]
    const problem = await problemOf({ ...withModule(module), apps })
    expect(problem.code).to.equal('E_MIDDLEWARE_UNKNOWN')
    const own = { ...withModule(module), apps, namedMiddleware: { stamp: (_: Context, next: Next) => next() } }
    const response = await (await createTestServer(own)).inject('GET', '/plain')
    expect([response.json().data, response.headers['x-stamp']]).to.deep.equal(['plain', undefined])
  })

  describe('may inject from outside', () => {
    const service = (type: Class) => (inject: readonly (string | typeof Database)[]) =>
      problemsOf(withModule(billing({ services: true, inject }, (registry) => registry.service(type))))

    @Service({ eager: true })
    class Ledger {
      constructor(readonly db: Database) {}
    }
    @Service({ eager: true })
    class NamedLedger {
      constructor(@Inject('db') readonly db: Database) {}
    }

    it('nothing that it did not declare', async () => {
      const [problem, ...others] = await service(Ledger)([])
      expect(others).to.deep.equal([])
      expect(problem!.code).to.equal('E_MODULE_CAPABILITY')
      expect(problem!.problem).to.equal(
        'The module billing injects Database into Ledger, but does not declare that it injects it',
      )
    })

    it('what it declares by class, by the name of the service, or by a pattern of names', async () => {
      for (const inject of [[Database], ['db'], ['d*'], ['Database']]) {
        expect(await service(Ledger)(inject)).to.deep.equal([])
      }
      for (const inject of [[Database], ['db'], ['d*']]) expect(await service(NamedLedger)(inject)).to.deep.equal([])
      expect(await service(Ledger)(['cache*'])).to.have.length(1)
      expect(await service(NamedLedger)(['database'])).to.have.length(1)
    })

    it('the logger, the server it runs in, and its own services and values without saying so', async () => {
      @Service()
      class Helper {}
      @Service({ eager: true })
      class Own {
        constructor(
          readonly log: Logger,
          readonly runtime: ServerRuntime,
          readonly helper: Helper,
          @Inject('rates') readonly rates: object,
          @Inject('made') readonly made: object,
        ) {}
      }
      const module = billing({ services: true }, (registry) => {
        registry.service(Own)
        registry.service(Helper)
        registry.service({ value: { usd: 1.1 }, name: 'rates' })
        registry.service(factory({ name: 'made', create: () => ({}) }))
      })
      expect(await problemsOf(withModule(module))).to.deep.equal([])
      const fake = new Helper()
      const overrides = [override(Helper, fake), override('rates', { usd: 2 })]
      const server = await createTestServer({ ...withModule(module), overrides })
      expect(server.get(Own).helper).to.equal(fake)
      expect(server.get(Own).rates).to.deep.equal({ usd: 2 })
    })
  })

  it('that throws while it registers is named with its place, its cause kept', async () => {
    const problem = await problemOf(
      withModule(
        billing({}, () => {
          throw new Error('no licence')
        }),
      ),
    )
    expect(problem.code).to.equal('E_MODULE_INVALID')
    expect(problem.problem).to.equal('The module billing cannot be used: register() failed: no licence')
    expect(problem.cause).to.be.instanceOf(Error)
    expect(problem.where).to.deep.equal([at('module')])
  })

  it('may not register asynchronously', async () => {
    const late = async (): Promise<void> => Promise.reject(new Error('late'))
    const problem = await problemOf(withModule(billing({}, late)))
    expect(problem.problem).to.match(/register\(\) is asynchronous/)
  })

  it('is listed once', async () => {
    const module = billing({}, () => undefined)
    expect((await problemOf({ modules: [module, module] })).problem).to.match(
      /billing cannot be used: it is listed twice/,
    )
  })

  it('carries @Module and has a register method', async () => {
    class Bare {
      register() {}
    }
    class NoRegister {}
    Module()(NoRegister as Class<ModuleClass>)
    const problems = await problemsOf({ modules: [Bare, NoRegister as Class<ModuleClass>] })
    expect(problems.map(({ problem }) => problem)).to.deep.equal([
      'The module Bare cannot be used: it carries no @Module',
      'The module NoRegister cannot be used: it has no register(registry) method',
    ])
  })
})

describe('a module that is a package', () => {
  const source = `import { factory, Module, Inject } from '@lokstra/core'
export class Rates { constructor(label) { this.label = label } }
export class AcmeModule {
  register(registry) {
    registry.service(factory({ provides: Rates, name: 'rates', eager: true, inject: ['db'], create: (db) => new Rates(db.label) }))
  }
}
Module({ name: 'acme', capabilities: { services: true, inject: ['db'] } })(AcmeModule)
`
  const manifest = JSON.stringify({ name: '@acme/rates', type: 'module', exports: { '.': { import: './index.js' } } })
  const serve = async (modules: string, index = source) => {
    await using app = await createAppFolder({
      'node_modules/@acme/rates/package.json': manifest,
      'node_modules/@acme/rates/index.js': index,
      'lokstra.yaml': `modules:\n${modules}\n`,
    })
    const options: ServerOptions = { file: `${app.path}/lokstra.yaml`, services: [MainDatabase] }
    const problems = await problemsOf(options)
    const server = problems.length > 0 ? undefined : await createTestServer(options)
    return { problems, server }
  }

  it('is named in the configuration and imported from the folder of the application', async () => {
    const { problems, server } = await serve("  - '@acme/rates'")
    expect(problems).to.deep.equal([])
    expect(server!.server.get('rates')).to.deep.equal({ label: 'main' })
  })

  it('works when the application allows what it declares', async () => {
    const { problems } = await serve("  - { use: '@acme/rates', allow: { services: true, inject: ['d*'] } }")
    expect(problems).to.deep.equal([])
  })

  it('is refused when the application allows less, with the line of the configuration', async () => {
    const { problems } = await serve("  - { use: '@acme/rates', allow: { inject: [cache] } }")
    expect(problems.map(({ problem }) => problem)).to.deep.equal([
      'The module acme declares that it registers services, but the application does not allow it',
      'The module acme declares that it injects "db", but the application does not allow it',
    ])
    expect(problems[0]!.where[0]).to.match(/lokstra\.yaml:2:\d+$/)
  })

  it('exports exactly one module', async () => {
    const { problems } = await serve("  - '@acme/rates'", 'export const nothing = 1\n')
    expect(problems.map(({ problem }) => problem)).to.deep.equal([
      'The module @acme/rates cannot be used: the package exports 0 classes with @Module',
    ])
  })

  it('that cannot be imported is named with the reason', async () => {
    const missing = await serve("  - '@acme/none'")
    expect(missing.problems[0]!.problem).to.equal('There is no module "@acme/none".')
    const broken = await serve("  - '@acme/rates'", "throw new Error('no licence')\n")
    expect(broken.problems[0]!.problem).to.match(/no licence/)
  })
})
