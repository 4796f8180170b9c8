import { execFile } from 'node:child_process'
import { readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

import { expect } from 'chai'

import { createAppFolder, type AppFolder } from '../helpers/app-folder.js'
import { stageCore } from '../helpers/pack-packages.js'
import { repositoryRoot } from '../helpers/repository.js'

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>
}

/** Exports of both entries with the names that functions and classes give themselves, and whether the entries share their classes. */
const describeExports = `
  import * as core from '@lokstra/core'
  import * as testing from '@lokstra/core/testing'
  const namesOf = (all) => Object.entries(all).map(([name, value]) => [name, typeof value === 'function' ? value.name : typeof value])
  console.log(JSON.stringify({ core: namesOf(core), testing: namesOf(testing) }))
`

/** Two classes with one path, as compiled code decorates them. */
const mistake = `import { createServer, Get, Route } from '@lokstra/core'
class FirstController { list() {} }
class SecondController { list() {} }
for (const type of [FirstController, SecondController]) {
  Get()(type.prototype, 'list', Object.getOwnPropertyDescriptor(type.prototype, 'list'))
  Reflect.defineMetadata('design:paramtypes', [], type.prototype, 'list')
  Route('/a')(type)
}
const server = createServer({ apps: [{ controllers: [FirstController, SecondController] }] })
await server.check().catch(({ stack }) => console.log(stack))
`

describe('@lokstra/core as it is published', function () {
  this.timeout(60_000)
  let app: AppFolder
  let core: string

  before(async () => {
    const { dependencies } = JSON.parse(
      await readFile(join(repositoryRoot, 'packages/core/package.json'), 'utf8'),
    ) as Manifest
    app = await createAppFolder({ 'mistake.js': mistake }, Object.keys(dependencies))
    core = join(app.path, 'node_modules/@lokstra/core')
    await stageCore(core)
    // Versions that the packages of the repository do not share.
    await symlink(join(repositoryRoot, 'packages/core/node_modules'), join(core, 'node_modules'))
  })
  after(() => app[Symbol.asyncDispose]())

  async function run(cwd: string, script: string, ...options: readonly string[]): Promise<string> {
    const args = [...options, '--input-type=module', '--eval', script]
    return (await promisify(execFile)(process.execPath, args, { cwd, env: { ...process.env, NODE_OPTIONS: '' } }))
      .stdout
  }

  it('exports what is built, under the same names', async () => {
    expect(JSON.parse(await run(app.path, describeExports))).to.deep.equal(
      JSON.parse(await run(repositoryRoot, describeExports)),
    )
  })

  it('gives no function its name while it answers', async () => {
    const script = `
      const { defineProperty } = Object
      let count = 0
      Object.defineProperty = (target, key, descriptor) => {
        if (key === 'name') count++
        return defineProperty(target, key, descriptor)
      }
      const { Context, Post, Route } = await import('@lokstra/core')
      const { createTestServer } = await import('@lokstra/core/testing')
      class Lengths { async measure(ctx) { return (await ctx.body()).length } }
      Post()(Lengths.prototype, 'measure', Object.getOwnPropertyDescriptor(Lengths.prototype, 'measure'))
      Reflect.defineMetadata('design:paramtypes', [Context], Lengths.prototype, 'measure')
      Route('/lengths')(Lengths)
      const test = await createTestServer({ controllers: [Lengths] })
      const before = count
      const answer = await test.inject('POST', '/lengths', { body: 'four' })
      console.log(JSON.stringify({ body: answer.json(), isCounted: before > 0, given: count - before }))
      await test.dispose()`
    expect(JSON.parse(await run(app.path, script))).to.deep.equal({
      body: { status: 'success', data: 4 },
      isCounted: true,
      given: 0,
    })
  })

  it('has one of each class, whichever entry it comes from', async () => {
    const script = `
      import { Server } from '@lokstra/core'
      import { createTestServer } from '@lokstra/core/testing'
      const test = await createTestServer()
      console.log(test.server instanceof Server)
      await test.dispose()`
    expect(await run(app.path, script)).to.equal('true\n')
  })

  it('is loaded from less than a fifth of the files', async () => {
    const [published, built] = [
      await filesLoadedWith(core),
      await filesLoadedWith(join(repositoryRoot, 'packages/core')),
    ]
    expect(published.size).to.be.lessThan(built.size / 5)
  })

  it('loads the same packages for a server, and no more', async () => {
    const script = `
      import { createRequire } from 'node:module'
      import { createServer } from '@lokstra/core'
      const server = await createServer({ apps: [{ listen: '127.0.0.1:0' }] }).start()
      await server.stop()
      const files = Object.keys(createRequire(import.meta.url).cache)
      const names = files.map((file) => /.*node_modules[\\\\/]((?:@[^\\\\/]+[\\\\/])?[^\\\\/]+)/.exec(file)?.[1] ?? file)
      console.log([...new Set(names)].sort().join())`
    const packages = await run(app.path, script)
    expect(packages)
      .to.include('class-validator')
      .and.to.equal(await run(repositoryRoot, script))
  })

  it('runs the servers of a topology as processes, which call one another', async () => {
    const yaml = `discover: [pids.js]
apps: [{ name: api, controllers: [Asking] }]
deployments:
  split:
    servers:
      asking: { apps: [{ name: api }] }
      asked: { apps: [{ listen: ':3001', publish: [Pids] }] }
`
    const pids = `import { Get, Returns, Route, Service } from '@lokstra/core'
const on = (type, name, ...decorators) => {
  for (const decorate of decorators)
    decorate(type.prototype, name, Object.getOwnPropertyDescriptor(type.prototype, name))
  Reflect.defineMetadata('design:paramtypes', [], type.prototype, name)
  Reflect.defineMetadata('design:returntype', Promise, type.prototype, name)
}
export class Pids { async own() { return process.pid } }
on(Pids, 'own', Get('/own'), Returns(Number))
Route('/pids')(Pids)
Service()(Pids)
export class Asking {
  constructor(pids) { this.pids = pids }
  async all() { return [process.pid, await this.pids.own()] }
}
Reflect.defineMetadata('design:paramtypes', [Pids], Asking)
on(Asking, 'all', Get('/'))
Route('/all')(Asking)
`
    await writeFile(join(app.path, 'lokstra.yaml'), yaml)
    await writeFile(join(app.path, 'pids.js'), pids)
    const script = `
      import { createTopology } from '@lokstra/core/testing'
      const topology = await createTopology({ file: 'lokstra.yaml', deployment: 'split', mode: 'processes' })
      const { data } = (await topology.request('api', 'GET', '/all')).json()
      console.log(JSON.stringify({ here: process.pid, data, servers: topology.servers.map(({ pid }) => pid) }))
      await topology.stop()`
    const { here, data, servers } = JSON.parse(await run(app.path, script)) as {
      readonly here: number
      readonly data: readonly number[]
      readonly servers: readonly number[]
    }
    expect(data).to.deep.equal(servers)
    expect(new Set([here, ...data]).size).to.equal(3)
  })

  it('names the lines of the application in errors, and its own sources in stacks', async () => {
    const args = ['--enable-source-maps', join(app.path, 'mistake.js')]
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: app.path })
    expect(stdout).to.include('E_ROUTE_DUPLICATE').and.to.include('mistake.js:5')
    expect(stdout).to.match(/@lokstra\/core\/src\/[\w/-]+\.ts:\d+/)
  })

  it('describes the keys of its configuration in the schema', async () => {
    const script = `
      import { createServer } from '@lokstra/core'
      console.log(JSON.stringify(await createServer({ apps: [] }).configurationSchema()))`
    expect(await run(app.path, script)).to.equal(await run(repositoryRoot, script))
  })
})

/** Files that the import of a package reads before it returns: static imports, transitively. */
async function filesLoadedWith(folder: string): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  const visit = async (file: string): Promise<void> => {
    if (found.has(file)) return
    found.add(file)
    const code = await readFile(file, 'utf8')
    for (const [, path] of code.matchAll(/^(?:import|export)\b[^'"]*?["'](\.[^'"]+)["'];?$/gm)) {
      await visit(join(dirname(file), path!))
    }
  }
  await visit(join(folder, 'dist/index.js'))
  return found
}
