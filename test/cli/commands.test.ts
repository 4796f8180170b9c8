import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { expect } from 'chai'

import { createAppFolder, type AppFolder } from '../helpers/app-folder.js'
import { runProgram } from '../helpers/lokstra.js'
import { createTemporaryFolder, filesBelow } from '../helpers/temporary-folder.js'
import { spawnOnTerminal } from '../helpers/terminal.js'

const command = fileURLToPath(new URL('../../../packages/cli/bin/lokstra.js', import.meta.url))

const source = `import { Get, OnStart, OnStop, Route, Service } from '@lokstra/core'
const on = (decorator, type, name) => decorator(type.prototype, name, Object.getOwnPropertyDescriptor(type.prototype, name))

export class Clock {
  start() { console.log('clock started') }
  stop() { console.log('clock stopped') }
}
on(OnStart(), Clock, 'start')
on(OnStop(), Clock, 'stop')
Service({ eager: true })(Clock)

export class Times { now() { return 'noon' } }
Reflect.defineMetadata('design:paramtypes', [], Times.prototype, 'now')
on(Get('/now'), Times, 'now')
Route('/times')(Times)
`

const configuration = `name: shop
discover: ['dist/**/*.js']
apps:
  - { name: api, listen: '127.0.0.1:0', controllers: [Times] }
`

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

function run(app: Pick<AppFolder, 'path'>, ...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [command, ...args], { cwd: app.path }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr })
    })
  })
}

const shop = (lokstraYaml = configuration) => createAppFolder({ 'dist/times.js': source, 'lokstra.yaml': lokstraYaml })

describe('a command that only looks', function () {
  this.timeout(120_000)
  // Ends by itself as well, late.
  const busy = `console.log('imported')\nsetTimeout(() => console.log('still here'), 15_000)\n`
  const deployments = `deployments: { all: { servers: { one: { apps: [{ name: api, listen: ':3000' }] } } } }\n`
  let app: AppFolder
  before(async () => {
    app = await createAppFolder({ 'dist/times.js': busy + source, 'lokstra.yaml': configuration + deployments })
  })
  after(() => app[Symbol.asyncDispose]())

  for (const words of [
    ['routes', '--json'],
    ['config', 'check', '--json'],
    ['config', 'print', '--json'],
    ['config', 'schema'],
    ['topology', 'check', '--json'],
    ['topology', 'graph', '--format', 'json'],
    ['why', 'route', 'GET', '/times/now', '--json'],
    ['contract', 'snapshot'],
    ['complete', '--', 'why', 'route', 'GET', '/'],
  ]) {
    it(`prints its result only, and ends, whatever the code of the project does: ${words.join(' ')}`, async () => {
      const { stdout, stderr } = await run(app, ...words)
      expect(stderr).to.include('imported').and.not.include('still here')
      if (words[0] === 'complete') expect(stdout).to.equal('/times/now\n')
      else if (words[0] === 'contract') expect(stdout).to.equal('')
      else expect(() => JSON.parse(stdout) as unknown, stdout).to.not.throw()
    })
  }
})

describe('lokstra routes', () => {
  it('prints every route without constructing or opening anything', async () => {
    await using app = await shop()
    expect(await run(app, 'routes')).to.deep.equal({
      code: 0,
      stdout: 'api  127.0.0.1:0\n  GET  /times/now  Times.now › lokstra  at dist/times.js:14\n',
      stderr: '',
    })
  })

  it('warns on standard error of controllers that no app serves', async () => {
    await using app = await shop(configuration.replace('[Times]', '[]'))
    const { code, stdout, stderr } = await run(app, 'routes')
    expect([code, stdout]).to.deep.equal([0, 'api  127.0.0.1:0\n\n'])
    expect(stderr).to.include('controllers not served by any app').and.include('Times')
  })

  it('warns on standard error of patterns that a request may keep busy', async () => {
    const slow = `import { Get, Query, Route } from '@lokstra/core'
import { Matches } from 'class-validator'
class Find {}
Matches(/^(\\w+\\s?)*$/)(Find.prototype, 'text')
Query()(Find.prototype, 'text')
Reflect.defineMetadata('design:type', String, Find.prototype, 'text')
export class Finder { find(input) {} }
Reflect.defineMetadata('design:paramtypes', [Find], Finder.prototype, 'find')
Get()(Finder.prototype, 'find', Object.getOwnPropertyDescriptor(Finder.prototype, 'find'))
Route('/find')(Finder)
`
    await using app = await createAppFolder({
      'dist/find.js': slow,
      'lokstra.yaml': 'discover: [dist/*.js]\n',
    })
    const { code, stdout, stderr } = await run(app, 'routes', '--plan')
    expect([code, stderr.includes('W_PATTERN_BACKTRACKING')]).to.deep.equal([0, true])
    expect(stdout).to.match(/query\.text: string, required/)
  })

  it('reads another file when it is named', async () => {
    await using app = await createAppFolder({
      'dist/times.js': source,
      'config/shop.yaml': 'discover: [../dist/*.js]\n',
    })
    const { code, stdout } = await run(app, 'routes', '--config', 'config/shop.yaml')
    expect([code, stdout]).to.deep.equal([
      0,
      'app  :3000\n  GET  /times/now  Times.now › lokstra  at dist/times.js:14\n',
    ])
  })

  it('prints the whole contract of each operation with --plan', async () => {
    await using app = await shop()
    expect(await run(app, 'routes', '--plan')).to.deep.equal({
      code: 0,
      stdout: `api  127.0.0.1:0
  GET /times/now
    handler     Times.now()  dist/times.js:14
    middleware  none
    timeout     30s, as in the app
    input       none
    output      200
    formatter   lokstra
`,
      stderr: '',
    })
  })

  it('prints the emitted code as well with --code', async () => {
    const sample = fileURLToPath(new URL('../../../samples/todo-api/', import.meta.url))
    const { code, stdout, stderr } = await run({ path: sample }, 'routes', '--plan', '--code')
    expect([code, stderr]).to.deep.equal([0, ''])
    expect(stdout).to.match(/\n {2}POST \/todos\n {4}handler +TodoController\.create\(input, context\) {2}src\/todos\//)
    expect(stdout).to.match(/\n {6}body\.title: string, required\n {8}maxLength\(200\), /)
    expect(stdout).to.match(/\n {4}output +201 Todo\n/)
    expect(stdout).to.match(/\n {4}code of the input\n[\s\S]*new CreateTodo\(\)/)
    expect(stdout).to.match(/\n {4}code of the output\n {6}function /)
  })

  it('prints every mistake with its place and exits 1', async () => {
    await using app = await shop(
      configuration.replace('[Times]', '[Tmes]').replace('name: shop', 'name: shop\nmiddleware: [nothing]'),
    )
    const { code, stdout, stderr } = await run(app, 'routes')
    expect([code, stdout]).to.deep.equal([1, ''])
    expect(stderr).to.match(/^2 problems stop the server from starting:/)
    expect(stderr).to.match(/E_CONTROLLER_UNKNOWN: .* Did you mean "Times"\?\n {2}at {3}lokstra\.yaml:5:\d+/)
    expect(stderr).to.match(/E_MIDDLEWARE_UNKNOWN: .*\n {2}at {3}lokstra\.yaml:2:\d+/)
  })

  it('prints routes and mistakes as data where it is asked to', async () => {
    await using app = await shop()
    const right = await run(app, 'routes', '--json')
    expect([right.code, right.stderr, JSON.parse(right.stdout)]).to.deep.equal([
      0,
      '',
      {
        apps: [
          {
            app: 'api',
            listen: '127.0.0.1:0',
            routes: [
              {
                verb: 'GET',
                path: '/times/now',
                handler: 'Times.now',
                middleware: [],
                isInternal: false,
                where: 'dist/times.js:14',
              },
            ],
          },
        ],
      },
    ])
    await using broken = await shop(
      configuration.replace('[Times]', '[Tmes], limits: { depth: many }, prefix: "${PRE_FIX}"'),
    )
    const wrong = await run(broken, 'routes', '--json')
    expect([wrong.code, wrong.stderr]).to.deep.equal([1, ''])
    const { problems } = JSON.parse(wrong.stdout) as { problems: Record<string, unknown>[] }
    expect(problems.map(({ code }) => code)).to.deep.equal([
      'E_CONTROLLER_UNKNOWN',
      'E_CONFIG_VALUE_INVALID',
      'E_CONFIG_VARIABLE',
    ])
    expect(problems[1]).to.deep.equal({
      code: 'E_CONFIG_VALUE_INVALID',
      problem: 'apps.api.limits.depth must be a number, received "many"',
      path: 'apps.api.limits.depth',
      file: 'lokstra.yaml',
      line: 4,
      column: 79,
      value: '"many"',
      expected: 'must be a number',
      fix: 'Write a number.',
      docs: 'node_modules/@lokstra/core/errors.md#e_config_value_invalid',
      where: ['lokstra.yaml:4:79'],
    })
  })

  it('shows the lines of each mistake, without colours where no terminal reads', async () => {
    await using app = await shop(configuration.replace('[Times]', '[Tmes]'))
    const { stderr } = await run(app, 'routes')
    expect(stderr).to.contain(
      "\n\n    2 | discover: ['dist/**/*.js']\n    3 | apps:\n  > 4 |   - { name: api, listen: '127.0.0.1:0', controllers: [Tmes] }\n      |                                                       ^^^^\n",
    )
    expect(stderr).not.to.contain('\u001B')
  })

  it('prints the causes of several mistakes', async () => {
    const broken = `import { Module } from '@lokstra/core'
export class Billing { register() { throw new Error('no key') } }
Module()(Billing)
`
    const lokstraYaml = `${configuration}nam: shop\nmodules: [Billing]\n`
    await using app = await createAppFolder({
      'dist/billing.js': broken,
      'dist/times.js': source,
      'lokstra.yaml': lokstraYaml,
    })
    for (const command of ['routes', 'start']) {
      const { code, stderr } = await run(app, command)
      expect(code).to.equal(1)
      expect(stderr).to.match(/^2 problems stop the server from starting:\n\n1\. /)
      expect(stderr).to.match(/cause {2}Error: no key\n +at .*billing\.js/)
    }
  })

  it('says which file is missing', async () => {
    await using app = await createAppFolder({})
    const { code, stderr } = await run(app, 'routes')
    expect(code).to.equal(1)
    expect(stderr).to.match(/^E_CONFIG_FILE: .*lokstra\.yaml.* does not exist/)
  })
})

describe('options that choose and change a configuration', () => {
  const layered = {
    'dist/times.js': source,
    'lokstra.yaml': `${configuration.replace('127.0.0.1:0', ':4001')}deployments:
  split:
    servers:
      front: { apps: [{ name: api, listen: ':4003' }] }
`,
    'lokstra.production.yaml': "apps: [{ name: api, listen: ':4002' }]\n",
  }
  const choices: readonly (readonly [args: readonly string[], listen: string])[] = [
    [[], ':4001'],
    [['--env', 'production'], ':4002'],
    [['--server', 'split.front'], ':4003'],
    [['--server', 'split.front', '--env', 'production'], ':4003'],
    [['--set', 'apps.api.listen=:4004', '--env', 'production', '--server', 'split.front'], ':4004'],
    [['--set', 'apps.api.listen=:4004', '--set', 'apps.api.listen=:4005'], ':4005'],
  ]
  for (const [args, listen] of choices)
    it(`${args.join(' ') || 'nothing'} gives ${listen}`, async () => {
      await using app = await createAppFolder(layered)
      const { code, stdout } = await run(app, 'routes', ...args)
      expect([code, stdout.split('\n')[0]]).to.deep.equal([0, `api  ${listen}`])
    })

  it('count for start too', async () => {
    await using app = await createAppFolder(layered)
    const args = ['start', '--server', 'split.front', '--set', 'apps.api.listen=127.0.0.1:0']
    const child = spawn(process.execPath, [command, ...args], { cwd: app.path, stdio: ['ignore', 'ignore', 'pipe'] })
    try {
      let output = ''
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
      while (!output.includes('server ready')) await once(child.stderr, 'data')
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(output)![0]
      expect((await fetch(`${url}/times/now`)).status).to.equal(200)
    } finally {
      child.kill('SIGKILL')
    }
  })

  it('exit 1 with what is known when the server is not', async () => {
    await using app = await createAppFolder(layered)
    const { code, stderr } = await run(app, 'routes', '--server', 'split.frnt')
    expect(code).to.equal(1)
    expect(stderr).to.match(/^E_CONFIG_SERVER: .*Did you mean "split\.front"\?/)
  })
})

describe('a command whose reader goes', () => {
  /** Runs a command with its output in a pipe of which the other end is closed. */
  async function runUnread(app: AppFolder, ...args: string[]): Promise<Omit<Ended, 'stdout'>> {
    const line = '{ "$@" 2> errors.txt; echo $? > code.txt; } | true'
    await promisify(execFile)('sh', ['-c', line, 'sh', process.execPath, command, ...args], { cwd: app.path })
    const [code, stderr] = await Promise.all(
      ['code.txt', 'errors.txt'].map((file) => readFile(join(app.path, file), 'utf8')),
    )
    return { code: Number(code), stderr: stderr! }
  }

  it('ends without a word', async () => {
    await using app = await shop()
    for (const args of [['routes'], ['routes', '--code'], ['--help'], ['--version']])
      expect(await runUnread(app, ...args), args.join(' ')).to.deep.equal({ code: 0, stderr: '' })
  })

  it('still exits 1 when it prints mistakes that nobody reads', async () => {
    await using app = await shop(configuration.replace('[Times]', '[Tmes]'))
    const line = '{ "$@"; echo $? > code.txt; } 2>&1 | true'
    await promisify(execFile)('sh', ['-c', line, 'sh', process.execPath, command, 'routes'], { cwd: app.path })
    expect(await readFile(join(app.path, 'code.txt'), 'utf8')).to.equal('1\n')
  })

  it('says so and exits 1 where its output cannot be written', async function () {
    if (process.platform !== 'linux') this.skip()
    await using app = await shop()
    const line = ['-c', '"$@" > /dev/full', 'sh', process.execPath, command, 'routes']
    expect(await runProgram('sh', line, { cwd: app.path })).to.deep.equal({
      code: 1,
      stdout: '',
      stderr: 'The output cannot be written: ENOSPC: no space left on device, write\n',
    })
  })

  it('goes on where it serves others', async () => {
    await using app = await shop()
    const child = spawn(process.execPath, [command, 'start'], { cwd: app.path, stdio: ['ignore', 'pipe', 'pipe'] })
    try {
      child.stdout.destroy()
      const url = await new Promise<string>((resolve, reject) => {
        let log = ''
        child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
          const found = /http:\/\/127\.0\.0\.1:\d+/.exec((log += chunk))
          if (found) resolve(found[0])
        })
        child.once('exit', () => reject(new Error(log)))
      })
      expect((await fetch(`${url}/times/now`)).status).to.equal(200)
    } finally {
      child.kill('SIGKILL')
    }
  })
})

describe('lokstra start', () => {
  // The variable chooses modes of tests: a server that inherits it is none that `lokstra topology up` has started.
  for (const set of [{}, { LOKSTRA_TOPOLOGY_MODES: 'direct,remote', LOKSTRA_TOPOLOGY: 'direct' }])
    it(`answers, and stops in order with exit code 0 on SIGTERM, with ${JSON.stringify(set)}`, async () => {
      await using app = await shop()
      const child = spawn(process.execPath, [command, 'start'], {
        cwd: app.path,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, ...set },
      })
      try {
        let output = ''
        let log = ''
        child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
        child.stderr.setEncoding('utf8').on('data', (chunk: string) => (log += chunk))
        while (!log.includes('server ready')) await once(child.stderr, 'data')
        const url = /http:\/\/127\.0\.0\.1:\d+/.exec(log)![0]
        const answer = (await (await fetch(`${url}/times/now`)).json()) as { data: string }
        expect(answer.data).to.equal('noon')
        child.kill('SIGTERM')
        const [code] = (await once(child, 'close')) as [number | null]
        expect(code).to.equal(0)
        // Nothing of its own: a collector may read the log of the logger service there.
        expect(output).to.equal('clock started\nclock stopped\n')
      } finally {
        child.kill('SIGKILL')
      }
    })

  for (const { environment, shows } of [
    { environment: 'development', shows: true },
    { environment: 'production', shows: false },
  ])
    it(`shows addresses and routes on a terminal in ${environment}: ${shows}`, async function () {
      if (process.platform !== 'linux') this.skip()
      await using app = await shop()
      const env = { ...process.env, NODE_ENV: environment }
      const child = spawnOnTerminal(`'${process.execPath}' '${command}' start`, { cwd: app.path, env })
      try {
        let screen = ''
        child.stdout.setEncoding('utf8').on('data', (chunk: string) => (screen += chunk))
        while (!screen.includes('server ready')) await once(child.stdout, 'data')
        child.stdin.write('\x03')
        await once(child, 'close')
        expect(screen).to.include('clock stopped')
        expect(/GET +\/times\/now {2}→ {2}Times\.now/.test(screen), screen).to.equal(shows)
        expect(/1 route, ready in \d+ ms/.test(screen), screen).to.equal(shows)
      } finally {
        child.kill('SIGKILL')
      }
    })

  it('says why it cannot start and exits 1', async () => {
    await using app = await shop(configuration.replace('127.0.0.1:0', 'nowhere:x'))
    const { code, stderr } = await run(app, 'start')
    expect(code).to.equal(1)
    expect(stderr).to.match(/^E_CONFIG_VALUE_INVALID: .*listen[\s\S]*at {3}lokstra\.yaml:4:\d+/)
  })

  it('prints the cause of a hook that failed', async () => {
    const broken = source.replace("console.log('clock started')", "throw new Error('no battery')")
    await using app = await createAppFolder({ 'dist/times.js': broken, 'lokstra.yaml': configuration })
    const { code, stdout, stderr } = await run(app, 'start')
    // What had begun is undone, and nothing is said of a server that has stopped: it never ran.
    expect([code, stdout]).to.deep.equal([1, 'clock stopped\n'])
    expect(stderr).to.match(/E_START_FAILED: Clock\.start failed: no battery\n {2}at {3}dist\/times\.js:\d+/)
    expect(stderr).to.match(/cause {2}Error: no battery\n +at .*dist\/times\.js/)
  })
})

describe('lokstra', () => {
  it('prints help, its version, and what was probably meant', async () => {
    await using app = await createAppFolder({})
    expect((await run(app, '--help')).stdout).to.match(/\nRun:\n {2}dev[\s\S]*start[\s\S]*routes/)
    expect((await run(app, '--version')).stdout).to.match(/^\d+\.\d+\.\d+\n$/)
    expect(await run(app, 'route')).to.deep.equal({
      code: 2,
      stdout: '',
      stderr: "error: unknown command 'route'\n(Did you mean routes?)\nRun `lokstra --help` for what there is.\n",
    })
    expect(await run(app, 'routes', '--plam')).to.deep.equal({
      code: 2,
      stdout: '',
      stderr:
        "error: unknown option '--plam'\n(Did you mean --plan?)\nRun `lokstra routes --help` for what there is.\n",
    })
  })

  it('shows every command in use in its help, subcommands too', async () => {
    await using app = await createAppFolder({})
    // Only the help of a command with subcommands lists them.
    const commandsIn = (help: string) =>
      /^Usage: .*(?:\[command\]|<command>|<kind>)/.test(help)
        ? (help.match(/(?<=^ {2})(?!help\b|lokstra\b)[a-z]+(?= )/gm) ?? [])
        : []
    const shown: string[] = []
    const look = async (...words: string[]): Promise<void> => {
      const { code, stdout } = await run(app, ...words, '--help')
      expect(code).to.equal(0)
      const subcommands = commandsIn(stdout)
      if (subcommands.length === 0) expect(stdout).to.include(`\nExamples:\n  lokstra ${words.join(' ')}`)
      shown.push(words.join(' '))
      for (const subcommand of subcommands) await look(...words, subcommand)
    }
    await look()
    expect(shown).to.include.members(['init', 'new controller', 'start', 'routes', 'config schema'])
  })

  it('loads nothing of core for its help, so that it is quick', async () => {
    await using folder = await createTemporaryFolder()
    const env = { ...process.env, NODE_V8_COVERAGE: folder.path }
    for (const args of [['--help'], ['init', '--help'], ['new', '--help'], ['start', '--help'], ['nothing']])
      await runProgram(process.execPath, [command, ...args], { cwd: folder.path, env })
    const loaded = await Promise.all(
      (await filesBelow(folder.path)).map((file) => readFile(join(folder.path, file), 'utf8')),
    )
    expect(loaded).to.have.length(5)
    for (const files of loaded) expect(files).to.include('packages/cli/dist/main.js').and.not.include('packages/core/')
  })

  it('exits 2 and prints its help to standard error without a command', async () => {
    await using app = await createAppFolder({})
    const { code, stdout, stderr } = await run(app)
    expect([code, stdout]).to.deep.equal([2, ''])
    expect(stderr).to.match(/^Usage: lokstra /)
  })

  it('prints colours where they are wanted only', async () => {
    const { NO_COLOR: _, FORCE_COLOR: __, ...env } = process.env
    const help = async (wish: Readonly<Record<string, string>>) =>
      (await promisify(execFile)(process.execPath, [command, 'start', '--help'], { env: { ...env, ...wish } })).stdout
    expect(await help({ FORCE_COLOR: '1' })).to.include('\u001b[1mExamples:')
    expect(await help({})).not.to.include('\u001b')
    expect(await help({ NO_COLOR: '1' })).not.to.include('\u001b')
  })
})
