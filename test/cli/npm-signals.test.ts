import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'

import { createAppFolder, type AppFolder } from '../helpers/app-folder.js'
import { createProject } from '../helpers/dev-server.js'
import { freePort } from '../helpers/free-port.js'
import { isRunning } from '../helpers/is-running.js'
import { lokstraScript } from '../helpers/lokstra.js'
import { poll } from '../helpers/poll.js'

/** Takes long enough for a signal to come in between. */
const slow = `import { Get, Route } from '@lokstra/core'
export class Slow {
  async get() { await new Promise((resolve) => setTimeout(resolve, 2_000)); return 'done' }
  async pid() { return process.pid }
}
for (const [name, path] of [['get', '/'], ['pid', '/pid']]) {
  Reflect.defineMetadata('design:paramtypes', [], Slow.prototype, name)
  Get(path)(Slow.prototype, name, Object.getOwnPropertyDescriptor(Slow.prototype, name))
}
Route('/slow')(Slow)
`

/** Tells which processes run it. */
const controller = `import { Get, Route } from '@lokstra/core'
@Route('/hello')
export class HelloController {
  @Get() async hello() { await new Promise((resolve) => setTimeout(resolve, 1_000)); return 'done' }
  @Get('/pids') pids() { return [process.pid, process.ppid] }
}
`

describe('a project that npm runs for development', function () {
  this.timeout(120_000)
  let npm: ChildProcess | undefined
  let app: AppFolder | undefined
  let pids: readonly number[] = []

  beforeEach(function () {
    if (process.platform === 'win32') this.skip()
  })
  afterEach(async () => {
    npm?.kill('SIGKILL')
    for (const pid of pids) if (isRunning(pid)) process.kill(pid, 'SIGKILL')
    await app?.[Symbol.asyncDispose]()
  })

  for (const [command, ...args] of [
    ['npm', 'run', 'dev'],
    ['npx', 'lokstra', 'dev'],
  ] as const) {
    it(`stops with all its processes at the SIGTERM that npm gets: ${[command, ...args].join(' ')}`, async () => {
      app = await createProject({
        'package.json': JSON.stringify({ name: 'app', type: 'module', scripts: { dev: 'lokstra dev' } }),
        'src/hello.controller.ts': controller,
      })
      await mkdir(join(app.path, 'node_modules/.bin'), { recursive: true })
      await symlink(lokstraScript, join(app.path, 'node_modules/.bin/lokstra'))
      const port = await freePort()
      const url = `http://127.0.0.1:${port}/hello`
      npm = spawn(command, args, {
        cwd: app.path,
        env: { ...process.env, PORT: String(port), npm_config_update_notifier: 'false' },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let output = ''
      for (const stream of [npm.stdout!, npm.stderr!]) stream.on('data', (chunk: Buffer) => (output += String(chunk)))
      const ended = once(npm, 'exit')
      await poll(
        () => output.includes('✓ ready in'),
        () => output,
      )
      const answer = (await (await fetch(`${url}/pids`)).json()) as { readonly data: readonly number[] }
      const [worker, supervisor] = answer.data as [number, number]
      // One that waits for the next change as well.
      pids = [supervisor, ...childrenOf(supervisor)]
      expect(pids).to.include(worker)
      const slowAnswer = fetch(url)
      // It is on its way by the time that another one has been answered.
      await fetch(`${url}/pids`)
      npm.kill('SIGTERM')
      await ended
      expect(await (await slowAnswer).json()).to.deep.include({ data: 'done' })
      await poll(
        () => !pids.some(isRunning),
        () => `of ${pids.join(', ')} some live on: ${pids.filter(isRunning).join(', ')}\n${output}`,
      )
      const refused = await fetch(url).catch((error: unknown) => (error as TypeError).cause)
      expect(refused).to.include({ code: 'ECONNREFUSED' })
    })
  }
})

function childrenOf(pid: number): readonly number[] {
  const { stdout } = spawnSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
  return stdout.split('\n').filter(Boolean).map(Number)
}

describe('a server that npm has started', function () {
  this.timeout(120_000)
  let app: AppFolder
  let url: string
  let npm: ChildProcess | undefined
  let output = ''
  const pids = new Set<number>()

  beforeEach(async function () {
    if (process.platform === 'win32') this.skip()
    const port = await freePort()
    url = `http://127.0.0.1:${port}/slow`
    const scripts = { start: 'lokstra start', up: 'lokstra topology up' }
    const listen = `127.0.0.1:${port}`
    app = await createAppFolder({
      'package.json': JSON.stringify({ name: 'app', type: 'module', scripts }),
      'lokstra.yaml': `discover: [slow.js]
shutdown: { idle: 0s }
apps: [{ name: api, listen: '${listen}', controllers: [Slow] }]
deployments: { one: { servers: { all: { apps: [{ name: api }] } } } }
`,
      'slow.js': slow,
    })
    await mkdir(join(app.path, 'node_modules/.bin'), { recursive: true })
    await symlink(lokstraScript, join(app.path, 'node_modules/.bin/lokstra'))
    output = ''
    pids.clear()
  })
  afterEach(async () => {
    npm?.kill('SIGKILL')
    for (const pid of pids) if (isRunning(pid)) process.kill(pid, 'SIGKILL')
    await app?.[Symbol.asyncDispose]()
  })

  for (const [command, ...args] of [
    ['npm', 'start'],
    ['npx', 'lokstra', 'start'],
    ['npm', 'run', 'up'],
  ] as const) {
    it(`stops in good order at the SIGTERM that npm gets, and is not left behind, after a reload too: ${[command, ...args].join(' ')}`, async () => {
      npm = spawn(command, args, {
        cwd: app.path,
        env: { ...process.env, npm_config_update_notifier: 'false' },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      for (const stream of [npm.stdout!, npm.stderr!]) stream.on('data', (chunk: Buffer) => (output += String(chunk)))
      const ended = once(npm, 'exit')
      await poll(
        () =>
          fetch(`${url}/pid`)
            .then(({ ok }) => ok)
            .catch(() => false),
        () => output,
      )
      const pid = ((await (await fetch(`${url}/pid`)).json()) as { data: number }).data
      pids.add(pid)
      process.kill(pid, 'SIGHUP')
      await poll(
        () => output.includes('configuration reload finished'),
        () => output,
      )
      const answer = fetch(url)
      // It is on its way by the time that another one has been answered.
      await fetch(`${url}/pid`)
      npm.kill('SIGTERM')
      await ended
      expect(await (await answer).json()).to.deep.include({ data: 'done' })
      await poll(
        () => !isRunning(pid),
        () => `the server lives on:\n${output}`,
      )
      await poll(
        () => output.includes('server stopped'),
        () => output,
      )
    })
  }
})
