import { expect } from 'chai'

import { createAppFolder, type AppFolder } from '../helpers/app-folder.js'
import { lokstra } from '../helpers/lokstra.js'

const source = `import { Delete, Get, Middleware, Route, Service } from '@lokstra/core'
const on = (decorator, type, name) => decorator(type.prototype, name, Object.getOwnPropertyDescriptor(type.prototype, name))
const takes = (type, ...types) => Reflect.defineMetadata('design:paramtypes', types, type)

export class Store {}
export class MemoryStore extends Store {}
Service({ name: 'memory' })(MemoryStore)
export class CachedStore extends MemoryStore {}
Service({ name: 'cached' })(CachedStore)
export class Times { constructor(store) {} }
takes(Times, MemoryStore)
Service()(Times)
export class Idle {}
Service()(Idle)

export async function trace(ctx, next) { await next() }

export class Clock { constructor(times, store) {} show() {} all() {} remove() {} }
takes(Clock, Times, MemoryStore)
for (const name of ['show', 'all', 'remove']) Reflect.defineMetadata('design:paramtypes', [], Clock.prototype, name)
on(Get('/:zone'), Clock, 'show')
on(Get('/all'), Clock, 'all')
on(Delete('/:zone'), Clock, 'remove')
on(Middleware(trace), Clock, 'show')
Route('/clocks')(Clock)
`

const configuration = `name: shop
discover: ['dist/**/*.js']
apps:
  - { name: api, listen: ':3000', controllers: [Clock] }
  - { name: admin, listen: ':3001', controllers: [], mounts: [{ static: { prefix: /files, dir: dist } }] }
`

describe('lokstra why route', function () {
  this.timeout(30_000)
  let app: AppFolder
  before(async () => (app = await createAppFolder({ 'dist/clock.js': source, 'lokstra.yaml': configuration })))
  after(() => app[Symbol.asyncDispose]())

  it('shows the route, its parameters, what it goes through with places, and what has the path too', async () => {
    expect(await lokstra(app.path, 'why', 'route', 'get', '/clocks/a%20b', '--app', 'api')).to.deep.equal({
      code: 0,
      stderr: '',
      stdout: `api  :3000
  GET /clocks/:zone  Clock.show  at dist/clock.js:21
    parameter   zone = "a b"
    through     trace  method  dist/clock.js:24
    time limit  30s
    other verb  DELETE /clocks/:zone  Clock.remove  at dist/clock.js:23
`,
    })
  })

  it('names the routes that the one it shows goes before', async () => {
    const { stdout } = await lokstra(app.path, 'why', 'route', 'GET', '/clocks/all', '--app', 'api')
    expect(stdout).to.match(/GET \/clocks\/all {2}Clock\.all/)
    expect(stdout).to.match(/goes before {2}GET \/clocks\/:zone {2}Clock\.show/)
  })

  it('says why nothing answers, at each address', async () => {
    const { stdout } = await lokstra(app.path, 'why', 'route', 'PUT', '/clocks/utc')
    expect(stdout).to.match(/^api {2}:3000\n {2}answered with 405[^]*\n\nadmin {2}:3001\n {2}answered with 404/)
    const missing = await lokstra(app.path, 'why', 'route', 'GET', '/clock/utc', '--app', 'api')
    expect(missing.stdout).to.match(/answered with 404[^]*similar {2}\w+ \/clocks\/:zone/)
    const broken = await lokstra(app.path, 'why', 'route', 'GET', '/clocks/%zz', '--app', 'api')
    expect(broken.stdout).to.match(/answered with 400/)
  })

  it('knows mounts', async () => {
    const { stdout } = await lokstra(app.path, 'why', 'route', 'GET', '/files/clock.js', '--app', 'admin', '--json')
    const [explained] = JSON.parse(stdout) as [Record<string, Record<string, unknown>>]
    expect(explained).to.deep.include({ apps: ['admin'], outcome: 'answered' })
    expect(explained.route!.parameters).to.deep.equal({ '*': 'clock.js' })
    expect(explained.route!.where).to.match(/^lokstra\.yaml:5:/)
  })

  it('refuses an app that there is not', async () => {
    const { code, stderr } = await lokstra(app.path, 'why', 'route', 'GET', '/', '--app', 'apo')
    expect(code).to.equal(1)
    expect(stderr).to.match(/E_APP_UNKNOWN: .*Did you mean "api"/)
  })
})

describe('lokstra why inject', function () {
  this.timeout(30_000)
  let app: AppFolder
  before(async () => (app = await createAppFolder({ 'dist/clock.js': source, 'lokstra.yaml': configuration })))
  after(() => app[Symbol.asyncDispose]())

  it('shows the service, why it and no other, what it injects, what injects it, and its turn', async () => {
    expect(await lokstra(app.path, 'why', 'inject', 'Times')).to.deep.equal({
      code: 0,
      stderr: '',
      stdout: `Times is Times, singleton, at dist/clock.js:12
  because it is this class

it injects
  memory (MemoryStore), singleton, at dist/clock.js:7

injected by
  Clock, singleton, at dist/clock.js:25

started as number 2: memory, Times
`,
    })
  })

  it('tells what was passed over, and which parameter receives it', async () => {
    const { stdout } = await lokstra(app.path, 'why', 'inject', 'MemoryStore', '--into', 'Clock')
    expect(stdout).to.match(/^MemoryStore is memory \(MemoryStore\)/)
    expect(stdout).to.match(/not cached \(CachedStore\).*: it is a subclass, and MemoryStore is a service itself/)
    expect(stdout).to.match(/Clock, singleton, at .* injects it as parameter 2/)
    const other = await lokstra(app.path, 'why', 'inject', 'Idle', '--into', 'Clock')
    expect(other.stdout).to.match(/Clock, .* does not inject it[^]*Nothing needs it, so it is not constructed/)
  })

  it('shows all that an ambiguous class could mean', async () => {
    const { stdout } = await lokstra(app.path, 'why', 'inject', 'Store')
    expect(stdout).to.match(/^Store is ambiguous\n/)
    expect(stdout).to.match(/only @Inject\('cached'\) gives this one\n.*only @Inject\('memory'\)/)
  })

  it('takes names, and prints JSON', async () => {
    const { stdout } = await lokstra(app.path, 'why', 'inject', 'memory', '--json')
    const { service, candidates, startOrder } = JSON.parse(stdout) as Record<string, unknown>
    expect(service).to.deep.include({ name: 'memory', class: 'MemoryStore', lifetime: 'singleton' })
    expect(candidates).to.have.length(1)
    expect(startOrder).to.deep.equal(['memory'])
  })

  it('refuses names that are not known', async () => {
    const token = await lokstra(app.path, 'why', 'inject', 'Tims')
    expect(token.code).to.equal(1)
    expect(token.stderr).to.match(/E_INJECTION_UNKNOWN: .* Tims\. Did you mean "Times"\?/)
    const into = await lokstra(app.path, 'why', 'inject', 'Times', '--into', 'Clok')
    expect(into.stderr).to.match(/E_INJECTION_UNKNOWN: .* Clok\. Did you mean "Clock"\?/)
  })
})

const published = `import { Get, Returns, Route, Service } from '@lokstra/core'
export class Users { async all() { return '' } }
Reflect.defineMetadata('design:paramtypes', [], Users.prototype, 'all')
Reflect.defineMetadata('design:returntype', Promise, Users.prototype, 'all')
for (const decorator of [Returns(String), Get()]) {
  decorator(Users.prototype, 'all', Object.getOwnPropertyDescriptor(Users.prototype, 'all'))
}
Route('/users')(Users)
Service()(Users)
`

const split = `discover: ['dist/**/*.js']
apps: [{ name: api }]
deployments:
  shop:
    servers:
      users: { url: 'http://users:3001', apps: [{ publish: [Users] }] }
      orders: { apps: [{ name: api }] }
`

describe('lokstra why inject of a published service', function () {
  this.timeout(30_000)
  let app: AppFolder
  before(async () => (app = await createAppFolder({ 'dist/users.js': published, 'lokstra.yaml': split })))
  after(() => app[Symbol.asyncDispose]())

  it('says on which server it runs', async () => {
    const { stdout } = await lokstra(app.path, 'why', 'inject', 'Users', '--server', 'shop.orders')
    expect(stdout).to.include('because it is this class\n  remote: it runs on server users of shop\n')
    const { stdout: here } = await lokstra(app.path, 'why', 'inject', 'Users')
    expect(here).to.include('checked: it runs on this server, behind a checked boundary')
  })

  it('is internal among the routes of the server that publishes it', async () => {
    const { stdout } = await lokstra(app.path, 'routes', '--server', 'shop.users')
    expect(stdout).to.match(/GET {2}\/\.lokstra\/calls\/Users\/all +Users\.all › call/)
    const { stdout: json } = await lokstra(app.path, 'routes', '--server', 'shop.users', '--json')
    expect(json).to.include('"isInternal": true').and.not.include('"isInternal": false')
  })
})
