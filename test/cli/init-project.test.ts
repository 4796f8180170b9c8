import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'

import { expect } from 'chai'

import { freePort } from '../helpers/free-port.js'
import { isRunning } from '../helpers/is-running.js'
import { lokstra, lokstraScript, runProgram, type Ended } from '../helpers/lokstra.js'
import { poll } from '../helpers/poll.js'
import { packPackages } from '../helpers/pack-packages.js'
import { repositoryRoot } from '../helpers/repository.js'
import { createTemporaryFolder, filesBelow, type TemporaryFolder } from '../helpers/temporary-folder.js'

/** As users have it: nothing of the run of these tests, nor of the npm that started them. What npm has fetched before is used again. */
const env = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(?:npm_(?!config_)|NODE_|CI$|MOCHA|DATABASE_URL|PORT)/.test(name),
    ),
  ),
  npm_config_prefer_offline: 'true',
  npm_config_audit: 'false',
  // Left out, Node would add it again: the packages that are installed are counted nowhere.
  NODE_V8_COVERAGE: '',
}

const kinds = ['controller', 'service', 'middleware', 'dto', 'module', 'job', 'migration']
const names = ['shop/orders/HTTPClient', 'customer-payment-reconciliation-reporting-preference']

describe('a project that lokstra init wrote', function () {
  this.timeout(240_000)
  let folder: TemporaryFolder
  let packed: string
  let installed: string
  /** All at once: each step waits for the disk half of its time. */
  let checks: Readonly<Record<'api' | 'minimal' | 'microservices', Promise<string>>>

  /** The only project that is installed: the packages from what npm packs of them, everything else as users get it. */
  before(async () => {
    folder = await createTemporaryFolder()
    packed = join(folder.path, 'packed')
    await packPackages(packed)
    const args = [lokstraScript, 'init', 'shop', '--template', 'api', '--yes', '--packages', packed]
    const stdout = outputOf(await runProgram(process.execPath, args, { cwd: folder.path, env }))
    expect(stdout).to.equal('Wrote shop (api) to shop\nMade a git repository\n\nNext:\n  cd shop\n  npm run dev\n')
    installed = join(folder.path, 'shop')
    checks = {
      api: passesItsOwnChecks(Promise.resolve(installed)),
      minimal: passesItsOwnChecks(initProject('minimal').then(withOneOfEverything)),
      microservices: passesItsOwnChecks(initProject('microservices')),
    }
    // Each is awaited by the test that it belongs to.
    for (const check of Object.values(checks)) check.catch(() => undefined)
  })
  after(() => folder[Symbol.asyncDispose]())

  /** The packed `lokstra`. */
  const command = () => join(installed, 'node_modules/.bin/lokstra')

  /** Runs npm, and fails with all that it printed when it does. */
  async function npm(cwd: string, ...args: readonly string[]): Promise<string> {
    return outputOf(await runProgram('npm', args, { cwd, env }))
  }

  /** Writes a project by the packed command, with what was installed for the first one. */
  async function initProject(template: string): Promise<string> {
    const project = join(folder.path, template)
    const args = ['init', template, '--template', template, '--yes', '--no-install', '--no-git']
    outputOf(await runProgram(command(), args, { cwd: folder.path, env }))
    await symlink(join(installed, 'node_modules'), join(project, 'node_modules'))
    return project
  }

  /** Adds files with `lokstra new`. */
  async function withOneOfEverything(project: string): Promise<string> {
    for (const name of names) {
      const written = kinds.map((kind) => runProgram(command(), ['new', kind, name], { cwd: project, env }))
      for (const ended of await Promise.all(written)) outputOf(ended)
    }
    return project
  }

  /** Its own scripts, as they are: each fails the test when it fails. */
  async function passesItsOwnChecks(written: Promise<string>): Promise<string> {
    const project = await written
    expect(await npm(project, 'test'))
      .to.match(/\n {2}\d+ passing/)
      .and.not.match(/pending|failing/)
    await npm(project, 'run', 'lint')
    await npm(project, 'run', 'build')
    return project
  }

  it('passes its own test, lint, build and type check: api', async () => {
    await npm(await checks.api, 'run', 'typecheck')
  })

  it('names a schema for editors that is there', async () => {
    const [, schema] = /^# yaml-language-server: \$schema=(.+)\n/.exec(
      await readFile(join(installed, 'lokstra.yaml'), 'utf8'),
    )!
    expect(JSON.parse(await readFile(join(installed, schema!), 'utf8'))).to.have.property('$schema')
  })

  it('holds no address of a registry in its lock file', async () => {
    const lock = await readFile(join(installed, 'package-lock.json'), 'utf8')
    expect(lock.match(/https?:\/\/[^"]+\.tgz/g)).to.equal(null)
  })

  it('passes its own test, lint and build with one of everything that lokstra new writes: minimal', async () => {
    expect(await filesBelow(join(await checks.minimal, 'migrations'))).to.have.length(names.length)
  })

  it('passes its own test, lint and build, in one process and in two: microservices', async () => {
    const project = await checks.microservices
    for (const name of ['users', 'orders']) {
      const routes = await runProgram(command(), ['routes', '--server', `microservices.${name}`], { cwd: project, env })
      expect(outputOf(routes).match(/^\w+/gm)).to.deep.equal([name])
    }
  })

  it('serves under npm run dev what is saved, and leaves nothing behind when Ctrl-C ends it', async () => {
    const project = await checks.minimal
    const port = await freePort()
    // A group of its own: what a terminal does at Ctrl-C is done to all of them.
    const dev = spawn('npm', ['run', 'dev'], { cwd: project, env: { ...env, PORT: String(port) }, detached: true })
    const exit = once(dev, 'close')
    let output = ''
    for (const stream of [dev.stdout, dev.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const greeting = async () => {
      const response = await fetch(`http://127.0.0.1:${port}/greetings/Ada`).catch(() => undefined)
      return response?.ok ? ((await response.json()) as { data: { text: string } }).data.text : response?.status
    }
    try {
      await poll(
        async () => (await greeting()) === 'Hello, Ada!',
        () => output,
      )
      const service = join(project, 'src/greetings/greeting.service.ts')
      await writeFile(service, (await readFile(service, 'utf8')).replace('Hello', 'Good morning'))
      await poll(
        async () => (await greeting()) === 'Good morning, Ada!',
        () => output,
      )
      const started = await descendantsOf(dev.pid!)
      expect(started.length, 'npm, lokstra, the server').to.be.greaterThan(1)
      process.kill(-dev.pid!, 'SIGINT')
      await exit
      const left = () => started.filter(isRunning)
      await poll(
        () => left().length === 0,
        () => `still running: ${left().join(', ')}\n${output}`,
      )
    } finally {
      if (dev.exitCode === null && dev.signalCode === null) process.kill(-dev.pid!, 'SIGKILL')
    }
    const other = createServer().listen(port)
    await once(other, 'listening')
    other.close()
  })

  it('is the same from the packed command as from the sources', async () => {
    outputOf(await lokstra(folder.path, 'init', 'twin', '--template', 'minimal', '--yes', '--no-install'))
    const twin = await filesBelow(join(folder.path, 'twin'))
    expect(await filesBelow(join(folder.path, 'minimal'))).to.include.members(
      twin.filter((file) => !file.startsWith('.git/')),
    )
  })
})

function outputOf({ code, stdout, stderr }: Ended): string {
  expect(code, `${stdout}\n${stderr}`).to.equal(0)
  return stdout
}

/** The processes that a process has started, and those that they have started. */
async function descendantsOf(pid: number): Promise<readonly number[]> {
  const listed = outputOf(await runProgram('ps', ['-A', '-o', 'pid=,ppid='], { cwd: repositoryRoot }))
  const all = listed
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number])
  const below = (parent: number): number[] =>
    all.flatMap(([child, own]) => (own === parent ? [child, ...below(child)] : []))
  return below(pid)
}
