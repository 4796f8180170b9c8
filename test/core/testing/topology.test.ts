import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'

import { RemoteCallError, type AbstractClass, type Class } from '@lokstra/core'
import {
  createTestServer,
  createTopology,
  eachMode,
  override,
  topologyModes,
  type FaultPlan,
  type Topology,
  type TopologyMode,
  type TopologyOptions,
} from '@lokstra/core/testing'
import { expect } from 'chai'

import { createAppFolder, type AppFolder } from '../../helpers/app-folder.js'
import { isRunning } from '../../helpers/is-running.js'
import { runProgram } from '../../helpers/lokstra.js'
import { poll } from '../../helpers/poll.js'
import { repositoryRoot } from '../../helpers/repository.js'

const yaml = `
name: counting
discover: [classes.js]
calls: { retries: 0 }
apps:
  - { name: api, listen: ':3000', controllers: [CountController] }
deployments:
  split:
    servers:
      front: { apps: [{ name: api }] }
      back: { apps: [{ listen: ':3001', publish: [Counter] }] }
`

/** A published service that counts, and a controller that calls it. */
const classes = `
import { Get, Inject, Path, Post, Returns, Route, Service } from '@lokstra/core'
import { Matches } from 'class-validator'

const decorate = (decorators, type, method, returned, parameters = []) => {
  for (const decorator of decorators) decorator(type.prototype, method, Object.getOwnPropertyDescriptor(type.prototype, method))
  Reflect.defineMetadata('design:paramtypes', parameters, type.prototype, method)
  Reflect.defineMetadata('design:returntype', returned, type.prototype, method)
}

export class Name { name }
Path()(Name.prototype, 'name')
Matches(/^[a-z]+$/)(Name.prototype, 'name')
Reflect.defineMetadata('design:type', String, Name.prototype, 'name')

export class Counter {
  #counts = new Map()
  async add({ name }) {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
    return this.#counts.get(name)
  }
  async count({ name }) { return this.#counts.get(name) ?? 0 }
  async pid() { return process.pid }
}
decorate([Post('/:name'), Returns(Number)], Counter, 'add', Promise, [Name])
decorate([Get('/:name'), Returns(Number)], Counter, 'count', Promise, [Name])
decorate([Get('/of/pid'), Returns(Number)], Counter, 'pid', Promise)
Route('/counters')(Counter)
Service()(Counter)

export class CountController {
  constructor(counter) { this.counter = counter }
  add(input) { return this.counter.add(input) }
}
Reflect.defineMetadata('design:paramtypes', [Counter], CountController)
decorate([Post('/:name')], CountController, 'add', Promise, [Name])
Route('/count')(CountController)
`

/** Tells what it was sent, beside the service that the deployment publishes. */
const echo = `
import { Context } from '@lokstra/core'
${classes}
export class EchoController {
  async echo(ctx) {
    const received = await ctx.req.toArray()
    ctx.res.setHeader('set-cookie', ['a=1', 'b=2'])
    return { type: ctx.req.headers['content-type'], hex: Buffer.concat(received).toString('hex') }
  }
}
decorate([Post('/echo')], EchoController, 'echo', Promise, [Context])
Route()(EchoController)
`

/** A published service whose class has another name than the service, and which nothing injects. */
const clock = `
import { Get, Returns, Route, Service } from '@lokstra/core'
export class Clock { async hour() { return 12 } }
for (const decorator of [Get(), Returns(Number)]) decorator(Clock.prototype, 'hour', Object.getOwnPropertyDescriptor(Clock.prototype, 'hour'))
Reflect.defineMetadata('design:paramtypes', [], Clock.prototype, 'hour')
Reflect.defineMetadata('design:returntype', Promise, Clock.prototype, 'hour')
Route('/time')(Clock)
Service('clock')(Clock)
`

interface Clock {
  hour(): Promise<number>
}

interface Counter {
  add(input: { name: string }): Promise<number>
  count(input: { name: string }): Promise<number>
  pid(): Promise<number>
}

describe('a topology', function () {
  this.timeout(60_000)
  let app: AppFolder
  let Counter: AbstractClass<Counter>

  before(async () => {
    app = await createAppFolder({ 'lokstra.yaml': yaml, 'classes.js': classes })
    Counter = ((await import(pathToFileURL(join(app.path, 'classes.js')).href)) as { Counter: AbstractClass<Counter> })
      .Counter
  })
  after(() => app[Symbol.asyncDispose]())

  const open = (mode: TopologyMode, options: Partial<TopologyOptions> = {}): Promise<Topology> =>
    createTopology({ file: join(app.path, 'lokstra.yaml'), deployment: 'split', mode, ...options })

  eachMode(topologyModes, (mode) => {
    it('gives the published services as others see them, and the answers of apps', async () => {
      const topology = await open(mode)
      expect(topology.mode).to.equal(mode)
      expect(topology.get(Counter)).to.be.an.instanceOf(Counter)
      expect(await topology.get(Counter).add({ name: 'a' })).to.equal(1)
      const answer = await topology.request('api', 'POST', '/count/a')
      expect(answer.json()).to.deep.equal({ status: 'success', data: 2 })
      expect(await topology.get(Counter).count({ name: 'a' })).to.equal(2)
      const isElsewhere = (await topology.get(Counter).pid()) !== process.pid
      expect(isElsewhere).to.equal(mode === 'processes')
    })

    it('sends bodies and gives headers as `inject` does', async () => {
      const files = { 'lokstra.yaml': yaml.replace('[CountController]', '[EchoController]'), 'classes.js': echo }
      await using other = await createAppFolder(files)
      const topology = await open(mode, { file: join(other.path, 'lokstra.yaml') })
      const module = (await import(pathToFileURL(join(other.path, 'classes.js')).href)) as { EchoController: Class }
      const alone = await createTestServer({ controllers: [module.EchoController] })
      const bytes = Buffer.from([0, 1, 2, 0x80])
      const hex = '00010280'
      for (const [name, body, received] of [
        ['Buffer', () => bytes, { type: 'image/png', hex }],
        ['Uint8Array', () => new Uint8Array(bytes).subarray(1), { type: 'image/png', hex: hex.slice(2) }],
        ['ArrayBuffer', () => new Uint8Array(bytes).buffer, { type: 'image/png', hex }],
        ['stream', () => Readable.from([bytes.subarray(0, 2), bytes.subarray(2)]), { type: 'image/png', hex }],
        ['text', () => 'ab', { type: 'image/png', hex: '6162' }],
        ['object', () => ({}), { type: 'application/json', hex: '7b7d' }],
        ['null', () => null, { type: 'application/json', hex: '6e756c6c' }],
        ['form', () => new URLSearchParams('a=b'), { type: 'application/x-www-form-urlencoded', hex: '613d62' }],
      ] as const) {
        const headers: Record<string, string> = received.type === 'image/png' ? { 'content-type': received.type } : {}
        for (const send of [
          () => alone.inject('POST', '/echo', { body: body(), headers }),
          () => topology.request('api', 'POST', '/echo', { body: body(), headers }),
        ]) {
          const answer = await send()
          expect(answer.json().data, name).to.deep.equal(received)
          expect(answer.headers['set-cookie']).to.deep.equal(['a=1', 'b=2'])
        }
      }
      await topology.stop()
    })

    it('runs apps with certificates and unix sockets at ports of its own, in the clear', async () => {
      const tls = '{ cert: none.pem, key: none.key, ca: none.pem, clientCertificate: require }'
      const elsewhere = yaml
        .replace("listen: ':3000'", "listen: 'unix:api.sock', socketMode: '600'")
        .replace("listen: ':3001'", `listen: ':3001', tls: ${tls}`)
      await using other = await createAppFolder({ 'lokstra.yaml': elsewhere, 'classes.js': classes })
      const topology = await open(mode, { file: join(other.path, 'lokstra.yaml') })
      expect((await topology.request('api', 'POST', '/count/a')).json()).to.deep.equal({ status: 'success', data: 1 })
      expect(topology.url('api')).to.match(/^http:/)
      await topology.stop()
    })

    for (const [how, publish] of [
      ['the name of its class', 'apps: [{ listen: ":3001", publish: [Clock] }]'],
      ['the name of its service', 'apps: [{ listen: ":3001", publish: [clock] }]'],
      [
        'what its server calls it',
        'services: { tower: { type: clock } }, apps: [{ listen: ":3001", publish: [tower] }]',
      ],
    ] as const) {
      it(`gives a service by its class, whatever that is called, published by ${how}`, async () => {
        const more = yaml
          .replace('classes.js]', 'classes.js, clock.js]')
          .replace('front:', `time: { ${publish} }\n      front:`)
        const files = { 'lokstra.yaml': more, 'classes.js': classes, 'clock.js': clock }
        await using other = await createAppFolder(files)
        const topology = await open(mode, { file: join(other.path, 'lokstra.yaml') })
        const module = (await import(pathToFileURL(join(other.path, 'clock.js')).href)) as {
          Clock: AbstractClass<Clock>
        }
        expect(await topology.get(module.Clock).hour()).to.equal(12)
        await topology.stop()
      })
    }

    it('says what it does not have', async () => {
      const topology = await open(mode)
      class Unpublished {}
      expect(() => topology.get(Unpublished)).to.throw('Unpublished is not published by a server of the topology')
      expect(() => topology.url('admin')).to.throw('No server of the topology has an app admin')
      if (mode === 'remote' || mode === 'processes') {
        expect(() => topology.server('side')).to.throw('There is no server side; there are: front, back')
      } else expect(topology.server('back')).to.equal(topology.server('front'))
    })

    it('logs of each server which one of the deployment it is', async () => {
      const topology = await open(mode)
      await topology.stop()
      for (const { name, logs } of topology.servers) {
        const told = logs.filter(({ message }) => /^server (?:ready|stopped)$/.test(message))
        const expected = mode === 'direct' || mode === 'checked' ? 'counting' : `split.${name}`
        expect(told.map(({ fields }) => fields.server)).to.deep.equal([expected, expected])
      }
    })

    it('opens no address once it has stopped, and stops once', async () => {
      const topology = await open(mode)
      const { port } = new URL(topology.url('api'))
      await Promise.all([topology.stop(), topology.stop()])
      expect(topology.servers.map(({ isRunning }) => isRunning)).not.to.include(true)
      const socket = createConnection(Number(port), '127.0.0.1')
      const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException]
      expect(error.code).to.equal('ECONNREFUSED')
    })

    it('keeps its addresses when a server is started again', async () => {
      const topology = await open(mode)
      const url = topology.url('api')
      await topology.get(Counter).add({ name: 'b' })
      const server = topology.server('back')
      await server.restart()
      expect(server.isRunning).to.equal(true)
      expect(topology.url('api')).to.equal(url)
      // What it counted was in its memory.
      expect((await topology.request('api', 'POST', '/count/b')).json().data).to.equal(1)
    })

    it('fails with what a server says that cannot start', async () => {
      const failed = await open(mode, { set: ['apps.api.listen=nonsense', 'calls.retries=-1'] }).catch(
        (error: unknown) => error as Error,
      )
      expect(failed).to.be.an.instanceOf(Error)
      expect(String(failed)).to.include('calls.retries')
    })
  })

  it('replaces services wherever they run, but not in another process', async () => {
    const standIn = { add: () => Promise.resolve(42) }
    for (const mode of ['direct', 'remote'] as const) {
      const topology = await open(mode, { overrides: [override(Counter, standIn)] })
      expect((await topology.request('api', 'POST', '/count/c')).json().data, mode).to.equal(42)
      expect(topology.get(Counter), mode).to.equal(standIn)
    }
    const refused = await open('processes', { overrides: [override(Counter, standIn)] }).catch(String)
    expect(refused).to.include('Nothing can be overridden in another process')
  })

  it('names the deployments where there is none of that name', async () => {
    const failed = await open('remote', { deployment: 'spilt' }).catch(String)
    expect(failed).to.match(/has no deployment "spilt".*Did you mean "split"/)
  })

  it('kills only what is a process, and starts it again', async () => {
    const local = await open('remote')
    expect(await local.server('back').kill().catch(String)).to.include('runs in this process')
    const topology = await open('processes')
    const counter = topology.get(Counter)
    const pid = await counter.pid()
    await topology.server('back').kill()
    expect(() => process.kill(pid, 0)).to.throw('ESRCH')
    const error = await counter.pid().catch((caught: unknown) => caught)
    expect(error).to.be.an.instanceOf(RemoteCallError).and.to.include({ status: 503 })
    await topology.server('back').start()
    await poll(
      () =>
        counter.pid().then(
          (now) => now !== pid,
          () => false,
        ),
      () => 'the server did not come back',
    )
  })

  it('is stopped after the last test of its mode where it was created before them, and a failed start says nothing but why', async () => {
    const script = `
      import { createTopology, eachMode } from '@lokstra/core/testing'
      const started = []
      eachMode(['direct', 'checked', 'remote'], (mode) => {
        let topology
        before(async () => {
          const set = mode === 'checked' ? ['calls.retries=-1'] : []
          topology = await createTopology({ file: 'lokstra.yaml', deployment: 'split', mode, set })
          started.push(topology)
        })
        for (const test of ['first', 'second'])
          it(test, () => {
            if (started.some((one) => one.isStopped !== (one !== topology))) throw new Error('stopped too early or too late')
          })
      })`
    await writeFile(join(app.path, 'before.test.mjs'), script)
    const mocha = join(repositoryRoot, 'node_modules/mocha/bin/mocha.js')
    const { code, stderr, stdout } = await runProgram(
      process.execPath,
      [mocha, '--exit', '--timeout', '30000', 'before.test.mjs'],
      {
        cwd: app.path,
      },
    )
    expect(code, stdout + stderr).to.equal(1)
    expect(stdout).to.include('4 passing').and.include('1 failing').and.include('calls.retries')
    expect(stdout + stderr).not.to.include('TypeError')
  })

  it('leaves no process behind when the one that runs the test is killed', async () => {
    const script = `
      import { createTopology } from '@lokstra/core/testing'
      const topology = await createTopology({ file: 'lokstra.yaml', deployment: 'split', mode: 'processes' })
      const { Counter } = await import(${JSON.stringify(pathToFileURL(join(app.path, 'classes.js')).href)})
      console.log(await topology.get(Counter).pid())`
    await writeFile(join(app.path, 'kept.mjs'), script)
    // What it cannot remove itself is removed with the folder of the app.
    const env = { ...process.env, TMPDIR: app.path }
    const child = spawn(process.execPath, ['kept.mjs'], { cwd: app.path, env, stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      const [text] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string]
      const pid = Number(text)
      expect(pid).to.be.greaterThan(0)
      child.kill('SIGKILL')
      await poll(
        () => !isRunning(pid),
        () => `process ${pid} goes on`,
      )
    } finally {
      child.kill('SIGKILL')
    }
  })

  describe('with faults', () => {
    const always = (kind: keyof FaultPlan): FaultPlan => ({ [kind]: 1, seed: 1, latencyMs: 5, refusedMs: 5 })

    async function outcome(call: Promise<unknown>): Promise<string> {
      return call.then(
        () => 'answered',
        (error: unknown) => (error instanceof RemoteCallError ? error.executed : String(error)),
      )
    }

    for (const [kind, expected, executions] of [
      ['latency', 'answered', 1],
      ['slowBody', 'answered', 1],
      ['duplicate', 'answered', 2],
      ['refused', 'answered', 1],
      ['resetBefore', 'maybe', 0],
      ['resetAfter', 'maybe', 1],
      ['cutBody', 'maybe', 1],
    ] as const) {
      it(`${kind}: the caller sees "${expected}", and the operation runs ${executions} times`, async () => {
        const topology = await open('remote', { faults: always(kind) })
        const counter = topology.get(Counter)
        expect(await outcome(counter.add({ name: 'x' }))).to.equal(expected)
        expect(topology.faults).to.deep.equal({ [kind]: 1 })
        topology.heal()
        await poll(
          async () => (await counter.count({ name: 'x' }).catch(() => -1)) === executions,
          () => 'it ran another number of times',
        )
        expect(topology.faults).to.deep.equal({ [kind]: 1 })
      })
    }

    it('refused: no connection is taken for a while, and calls that are under way are answered', async () => {
      const topology = await open('remote', { faults: { refused: 1, refusedMs: 60_000, seed: 1 } })
      const counter = topology.get(Counter)
      const under = await Promise.all(Array.from({ length: 5 }, () => outcome(counter.add({ name: 'x' }))))
      // Those that came before the port was closed, and those that came too late for it: none in doubt.
      expect(under).to.include('answered')
      expect(under.filter((one) => one !== 'answered' && one !== 'no')).to.deep.equal([])
      for (let count = 0; count < 7; count++) {
        const error = (await counter.add({ name: 'x' }).catch((caught: unknown) => caught)) as RemoteCallError
        expect(error).to.include({ status: 503, executed: 'no' })
        expect(codesOf(error), String(error.cause)).to.include('ECONNREFUSED')
      }
      topology.heal()
      const answered = under.filter((one) => one === 'answered').length
      await poll(
        async () => (await counter.count({ name: 'x' }).catch(() => -1)) === answered,
        () => 'it is not reached again, or has run another number of times',
      )
    })

    it('refused: connections are taken again after a while', async () => {
      const topology = await open('remote', { faults: { refused: 1, refusedMs: 20, seed: 1 } })
      const counter = topology.get(Counter)
      let answered = 0
      await poll(
        async () => {
          if ((await outcome(counter.add({ name: 'x' }))) === 'answered') answered++
          return answered === 3
        },
        () => `answered ${answered} times`,
      )
      expect(topology.faults).to.deep.equal({ refused: 3 })
    })

    it('happen in the same order for the same seed, and in another for another', async () => {
      const run = async (seed: number) => {
        const topology = await open('remote', { faults: { seed, resetBefore: 0.5, latency: 0.1, latencyMs: 2 } })
        expect(topology.seed).to.equal(seed)
        const outcomes: string[] = []
        for (let turn = 0; turn < 12; turn++) outcomes.push(await outcome(topology.get(Counter).count({ name: 'x' })))
        await topology.stop()
        return outcomes.join()
      }
      const [first, again, other] = [await run(1), await run(1), await run(2)]
      expect(again).to.equal(first)
      expect(other).not.to.equal(first)
    })

    it('have a seed of their own where none is given', async () => {
      const topology = await open('remote', { faults: { latency: 0.1 } })
      expect(topology.seed).to.be.a('number')
      expect((await open('remote')).seed).to.equal(undefined)
    })

    it('have their seed printed when a test fails', async () => {
      const script = `
        import { createTopology } from '@lokstra/core/testing'
        it('fails', async () => {
          await createTopology({ file: 'lokstra.yaml', deployment: 'split', mode: 'remote', faults: { seed: 4711 } })
          throw new Error('on purpose')
        })
        it('passes', () => undefined)`
      await writeFile(join(app.path, 'seed.test.mjs'), script)
      const mocha = join(repositoryRoot, 'node_modules/mocha/bin/mocha.js')
      const { code, stderr, stdout } = await runProgram(process.execPath, [mocha, '--exit', 'seed.test.mjs'], {
        cwd: app.path,
      })
      expect(code, stdout).to.equal(1)
      expect(stdout).to.include('1 passing').and.include('1 failing')
      expect(stderr.match(/seed 4711/g)).to.have.length(1)
    })

    it('leave a caller in doubt whose server is killed in a call that it has executed', async () => {
      const topology = await open('processes', { faults: {} })
      const back = topology.server('back')
      let isKilled = false
      topology.onceExecuted('back', /^POST /, async () => {
        await back.kill()
        isKilled = true
      })
      expect(await outcome(topology.get(Counter).count({ name: 'x' }))).to.equal('answered')
      expect([isKilled, back.isRunning]).to.deep.equal([false, true])
      expect(await outcome(topology.get(Counter).add({ name: 'x' }))).to.equal('maybe')
      await poll(
        () => isKilled && !back.isRunning,
        () => 'the server was not killed',
      )
      const direct = await open('remote')
      expect(() => direct.onceExecuted('back', /^POST /, () => Promise.resolve())).to.throw('with faults, such as {}')
    })

    it('do not hide that a server has stopped: its callers are refused', async () => {
      const topology = await open('remote', { faults: { seed: 1 } })
      const counter = topology.get(Counter)
      expect(await counter.add({ name: 'y' })).to.equal(1)
      await topology.server('back').stop()
      const error = await counter.add({ name: 'y' }).catch((caught: unknown) => caught)
      expect(error).to.be.an.instanceOf(RemoteCallError).and.to.include({ status: 503, executed: 'no' })
      await topology.server('back').start()
      await poll(
        () =>
          counter.add({ name: 'y' }).then(
            () => true,
            () => false,
          ),
        () => 'the server is not reached again',
      )
    })
  })
})

/** Of an error and its causes. */
function codesOf(error: unknown): readonly unknown[] {
  return error instanceof Error ? [(error as NodeJS.ErrnoException).code, ...codesOf(error.cause)] : []
}
