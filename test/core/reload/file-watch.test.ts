import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { Context, Get, Route } from '@lokstra/core'
import { expect } from 'chai'

import { startLive, type LiveServer } from '../../helpers/live-config.js'

@Route('/')
class Limits {
  @Get('/limits') limits(ctx: Context) {
    return ctx.app.limits
  }
}

const app = (keys: number) => `reload: { watch: true }\napps: [{ name: app, limits: { keys: ${keys} } }]\n`
const start = (text = app(1)) => startLive(text, { controllers: [Limits] })

const keysOf = (live: LiveServer) => live.test.server.listeners[0]!.apps[0]!.scope.limits.keys

/** Waits until the limit counts. @throws after ten seconds */
async function untilKeys(live: LiveServer, keys: number): Promise<void> {
  for (let waited = 0; keysOf(live) !== keys; waited += 10) {
    if (waited > 10_000) throw new Error(`The limit is ${keysOf(live)}, not ${keys}`)
    await delay(10)
  }
}

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
    while (logged(live, refused).length === 0) await delay(10)
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
    await using live = await start()
    let refusals = 0
    for (let [keys, waitedMs] = [2, Infinity]; waitedMs > 250; keys++) {
      refusals = logged(live, refused).length
      const text = app(keys)
      await live.write(text.slice(0, -20))
      const begun = performance.now()
      // Longer than a change takes to be noticed.
      await delay(150)
      await live.write(text)
      // On a machine that was busy meanwhile, the half was there for too long.
      waitedMs = performance.now() - begun
      await untilKeys(live, keys)
    }
    expect(logged(live, refused)).to.have.length(refusals)
  })

  it('that stays wrong is spoken of once', async () => {
    await using live = await start()
    for (let time = 0; time < 3; time++) {
      await live.write('apps: [{ name: app')
      await delay(300)
    }
    await live.write(app(5))
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
    await live.write(app(2).replace('true', 'false'))
    await untilKeys(live, 2)
    await live.write(app(3))
    await delay(300)
    expect(keysOf(live)).to.equal(2)
    await live.test.server.reload()
    await live.write(app(4))
    await untilKeys(live, 4)
  })

  it('is not watched where nobody asked for it', async () => {
    await using live = await start('apps: [{ name: app, limits: { keys: 1 } }]')
    await writeFile(join(live.folder, 'lokstra.yaml'), 'apps: [{ name: app, limits: { keys: 2 } }]')
    await delay(400)
    expect(keysOf(live)).to.equal(1)
  })
})
