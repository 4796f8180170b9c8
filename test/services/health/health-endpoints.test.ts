import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { currentContext, Get, Route, Service, Transactional, type Context, type Next } from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { HealthCheck } from '@lokstra/services/health'
import { Database } from '@lokstra/services/postgres'
import { expect } from 'chai'

import { poll } from '../../helpers/poll.js'

@Service({ eager: true })
class Stock {
  isBroken = false

  @HealthCheck({ cacheMs: 0 })
  check(): void {
    if (this.isBroken) throw new Error('stock.internal is gone')
  }
}

@Route('/now')
class NowController {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  @Get()
  now(): Promise<unknown> {
    return this.#db.one(`select 1 as one, current_setting('search_path') as path`)
  }
}

/** Middleware that lets everybody in, and whose requests run in a scope. */
@Service()
class Guard {
  readonly signals: AbortSignal[] = []

  constructor(readonly db: Database) {}

  handle(ctx: Context, next: Next): unknown {
    this.signals.push(ctx.signal)
    return next()
  }

  @Transactional()
  async remember(): Promise<void> {}
}

/** Asked slowly, and for as long as whoever asks is there. */
@Service({ eager: true })
class Warehouse {
  answer: (() => void) | undefined

  @HealthCheck({ timeoutMs: 60_000 })
  async check(): Promise<void> {
    const signal = currentContext()?.signal
    await new Promise<void>((resolve) => (this.answer = resolve))
    signal?.throwIfAborted()
  }
}

/** The test package: what it depends on is what the configuration can name. */
const folder = fileURLToPath(new URL('../../../', import.meta.url))

describe('services by configuration', function () {
  this.timeout(60_000)
  const dataDir = mkdtempSync(join(tmpdir(), 'lokstra-services-'))
  after(() => rmSync(dataDir, { recursive: true, force: true }))

  it('answers liveness and readiness with nothing configured but the controller', async () => {
    await using server = await createTestServer({
      folder,
      services: [Stock],
      config: { apps: [{ name: 'app', controllers: ['health'] }] },
    })
    const live = await server.inject('GET', '/health/live')
    expect(live.status).to.equal(200)
    const ready = await server.inject('GET', '/health/ready')
    expect(ready.status).to.equal(200)
    expect(ready.headers['cache-control']).to.equal('no-store')
    expect(ready.json()).to.have.nested.property('data.checks.Stock.status', 'up')
    server.get(Stock).isBroken = true
    const broken = await server.inject('GET', '/health/ready')
    expect(broken.status).to.equal(503)
    expect(broken.json()).to.have.nested.property('error.details.checks.Stock.status', 'down')
    expect(broken.text).not.to.contain('internal')
    expect((await server.inject('GET', '/health/live')).status).to.equal(200)
  })

  it('runs the database that the configuration names, and reports its health', async () => {
    await using server = await createTestServer({
      folder,
      config: {
        services: {
          db: { type: 'postgres', url: 'embedded', dataDir, durable: false, schema: 'shop', idleTimeout: '5s' },
        },
        apps: [{ name: 'admin', listen: ':0', controllers: ['health'] }],
      },
      apps: [{ name: 'api', controllers: [NowController] }],
    })
    const now = await server.inject('GET', '/now', { app: 'api' })
    expect(now.json()).to.deep.equal({ status: 'success', data: { one: 1, path: 'shop, public' } })
    const ready = await server.inject('GET', '/health/ready', { app: 'admin' })
    expect(ready.json()).to.have.nested.property('data.checks.db.status', 'up')
  })
  it('does not let a prober that leaves decide what the others are told', async () => {
    await using server = await createTestServer({
      folder,
      services: [Warehouse],
      middleware: [Guard],
      config: {
        services: { db: { type: 'postgres', url: 'embedded', dataDir, durable: false } },
        apps: [{ name: 'app', controllers: ['health'] }],
      },
      listen: true,
    })
    const [{ signals }, warehouse] = [server.get(Guard), server.get(Warehouse)]
    const leaving = new AbortController()
    const left = server.fetch('/health/ready', { signal: leaving.signal }).catch(() => undefined)
    await poll(
      () => warehouse.answer !== undefined,
      () => 'The check was not started',
    )
    leaving.abort()
    await left
    await poll(
      () => signals[0]!.aborted,
      () => 'The server does not notice that the prober has left',
    )
    const staying = server.fetch('/health/ready')
    await poll(
      () => signals.length === 2,
      () => 'The second request does not arrive',
    )
    warehouse.answer!()
    expect((await staying).status).to.equal(200)
  })
})
