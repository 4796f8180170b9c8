import { expect } from 'chai'

import { createAppFolder } from '../helpers/app-folder.js'
import { lokstra, lokstraScript, runProgram } from '../helpers/lokstra.js'

const files = {
  'lokstra.yaml': `name: shop
discover: ['dist/*.js']
services:
  store: { type: Store, url: 'pg://me:hunter2@db/shop', password: '\${PASSWORD}', token: '\${secret:env:TOKEN}' }
apps:
  - { name: api, listen: ':\${PORT:3000}', prefix: /v1 }
deployments:
  split: { servers: { api: { apps: [{ name: api, listen: ':7' }] } } }
`,
  'lokstra.production.yaml': 'apps: [{ name: api, listen: ":80", prefix: null }]\n',
  '.env': 'PASSWORD=swordfish\nTOKEN=a-secret-token\n',
  'dist/store.js': `import { Get, Route, Service, Field } from '@lokstra/core'
import { IsString, IsInt } from 'class-validator'
class StoreConfig { constructor() { this.url = ''; this.password = ''; this.token = ''; this.size = 10 } }
for (const [name, type] of [['url', String], ['password', String], ['token', String], ['size', Number]]) {
  Reflect.defineMetadata('design:type', type, StoreConfig.prototype, name);
  (type === Number ? IsInt() : IsString())(StoreConfig.prototype, name)
}
export class Store {}
Service({ config: StoreConfig })(Store)
export class Times { now() { return 'noon' } }
Reflect.defineMetadata('design:paramtypes', [], Times.prototype, 'now')
Get('/now')(Times.prototype, 'now', Object.getOwnPropertyDescriptor(Times.prototype, 'now'))
Route('/times')(Times)
`,
}

const shop = (more: Readonly<Record<string, string>> = {}) => createAppFolder({ ...files, ...more })

describe('lokstra config print', () => {
  it('prints what counts, defaults included and secrets masked', async () => {
    await using app = await shop()
    const { code, stdout, stderr } = await lokstra(app.path, 'config', 'print')
    expect([code, stderr]).to.deep.equal([0, ''])
    expect(stdout).to.match(/^name: shop\n/)
    expect(stdout).to.include("url: pg://me:***@db/shop\n    password: '***'\n    token: '***'\n    size: 10\n")
    expect(stdout).to.match(/listen: :3000\n/)
    expect(stdout).to.match(/handler: 30s\n/)
    expect(stdout).not.to.match(/hunter2|swordfish|a-secret-token|deployments/)
  })

  it('masks what opens other systems, from a variable of any name and as it is written', async () => {
    const yaml = `external:
  Pay: { url: 'https://pay.example', headers: { Authorization: 'Bearer \${PASSWORD}', accept: text/plain } }
  Post: { url: 'https://post.example', headers: { proxy-authorization: Basic hunter2 } }
`
    await using app = await shop({ 'lokstra.yaml': yaml })
    const { stdout } = await lokstra(app.path, 'config', 'print', 'external')
    expect(stdout).to.include("Authorization: '***'\n").and.include("proxy-authorization: '***'\n")
    expect(stdout)
      .to.include('accept: text/plain\n')
      .and.not.match(/hunter2|swordfish/)
  })

  it('writes behind each value where it stands', async () => {
    await using app = await shop()
    const args = [
      'config',
      'print',
      'apps.api',
      '--provenance',
      '--env',
      'production',
      '--set',
      'apps.api.limits.depth=5',
    ]
    const env = { ...process.env, PASSWORD: 'x', TOKEN: 'y' }
    const { stdout } = await runProgram(process.execPath, [lokstraScript, ...args], { cwd: app.path, env })
    expect(stdout).to.include('name: api # lokstra.yaml:6:13\n')
    expect(stdout).to.include('listen: :80 # lokstra.production.yaml:1:29\n')
    expect(stdout).to.include('depth: 5 # --set apps.api.limits.depth\n')
    expect(stdout).to.include("prefix: '' # default\n")
  })

  it('prints one value, as JSON too', async () => {
    await using app = await shop()
    expect((await lokstra(app.path, 'config', 'print', 'apps.api.listen')).stdout).to.equal(':3000\n')
    const { stdout } = await lokstra(app.path, 'config', 'print', 'services', '--json')
    expect(JSON.parse(stdout)).to.deep.equal({
      store: { type: 'Store', url: 'pg://me:***@db/shop', password: '***', token: '***', size: 10 },
    })
  })

  it('works although a class cannot be loaded', async () => {
    await using app = await shop({ 'dist/broken.js': 'throw new Error("later")\n' })
    const { code, stdout } = await lokstra(app.path, 'config', 'print', 'name')
    expect([code, stdout]).to.deep.equal([0, 'shop\n'])
  })

  it('says which path was probably meant', async () => {
    await using app = await shop()
    const { code, stdout, stderr } = await lokstra(app.path, 'config', 'print', 'apps.api.lisen')
    expect([code, stdout]).to.deep.equal([1, ''])
    expect(stderr).to.match(
      /^E_CONFIG_PATH: apps\.api\.lisen is not known: apps\.api has no "lisen"\. Did you mean "listen"\?/,
    )
  })

  it('takes no key of an app for the name of one', async () => {
    await using app = await shop()
    const { code, stderr } = await lokstra(app.path, 'config', 'print', 'apps.listen')
    expect(code).to.equal(1)
    expect(stderr).to.match(
      /^E_CONFIG_PATH: apps\.listen is not known: apps has no "listen"\n {2}fix {2}Name one of: api/,
    )
    expect(stderr).not.to.match(/fix.*(?:listen|formatter)/)
  })
})

describe('lokstra config check', () => {
  it('says what was read and what would run', async () => {
    await using app = await shop()
    const { code, stdout, stderr } = await lokstra(app.path, 'config', 'check', '--server', 'split.api')
    expect([code, stderr]).to.deep.equal([0, ''])
    expect(stdout).to.equal(`The configuration is valid.
environment  development
server       split.api
files        lokstra.yaml
             .env
apps         api, 1 operation
`)
  })

  it('reports every mistake and exits 1, as JSON where that is asked for', async () => {
    await using app = await shop({ 'config/more.yaml': 'nam: x\nmiddleware: [nothing]\n' })
    const { code, stdout, stderr } = await lokstra(app.path, 'config', 'check')
    expect([code, stdout]).to.deep.equal([1, ''])
    expect(stderr).to.match(/E_CONFIG_KEY_UNKNOWN[\s\S]*config\/more\.yaml:1:1[\s\S]*E_MIDDLEWARE_UNKNOWN/)
    const json = await lokstra(app.path, 'config', 'check', '--json')
    expect(json.code).to.equal(1)
    const { problems } = JSON.parse(json.stdout) as { problems: { code: string; file: string }[] }
    expect(problems.map((problem) => problem.code)).to.deep.equal(['E_CONFIG_KEY_UNKNOWN', 'E_MIDDLEWARE_UNKNOWN'])
  })

  it('takes a project that has only config/', async () => {
    const { 'lokstra.yaml': main, ...rest } = files
    await using app = await createAppFolder({ ...rest, 'config/shop.yaml': main })
    const { code, stdout } = await lokstra(app.path, 'config', 'check', '--json')
    expect(code).to.equal(0)
    expect((JSON.parse(stdout) as { files: string[] }).files).to.deep.equal(['config/shop.yaml', '.env'])
  })
})

describe('lokstra why config', () => {
  it('shows every layer that sets a value, and which one counts', async () => {
    await using app = await shop()
    const args = ['why', 'config', 'apps.api.listen', '--env', 'production', '--set', 'apps.api.listen=:9']
    const env = { ...process.env, PASSWORD: 'x', TOKEN: 'y', LOKSTRA__APPS__API__LISTEN: ':8' }
    const { stdout } = await runProgram(process.execPath, [lokstraScript, ...args], { cwd: app.path, env })
    expect(stdout).to.equal(`apps.api.listen = ":9"
  ✓ options            ":9"  --set apps.api.listen
    variables          ":8"  LOKSTRA__APPS__API__LISTEN
    environment files  ":80"  lokstra.production.yaml:1:29
    files              ":\${PORT:3000}"  lokstra.yaml:6:26
    defaults           ":3000"  default
`)
  })

  it('says what removed a value, and that a default counts', async () => {
    await using app = await shop()
    const args = ['why', 'config', 'apps.api.prefix', '--env', 'production']
    const env = { ...process.env, PASSWORD: 'x', TOKEN: 'y' }
    const { stdout } = await runProgram(process.execPath, [lokstraScript, ...args], { cwd: app.path, env })
    expect(stdout).to.equal(`apps.api.prefix = ""
    environment files  removes it  lokstra.production.yaml:1:44
    files              "/v1"  lokstra.yaml:6:51
  ✓ defaults           ""  default
`)
  })

  it('says where a placeholder took its value from, never a secret', async () => {
    await using app = await shop()
    expect((await lokstra(app.path, 'why', 'config', 'services.store.password')).stdout).to.equal(
      'services.store.password = "***"\n  ✓ files     "***"  lokstra.yaml:4:67\n    defaults  ""  default\n  ${PASSWORD}  the variable PASSWORD of .env:1\n',
    )
    const { stdout } = await lokstra(app.path, 'why', 'config', 'services.store.token')
    expect(stdout).to.include('${secret:env:TOKEN}  the secret TOKEN of env\n')
    expect(stdout).not.to.include('a-secret-token')
  })

  it('exits 1 for a path that nothing knows, and 2 without one', async () => {
    await using app = await shop()
    expect((await lokstra(app.path, 'why', 'config', 'service.store')).stderr).to.match(/Did you mean "services"\?/)
    expect((await lokstra(app.path, 'why', 'config')).code).to.equal(2)
  })
})
