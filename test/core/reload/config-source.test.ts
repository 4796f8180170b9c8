import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { mock } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'

import {
  ConfigSource,
  Context,
  createServer,
  Get,
  OnConfigReload,
  OnReady,
  Route,
  ServerRuntime,
  Service,
  type ValueExplanation,
} from '@lokstra/core'
import { createTestServer, type TestServer } from '@lokstra/core/testing'
import { IsString } from 'class-validator'
import { expect } from 'chai'

import { describeConfigSource } from '../../contracts/config-source.js'
import { rejection } from '../../helpers/boot-problems.js'
import { startLive } from '../../helpers/live-config.js'
import { silentLogger } from '../../helpers/silent-logger.js'

/** What the sources below give. */
let given: unknown = {}
let failure: Error | undefined
let watchers: (() => void)[] = []

@Service()
class Memory extends ConfigSource {
  read(): Promise<object> {
    return failure ? Promise.reject(failure) : Promise.resolve(structuredClone(given) as object)
  }
  watch(onChange: () => void): Promise<() => void> {
    watchers.push(onChange)
    return Promise.resolve(() => void (watchers = watchers.filter((other) => other !== onChange)))
  }
}

function give(values: unknown): void {
  given = values
  for (const tell of watchers) tell()
}

describeConfigSource('a source in memory', () => {
  given = {}
  return Promise.resolve({
    source: new Memory(),
    set: (limits) => {
      give(limits ? { apps: [{ name: 'api', limits }] } : {})
      return Promise.resolve()
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  })
})

class GreetingConfig {
  @IsString() text = 'hello'
}

@Service({ config: GreetingConfig })
class Greeting {
  #text: string
  constructor({ text }: GreetingConfig) {
    this.#text = text
  }
  @OnConfigReload() reconfigure({ text }: GreetingConfig) {
    this.#text = text
  }
  say() {
    return this.#text
  }
}

@Route('/')
class Home {
  constructor(readonly greeting: Greeting) {}
  @Get() home(ctx: Context) {
    return `${this.greeting.say()} ${ctx.app.limits.keys}`
  }
}

const options = { services: [Memory, Greeting], apps: [{ name: 'api', controllers: [Home] }] }
const yaml = (text: string, keys: number) =>
  `services: { greeting: { type: Greeting, text: ${text} } }\napps: [{ name: api, limits: { keys: ${keys} } }]`
const answer = async (test: TestServer) => ((await test.inject('GET', '/')).json() as { data: string }).data

async function untilAnswer(test: TestServer, expected: string): Promise<void> {
  for (let waited = 0; (await answer(test)) !== expected; waited += 10) {
    if (waited > 10_000) throw new Error(`The answer is ${await answer(test)}, not ${expected}`)
    await delay(10)
  }
}

describe('a source of the configuration', () => {
  beforeEach(() => {
    given = {}
    failure = undefined
    watchers = []
  })

  it('lies over the file from the first request on, and is named where it needs a restart', async () => {
    given = { apps: [{ name: 'api', limits: { keys: 5 }, listen: ':1' }] }
    await using live = await startLive(yaml('file', 3), options)
    expect(await answer(live.test)).to.equal('file 5')
    const warning = live.test.logs.find(({ fields }) => fields.code === 'W_RELOAD_RESTART')
    expect(warning?.fields.problem).to.include('apps.api.listen')
  })

  it('counts as soon as it tells of a change; what it no longer says is that of the file again', async () => {
    await using live = await startLive(yaml('file', 3), options)
    give({ services: { greeting: { text: 'source' } } })
    await untilAnswer(live.test, 'source 3')
    give({ apps: [{ name: 'api', limits: { keys: '7' } }] })
    await untilAnswer(live.test, 'file 7')
    await live.change(yaml('changed', 4))
    expect(await answer(live.test)).to.equal('changed 7')
    give({})
    await untilAnswer(live.test, 'changed 4')
  })

  it('that tells of a change while the server still starts is read again once it is ready', async () => {
    const reloads: string[] = []
    @Service({ eager: true })
    class Starting {
      constructor(readonly runtime: ServerRuntime) {}
      @OnReady() ready() {
        give({ apps: [{ name: 'api', limits: { keys: 8 } }] })
      }
      @OnConfigReload('apps.api.limits.keys') changed(next: number) {
        reloads.push(`${next} while ${this.runtime.phase}`)
      }
    }
    const test = await createTestServer({ ...options, services: [...options.services, Starting] })
    await untilAnswer(test, 'hello 8')
    expect(reloads).to.deep.equal(['8 while ready'])
  })

  it('is a layer of the configuration that is shown: the one that the server runs with', async () => {
    given = { apps: [{ name: 'api', limits: { keys: 5 } }] }
    await using live = await startLive(yaml('file', 3), options)
    const explain = async () => (await live.test.server.configuration()).explain('apps.api.limits.keys')
    const layersOf = ({ layers }: ValueExplanation) => layers.map(({ layer, value }) => [layer, value])
    expect(layersOf(await explain())).to.deep.equal([
      ['defaults', 1000],
      ['files', 3],
      ['sources', 5],
    ])
    await live.change(`${yaml('file', 4)}\nnothing: 7`)
    expect(layersOf(await explain())[1]).to.deep.equal(['files', 3])
    await live.change(`\n${yaml('file', 3)}`)
    expect((await explain()).layers[1]!.place).to.match(/lokstra.yaml:3:/)
    give({ apps: [{ name: 'api', limits: { keys: 6 } }] })
    await untilAnswer(live.test, 'file 6')
    expect(await explain()).to.have.property('value', 6)
  })

  it('lies below what stands in code', async () => {
    given = { apps: [{ name: 'api', limits: { keys: 5 } }] }
    await using live = await startLive(yaml('file', 3), {
      ...options,
      apps: [{ ...options.apps[0]!, limits: { keys: 9 } }],
    })
    expect(await answer(live.test)).to.equal('file 9')
  })

  it('reaches a server without a file', async () => {
    given = { apps: [{ name: 'api', limits: { keys: 5 } }] }
    const test = await createTestServer(options)
    expect(await answer(test)).to.equal('hello 5')
    give({})
    await untilAnswer(test, 'hello 1000')
  })

  it('with mistakes is left out as a whole, and told with its name', async () => {
    given = { apps: [{ name: 'api', limits: { keys: 0, body: 7 } }] }
    await using live = await startLive(yaml('file', 3), options)
    expect(await answer(live.test)).to.equal('file 3')
    const { fields } = live.test.logs.find(({ level }) => level === 'error')!
    expect(fields.problems).to.have.nested.property('[0].at', 'source Memory')
    give({ apps: [{ name: 'api', limits: { keys: 6 } }] })
    await untilAnswer(live.test, 'file 6')
  })

  for (const [what, secret] of [
    ['a password', { services: { greeting: { password: 'hunter2' } } }],
    ['passwords in a list', { services: { greeting: { secret: [['hunter2']] } } }],
    ['a password of digits', { services: { greeting: { password: 83920147 } } }],
    ['a URL with a password', { services: { greeting: { text: 'amqp://me:hunter2@mq/' } } }],
  ] as const) {
    it(`may not hold ${what}`, async () => {
      given = secret
      await using live = await startLive(yaml('file', 3), options)
      const report = await live.test.server.reload()
      expect(report.problems.map(({ code }) => code)).to.include('E_CONFIG_SOURCE_SECRET')
      expect(JSON.stringify([report, live.test.logs])).to.not.match(/hunter2|83920147/)
    })
  }

  it('may hold settings whose names only resemble those of secrets', async () => {
    given = {
      apps: [{ name: 'api', limits: { keys: 5 } }],
      services: { greeting: { perToken: 50, byKey: { max: 7 } } },
    }
    await using live = await startLive(yaml('file', 3), options)
    const { problems } = await live.test.server.reload()
    expect(problems.map(({ code }) => code)).to.deep.equal(['E_CONFIG_KEY_UNKNOWN', 'E_CONFIG_KEY_UNKNOWN'])
  })

  for (const [path, values] of [
    ['discover', { discover: ['dropped.mjs'] }],
    ['modules', { modules: ['dropped'] }],
    ['secrets', { secrets: { vault: { type: 'exec', command: ['touch', 'ran'] } } }],
    ['deployments', { deployments: { shop: { discover: ['dropped.mjs'], servers: { all: {} } } } }],
    ['services.greeting.type', { services: { greeting: { type: 'Dropped' } } }],
  ] as const) {
    it(`may not say which code runs, by ${path}: nothing of it does`, async () => {
      const file = `secrets: { vault: { type: env } }\n${yaml('"${secret:vault:TEXT}"', 3)}`
      await using live = await startLive(file, { ...options, env: { TEXT: 'kept' } })
      await live.write(
        "import { writeFileSync } from 'node:fs'\nwriteFileSync(new URL('ran', import.meta.url), '')",
        'dropped.mjs',
      )
      given = { ...values, apps: [{ name: 'api', limits: { keys: 5 } }] }
      const { outcome, problems } = await live.test.server.reload()
      expect(outcome).to.equal('refused')
      expect(problems.map(({ code, problem }) => [code, problem])).to.deep.equal([
        ['E_CONFIG_SOURCE_CODE', `The source Memory of the configuration says which code runs, ${path}`],
      ])
      expect(existsSync(join(live.folder, 'ran'))).to.equal(false)
      expect(await answer(live.test)).to.equal('kept 3')
    })
  }

  it('is taken as it is: placeholders have no meaning in it', async () => {
    given = { services: { greeting: { text: '${HOME} ${config:name}' } } }
    await using live = await startLive(yaml('file', 3), options)
    expect(await answer(live.test)).to.equal('${HOME} ${config:name} 3')
  })

  it('that cannot be read keeps its last values, and is told of', async () => {
    given = { apps: [{ name: 'api', limits: { keys: 5 } }] }
    await using live = await startLive(yaml('file', 3), options)
    failure = new Error('the line is dead')
    const report = await live.change(yaml('changed', 3))
    expect(report.outcome).to.equal('applied')
    expect(await answer(live.test)).to.equal('changed 5')
    const { fields } = live.test.logs.find(({ message }) => message.includes('could not be read'))!
    expect(String(fields.err)).to.include('E_CONFIG_SOURCE').and.include('the line is dead')
  })

  for (const [what, values] of [
    ['cannot be read', undefined],
    ['gives no object', [7]],
  ] as const) {
    it(`that ${what} at the start stops the start, and is not watched afterwards`, async () => {
      given = values
      if (values === undefined) failure = new Error('the line is dead')
      const server = createServer({
        ...options,
        apps: [{ ...options.apps[0]!, listen: '127.0.0.1:0' }],
        services: [...options.services, silentLogger],
      })
      expect(await rejection(server.start())).to.include({ code: 'E_CONFIG_SOURCE' })
      expect(watchers).to.deep.equal([])
    })
  }

  it('that begins to watch only after the start was given up is let go then', async () => {
    let begin: (() => void) | undefined
    let isLetGo = false
    @Service()
    class Slow extends Memory {
      override watch(): Promise<() => void> {
        return new Promise((resolve) => (begin = () => resolve(() => (isLetGo = true))))
      }
    }
    const server = createServer({
      apps: [{ name: 'api', listen: '127.0.0.1:0', controllers: [Home] }],
      services: [Slow, Greeting, silentLogger],
    })
    mock.timers.enable({ apis: ['setTimeout'] })
    try {
      const failed = rejection(server.start())
      while (!begin) await new Promise(setImmediate)
      mock.timers.tick(10_000)
      expect(String(await failed)).to.include('did not begin to watch')
    } finally {
      mock.timers.reset()
    }
    begin()
    await new Promise(setImmediate)
    expect(isLetGo).to.equal(true)
  })

  it('that does not let go keeps no server from stopping, and is told of', async () => {
    @Service()
    class Clinging extends Memory {
      override watch(): Promise<() => Promise<void>> {
        return Promise.resolve(() => new Promise(() => undefined))
      }
    }
    const test = await createTestServer({ services: [Clinging], config: { apps: [{ name: 'api' }] } })
    await test.server.stop()
    expect(test.server.phase).to.equal('stopped')
    const { fields } = test.logs.find(({ message }) => message === 'configuration source could not be closed')!
    expect(String(fields.err)).to.include('did not end within')
  }).timeout(20_000)

  it('is let go when the server stops', async () => {
    const test = await createTestServer(options)
    expect(watchers).to.have.length(1)
    await test.dispose()
    expect(watchers).to.deep.equal([])
  })
})
