import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { Body, Get, Logger, NotFoundError, OnStop, Post, Route, Service } from '@lokstra/core'
import { createTestServer, disposeTestServers, override, type TestServer } from '@lokstra/core/testing'
import { IsInt, IsString } from 'class-validator'
import { expect } from 'chai'

import { createAppFolder } from '../../helpers/app-folder.js'
import { rejection } from '../../helpers/boot-problems.js'

@Service()
class Mailer {
  send(): string {
    return 'really sent'
  }
}

class Letter {
  @Body() @IsString() to!: string
}

@Route('/letters')
class Letters {
  constructor(
    private readonly mailer: Mailer,
    private readonly log: Logger,
  ) {}
  @Get() status() {
    return this.mailer.send()
  }
  @Post() send({ to }: Letter) {
    this.log.info('letter sent', { to })
    return to
  }
  @Get('/broken') broken() {
    throw new Error('printer on fire')
  }
  @Get('/missing') missing() {
    throw new NotFoundError()
  }
}

describe('a test server', () => {
  it('answers in memory without opening an address', async () => {
    const server = await createTestServer({ services: [Mailer], controllers: [Letters] })
    const response = await server.inject('POST', '/letters', { body: { to: 'Ada' } })
    expect([response.status, response.json().data, JSON.parse(response.bytes.toString())]).to.deep.equal([
      200,
      'Ada',
      response.json(),
    ])
    expect(
      (await server.inject('POST', '/letters', { body: new URLSearchParams({ to: 'Bob' }) })).json().data,
    ).to.equal('Bob')
  })

  it('answers on a socket when asked to listen', async () => {
    const server = await createTestServer({ services: [Mailer], controllers: [Letters], listen: true })
    expect(server.url()).to.match(/^http:\/\/127\.0\.0\.1:\d+$/)
    const response = await server.fetch('/letters')
    expect(((await response.json()) as { data: string }).data).to.equal('really sent')
  })

  it('opens a free port for every app, whatever their addresses', async () => {
    const apps = ['api', 'admin'].map((name) => ({ name, listen: name === 'api' ? ':80' : ':81' }))
    const server = await createTestServer({ apps, listen: true })
    expect(new Set([server.url('api'), server.url('admin')])).to.have.length(2)
    expect(() => server.url('none')).to.throw('The server has no app none')
  })

  it('serves the controllers of the shorthand beside further apps, first of all', async () => {
    const apps = [{ name: 'admin', listen: ':81' }]
    const server = await createTestServer({ services: [Mailer], controllers: [Letters], apps })
    expect((await server.inject('GET', '/letters')).status).to.equal(200)
    expect((await server.inject('GET', '/letters', { app: 'admin' })).status).to.equal(404)
  })

  it('keeps the lines of loggers that exist when the level is lowered', async () => {
    const server = await createTestServer({ services: [Mailer], controllers: [Letters], logLevel: 'error' })
    server.server.log.level = 'info'
    await server.inject('POST', '/letters', { body: { to: 'Ada' } })
    expect(server.logs.map(({ message }) => message)).to.include('letter sent')
  })

  it('keeps the lines that the server and its services log', async () => {
    const server = await createTestServer({ services: [Mailer], controllers: [Letters], logLevel: 'info' })
    await server.inject('POST', '/letters', { body: { to: 'Ada' } })
    const line = server.logs.find(({ message }) => message === 'letter sent')
    expect([line!.level, line!.fields.to]).to.deep.equal(['info', 'Ada'])
  })

  it('replaces a service by its class before anything is constructed', async () => {
    let made = 0
    @Service({ eager: true })
    class Expensive {
      constructor() {
        made++
      }
    }
    const server = await createTestServer({
      services: [Mailer, Expensive],
      controllers: [Letters],
      overrides: [override(Mailer, { send: () => 'pretended' }), override(Expensive, {})],
    })
    expect((await server.inject('GET', '/letters')).json().data).to.equal('pretended')
    expect(made).to.equal(0)
  })

  it('replaces every implementation of an abstract class, and one service by name', async () => {
    abstract class Store {
      abstract get(): string
    }
    @Service('one')
    class One extends Store {
      override get() {
        return 'one'
      }
    }
    @Service('two')
    class Two extends Store {
      override get() {
        return 'two'
      }
    }
    @Service({ eager: true })
    class Holder {
      constructor(
        readonly one: One,
        readonly two: Two,
      ) {}
    }
    const byClass = await createTestServer({
      services: [One, Two, Holder],
      overrides: [override(Store, { get: () => 'fake' })],
    })
    expect([byClass.get(Holder).one.get(), byClass.get(Holder).two.get()]).to.deep.equal(['fake', 'fake'])
    const byName = await createTestServer({
      services: [One, Two, Holder],
      overrides: [override('two', { get: () => 'fake' })],
    })
    expect([byName.get(Holder).one.get(), byName.get(Holder).two.get()]).to.deep.equal(['one', 'fake'])
  })

  it('does not stop what a test put in', async () => {
    let stopped = 0
    @Service({ eager: true })
    class Pool {
      @OnStop() stop() {
        stopped++
      }
    }
    const server = await createTestServer({ services: [Pool], overrides: [override(Pool, new Pool())] })
    await server.dispose()
    expect(stopped).to.equal(0)
  })

  it('refuses to replace what is not there', async () => {
    const error = await rejection(createTestServer({ overrides: [override(Mailer, {})] }))
    expect(error.code).to.equal('E_OVERRIDE_UNKNOWN')
  })

  it('lays configuration over that of the file', async () => {
    class Settings {
      @IsInt() size = 1
    }
    @Service({ name: 'sized', config: Settings })
    class Sized {
      constructor(readonly settings: Settings) {}
    }
    await using app = await createAppFolder({
      'lokstra.yaml': 'name: shop\nservices:\n  main: { type: sized, size: 2 }\n',
    })
    @Service({ eager: true })
    class Holder {
      constructor(readonly sized: Sized) {}
    }
    const file = `${app.path}/lokstra.yaml`
    const services = [Sized, Holder]
    const plain = await createTestServer({ file, services })
    expect(plain.get(Holder).sized.settings.size).to.equal(2)
    const overlaid = await createTestServer({ file, services, config: { services: { main: { size: 3 } } } })
    expect(overlaid.get(Holder).sized.settings.size).to.equal(3)
  })

  it('is stopped by `await using`', async () => {
    let inner: TestServer
    {
      await using server = await createTestServer()
      inner = server
    }
    expect(inner.server.phase).to.equal('stopped')
  })

  it('is remembered when it is created while others are disposed twice at once', async () => {
    let late: TestServer | undefined
    @Service({ eager: true })
    class Creator {
      @OnStop() async stop() {
        late = await createTestServer()
      }
    }
    await createTestServer({ services: [Creator] })
    await createTestServer()
    await Promise.all([disposeTestServers({ onlyOfTest: true }), disposeTestServers({ onlyOfTest: true })])
    expect(late!.server.phase).to.equal('ready')
    await disposeTestServers({ onlyOfTest: true })
    expect(late!.server.phase).to.equal('stopped')
  })

  it('takes an error that was announced, and errors that carry a status', async () => {
    const server = await createTestServer({ services: [Mailer], controllers: [Letters] })
    server.expectError(/printer on fire/)
    expect((await server.inject('GET', '/letters/broken')).status).to.equal(500)
    expect((await server.inject('GET', '/letters/missing')).status).to.equal(404)
    await server.dispose()
  })

  it('refuses to be disposed in silence after an error that nobody announced', async () => {
    const server = await createTestServer({ services: [Mailer], controllers: [Letters] })
    await server.inject('GET', '/letters/broken')
    const error: unknown = await server.dispose().catch((thrown: unknown) => thrown)
    expect(String(error)).to.equal(
      'Error: A handler failed with an error that the test did not expect: Error: printer on fire',
    )
    expect(server.server.phase).to.equal('stopped')
  })
})

describe('mocha with test servers', () => {
  const run = promisify(execFile)
  const mocha = fileURLToPath(new URL('../../../../node_modules/mocha/bin/mocha.js', import.meta.url))
  const preamble = `import { createTestServer } from '@lokstra/core/testing'
import { Route, Get, OnStop, Service } from '@lokstra/core'
import { appendFileSync } from 'node:fs'
class Pages { show() { throw new Error('unexpected') } fine() {} stop() { appendFileSync('stopped.txt', 'stopped\\n') } }
Get('/broken')(Pages.prototype, 'show', Object.getOwnPropertyDescriptor(Pages.prototype, 'show'))
OnStop()(Pages.prototype, 'stop', Object.getOwnPropertyDescriptor(Pages.prototype, 'stop'))
Reflect.defineMetadata('design:paramtypes', [], Pages.prototype, 'show')
Route()(Pages)
const serve = () => createTestServer({ controllers: [Pages], listen: true })
`

  async function runMocha(body: string) {
    await using app = await createAppFolder({ 'server.test.js': preamble + body })
    const args = [mocha, '--no-config', '--reporter', 'json', 'server.test.js']
    const { stdout } = await run(process.execPath, args, { cwd: app.path }).catch(
      (error: unknown) => error as { stdout: string },
    )
    const report = JSON.parse(stdout) as {
      passes: { title: string }[]
      failures: { title: string; err: { message: string } }[]
    }
    const stopped = await readFile(`${app.path}/stopped.txt`, 'utf8').catch(() => '')
    return {
      passed: report.passes.map(({ title }) => title),
      failed: report.failures.map(({ title, err }) => `${title}: ${err.message}`),
      stopped: stopped.split('\n').length - 1,
    }
  }

  it('ends by itself: servers of a test stop after it, those of a suite after the last', async () => {
    const { passed, failed, stopped } = await runMocha(`
before(serve)
it('one', async () => { await serve() })
it('two', serve)
`)
    expect([passed, failed, stopped]).to.deep.equal([['one', 'two'], [], 3])
  })

  it('fails the test whose handler failed unexpectedly, and goes on with the others', async () => {
    const { passed, failed } = await runMocha(`
it('first', async () => { await (await serve()).inject('GET', '/broken') })
it('second', async () => { await serve() })
it('with a callback', (done) => { serve().then((server) => server.inject('GET', '/broken')).then(() => done(), done) })
it('wrong itself', async () => { await (await serve()).inject('GET', '/broken'); throw new Error('wrong') })
describe('suite', () => { it('third', () => {}) })
`)
    const unexpected = 'A handler failed with an error that the test did not expect: Error: unexpected'
    expect(failed).to.deep.equal([`first: ${unexpected}`, `with a callback: ${unexpected}`, 'wrong itself: wrong'])
    expect(passed).to.deep.equal(['second', 'third'])
  })
})
