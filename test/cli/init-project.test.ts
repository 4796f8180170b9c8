import { mkdir, readFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'

import { lokstra, runProgram, type Ended } from '../helpers/lokstra.js'
import { repositoryRoot } from '../helpers/repository.js'
import { createTemporaryFolder, filesBelow, type TemporaryFolder } from '../helpers/temporary-folder.js'

/** As users have it: nothing of the run of these tests, nor of the npm that started them. */
const env = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(?:npm_(?!config_)|NODE_|CI$|MOCHA|DATABASE_URL|PORT)/.test(name)),
)

const kinds = ['controller', 'service', 'middleware', 'dto', 'module', 'job', 'migration']
const names = ['shop/orders/HTTPClient', 'customer-payment-reconciliation-reporting-preference']

describe('a project that lokstra init wrote', function () {
  this.timeout(240_000)
  let folder: TemporaryFolder
  let packed: string
  let installed: string

  /** The only project that is installed: the packages from what npm packs of them, everything else as users get it. */
  before(async () => {
    folder = await createTemporaryFolder()
    packed = join(folder.path, 'packed')
    await mkdir(packed)
    const workspaces = ['core', 'services', 'middleware', 'cli'].flatMap((name) => ['-w', `packages/${name}`])
    await npm(repositoryRoot, 'pack', '--ignore-scripts', '--silent', '--pack-destination', packed, ...workspaces)
    const { code, stdout, stderr } = await lokstra(
      folder.path,
      ...['init', 'shop', '--template', 'api', '--yes', '--packages', packed],
    )
    expect(code, stderr).to.equal(0)
    expect(stdout).to.equal('Wrote shop (api) to shop\nMade a git repository\n\nNext:\n  cd shop\n  npm run dev\n')
    installed = join(folder.path, 'shop')
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

  /** Its own scripts, as they are: each fails the test when it fails. */
  async function passesItsOwnChecks(project: string): Promise<void> {
    expect(await npm(project, 'test'))
      .to.match(/\n {2}\d+ passing/)
      .and.not.match(/pending|failing/)
    await npm(project, 'run', 'lint')
    await npm(project, 'run', 'build')
  }

  it('passes its own test, lint, build and type check: api', async () => {
    await passesItsOwnChecks(installed)
    await npm(installed, 'run', 'typecheck')
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

  it('passes its own test, lint and build: minimal', async () => {
    await passesItsOwnChecks(await initProject('minimal'))
  })

  it('passes its own test, lint and build, in one process and in two: microservices', async () => {
    const project = await initProject('microservices')
    await passesItsOwnChecks(project)
    for (const name of ['users', 'orders']) {
      const routes = await runProgram(command(), ['routes', '--server', `microservices.${name}`], { cwd: project, env })
      expect(outputOf(routes).match(/^\w+/gm)).to.deep.equal([name])
    }
  })

  it('still passes them with one of everything that lokstra new writes', async () => {
    const project = join(folder.path, 'minimal')
    for (const name of names)
      for (const kind of kinds) outputOf(await runProgram(command(), ['new', kind, name], { cwd: project, env }))
    await npm(project, 'test')
    await npm(project, 'run', 'lint')
    expect(await filesBelow(join(project, 'migrations'))).to.have.length(names.length)
  })

  it('is the same from the packed command as from the sources', async () => {
    expect(
      (await lokstra(folder.path, 'init', 'twin', '--template', 'minimal', '--yes', '--no-install')).code,
    ).to.equal(0)
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
