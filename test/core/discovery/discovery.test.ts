import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { createServer, type Class, type ServerOptions } from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { GreetingController, Shout } from '../../fixtures/discovery/app/greetings.controller.js'
import { Greetings } from '../../fixtures/discovery/app/greetings.service.js'
import { createAppFolder } from '../../helpers/app-folder.js'
import { placeOf, problemOf, problemsOf } from '../../helpers/boot-problems.js'

const fixtures = fileURLToPath(new URL('../../fixtures/discovery/', import.meta.url))
const urlOf = (file: string) => new URL(`../../fixtures/discovery/${file}`, import.meta.url).href

describe('discovery', () => {
  it('gives the same server as explicit lists, from the configuration and from code', async () => {
    const explicit: ServerOptions = { services: [Greetings, Shout], apps: [{ controllers: [GreetingController] }] }
    const variants: ServerOptions[] = [
      explicit,
      { discover: ['app/*.js'], folder: fixtures },
      { config: { discover: ['app/**/*.js'] }, folder: fixtures },
      {
        config: { discover: ['app/*.js'], apps: [{ name: 'app', controllers: ['GreetingController'] }] },
        folder: fixtures,
      },
    ]
    const routes = await Promise.all(variants.map((options) => createServer(options).describeRoutes()))
    expect(routes[0]).to.equal(
      'app  :3000\n  GET  /greetings/:name  shout › bind Name(path.name: string) › GreetingController.show › lokstra  at test/fixtures/discovery/app/greetings.controller.ts:22',
    )
    expect(new Set(routes)).to.have.length(1)
    for (const options of variants) {
      const server = await createTestServer(options)
      const response = await server.inject('GET', '/greetings/Ada')
      expect([response.json().data, response.headers['x-shout']]).to.deep.equal(['Hello Ada', 'yes'])
    }
  })

  it('reads patterns of a configuration from the folder of its file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lokstra-discover-'))
    try {
      await symlink(join(fixtures, 'app'), join(folder, 'app'))
      const file = join(folder, 'lokstra.yaml')
      await writeFile(file, 'discover: [app/*.js]\napps: [{ name: api }]\n')
      const server = await createTestServer({ file })
      expect((await server.inject('GET', '/greetings/Ada')).json().data).to.equal('Hello Ada')
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('takes a class once that several patterns and code name', async () => {
    const options = { discover: ['app/*.js', 'app/greetings.*.js'], folder: fixtures, services: [Greetings] }
    expect(await problemsOf(options)).to.deep.equal([])
  })

  it('reports patterns that match nothing, with the folder that was searched', async () => {
    const problem = await problemOf({ discover: ['src/*.js', 'lib/*.js'], folder: fixtures })
    expect(problem.code).to.equal('E_DISCOVER_NOTHING')
    expect(problem.problem).to.equal(`No file below ${fixtures} matches src/*.js, lib/*.js`)
    expect(problem.fix).to.match(/Build first/)
  })

  it('reports a file that throws on import once, with the line that threw, however many files import it', async () => {
    const problem = await problemOf({ discover: ['throws/*.js'], folder: fixtures })
    expect(problem.code).to.equal('E_DISCOVER_IMPORT')
    expect(problem.problem).to.equal(`${join('throws', 'throws.js')} cannot be imported: SETTINGS is not set`)
    expect(problem.where).to.deep.equal([placeOf(urlOf('throws/throws.js'), 'throws')])
    expect(problem.cause).to.be.instanceOf(Error)
  })

  it('reports a file with a syntax error by name, and the others all the same', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lokstra-discover-'))
    try {
      await writeFile(join(folder, 'a.mjs'), 'export const = 1\n')
      await writeFile(join(folder, 'b.mjs'), "import './missing.mjs'\n")
      const problems = await problemsOf({ discover: ['*.mjs'], folder })
      expect(problems.map(({ problem }) => problem.split(':')[0])).to.deep.equal([
        'a.mjs cannot be imported',
        'b.mjs cannot be imported',
      ])
      expect(problems[0]!.problem).to.match(/Unexpected token/)
      expect(problems[1]!.problem).to.match(/missing\.mjs/)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('explains imports that fail for a known cause, and adds nothing of what is missing for want of them', async () => {
    await using app = await createAppFolder({
      'lokstra.yaml':
        'discover: ["src/*", "!src/skipped.js"]\nmodules: [Billing]\nmiddleware: [shout]\nservices: { db: { type: store } }\n' +
        'apps: [{ name: api, controllers: [Pages], publish: [Pages] }]\n',
      'src/a.ts': '@Reflect.metadata(1, 2) class A {}',
      'src/b.ts': '',
      'src/skipped.js': "throw new Error('is skipped')",
      'src/dto.js': 'export {}',
      'src/imports.js': "import './dto'",
      'src/lib/index.js': 'export {}',
      'src/imports-folder.js': "import './lib'",
      'src/pages.tests.js': "throw new ReferenceError('describe is not defined')",
      'src/pages.test.js': "describe('pages', () => undefined)",
      'src/pages.spec.mjs': "describe('pages', () => undefined)",
    })
    const problems = await problemsOf({ file: join(app.path, 'lokstra.yaml') })
    expect(problems.map(({ code, problem, fix }) => [code, problem.split(' ')[0], fix])).to.deep.equal([
      [
        'E_DISCOVER_IMPORT',
        join('src', 'a.ts'),
        'Build, and let the patterns under discover name the compiled files, such as dist/**/*.js.',
      ],
      [
        'E_DISCOVER_IMPORT',
        join('src', 'imports-folder.js'),
        'Write the whole name of the file in the import, as ES modules need it: lib/index.js.',
      ],
      [
        'E_DISCOVER_IMPORT',
        join('src', 'imports.js'),
        'Write the whole name of the file in the import, as ES modules need it: dto.js.',
      ],
      [
        'E_DISCOVER_IMPORT',
        join('src', 'pages.tests.js'),
        'It is a test: keep it out with a pattern under discover, such as "!**/pages.tests.js".',
      ],
    ])
  })

  it('says what an exported class lacks that an app lists, and suggests no controller that the app has', async () => {
    await using app = await createAppFolder({
      'lokstra.yaml':
        'discover: [src/*.js]\napps: [{ name: api, controllers: [Empty, Plain, Bare, Pages, Page, Todo] }]\n',
      'src/controllers.js': `import { Get, Route } from '@lokstra/core'
const decorate = (type, ...decorators) => decorators.forEach((decorator) => decorator(type))
const get = (type) => Get('/' + type.name)(type.prototype, 'show', { value: type.prototype.show })
export class Empty {}
Route()(Empty)
export class Plain { show() {} }
get(Plain)
export class Bare { show() {} }
Route(Bare)
get(Bare)
export class Pages { show() {} }
export class Todos { show() {} }
for (const type of [Pages, Todos]) {
  get(type)
  Route()(type)
  Reflect.defineMetadata('design:paramtypes', [], type.prototype, 'show')
}
`,
    })
    const problems = await problemsOf({ file: join(app.path, 'lokstra.yaml') })
    expect(problems.map(({ problem }) => problem)).to.deep.equal([
      'Empty is listed as a controller but has no method with @Get, @Post …',
      'Plain is listed as a controller but has no @Route',
      'The app api lists the controller Page, which was not found.',
      'The app api lists the controller Todo, which was not found. Did you mean "Todos"?',
      '@Route on Bare is not called',
    ])
    expect(problems[0]!.where).to.deep.equal([`${join(app.path, 'lokstra.yaml')}:2:35`])
  })

  it('names the line of the user, never one of an installed package', async () => {
    await using app = await createAppFolder({
      'node_modules/wraps/package.json': '{ "name": "wraps", "type": "module", "exports": "./index.js" }',
      'node_modules/wraps/index.js':
        "import { Route } from '@lokstra/core'\nexport const Wrapped = () => Route()\nexport class Inner {}\nRoute()(Inner)\n//# sourceMappingURL=index.js.map\n",
      'node_modules/wraps/index.js.map': '{ "version": 3, "sources": ["../src/index.ts"], "mappings": "AAAA" }',
      'src/pages.js':
        "import { Wrapped, Inner } from 'wraps'\nexport class Pages {}\nWrapped()(Pages)\nexport { Inner }\n",
      'lokstra.yaml': 'discover: [src/*.js]\napps: [{ name: api }]\n',
    })
    const { Pages, Inner } = (await import(pathToFileURL(join(app.path, 'src/pages.js')).href)) as Record<string, Class>
    const problems = await problemsOf({ apps: [{ controllers: [Pages!, Inner!] }] })
    expect(problems[0]!.where).to.deep.equal([`${join(app.path, 'src/pages.js')}:3`])
    expect(problems[1]!.where.join()).not.to.match(/node_modules|index/)
  })

  it('explains an import cycle that leaves a class undefined while it is decorated', async () => {
    const problem = await problemOf({ discover: ['cycle/*.js'], folder: fixtures })
    expect(problem.code).to.equal('E_IMPORT_CYCLE')
    expect(problem.problem).to.match(
      /^cycle.left\.js: Cannot access '\w+' before initialization: the files import each other/,
    )
    expect(problem.where[0]).to.match(/^test\/fixtures\/discovery\/cycle\/right\.ts:\d+$/)
  })

  it('explains classes that a tool compiled without metadata', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lokstra-untyped-'))
    try {
      await symlink(fileURLToPath(new URL('../../../../node_modules', import.meta.url)), join(folder, 'node_modules'))
      // What esbuild and tsx make of decorators: the calls are there, `design:paramtypes` is not.
      const text = `import { Get, Route, Service } from '@lokstra/core'
let Store = class Store {}
Store = decorate([Service()], Store)
let Holder = class Holder { constructor(store) { this.store = store } }
Holder = decorate([Service({ eager: true })], Holder)
let Pages = class Pages { show(query) { return query } }
decorate([Get()], Pages.prototype, 'show')
Pages = decorate([Route()], Pages)
export { Store, Holder, Pages }
function decorate(decorators, target, key) {
  const descriptor = key && Object.getOwnPropertyDescriptor(target, key)
  for (const one of decorators.reverse()) one(target, key, descriptor)
  return target
}
`
      await writeFile(join(folder, 'untyped.mjs'), text)
      const problems = await problemsOf({ discover: ['*.mjs'], folder })
      expect(problems.map(({ code, problem }) => `${code} ${problem}`)).to.deep.equal([
        'E_METADATA_MISSING Pages.show carries no type metadata',
        'E_METADATA_MISSING The constructor of Holder carries no type metadata',
      ])
      expect(problems.map(({ where }) => where)).to.deep.equal([
        [`${join(folder, 'untyped.mjs')}:7`],
        [`${join(folder, 'untyped.mjs')}:5`],
      ])
      expect(problems[0]!.fix).to.match(/Compile with tsc and "experimentalDecorators" and "emitDecoratorMetadata" on/)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
