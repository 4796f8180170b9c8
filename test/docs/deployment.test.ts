import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { expect } from 'chai'
import { parse } from 'yaml'

import { freePort } from '../helpers/free-port.js'
import { lokstra } from '../helpers/lokstra.js'
import { readBlocks } from '../helpers/markdown.js'
import { poll } from '../helpers/poll.js'
import { PostgresServer } from '../helpers/postgres-server.js'
import { repositoryRoot } from '../helpers/repository.js'
import { createTemporaryFolder, type TemporaryFolder } from '../helpers/temporary-folder.js'
import { documentationPages } from './pages.js'
import { readTable } from './tables.js'

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string }
  readonly periodSeconds: number
  readonly failureThreshold: number
}

interface Container {
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[]
  readonly startupProbe: Probe
  readonly readinessProbe: Probe
  readonly livenessProbe: Probe
}

interface Pods {
  readonly terminationGracePeriodSeconds: number
  readonly containers: readonly [Container]
}

interface Layer {
  readonly apps: readonly [{ readonly name: string; readonly listen: string }]
  readonly shutdown: { readonly drainDelay: string; readonly timeout: string }
}

const blocks = readBlocks(join(repositoryRoot, 'docs/deployment.md'))
const yaml = blocks.filter(({ lang }) => lang === 'yaml').map(({ text }) => text)
const layerText = yaml.find((text) => text.startsWith('# lokstra.production.yaml'))!
const layer = parse(layerText) as Layer
const { spec: pods } = (
  parse(yaml.find((text) => text.includes('kind: Deployment'))!) as { spec: { template: { spec: Pods } } }
).spec.template
const [container] = pods.containers
const dockerfile = blocks.find(({ lang }) => lang === 'dockerfile')!.text
const ignored = blocks
  .find(({ info }) => info === 'file=.dockerignore')!
  .text.trim()
  .split('\n')

/** Words of the `ENTRYPOINT`, as Docker takes them. */
const [, entry] = /^ENTRYPOINT (\[.*\])$/m.exec(dockerfile)!
const [program = '', ...words] = JSON.parse(entry!) as readonly string[]

describe('docs/deployment.md', function () {
  this.timeout(120_000)
  let postgres: PostgresServer
  let folder: TemporaryFolder
  let project: string

  before(async function () {
    postgres = await PostgresServer.startOrSkip(this)
    folder = await createTemporaryFolder()
    project = join(folder.path, 'shop')
    const init = ['init', 'shop', '--template', 'api', '--yes', '--no-install', '--no-git']
    expect(await lokstra(folder.path, ...init)).to.include({ code: 0 })
    await symlink(join(repositoryRoot, 'node_modules'), join(project, 'node_modules'))
    expect(await lokstra(project, 'build')).to.include({ code: 0, stderr: '' })
    await writeFile(join(project, 'lokstra.production.yaml'), layerText)
  })
  after(() => postgres?.stop())
  after(() => folder?.[Symbol.asyncDispose]())

  it('names files and scripts that a new project has', async () => {
    const sources = [...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, list]) => list!.split(' '))
    // Made by the installation.
    const missing = sources.filter((file) => file !== 'package-lock.json' && !existsSync(join(project, file)))
    expect(missing).to.deep.equal([])
    const { scripts } = JSON.parse(await readFile(join(project, 'package.json'), 'utf8')) as { scripts: object }
    const run = [...dockerfile.matchAll(/npm run (\w+)/g)].map(([, name]) => name)
    expect(scripts).to.include.keys(run)
    const untracked = (await readFile(join(project, '.gitignore'), 'utf8'))
      .split('\n')
      .map((line) => line.replace(/\/$/, ''))
    expect(untracked).to.include.members(ignored.filter((name) => name !== '.git'))
  })

  it('gives a stop as much time as its limits add up to', async () => {
    const rows = readTable('docs/deployment.md', 'Kubernetes')
    const seconds = rows.map((cells) => Number.parseFloat(cells[cells.length === 4 ? 2 : 1]!))
    const [drain, requests, idle, hooks, together] = seconds as [number, number, number, number, number]
    expect({ drainDelay: `${drain}s`, timeout: `${requests}s` }).to.deep.equal(layer.shutdown)
    const source = await readFile(join(repositoryRoot, 'packages/services/src/postgres/postgres-database.ts'), 'utf8')
    expect(source).to.contain(`const stopLimitMs = ${hooks}_000`)
    expect(together).to.equal(drain + requests + idle + hooks)
    expect(pods.terminationGracePeriodSeconds).to.be.greaterThan(together)
    const { periodSeconds, failureThreshold } = container.readinessProbe
    expect(drain).to.be.greaterThan(periodSeconds * failureThreshold)
  })

  it('gives a start as much time as the first one of a database may take', async () => {
    const source = await readFile(join(repositoryRoot, 'packages/services/src/postgres/postgres-database.ts'), 'utf8')
    const limit = Number(/const firstStartLimitMs = ([\d_]+)/.exec(source)![1]!.replaceAll('_', '')) / 1_000
    const { periodSeconds, failureThreshold } = container.startupProbe
    expect(periodSeconds * failureThreshold).to.be.greaterThan(limit)
  })

  it('probes the port that only the layer of production opens', () => {
    const [{ name, listen }] = layer.apps
    expect(container.ports).to.deep.include({ name, containerPort: Number(listen.slice(1)) })
    const { startupProbe, readinessProbe, livenessProbe } = container
    for (const { httpGet } of [startupProbe, readinessProbe, livenessProbe]) expect(httpGet.port).to.equal(name)
  })

  it('starts by its entry point in production, answers its probes, logs JSON and stops at SIGTERM with 0', async () => {
    expect(program).to.equal('node')
    const [port, admin] = [await freePort(), await freePort()]
    const set = [`apps.admin.listen=127.0.0.1:${admin}`, 'services.db.ssl=disable', 'shutdown.drainDelay=0s']
    const args = [...words, ...set.flatMap((value) => ['--set', value])]
    const env = { ...process.env, NODE_ENV: 'production', PORT: String(port), DATABASE_URL: postgres.url }
    const child = spawn(process.execPath, args, { cwd: project, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const exit = once(child, 'close')
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const probe = async ({ httpGet }: Probe) =>
      (await fetch(`http://127.0.0.1:${admin}${httpGet.path}`).catch(() => undefined))?.status
    try {
      await poll(
        async () => child.exitCode !== null || (await probe(container.startupProbe)) === 200,
        () => output,
      )
      expect(child.exitCode, output).to.equal(null)
      expect(await probe(container.readinessProbe)).to.equal(200)
      expect(await probe(container.livenessProbe)).to.equal(200)
      child.kill('SIGTERM')
      expect(await exit, output).to.deep.equal([0, null])
    } finally {
      child.kill('SIGKILL')
    }
    const lines = output.trim().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).to.include.members([
      'server ready',
      'server stopped',
    ])
  })

  it('says what production refuses: an embedded database', async () => {
    const { code, stderr } = await lokstra(project, 'config', 'check', '--env', 'production')
    expect(code).to.equal(1)
    expect(stderr).to.contain('E_EMBEDDED_PRODUCTION')
  })
})

describe('commands in the documentation', function () {
  this.timeout(60_000)

  it('are known, and have the options that are shown', async () => {
    const shown = documentationPages()
      .flatMap((page) => readBlocks(join(repositoryRoot, page)))
      .filter(({ lang }) => lang === 'sh')
      .flatMap(({ text }) => [...text.matchAll(/\bnpx lokstra ([a-z][^\n|>]*)/g)].map(([, command]) => command!.trim()))
    expect(shown).not.to.be.empty
    const unknown = await Promise.all(
      [...new Set(shown)].map(async (command) => {
        const names = /^[a-z]+(?: (?:check|snapshot|graph|up|print|schema|config|route|inject)\b)?/.exec(command)![0]
        const { code, stdout } = await lokstra(repositoryRoot, ...names.split(' '), '--help')
        const options = [...command.matchAll(/ (--?[a-z-]+)/g)].map(([, option]) => option!)
        return code === 0 && options.every((option) => stdout.includes(option)) ? [] : [command]
      }),
    )
    expect(unknown.flat()).to.deep.equal([])
  })
})
