import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { Context, Get, Route } from '@lokstra/core'
import { createTestServer, type TestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { createAppFolder } from '../../helpers/app-folder.js'
import { ChildServer } from '../../helpers/child-server.js'
import { startLive, type LiveServer } from '../../helpers/live-config.js'
import { poll } from '../../helpers/poll.js'

@Route('/')
class Limits {
  @Get('/limits') limits(ctx: Context) {
    return ctx.app.limits
  }
}

const app = (keys: number) => `reload: { watch: true }\napps: [{ name: app, limits: { keys: ${keys} } }]\n`
const start = (text = app(1)) => startLive(text, { controllers: [Limits] })

/** A server that always watches the files of another one: what it has seen, the other could have seen. */
async function startWitness({ folder }: LiveServer): Promise<{ test: TestServer } & AsyncDisposable> {
  const test = await createTestServer({
    file: join(folder, 'lokstra.yaml'),
    controllers: [Limits],
    config: { reload: { watch: true } },
  })
  return { test, [Symbol.asyncDispose]: () => test.dispose() }
}

/** Counts how often a configuration with `${SEEN}` is read, in units of its first reading. */
function countLoads() {
  let reads = 0
  let perLoad = 0
  return {
    env: {
      get SEEN() {
        reads++
        return 'app'
      },
    },
    async more(loads: number): Promise<void> {
      perLoad ||= reads
      const wanted = reads + loads * perLoad
      await poll(
        () => reads >= wanted,
        () => `read ${reads} times of ${wanted}`,
      )
    },
  }
}

const keysOf = ({ test }: Pick<LiveServer, 'test'>) => test.server.listeners[0]!.apps[0]!.scope.limits.keys

/** Waits until the limit counts. */
const untilKeys = (live: Pick<LiveServer, 'test'>, keys: number) =>
  poll(
    () => keysOf(live) === keys,
    () => `The limit is ${keysOf(live)}, not ${keys}`,
  )

const refused = 'configuration refused: the previous one stays'
const logged = (live: LiveServer, message: string) => live.test.logs.filter((line) => line.message === message)

describe('a watched configuration file', () => {
  it('counts when it was written', async () => {
    await using live = await start()
    for (const keys of [2, 3, 4]) {
      await live.write(app(keys))
      await untilKeys(live, keys)
    }
  })

  it('counts when another file took its place, as editors save', async () => {
    await using live = await start()
    for (const keys of [2, 3, 4]) {
      await live.write(app(keys), 'lokstra.yaml~')
      await rename(join(live.folder, 'lokstra.yaml~'), join(live.folder, 'lokstra.yaml'))
      await untilKeys(live, keys)
    }
  })

  it('counts when it was deleted and made again', async () => {
    await using live = await start()
    await rm(join(live.folder, 'lokstra.yaml'))
    await live.write(app(2))
    await untilKeys(live, 2)
    await rm(join(live.folder, 'lokstra.yaml'))
    await poll(
      () => logged(live, refused).length > 0,
      () => 'it was not refused',
    )
    await live.write(app(3))
    await untilKeys(live, 3)
    expect(logged(live, refused)).to.have.length(1)
  })

  it('counts when the link ..data of a Kubernetes volume is swapped', async () => {
    await using live = await start()
    const swap = async (keys: number) => {
      const version = `..version${keys}`
      await mkdir(join(live.folder, version))
      await live.write(app(keys), join(version, 'lokstra.yaml'))
      await symlink(version, join(live.folder, '..data_tmp'))
      await rename(join(live.folder, '..data_tmp'), join(live.folder, '..data'))
    }
    await swap(2)
    await rm(join(live.folder, 'lokstra.yaml'))
    await symlink('..data/lokstra.yaml', join(live.folder, 'lokstra.yaml'))
    await untilKeys(live, 2)
    for (const keys of [3, 4]) {
      await swap(keys)
      await untilKeys(live, keys)
      await rm(join(live.folder, `..version${keys - 1}`), { recursive: true })
    }
  })

  it('counts when it is a link and what it leads to is written', async () => {
    await using live = await start()
    await mkdir(join(live.folder, 'shared'))
    await live.write(app(2), 'shared/common.txt')
    await rm(join(live.folder, 'lokstra.yaml'))
    await symlink('shared/common.txt', join(live.folder, 'lokstra.yaml'))
    await untilKeys(live, 2)
    for (const keys of [3, 4]) {
      await live.write(app(keys), 'shared/common.txt')
      await untilKeys(live, keys)
    }
  })

  it('that is half written is not spoken of', async () => {
    const text = (keys: number) => `name: '\${SEEN}'\n${app(keys).replace('}]', ', unknownKeys: reject }]')}`
    const loads = countLoads()
    await using live = await startLive(text(1), { controllers: [Limits], env: loads.env })
    let refusals = 0
    for (let [keys, waitedMs] = [2, Infinity]; waitedMs > 250; keys++) {
      refusals = logged(live, refused).length
      const begun = performance.now()
      await live.write(text(keys).replace('reject', 'rej'))
      await loads.more(1)
      await live.write(text(keys))
      // On a machine that was busy meanwhile, the half was there for too long.
      waitedMs = performance.now() - begun
      await untilKeys(live, keys)
    }
    expect(logged(live, refused)).to.have.length(refusals)
  })

  it('that stays wrong is spoken of once', async () => {
    const loads = countLoads()
    await using live = await startLive(`name: '\${SEEN}'\n${app(1)}`, { controllers: [Limits], env: loads.env })
    for (let time = 0; time < 3; time++) {
      await live.write(`name: '\${SEEN}'\n${app(1)}apss: []\n`)
      // What may be half written is read twice.
      await loads.more(2)
    }
    await live.write(`name: '\${SEEN}'\n${app(5)}`)
    await untilKeys(live, 5)
    expect(logged(live, refused)).to.have.length(1)
  })

  it('is read once for changes that come together', async () => {
    await using live = await start()
    for (let keys = 2; keys < 50; keys++) await live.write(app(keys))
    await untilKeys(live, 49)
    expect(logged(live, 'configuration reloaded').length).to.be.lessThan(5)
  })

  it('is no longer watched once it says so, and again when it is asked to', async () => {
    await using live = await start()
    await using witness = await startWitness(live)
    await live.write(app(2).replace('true', 'false'))
    await untilKeys(live, 2)
    await live.write(app(3))
    await untilKeys(witness, 3)
    expect((await live.test.server.reload()).applied).to.include('apps.app.limits.keys')
    await live.write(app(4))
    await untilKeys(live, 4)
  })

  it('is not watched where nobody asked for it', async () => {
    const text = (keys: number) => `apps: [{ name: app, limits: { keys: ${keys} } }]`
    await using live = await start(text(1))
    await using witness = await startWitness(live)
    await live.write(text(2))
    await untilKeys(witness, 2)
    expect((await live.test.server.reload()).applied).to.deep.equal(['apps.app.limits.keys'])
  })

  it('that a stop interrupts does not keep it waiting', async () => {
    await using live = await start()
    for (let keys = 2; keys < 6; keys++) {
      await mkdir(join(live.folder, `shared${keys}`))
      await live.write(app(keys), `shared${keys}/other.txt`)
    }
    await rm(join(live.folder, 'lokstra.yaml'))
    await symlink('shared5/other.txt', join(live.folder, 'lokstra.yaml'))
    const reload = live.test.server.reload()
    const stopped = live.test.server.stop()
    await Promise.all([reload, stopped])
    expect(live.test.server.phase).to.equal('stopped')
  })
})

describe('beside a watched configuration file', () => {
  it('a new file in config/ counts, also when the folder is new, and no longer when it is gone', async () => {
    await using live = await startLive('reload: { watch: true }\napps: [{ name: app }]', {
      controllers: [Limits],
      environment: 'development',
    })
    await mkdir(join(live.folder, 'config'))
    await live.write('apps: [{ name: app, limits: { keys: 2 } }]', 'config/limits.yaml')
    await untilKeys(live, 2)
    await live.write('apps: [{ name: app, limits: { keys: 3 } }]', 'config/limits.development.yaml')
    await untilKeys(live, 3)
    await rm(join(live.folder, 'config/limits.development.yaml'))
    await untilKeys(live, 2)
    await rm(join(live.folder, 'config/limits.yaml'))
    await untilKeys(live, 1_000)
  })

  it('a new folder config/ with a mistake in it is watched until that is corrected', async () => {
    await using live = await start('reload: { watch: true }\napps: [{ name: app }]')
    await mkdir(join(live.folder, 'config'))
    await live.write('apps: [{ name: app, limits: { kees: 2 } }]', 'config/limits.yaml')
    await poll(
      () => logged(live, refused).length > 0,
      () => 'it was not refused',
    )
    await live.write('apps: [{ name: app, limits: { keys: 2 } }]', 'config/limits.yaml')
    await untilKeys(live, 2)
  })

  it('a new and a changed .env count', async () => {
    await using live = await start(app(1).replace('keys: 1', "keys: '${KEYS:1}'"))
    await live.write('KEYS=2', '.env')
    await untilKeys(live, 2)
    await live.write('KEYS=3', '.env')
    await untilKeys(live, 3)
    await live.write('KEYS=4', '.env.local')
    await untilKeys(live, 4)
    await rm(join(live.folder, '.env.local'))
    await untilKeys(live, 3)
  })
})

describe('Lokstra.run', () => {
  it('watches files in development, and in production not unless it is told to', async () => {
    const text = (level: string) =>
      `services: { logger: { type: logger, level: ${level}, format: json } }\napps: [{ name: api, listen: '127.0.0.1:0' }]`
    await using folder = await createAppFolder({ 'lokstra.yaml': text('error') }, [
      '@lokstra/core',
      '@lokstra/services',
    ])
    const env = { CONFIG: join(folder.path, 'lokstra.yaml'), LOKSTRA_ENV: '' }
    await using development = await ChildServer.start('run-server.js', { ...env, NODE_ENV: 'development' })
    await using production = await ChildServer.start('run-server.js', { ...env, NODE_ENV: 'production' })
    const logs = async (server: ChildServer) => {
      const { length } = server.output
      expect((await fetch(`${server.url}/log`)).status).to.equal(204)
      return server.output.slice(length)
    }
    expect([await logs(development), await logs(production)]).to.deep.equal(['', ''])
    await writeFile(env.CONFIG, text('info'))
    await development.until(/"msg":"configuration reloaded"/)
    expect(await logs(development)).to.include('"msg":"asked"')
    expect(await logs(production)).to.equal('')
    production.kill('SIGHUP')
    await production.until(/"msg":"configuration reloaded"/)
    expect(production.output.match(/"msg":"configuration reloaded"/g)).to.have.length(1)
    expect(await logs(production)).to.include('"msg":"asked"')
  })
})
