import { execFileSync } from 'node:child_process'
import { chmod, symlink, truncate, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'

import { createServer, type ServerOptions } from '@lokstra/core'
import { expect } from 'chai'

import { createAppFolder } from '../../helpers/app-folder.js'
import { rejection } from '../../helpers/boot-problems.js'
import { asUserBoundByModes } from '../../helpers/as-another-user.js'
import { loadConfig } from './internals.js'
import { describeProblem, problemsOf } from './reports.js'

type Options = Omit<Parameters<typeof loadConfig>[1], 'env'> & { readonly env?: Record<string, string> }

/** Loads the configuration of a folder that holds these files. */
async function load(files: Readonly<Record<string, string>>, options: Options = {}) {
  await using folder = await createAppFolder(files, [])
  return await loadConfig(folder.path, { env: {}, ...options })
}

/** What is wrong with the configuration of a folder, each problem with the places it names. */
async function reports(files: Readonly<Record<string, string>>, options: Options = {}): Promise<string[]> {
  await using folder = await createAppFolder(files, [])
  try {
    await loadConfig(folder.path, { env: {}, ...options })
    return []
  } catch (error) {
    const short = (text: string) => text.replaceAll(`${folder.path}/`, '').replaceAll(folder.path, '.')
    return problemsOf(error as never).map((problem) =>
      short(`${problem.code} ${problem.problem} @${problem.where.join(' ')}`),
    )
  }
}

const app = (keys: string) => `apps:\n  - { name: api, ${keys} }\n`

describe('the files of a configuration', () => {
  it('are the main file, those in config/ and those of the environment, the later over the earlier', async () => {
    const { config, environment, source } = await load(
      {
        'lokstra.yaml': `name: shop\ndiscover: [a]\n${app('listen: ":1", prefix: /a')}`,
        'config/b.yml': 'discover: [b]\nservices: { x: { type: t, p: 1 } }\n',
        'config/a.yaml': `services: { y: { type: t } }\n${app('formatter: plain')}`,
        'config/ignored.txt': 'no: yaml: here',
        'lokstra.production.yaml': app('listen: ":2"'),
        'config/b.production.yaml': 'services: { x: { p: 2 } }\n',
        'config/production/limits.yaml': 'discover: [only]\n',
        'config/b.staging.yaml': 'name: other\n',
      },
      { environment: 'production' },
    )
    expect(environment).to.equal('production')
    expect(config.name).to.equal('shop')
    expect(config.discover).to.deep.equal(['only'])
    expect(Object.keys(config.services)).to.have.members(['x', 'y'])
    expect(config.services.x!.config).to.deep.equal({ p: 2 })
    expect(config.apps).to.have.length(1)
    expect(config.apps[0]).to.include({ listen: ':2', prefix: '/a', formatter: 'plain' })
    expect(source!.files.map((file) => relative(source!.folder, file))).to.deep.equal([
      'lokstra.yaml',
      'config/a.yaml',
      'config/b.yml',
      'lokstra.production.yaml',
      'config/b.production.yaml',
      'config/production/limits.yaml',
    ])
  })

  it('join their lists in the order of their names, whatever the order in which they were made', async () => {
    const files = {
      'config/b.yaml': 'discover: [b]\n',
      'config/a.yaml': 'discover: [a]\n',
      'lokstra.yaml': 'discover: [m]\n',
    }
    for (const names of [Object.keys(files), Object.keys(files).reverse()]) {
      const shuffled = Object.fromEntries(names.map((name) => [name, files[name as keyof typeof files]]))
      expect((await load(shuffled)).config.discover).to.deep.equal(['m', 'a', 'b'])
    }
  })

  it('need no main file where config/ has some; one of them may be empty', async () => {
    const { config } = await load({ 'config/a.yaml': 'name: shop\n', 'config/b.yaml': '# later\n' })
    expect(config.name).to.equal('shop')
  })

  it('are chosen by the option, else LOKSTRA_ENV, else NODE_ENV, else for development', async () => {
    const files = {
      'lokstra.yaml': 'name: none\n',
      'lokstra.one.yaml': 'name: one\n',
      'lokstra.two.yaml': 'name: two\n',
      'lokstra.other.yaml': 'name: other\n',
      'lokstra.development.yaml': 'name: development\n',
    }
    const nameWith = async (options: Options) => (await load(files, options)).config.name
    const env = { LOKSTRA_ENV: 'two', NODE_ENV: 'other' }
    expect(await nameWith({ environment: 'one', env })).to.equal('one')
    expect(await nameWith({ env })).to.equal('two')
    expect(await nameWith({ env: { NODE_ENV: 'other' } })).to.equal('other')
    expect(await nameWith({})).to.equal('development')
  })

  for (const environment of ['production ', '..', 'a/b', 'a.b', '\u001b[2J']) {
    it(`are for an environment whose name can be one of files: not ${JSON.stringify(environment)}`, async () => {
      const files = { 'lokstra.yaml': 'name: none\n', 'config/production.yaml': '' }
      expect(await reports(files, { env: { NODE_ENV: environment } })).to.deep.equal([
        `E_CONFIG_VARIABLE The environment: ${JSON.stringify(environment)} cannot be the name of an environment @`,
      ])
    })
  }

  it('that say different things of one value are a mistake that names both places', async () => {
    const found = await reports({
      'lokstra.yaml': 'name: a\nshutdown: { timeout: 1s }\nservices:\n',
      'config/a.yaml': 'name: a\nshutdown: { timeout: 2s }\nservices: { db: { type: t } }\n',
    })
    expect(found).to.deep.equal([
      'E_CONFIG_CONFLICT shutdown.timeout is set to different values in two places of one layer @lokstra.yaml:2:22 config/a.yaml:2:22',
      'E_CONFIG_CONFLICT services is set to different values in two places of one layer @lokstra.yaml:3:1 config/a.yaml:3:11',
    ])
  })

  it('report the mistakes of YAML in all of them at once', async () => {
    const found = await reports({
      'lokstra.yaml': 'name: "a\n',
      'config/a.yaml': 'a: [1\n',
      'config/b.yaml': 'name: a\n',
    })
    expect(found.map((line) => line.replace(/ .*@/, ' '))).to.deep.equal([
      'E_CONFIG_SYNTAX config/a.yaml:2:1',
      'E_CONFIG_SYNTAX lokstra.yaml:2:1',
    ])
  })

  it('report values that are wrong together, each in its file', async () => {
    const found = await reports(
      {
        'lokstra.yaml': app('lisen: x'),
        'config/a.yaml': '- a\n',
        'lokstra.production.yaml': 'shutdown: { timeout: soon }\n',
      },
      { environment: 'production' },
    )
    expect(found).to.deep.equal([
      'E_CONFIG_VALUE_INVALID The configuration must be an object, received ["a"] @config/a.yaml:1:1',
      'E_CONFIG_VALUE_INVALID shutdown.timeout must be a duration such as 500ms or 30s, received "soon" @lokstra.production.yaml:1:22',
      'E_CONFIG_KEY_UNKNOWN apps.api.lisen is not a known key. Did you mean "listen"? @lokstra.yaml:2:18',
    ])
  })

  it('for an environment that is probably misspelt are a mistake', async () => {
    const files = {
      'lokstra.yaml': 'name: a\n',
      'lokstra.prodcution.yaml': 'name: b\n',
      'config/prodution/a.yaml': 'name: c\n',
    }
    expect(await reports(files, { environment: 'production' })).to.deep.equal([
      'E_CONFIG_FILE The configuration file lokstra.prodcution.yaml is not read, since the environment is "production" @lokstra.prodcution.yaml:1:1',
      'E_CONFIG_FILE The configuration file config/prodution is not read, since the environment is "production" @config/prodution',
    ])
    expect(await reports(files, { environment: 'development' })).to.deep.equal([])
  })

  it('for environments that differ by a number, or that stand beside one of the right name, are meant', async () => {
    const numbered = { 'lokstra.yaml': 'name: a\n', 'lokstra.staging2.yaml': 'name: b\n' }
    expect((await load(numbered, { environment: 'staging1' })).config.name).to.equal('a')
    const both = { 'lokstra.yaml': 'name: a\n', 'lokstra.prod.yaml': 'name: b\n', 'lokstra.prods.yaml': 'name: c\n' }
    expect((await load(both, { environment: 'prod' })).config.name).to.equal('b')
  })

  it('may be links, start with a byte order mark and end their lines as Windows does', async () => {
    await using folder = await createAppFolder(
      { '..data/shared.yaml': '\uFEFFname: linked\r\nnam: b\r\n', 'config/.hidden.yaml': 'nothing: known\n' },
      [],
    )
    await symlink('../..data/shared.yaml', join(folder.path, 'config/a.yaml'))
    try {
      await loadConfig(folder.path, { env: {} })
      expect.fail('nothing was thrown')
    } catch (error) {
      expect(problemsOf(error as never).map(describeProblem)).to.deep.equal([
        'E_CONFIG_KEY_UNKNOWN 2:1 nam is not a known key. Did you mean "name"?',
      ])
    }
  })

  it('that cannot be read are all reported', async () => {
    await using folder = await createAppFolder({ 'lokstra.yaml': 'name: a\n', 'config/b.yaml': 'name: a\n' }, [])
    await symlink('nowhere.yaml', join(folder.path, 'config/a.yaml'))
    await writeFile(join(folder.path, 'config/b.yaml'), Buffer.from([0xff, 0xfe, 0x00]))
    await chmod(folder.path, 0o755)
    await chmod(join(folder.path, 'lokstra.yaml'), 0)
    try {
      await asUserBoundByModes(() => loadConfig(folder.path, { env: {} }))
      expect.fail('nothing was thrown')
    } catch (error) {
      const found = problemsOf(error as never).map(({ problem }) => problem.replace(/^.* file \S*\//, ''))
      expect(found).to.include.members(['a.yaml does not exist', 'b.yaml is not UTF-8 text'])
      expect(found.join()).to.match(/lokstra\.yaml cannot be read: EACCES/)
    }
  })

  it('are files, not pipes that somebody may write into some day, and of a sane size', async () => {
    await using folder = await createAppFolder({ 'lokstra.yaml': 'name: a\n', 'config/huge.yaml': '' }, [])
    await truncate(join(folder.path, 'config/huge.yaml'), 17 * 1024 * 1024)
    for (const name of ['config/pipe.yaml', '.env']) execFileSync('mkfifo', [join(folder.path, name)])
    try {
      await loadConfig(folder.path, { env: {} })
      expect.fail('nothing was thrown')
    } catch (error) {
      const found = problemsOf(error as never).map(({ problem }) => problem.replace(/^.* file \S*\//, ''))
      expect(found).to.have.members(['huge.yaml is larger than 16 MiB', 'pipe.yaml is no file', '.env is no file'])
    }
  })

  it('are read in time that grows with their size', async () => {
    const count = 5_000
    const services = Array.from({ length: count }, (_, index) => `  s${index}: { type: t, a: [1, 2], b: "\${A:1}" }\n`)
    const { config } = await load({
      'lokstra.yaml': `services:\n${services.join('')}`,
      'config/a.yaml': `services:\n${services.join('')}`.replaceAll('a: [1, 2], ', ''),
    })
    expect(Object.keys(config.services)).to.have.length(count)
  }).timeout(20_000)
})

describe('a value in a higher layer', () => {
  const base = {
    'lokstra.yaml': `name: shop\n${app('listen: ":1", prefix: /a, limits: { body: 1KiB, depth: 3 }')}  - { name: admin, listen: ":2" }\n`,
  }
  const over = async (text: string) =>
    (await load({ ...base, 'lokstra.production.yaml': text }, { environment: 'production' })).config

  it('replaces one of a map and leaves the others', async () => {
    const { apps } = await over(app('limits: { body: 2KiB }'))
    expect(apps.map(({ name }) => name)).to.deep.equal(['api', 'admin'])
    expect(apps[0]!.limits).to.include({ body: 2_048, depth: 3 })
  })

  it('adds an app of a new name behind the others', async () => {
    const { apps } = await over('apps: [{ name: metrics, listen: ":3" }]\n')
    expect(apps.map(({ name }) => name)).to.deep.equal(['api', 'admin', 'metrics'])
  })

  it('removes the one below when it is null', async () => {
    const { apps, name } = await over(`name: null\n${app('prefix: null, limits: null')}`)
    expect(name).to.equal('app')
    expect(apps[0]!.prefix).to.equal('')
    expect(apps[0]!.limits.body).to.equal(1024 * 1024)
  })

  it('that is null is a mistake when nothing is below it', async () => {
    const found = await reports(
      { ...base, 'lokstra.production.yaml': 'shutdown: { timeout: null }\n' },
      { environment: 'production' },
    )
    expect(found.join()).to.match(
      /shutdown\.timeout must be a duration.*received nothing @lokstra\.production\.yaml:1:22/,
    )
  })
})

describe('.env files', () => {
  const files = {
    'lokstra.yaml': 'name: "${NAME}"\nshutdown: { timeout: "${TIME}" }\n',
    '.env': '# local\nexport NAME=from-env\nTIME="3s"\nLOKSTRA__SHUTDOWN__IDLE=7ms\n',
    '.env.local': 'NAME=from-local\n',
  }

  it('fill in for variables that the process does not have, .env.local before .env', async () => {
    const { config } = await load(files)
    expect(config.name).to.equal('from-local')
    expect(config.shutdown).to.include({ timeout: 3_000, idle: 7 })
    expect((await load(files, { env: { NAME: 'own' } })).config.name).to.equal('own')
  })

  it('do not change the environment of the process', async () => {
    await load({ ...files, '.env': 'TIME=1s\nLOKSTRA_TEST_UNSEEN=1\n' })
    expect(process.env.LOKSTRA_TEST_UNSEEN).to.equal(undefined)
  })

  it('are not read in production', async () => {
    expect(await reports(files, { environment: 'production' })).to.deep.equal([
      'E_CONFIG_VARIABLE name: the environment variable NAME is not set @lokstra.yaml:1:7',
      'E_CONFIG_VARIABLE shutdown.timeout: the environment variable TIME is not set @lokstra.yaml:2:22',
    ])
  })

  it('cannot choose the environment, which decides whether they are read', async () => {
    expect(await reports({ 'lokstra.yaml': 'name: a\n', '.env': 'A=1\nNODE_ENV=production\n' })).to.deep.equal([
      'E_CONFIG_VARIABLE NODE_ENV: the environment is chosen before this file is read, and is "development" @.env:2:1',
    ])
    expect(
      await reports({ 'lokstra.yaml': 'name: a\n', '.env': 'NODE_ENV=production\n' }, { env: { NODE_ENV: 'test' } }),
    ).to.deep.equal([])
  })

  it('report a quote that is not closed, which would become part of the value', async () => {
    const main = { 'lokstra.yaml': 'name: a\n' }
    expect(await reports({ ...main, '.env': 'A=1\nPASSWORD="b c\nD=2\n' })).to.deep.equal([
      'E_CONFIG_SYNTAX The quote of PASSWORD is not closed @.env:2:1',
    ])
    expect(await reports({ ...main, '.env': `A='"b"'\nC="d\ne"\nF=""\n` })).to.deep.equal([])
  })

  it('report lines that are no assignments', async () => {
    const [found] = await reports({ 'lokstra.yaml': 'name: a\n', '.env': 'A=1\nnot this = x\n' })
    expect(found).to.equal('E_CONFIG_SYNTAX The line names no variable @.env:2:1')
  })
})

describe('LOKSTRA__ variables', () => {
  const files = {
    'lokstra.yaml': `${app('listen: ":1"')}services: { order-db: { type: t, poolSize: 1 } }\nmiddleware: [requestId]\n`,
  }
  const names = 'LOKSTRA__APPS__API__'

  it('set values, matched whatever their case and underscores, and read as the type that is asked for', async () => {
    const { config, locate } = await load(files, {
      env: {
        [`${names}LISTEN`]: ':4000',
        [`${names}LIMITS__REQUESTS_PER_CONNECTION`]: '12',
        LOKSTRA__SERVICES__ORDER_DB__POOL_SIZE: '20',
        LOKSTRA__SERVICES__ORDER_DB__MAX_WAIT: '3',
        LOKSTRA__shutdown__drainDelay: '2s',
        LOKSTRA__DISCOVER: 'dist/*.js, lib/*.js',
        LOKSTRA__MIDDLEWARE: '[recovery, { cors: { origins: ["https://a.example"] } }]',
      },
    })
    expect(config.apps[0]!.listen).to.equal(':4000')
    expect(config.apps[0]!.limits.requestsPerConnection).to.equal(12)
    expect(config.services['order-db']!.config).to.deep.equal({ poolSize: '20', maxWait: '3' })
    expect(config.shutdown.drainDelay).to.equal(2_000)
    expect(config.discover).to.deep.equal(['dist/*.js', 'lib/*.js'])
    expect(config.middleware.refs.map(({ name }) => name)).to.deep.equal(['recovery', 'cors'])
    expect(locate(['apps', 0, 'listen'])).to.equal(`${names}LISTEN`)
    expect(locate(['apps', 0, 'name'])).to.match(/lokstra\.yaml:2:13$/)
  })

  it('are taken as they are: no placeholder is replaced in them', async () => {
    const { config } = await load(files, { env: { LOKSTRA__NAME: '${A}: # "x"' } })
    expect(config.name).to.equal('${A}: # "x"')
  })

  for (const [name, problem] of [
    ['LOKSTRA__APS__API__LISTEN', 'the configuration has no "aps". Did you mean "apps"?'],
    ['LOKSTRA__APPS__APY__LISTEN', 'there is no app "apy". Did you mean "api"?'],
    ['LOKSTRA__APPS__API__LISEN', 'apps.api has no "lisen". Did you mean "listen"?'],
    ['LOKSTRA__SERVICES__CACHE__URL', 'services has no "cache"'],
    ['LOKSTRA__MIDDLEWARE__0', 'items of middleware cannot be set one by one'],
    ['LOKSTRA__NAME__FIRST', 'name holds no further values'],
    ['LOKSTRA__SHUTDOWN____IDLE', 'a step of its path is empty'],
    ['LOKSTRA__DEPLOYMENTS__SHOP__NAME', 'the configuration has no "deployments"'],
  ] as const) {
    it(`that name nothing are mistakes: ${name}`, async () => {
      const named = { 'lokstra.yaml': `name: shop\n${files['lokstra.yaml']}` }
      expect(await reports(named, { env: { [name]: '1' } })).to.deep.equal([
        `E_CONFIG_OVERRIDE ${name}: ${problem} @the environment`,
      ])
    })
  }

  it('may be thousands, as may options', async () => {
    const many = Array.from({ length: 20_000 }, (_, index) => index)
    const services = many.map((index) => `  s${index}: { type: t }\n`)
    const env = Object.fromEntries(many.map((index) => [`LOKSTRA__SERVICES__S${index}__K`, String(index)]))
    const set = many.map((index) => `services.s${index}.w=${index}`)
    const { config } = await load({ 'lokstra.yaml': `services:\n${services.join('')}` }, { env, set })
    expect(config.services.s19999!.config).to.deep.equal({ k: '19999', w: '19999' })
  })

  it('that name nothing among many list some of them', async () => {
    const services = Array.from({ length: 60 }, (_, index) => `s${index}: { type: t }`)
    await using folder = await createAppFolder({ 'lokstra.yaml': `services: { ${services.join(', ')} }\n` }, [])
    const error = await rejection(loadConfig(folder.path, { env: { LOKSTRA__SERVICES__X: '1' } }))
    expect(error.fix).to.match(/ Known: s0, .*, s49 and 10 more\.$/)
  })

  it('whose values are wrong are named as their place', async () => {
    const env = { [`${names}LIMITS__DEPTH`]: 'deep', LOKSTRA__DISCOVER: '[a' }
    expect(await reports(files, { env })).to.deep.equal([
      'E_CONFIG_OVERRIDE LOKSTRA__DISCOVER: the value is not valid YAML: A bracket is not closed with ] @the environment',
      `E_CONFIG_VALUE_INVALID apps.api.limits.depth must be a number, received "deep" @${names}LIMITS__DEPTH`,
    ])
  })

  it('of two spellings that disagree are a mistake', async () => {
    const env = { LOKSTRA__SERVICES__ORDER_DB__POOL_SIZE: '1', LOKSTRA__SERVICES__ORDER_DB__POOLSIZE: '2' }
    expect((await reports(files, { env })).join()).to.match(/^E_CONFIG_CONFLICT .*poolSize/)
  })

  it('reach apps that stand in code, and servers without files', async () => {
    const options: ServerOptions = {
      apps: [{ name: 'api', listen: ':1' }],
      env: { LOKSTRA__APPS__API__PREFIX: '/v1', LOKSTRA__SHUTDOWN__IDLE: '9ms' },
    }
    const server = createServer(options)
    expect((await server.configuration()).values).to.deep.include({
      apps: [{ name: 'api', prefix: '/v1', ...(await defaultsOfApp()) }],
    })
  })
})

async function defaultsOfApp(): Promise<object> {
  const { apps } = (await createServer({ config: { apps: [{ name: 'x' }] } }).configuration()).values as {
    apps: Record<string, unknown>[]
  }
  const { name: _, prefix: __, ...rest } = apps[0]!
  return rest
}

describe('--set', () => {
  const files = { 'lokstra.yaml': `${app('listen: ":1"')}services: { kv.a: { type: t } }\n` }

  it('sets values over variables, the later over the earlier', async () => {
    const { config, locate } = await load(files, {
      env: { LOKSTRA__APPS__API__LISTEN: ':2' },
      set: [
        'apps.api.listen=:3',
        'apps[0].listen=:4',
        'services["kv.a"].url=a=b',
        'services.new={ type: t, list: [1] }',
        'discover=[]',
      ],
    })
    expect(config.apps[0]!.listen).to.equal(':4')
    expect(config.services['kv.a']!.config).to.deep.equal({ url: 'a=b' })
    expect(config.services.new!.config).to.deep.equal({ list: [1] })
    expect(config.discover).to.deep.equal([])
    expect(locate(['apps', 0, 'listen'])).to.equal('--set apps[0].listen')
  })

  for (const [set, report] of [
    ['apps.apy.listen=:3', 'E_CONFIG_OVERRIDE --set apps.apy.listen: there is no app "apy". Did you mean "api"? @'],
    [
      'apps.api.lisen=:3',
      'E_CONFIG_KEY_UNKNOWN apps.api.lisen is not a known key. Did you mean "listen"? @--set apps.api.lisen',
    ],
    ['discover[0]=a', 'E_CONFIG_OVERRIDE --set discover[0]: items of discover cannot be set one by one @'],
    [
      'deployments.a=b',
      'E_CONFIG_OVERRIDE --set deployments.a: of a deployment only the addresses of its servers can be set @',
    ],
    ['apps.api.listen', 'E_CONFIG_OVERRIDE --set apps.api.listen: it is not path=value @'],
    ['=3', 'E_CONFIG_OVERRIDE --set =3: it is not path=value @'],
    ['[0]=3', 'E_CONFIG_OVERRIDE --set [0]: it is not path=value @'],
    ['services["\\q"].url=3', 'E_CONFIG_OVERRIDE --set services: it is not path=value @'],
    [
      'apps.api.name=b',
      'E_CONFIG_OVERRIDE --set apps.api.name: the name of an app cannot be set: it says which one is meant @',
    ],
    [
      'apps.api={name: b}',
      'E_CONFIG_OVERRIDE --set apps.api: the name of an app cannot be set: it says which one is meant @',
    ],
    [
      `services${'.a'.repeat(100)}=b`,
      `E_CONFIG_OVERRIDE --set services${'.a'.repeat(100)}: its path has more than 100 steps @`,
    ],
  ] as const) {
    it(`is refused with what is wrong: ${set}`, async () => {
      // What is wrong with the option itself stands in the option.
      const option = /^E_CONFIG_OVERRIDE (--set \S+): /.exec(report)?.[1] ?? ''
      expect(await reports(files, { set: [set] })).to.deep.equal([`${report}${option}`])
    })
  }

  it('names an app that only code has, be it among its apps or in its configuration', async () => {
    const inCode: readonly ServerOptions[] = [{ config: { apps: [{ name: 'web' }] } }, { apps: [{ name: 'web' }] }]
    for (const options of inCode) {
      const server = createServer({ ...options, env: {}, set: ['apps.web.limits.depth=7'] })
      const configuration = await server.configuration()
      expect(configuration.valueAt('apps.web.limits.depth')).to.equal(7)
    }
  })
})

describe('deployments', () => {
  const yaml = `name: shop
services: { db: { type: t, url: local } }
apps:
  - { name: users, listen: ":1", prefix: /users }
  - { name: orders, listen: ":2" }
deployments:
  split:
    services: { db: { url: "\${DB_URL}" } }
    servers:
      users: { url: "http://users:3001", apps: [{ name: users, listen: ":3001" }] }
      orders: { url: "http://orders:3002", apps: [{ listen: ":3002" }, { name: orders, prefix: /o }], shutdown: { timeout: 1s } }
      all:
`
  const files = { 'lokstra.yaml': yaml }

  it('without a choice say nothing: everything runs in one process', async () => {
    const { config, runs } = await load(files)
    expect(config.apps.map(({ name }) => name)).to.deep.equal(['users', 'orders'])
    expect([runs, config.services.db!.config.url]).to.deep.equal([undefined, 'local'])
  })

  it('choose apps and lay values of deployment and server over them', async () => {
    const { config, locate } = await load(files, { server: 'split.users', env: { DB_URL: 'remote' } })
    expect(config.apps.map(({ name, listen, prefix }) => [name, listen, prefix])).to.deep.equal([
      ['users', ':3001', '/users'],
    ])
    expect(config.services.db!.config.url).to.equal('remote')
    expect(locate(['apps', 0, 'listen'])).to.match(/lokstra\.yaml:10:\d+$/)
  })

  it('name an app without a name after the server, and keep the order of its list', async () => {
    const { config } = await load(
      {
        'lokstra.yaml': yaml.replace(
          '{ listen: ":3002" }, { name: orders',
          '{ name: metrics, listen: ":9" }, { listen: ":3002" }, { name: users',
        ),
      },
      { server: 'split.orders', env: { DB_URL: 'x' } },
    )
    expect(config.apps.map(({ name, listen }) => [name, listen])).to.deep.equal([
      ['metrics', ':9'],
      ['orders', ':3002'],
      ['users', ':1'],
    ])
    expect(config.shutdown.timeout).to.equal(1_000)
  })

  it('run all apps on a server that lists none', async () => {
    const { config } = await load(files, { server: 'split.all', env: { DB_URL: 'x' } })
    expect(config.apps.map(({ name }) => name)).to.deep.equal(['users', 'orders'])
  })

  it('leave variables and options above them, also those for apps that run elsewhere', async () => {
    const env = { DB_URL: 'x', LOKSTRA__APPS__USERS__LISTEN: ':7', LOKSTRA__APPS__ORDERS__LISTEN: ':8' }
    const { config } = await load(files, { server: 'split.users', env })
    expect(config.apps.map(({ listen }) => listen)).to.deep.equal([':7'])
  })

  it('leave out apps in code that the server does not list', async () => {
    await using folder = await createAppFolder(files, [])
    const server = createServer({
      file: folder.path,
      server: 'split.users',
      env: { DB_URL: 'x' },
      apps: [{ name: 'extra' }],
      config: { services: { db: null } },
    })
    expect((await server.operations()).map(({ app: name }) => name)).to.deep.equal(['users'])
  })

  it('take away with null what stands below, on the server that is chosen; on the others it is no mistake', async () => {
    const nulls = yaml.replace(
      'users: { url: "http://users:3001", apps: [{ name: users, listen: ":3001" }] }',
      'users: { apps: [{ name: users, prefix: null }], services: { db: null }, shutdown: null }',
    )
    const options = (server: string) => ({ server, env: { DB_URL: 'x' } })
    expect(await reports({ 'lokstra.yaml': nulls })).to.deep.equal([])
    const others = await load({ 'lokstra.yaml': nulls }, options('split.all'))
    expect(Object.keys(others.config.services)).to.deep.equal(['db'])
    const withShutdown = `shutdown: { timeout: 3s }\n${nulls}`
    const { config } = await load({ 'lokstra.yaml': withShutdown }, options('split.users'))
    expect(config.services).to.deep.equal({})
    expect([config.apps[0]!.prefix, config.shutdown.timeout]).to.deep.equal(['', 30_000])
    expect(await reports({ 'lokstra.yaml': nulls }, options('split.users'))).to.deep.equal([
      'E_CONFIG_VALUE_INVALID shutdown must be an object, received nothing @lokstra.yaml:10:89',
    ])
  })

  it('that are not there are refused with the names that are', async () => {
    for (const server of ['split.usres', 'users']) {
      expect(await reports(files, { server })).to.deep.equal([
        `E_CONFIG_SERVER No deployment has a server "${server}". Did you mean "split.users"? @lokstra.yaml:6:1`,
      ])
    }
  })

  it('refuse an app that stands nowhere and of which nothing else is said, on servers that are not chosen, too', async () => {
    const misspelt = { 'lokstra.yaml': yaml.replace('{ name: users, listen: ":3001" }', '{ name: usres }') }
    for (const server of ['split.users', 'split.all', undefined]) {
      expect(await reports(misspelt, { server, env: { DB_URL: 'x' } })).to.deep.equal([
        'E_CONFIG_APP split.users runs the app "usres", which is not configured. Did you mean "users"? @lokstra.yaml:10:57',
      ])
    }
  })

  it('take an app that stands in code, in the deployment, or is new where there are no others', async () => {
    const servers = 'servers: { one: { apps: [{ name: extra }] } }'
    const root = 'apps: [{ name: users }]\n'
    const accepts = async (text: string, options: Options = {}) =>
      expect(await reports({ 'lokstra.yaml': text }, { server: 'd.one', ...options })).to.deep.equal([])
    await accepts(`${root}deployments: { d: { ${servers} } }\n`, { apps: ['extra'] })
    await accepts(`${root}deployments: { d: { apps: [{ name: extra, listen: ":9" }], ${servers} } }\n`)
    await accepts(`deployments: { d: { ${servers} } }\n`)
  })

  it('are checked although they are not chosen; their variables need not be set', async () => {
    const wrong = `deployments:
  a:
    name: no
    servcies: {}
    servers:
      b: { url: users, apps: [{ lisen: ":1", listen: "\${PORT}" }], shutdown: { timeout: soon } }
      c: 3
`
    expect(await reports({ 'lokstra.yaml': wrong })).to.deep.equal([
      'E_CONFIG_KEY_UNKNOWN deployments.a.name is not a known key. @lokstra.yaml:3:5',
      'E_CONFIG_KEY_UNKNOWN deployments.a.servcies is not a known key. Did you mean "services"? @lokstra.yaml:4:5',
      'E_CONFIG_VALUE_INVALID deployments.a.servers.b.url must be an address such as http://users:3001, or a list of them, received "users" @lokstra.yaml:6:17',
      'E_CONFIG_KEY_UNKNOWN deployments.a.servers.b.apps[0].lisen is not a known key. Did you mean "listen"? @lokstra.yaml:6:33',
      'E_CONFIG_VALUE_INVALID deployments.a.servers.b.shutdown.timeout must be a duration such as 500ms or 30s, received "soon" @lokstra.yaml:6:89',
      'E_CONFIG_VALUE_INVALID deployments.a.servers.c must be an object, received 3 @lokstra.yaml:7:10',
    ])
  })
})
