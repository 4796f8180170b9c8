import { join } from 'node:path'

import { BootError } from '@lokstra/core'
import { expect } from 'chai'

import {
  bindServerConfig,
  loadConfig,
  ModuleAllowance,
  parseConfig,
  readObjectPlan,
  ServerConfig,
} from './internals.js'
import { describeProblem, reportsOf } from './reports.js'

const fixtures = join(process.cwd(), 'test/fixtures/config')
const shop = join(fixtures, 'shop.yaml')
const env = { CACHE_PASSWORD: '123456' }
/** Limits that the file leaves at their defaults. */
const unlimited = { headerCount: 100, connections: 0, requestsPerConnection: 0 }

describe('loading a configuration file', () => {
  it('reads every part of it', async () => {
    const { config, folder } = await loadConfig(shop, { env })
    expect(folder).to.equal(fixtures)
    expect(config).to.be.instanceOf(ServerConfig)
    expect(JSON.parse(JSON.stringify(config))).to.deep.equal({
      name: 'shop',
      discover: ['dist/**/*.js'],
      modules: [
        { use: '@acme/billing', config: {}, at: ['modules', 0] },
        {
          use: '@acme/reports',
          allow: { services: true, middleware: false, controllers: false, inject: ['db', 'cache*'] },
          config: {},
          at: ['modules', 1],
        },
      ],
      secrets: {},
      calls: {
        secret: [],
        answerLimit: 16 * 1024 * 1024,
        timeout: 10_000,
        retries: 2,
        retryBudget: 0.1,
        breaker: { failures: 5, openFor: 5_000 },
        bulkhead: { concurrent: 200, queue: 200 },
        connections: 64,
        transport: 'http',
        baggage: [],
        services: {},
      },
      external: {},
      services: {
        db: { type: 'postgres', dependsOn: [], config: { url: 'embedded', poolSize: '10' } },
        cache: { type: 'kv.redis', dependsOn: [], config: { password: '123456' } },
      },
      middleware: {
        override: false,
        refs: [
          { name: 'requestId', config: {}, at: ['middleware', 0, 'requestId'], label: 'middleware[0].requestId' },
          { name: 'recovery', config: {}, at: ['middleware', 1, 'recovery'], label: 'middleware[1].recovery' },
          {
            name: 'cors',
            config: { origins: ['https://shop.example'] },
            at: ['middleware', 2, 'cors'],
            label: 'middleware[2].cors',
          },
        ],
      },
      apps: [
        {
          name: 'api',
          listen: ':3000',
          http2: false,
          publish: [],
          prefix: '/api',
          controllers: ['TodoController', 'health'],
          routes: [],
          groups: [],
          middleware: { override: false, refs: [] },
          override: false,
          mounts: [
            {
              name: 'spa',
              config: { prefix: '/', dir: 'web' },
              at: ['apps', 0, 'mounts', 0, 'spa'],
              label: 'apps.api.mounts[0].spa',
            },
            {
              name: 'static',
              config: { prefix: '/files', dir: 'public' },
              at: ['apps', 0, 'mounts', 1, 'static'],
              label: 'apps.api.mounts[1].static',
            },
          ],
          formatter: 'problem',
          unknownKeys: 'reject',
          limits: { body: 2 * 1024 * 1024, depth: 8, keys: 50, items: 10_000, headers: 8 * 1024, ...unlimited },
          timeouts: { headers: 5_000, request: 60_000, handler: 30_000, keepAlive: 500 },
        },
        {
          name: 'admin',
          listen: 'unix:/run/admin.sock',
          http2: false,
          publish: [],
          prefix: '',
          routes: [],
          groups: [],
          override: true,
          middleware: {
            override: true,
            refs: [
              {
                name: 'requestLogger',
                config: {},
                at: ['apps', 1, 'middleware', 0, 'requestLogger'],
                label: 'apps.admin.middleware[0].requestLogger',
              },
            ],
          },
          mounts: [],
          formatter: 'lokstra',
          unknownKeys: 'drop',
          limits: { body: 1024 * 1024, depth: 32, keys: 1_000, items: 10_000, headers: 16 * 1024, ...unlimited },
          timeouts: { headers: 30_000, request: 60_000, handler: 30_000, keepAlive: 65_000 },
        },
      ],
      shutdown: { drainDelay: 5_000, timeout: 10_000, idle: 500 },
      reload: {},
    })
  })

  it('gives every value its default', async () => {
    const { config } = await parseConfig('name: shop\n', shop, { env })
    expect(config).to.deep.equal(Object.assign(new ServerConfig(), { name: 'shop' }))
  })

  it('has configuration classes without mistakes of their own', () => {
    const problems: never[] = []
    for (const type of [ServerConfig, ModuleAllowance]) readObjectPlan(type, problems)
    expect(problems).to.deep.equal([])
  })

  it('tells where a value, a key, or the nearest value around a missing one stands', async () => {
    const { config, locate } = await loadConfig(shop, { env })
    const place = (text: string) => text.replace(/^.*shop\.yaml:/, '')
    expect(place(locate(['apps', 0, 'listen']))).to.equal('16:13')
    expect(place(locate(['apps', 0, 'listen'], 'key'))).to.equal('16:5')
    expect(place(locate(['apps', 1, 'limits', 'body']))).to.equal('26:5')
    expect(place(config.services.cache!.locate(['password']))).to.equal('12:15')
    expect(place(config.middleware.refs[2]!.locate(['origins', 0]))).to.equal('13:53')
    expect(place(config.apps[1]!.middleware.refs[0]!.locate([]))).to.equal('30:9')
    expect(locate(['apps', 0])).to.equal('test/fixtures/config/shop.yaml:15:5')
  })

  it('follows an alias to the value that it repeats', async () => {
    const text = 'services:\n  a: &db { type: pg, url: x }\n  b: *db\n'
    const { config, locate } = await parseConfig(text, 'shop.yaml', { env })
    expect(config.services.b!.config).to.deep.equal({ url: 'x' })
    expect(locate(['services', 'b', 'url'])).to.match(/\/shop\.yaml:3:3$/)
  })

  it('counts lines and columns behind a byte order mark and in files of Windows', async () => {
    const reports = await reportsOf(() => parseConfig('\uFEFFname: a\r\nnam: b\r\n', 'shop.yaml', { env }))
    expect(reports).to.deep.equal(['E_CONFIG_KEY_UNKNOWN 2:1 nam is not a known key. Did you mean "name"?'])
  })

  it('reports ten problems of a file at once, in the order of its lines', async () => {
    const reports = await reportsOf(() => loadConfig(join(fixtures, 'ten-problems.yaml'), { env: {} }))
    expect(reports).to.deep.equal([
      'E_CONFIG_KEY_UNKNOWN 1:1 nmae is not a known key. Did you mean "name"?',
      'E_CONFIG_VALUE_INVALID 2:11 discover must be a list of strings, such as a, b, received an object',
      'E_CONFIG_VALUE_MISSING 4:3 services.db.type is missing',
      'E_CONFIG_VARIABLE 5:32 services.cache.password: the environment variable CACHE_PASSWORD is not set',
      'E_CONFIG_VALUE_INVALID 6:14 middleware[0] must be a name, or one name with its configuration, such as { cors: { origins: [] } }, received 3',
      'E_CONFIG_VALUE_MISSING 8:5 apps[0].name is missing',
      'E_CONFIG_VALUE_INVALID 8:13 apps[0].listen must be a string, received 3000',
      'E_CONFIG_VALUE_INVALID 9:13 apps[0].prefix must start with / and hold no ?, # or *, received "api"',
      'E_CONFIG_VALUE_INVALID 10:21 apps[0].limits.body must be a size such as 512KiB or 1MiB, received "1 GiBB"',
      'E_CONFIG_VALUE_INVALID 11:26 apps[0].timeouts.request must be a duration such as 500ms or 30s, received "soon"',
    ])
  })

  it('prints a problem with place and advice', async () => {
    try {
      await parseConfig('services:\n  db: { type: pg, url: "${DATABASE_URL}" }\n', 'shop.yaml', {
        env: { DATABASE_URI: 'x' },
      })
      expect.fail('nothing was thrown')
    } catch (error) {
      expect((error as Error).message.replace(/\S+\/(?=shop\.yaml)/, '')).to.equal(
        [
          'E_CONFIG_VARIABLE: services.db.url: the environment variable DATABASE_URL is not set',
          '  at   shop.yaml:2:24',
          '  fix  Set it, or give a default: ${DATABASE_URL:value}. Did you mean "DATABASE_URI"?',
          '  see  node_modules/@lokstra/core/errors.md#e_config_variable',
        ].join('\n'),
      )
    }
  })

  it('names a file that is missing, a folder, empty, or not UTF-8', async () => {
    const reportOf = (name: string) => reportsOf(() => loadConfig(join(fixtures, name), { env }))
    const file = 'E_CONFIG_FILE The configuration file test/fixtures/config'
    expect(await reportOf('none.yaml')).to.deep.equal([`${file}/none.yaml does not exist`])
    expect(await reportOf('')).to.deep.equal([`${file} has neither a lokstra.yaml nor files in config/`])
    expect(await reportOf('empty.yaml')).to.deep.equal([`${file}/empty.yaml is empty`])
    expect(await reportOf('not-utf-8.bin')).to.deep.equal([`${file}/not-utf-8.bin is not UTF-8 text`])
  })
})

describe('an overlay', () => {
  it('replaces values key by key, and lists as a whole', async () => {
    const overlay = { discover: ['src'], shutdown: { timeout: '1s' }, name: undefined }
    const { config } = await loadConfig(shop, { env, overlay })
    expect(config.name).to.equal('shop')
    expect(config.discover).to.deep.equal(['src'])
    expect(config.shutdown).to.include({ drainDelay: 5_000, timeout: 1_000 })
  })

  it('makes variables below it unnecessary', async () => {
    const overlay = { services: { cache: { password: 'x' } } }
    const { config } = await loadConfig(shop, { env: {}, overlay })
    expect(config.services.cache!.config).to.deep.equal({ password: 'x' })
  })

  it('is named as the place of its own values only', async () => {
    try {
      await loadConfig(shop, { env, overlay: { apps: [{ name: 3 }], nam: 'x' } })
      expect.fail('nothing was thrown')
    } catch (error) {
      expect(error).to.be.instanceOf(BootError)
      expect((error as BootError).problems.map(({ where }) => where)).to.deep.equal([
        ['createServer({ config })'],
        ['createServer({ config })'],
      ])
    }
  })
})

describe('a configuration in code', () => {
  it('takes durations and sizes as numbers and as text', async () => {
    const { config } = await bindServerConfig(
      { apps: [{ name: 'a', limits: { body: 5, headers: '2KiB' } }] },
      'main.ts:3',
    )
    expect(config.apps[0]!.limits.body).to.equal(5)
    expect(config.apps[0]!.limits.headers).to.equal(2_048)
  })

  it('reports the place in code', async () => {
    try {
      await bindServerConfig({ nam: 'a' }, 'main.ts:3')
      expect.fail('nothing was thrown')
    } catch (error) {
      expect(describeProblem(error as never)).to.equal(
        'E_CONFIG_KEY_UNKNOWN nam is not a known key. Did you mean "name"?',
      )
      expect((error as BootError).where).to.deep.equal(['main.ts:3'])
    }
  })
})
