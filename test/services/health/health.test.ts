import {
  type LokstraError,
  ServerRuntime,
  ServiceUnavailableError,
  type ServerPhase,
  type StartedService,
  type TargetState,
} from '@lokstra/core'
import { Health, HealthCheck, HealthConfig } from '@lokstra/services/health'
import { expect } from 'chai'

import { callPolicy } from '../call-policy.js'
import { recordLog } from '../recorded-log.js'

class Runtime extends ServerRuntime {
  readonly name = 'test'
  readonly folder = process.cwd()
  phase: ServerPhase = 'ready'
  services: StartedService[] = []
  calls: readonly TargetState[] = []
  contractProblems: readonly LokstraError[] = []
  readonly transactionCrossings = 0
}

/** A dependency whose check does what the test says. */
class Dependency {
  calls = 0
  answer: () => unknown = () => undefined

  @HealthCheck({ cacheMs: 0, timeoutMs: 50 })
  check(): unknown {
    this.calls++
    return this.answer()
  }
}

class Cached extends Dependency {
  @HealthCheck({ cacheMs: 60_000 })
  override check(): unknown {
    return super.check()
  }
}

class Optional extends Dependency {
  @HealthCheck({ critical: false, cacheMs: 0, name: 'mail' })
  override check(): unknown {
    return super.check()
  }
}

class Mirrored extends Optional {
  @HealthCheck({ cacheMs: 0, name: 'mail' })
  mirror(): void {}
}

const fail = (): never => {
  throw new ServiceUnavailableError('db.internal refused')
}

describe('Health', () => {
  let runtime: Runtime
  beforeEach(() => {
    runtime = new Runtime()
  })

  const add = <T extends Dependency>(name: string, instance: T): T => {
    runtime.services.push({ name, instance })
    return instance
  }
  const create = (config: Partial<HealthConfig> = {}, log = recordLog().log): Health =>
    new Health(Object.assign(new HealthConfig(), config), runtime, log)

  it('is up when every check passes, and names each by its service', async () => {
    const health = create()
    add('db', new Dependency())
    const { status, checks } = await health.ready()
    expect(status).to.equal('up')
    expect(Object.keys(checks)).to.deep.equal(['db'])
    expect(checks.db).to.have.property('status', 'up')
  })

  it('is down when a critical check fails, and does not tell clients why', async () => {
    add('db', new Dependency()).answer = fail
    const report = await create().ready()
    expect(report.status).to.equal('down')
    expect(JSON.stringify(report)).not.to.contain('internal')
    expect(JSON.stringify(await create({ details: true }).ready())).to.contain('db.internal refused')
  })

  it('is degraded when only checks fail that are not critical', async () => {
    add('db', new Dependency())
    add('smtp', new Optional()).answer = fail
    const { status, checks } = await create().ready()
    expect(status).to.equal('degraded')
    expect(checks.mail).to.have.property('status', 'down')
  })

  it('keeps checks of one name apart, in the report and in the log', async () => {
    const recorded = recordLog()
    const health = create({}, recorded.log)
    add('smtp', new Optional()).answer = fail
    add('backup', new Optional())
    add('db', new Dependency())
    for (let i = 0; i < 3; i++) {
      const { checks } = await health.ready()
      expect(Object.entries(checks).map(([name, { status }]) => `${name} ${status}`)).to.deep.equal([
        'smtp.mail down',
        'backup.mail up',
        'db up',
      ])
    }
    expect(recorded.lines.map(({ msg }) => msg)).to.deep.equal(['health check failed'])
  })

  it('keeps checks apart that one class gives the same name', async () => {
    add('smtp', new Mirrored()).answer = fail
    add('backup', new Optional())
    const { checks } = await create().ready()
    expect(Object.entries(checks).map(([name, { status }]) => `${name} ${status}`)).to.have.members([
      'smtp.check down',
      'smtp.mirror up',
      'backup.mail up',
    ])
  })

  it('is down at once while the server starts or drains, without asking, and still live', async () => {
    const health = create()
    const db = add('db', new Dependency())
    for (const phase of ['starting', 'draining', 'stopped'] as const) {
      runtime.phase = phase
      expect((await health.ready()).status).to.equal('down')
      expect(health.live().status).to.equal('up')
    }
    expect(db.calls).to.equal(0)
  })

  it('asks once for probes that come at the same time, and again later', async () => {
    const health = create()
    const db = add('db', new Dependency())
    db.answer = () => new Promise((resolve) => setImmediate(resolve))
    await Promise.all(Array.from({ length: 20 }, () => health.ready()))
    expect(db.calls).to.equal(1)
    await health.ready()
    expect(db.calls).to.equal(2)
  })

  it('uses a result again while it is fresh', async () => {
    const health = create()
    const db = add('db', new Cached())
    await health.ready()
    await health.ready()
    expect(db.calls).to.equal(1)
  })

  it('gives up on a check that hangs, does not start it again meanwhile, and recovers when it answers', async () => {
    const health = create()
    const db = add('db', new Dependency())
    let answer = (): void => undefined
    db.answer = () => new Promise<void>((resolve) => (answer = resolve))
    for (let i = 0; i < 5; i++) expect((await health.ready()).status).to.equal('down')
    expect(db.calls).to.equal(1)
    answer()
    await new Promise((resolve) => setImmediate(resolve))
    db.answer = () => undefined
    expect((await health.ready()).status).to.equal('up')
  })

  it('logs a failure once, and the recovery', async () => {
    const { log, lines } = recordLog()
    const health = create({}, log)
    const db = add('db', new Dependency())
    db.answer = fail
    await health.ready()
    await health.ready()
    db.answer = () => undefined
    await health.ready()
    expect(lines.map(({ level, msg, check }) => [level, msg, check])).to.deep.equal([
      ['warn', 'health check failed', 'db'],
      ['info', 'health check recovered', 'db'],
    ])
  })

  it('finds services that were started after it', async () => {
    const health = create()
    expect((await health.ready()).checks).to.deep.equal({})
    add('late', new Dependency())
    expect((await health.ready()).checks).to.have.property('late')
  })

  describe('of services of other servers', () => {
    const target = (...breakers: readonly ('closed' | 'open' | 'tries' | 'may-try')[]): TargetState => ({
      service: 'UserService',
      endpoints: breakers.map((breaker, index) => ({
        server: `shop.users-${index}`,
        url: `http://users-${index}:3001`,
        breaker: breaker === 'tries' || breaker === 'may-try' ? 'half-open' : breaker,
        inFlight: breaker === 'tries' ? 1 : 0,
        isAvoided: false,
      })),
      policy: callPolicy,
      inFlight: 0,
      queued: 0,
      retries: 0,
      methods: new Map(),
    })

    it('is up while one endpoint takes calls', async () => {
      runtime.calls = [target('open', 'closed')]
      expect(await create().ready()).to.deep.equal({
        status: 'up',
        checks: { 'calls.UserService': { status: 'up', durationMs: 0 } },
      })
    })

    it('is degraded and still ready when none does, and says it once', async () => {
      const { log, lines } = recordLog()
      const health = create({ details: true }, log)
      runtime.calls = [target('open', 'tries')]
      for (let count = 0; count < 2; count++) {
        const { status, checks } = await health.ready()
        expect(status).to.equal('degraded')
        expect(checks['calls.UserService']).to.deep.include({ status: 'down' })
        expect(checks['calls.UserService']!.error).to.include('http://users-1:3001')
      }
      runtime.calls = [target('closed', 'closed')]
      expect((await health.ready()).status).to.equal('up')
      expect(lines.map(({ msg }) => msg)).to.deep.equal(['health check failed', 'health check recovered'])
    })

    it('is up and unknown when the next call may try, and says neither that it fails nor that it passes', async () => {
      const { log, lines } = recordLog()
      const health = create({ details: true }, log)
      runtime.calls = [target('open', 'open')]
      expect((await health.ready()).status).to.equal('degraded')
      runtime.calls = [target('open', 'may-try')]
      expect(await health.ready()).to.deep.equal({
        status: 'up',
        checks: { 'calls.UserService': { status: 'unknown', durationMs: 0 } },
      })
      runtime.calls = [target('open', 'open')]
      expect((await health.ready()).status).to.equal('degraded')
      expect(lines.map(({ msg }) => msg)).to.deep.equal(['health check failed'])
    })

    it('names no addresses to clients unless told to', async () => {
      runtime.calls = [target('open')]
      expect(JSON.stringify(await create().ready())).not.to.include('users-0')
    })
  })
})
