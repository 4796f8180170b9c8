import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { createServer as createNetServer, type AddressInfo, type Server as NetServer } from 'node:net'
import { once } from 'node:events'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'

import {
  createServer,
  Get,
  LokstraError,
  OnStart,
  OnStop,
  Route,
  Service,
  type AppOptions,
  type Server,
} from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { problemsOf } from '../../helpers/boot-problems.js'
import { ChildServer } from '../../helpers/child-server.js'
import { freePort } from '../../helpers/free-port.js'
import { silentLogger } from '../../helpers/silent-logger.js'

const events: string[] = []

@Service()
class Store {
  @OnStart() start() {
    events.push('started')
  }
  @OnStop() stop() {
    events.push('stopped')
  }
}

@Route('/one')
class One {
  constructor(readonly store: Store) {}
  @Get() get() {
    return 'one'
  }
}

@Route('/two')
class Two {
  @Get() get() {
    return 'two'
  }
}

const servers: Server[] = []
const others: NetServer[] = []
let folder: string

beforeEach(() => {
  events.length = 0
  folder = mkdtempSync(join(tmpdir(), 'lokstra-listen-'))
})
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()))
  for (const other of others.splice(0)) await new Promise((resolve) => other.close(resolve))
  rmSync(folder, { recursive: true })
})

/** Starts a server on the addresses themselves, which a test server would replace. */
async function start(...apps: readonly AppOptions[]): Promise<Server> {
  const server = createServer({ services: [Store, silentLogger], shutdown: { idle: 0 }, apps })
  servers.push(server)
  return server.start()
}

async function refusal(...apps: readonly AppOptions[]): Promise<LokstraError> {
  try {
    await start(...apps)
  } catch (error) {
    if (LokstraError.is(error)) return error
    throw error
  }
  throw new Error('The server started')
}

/** Holds an address as another process would. */
async function occupy(where: { port: number; host: string } | { path: string }): Promise<number> {
  const server = createNetServer().listen(where)
  await once(server, 'listening')
  others.push(server)
  return (server.address() as AddressInfo).port
}

function getOver(socketPath: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const req = request({ socketPath, path }, (res) => {
      let text = ''
      res.on('data', (chunk: Buffer) => (text += chunk.toString()))
      res.on('end', () => resolve(text))
    })
    req.on('error', reject).end()
  })
}

const text = async (url: string) => (await fetch(url, { headers: { connection: 'close' } })).text()

describe('an app', () => {
  it('listens where it is told to, on a free port when the port is 0', async () => {
    const server = await start(
      { name: 'one', listen: '127.0.0.1:0', controllers: [One] },
      { name: 'two', listen: '127.0.0.1:0', controllers: [Two] },
    )
    const [one, two] = server.listeners.map(({ url }) => url)
    expect(one)
      .to.match(/^http:\/\/127\.0\.0\.1:\d+$/)
      .and.not.equal(two)
    expect(await text(`${one}/one`)).to.include('"one"')
    expect(await text(`${two}/two`)).to.include('"two"')
    expect(await text(`${one}/two`)).to.include('NOT_FOUND')
  })

  it('without a host listens on every address', async () => {
    const port = await freePort()
    const server = await start({ listen: `:${port}`, controllers: [One] })
    expect(server.listeners[0]!.url).to.equal(`http://localhost:${port}`)
    expect(await text(`http://127.0.0.1:${port}/one`)).to.include('"one"')
  })

  it('shares the address of another one, and answers below its own prefix', async () => {
    const listen = `127.0.0.1:${await freePort()}`
    const server = await start(
      { name: 'one', listen, controllers: [One] },
      { name: 'two', listen, prefix: '/v2', controllers: [Two] },
    )
    expect(server.listeners).to.have.length(1)
    expect(await text(`http://${listen}/one`)).to.include('"one"')
    expect(await text(`http://${listen}/v2/two`)).to.include('"two"')
  })

  it('listens on IPv6 where the machine has it', async function () {
    const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ family }) => family === 'IPv6'))
    if (!hasIpv6) this.skip()
    const server = await start({ listen: '[::1]:0', controllers: [One] })
    expect(server.listeners[0]!.url).to.match(/^http:\/\/\[::1\]:\d+$/)
    expect(await text(`${server.listeners[0]!.url}/one`)).to.include('"one"')
  })

  it('listens on a socket of the file system, and takes it away when it stops', async () => {
    const path = join(folder, 'app.sock')
    const server = await start({ listen: `unix:${path}`, controllers: [One] })
    expect(server.listeners[0]!.url).to.equal(`unix:${path}`)
    expect(await getOver(path, '/one')).to.include('"one"')
    await server.stop()
    expect(existsSync(path)).to.equal(false)
  })

  it('takes the place of a socket whose process has died', async () => {
    const path = join(folder, 'app.sock')
    const env = { OPTIONS: JSON.stringify({ app: { listen: `unix:${path}` } }) }
    await using dead = await ChildServer.start('load-server.js', env)
    dead.kill('SIGKILL')
    await dead.exit
    expect(existsSync(path)).to.equal(true)
    await start({ listen: `unix:${path}`, controllers: [One] })
    expect(await getOver(path, '/one')).to.include('"one"')
  })
})

describe('an address that cannot be had', () => {
  it('because it is in use stops the whole server, services included', async () => {
    const port = await occupy({ port: 0, host: '127.0.0.1' })
    const free = await freePort()
    const error = await refusal(
      { name: 'one', listen: `127.0.0.1:${free}`, controllers: [One] },
      { name: 'two', listen: `127.0.0.1:${port}`, controllers: [Two] },
    )
    expect(error.code).to.equal('E_LISTEN_IN_USE')
    expect(error.message).to.include(`The app two cannot listen on 127.0.0.1:${port}: the address is in use`)
    expect(events).to.deep.equal(['started', 'stopped'])
    const refused = await fetch(`http://127.0.0.1:${free}/one`).catch((failure: unknown) => failure)
    expect(refused).to.have.nested.property('cause.code', 'ECONNREFUSED')
  })

  it('because another process answers on the socket is left to it', async () => {
    const path = join(folder, 'app.sock')
    await occupy({ path })
    const error = await refusal({ listen: `unix:${path}`, controllers: [One] })
    expect(error.code).to.equal('E_LISTEN_IN_USE')
    expect(error.problem).to.equal(`The app app cannot listen on unix:${path}: another process answers on the socket`)
    expect(existsSync(path)).to.equal(true)
    expect(events).to.deep.equal(['started', 'stopped'])
  })

  it('because a file is there is not taken from it', async () => {
    const path = join(folder, 'data.txt')
    writeFileSync(path, 'precious')
    const error = await refusal({ listen: `unix:${path}`, controllers: [One] })
    expect(error.code).to.equal('E_LISTEN_IN_USE')
    expect(error.problem).to.include('a file of that name exists and is no socket')
    expect(existsSync(path)).to.equal(true)
  })

  for (const [listen, detail] of [
    ['192.0.2.1:8080', 'this machine has no such address'],
    ['no-such-host.invalid:8080', 'the host name is unknown'],
    ['unix:/no/such/folder/app.sock', 'its folder does not exist'],
  ] as const) {
    it(`is an error that says why: ${listen}`, async () => {
      const error = await refusal({ listen, controllers: [One] })
      expect(error.code).to.equal('E_LISTEN_FAILED')
      expect(error.problem).to.include(`The app app cannot listen on ${listen}: ${detail}`)
      expect(events).to.deep.equal(['started', 'stopped'])
    })
  }

  for (const listen of [
    '3000x',
    ':70000',
    ':-1',
    ':65536',
    '127.0.0.1',
    '[::1]',
    '::1:3000',
    'unix:',
    'http://localhost:3000',
    '',
  ]) {
    it(`is refused before anything starts: "${listen}"`, async () => {
      const error = await refusal({ name: 'api', listen, controllers: [One] })
      expect(error.code).to.equal('E_CONFIG_VALUE_INVALID')
      expect(error.message).to.include('listen must be an address such as').and.include('listening.test.ts')
      expect(events).to.deep.equal([])
    })
  }

  it('is placed where the server is created', async () => {
    const [problem] = await problemsOf({ shutdown: { timeout: 'soon' } })
    expect(problem!.where.join()).to.match(/boot-problems\.ts:\d+/)
  })

  it('is reported together with every other mistake', async () => {
    const problems = await problemsOf({
      apps: [
        { name: 'a', listen: 'x', prefix: 'y' },
        { name: 'b', listen: ':99999' },
      ],
    })
    expect(problems.map(({ code }) => code)).to.deep.equal(Array<string>(3).fill('E_CONFIG_VALUE_INVALID'))
  })
})

describe('a server', () => {
  it('cannot be started twice, nor after it was stopped', async () => {
    const server = await start({ listen: '127.0.0.1:0', controllers: [One] })
    for (const state of ['already ready', 'already stopped']) {
      const error = await server.start().catch((failure: unknown) => failure)
      expect(error).to.have.property('code', 'E_SERVER_STATE')
      expect(error).to.have.property('problem', `The server cannot start: it is ${state}`)
      await server.stop()
    }
  })

  it('may be stopped twice, also at the same time', async () => {
    const server = await start({ listen: '127.0.0.1:0', controllers: [One] })
    const [first, second] = await Promise.all([server.stop(), server.stop()])
    expect(first).to.equal(second)
    expect(await server.stop()).to.deep.equal([])
    expect(events).to.deep.equal(['started', 'stopped'])
    expect(server.phase).to.equal('stopped')
  })

  it('takes a request time-out that is shorter than that of the headers', async () => {
    const server = await createTestServer({ controllers: [Two], listen: true, app: { timeouts: { request: 200 } } })
    expect((await server.fetch('/two')).status).to.equal(200)
  })

  it('shows its apps with their routes, and how long it took', async () => {
    await using server = new ChildServer('banner-server.js')
    await server.until(/ready in \d+ ms/)
    server.kill('SIGTERM')
    await server.exit
    expect(server.output).to.match(/^ {2}shop$/m)
    expect(server.output).to.match(/^ {2}api {2}http:\/\/127\.0\.0\.1:\d+$/m)
    expect(server.output).to.match(/^ {4}GET {5}\/items {2}→ {2}Items\.list$/m)
    expect(server.output).to.match(/^ {4}POST {4}\/items {2}→ {2}Items\.add$/m)
    expect(server.output).to.match(/^ {2}admin {2}http:\/\/127\.0\.0\.1:\d+$/m)
    expect(server.output).to.match(/^ {2}3 routes, ready in \d+ ms$/m)
  })

  it('counts a single route as one', async () => {
    await using server = new ChildServer('banner-server.js', { ONE_ROUTE: '1' })
    await server.until(/^ {2}1 route, ready in \d+ ms$/m)
    server.kill('SIGTERM')
    expect(await server.exit).to.deep.equal({ code: 0, signal: null })
  })
})
