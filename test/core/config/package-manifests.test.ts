import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

import type { LokstraError } from '@lokstra/core'
import { expect } from 'chai'

import { importOffered, readManifests } from './internals.js'

describe('the manifests of installed packages', () => {
  let root: string
  let problems: LokstraError[]

  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'lokstra-manifests-')))
    problems = []
  })
  afterEach(() => rmSync(root, { recursive: true }))

  function write(path: string, content: unknown): void {
    const file = join(root, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  }
  function install(name: string, lokstra: unknown, more: object = {}): void {
    write(`node_modules/${name}/package.json`, { name, type: 'module', lokstra, ...more })
  }
  const read = (folder = '') => readManifests(join(root, folder), problems)

  it('give what every kind of dependency offers, found from a folder below package.json', () => {
    write('package.json', {
      dependencies: { '@acme/db': '1' },
      devDependencies: { dev: '1' },
      optionalDependencies: { absent: '1' },
      peerDependencies: { peer: '1' },
    })
    write('config/lokstra.yaml', '')
    install('@acme/db', { services: { postgres: './postgres' }, controllers: { health: '.' } })
    install('dev', { middleware: { cors: './http/cors' } })
    install('peer', undefined)
    install('stranger', { services: { other: './other' } })
    const manifests = read('config')
    expect(manifests.find('services', 'postgres', problems)).to.deep.equal({
      packageName: '@acme/db',
      specifier: '@acme/db/postgres',
    })
    expect(manifests.find('controllers', 'health', problems)).to.deep.equal({
      packageName: '@acme/db',
      specifier: '@acme/db',
    })
    expect(manifests.find('middleware', 'cors', problems)).to.deep.equal({
      packageName: 'dev',
      specifier: 'dev/http/cors',
    })
    expect(manifests.find('services', 'other', problems)).to.equal(undefined)
    expect(manifests.names('services')).to.deep.equal(['postgres'])
    expect(problems).to.deep.equal([])
  })

  it('are found in folders further up and through links of a workspace', () => {
    write('apps/shop/package.json', { dependencies: { hoisted: '1', linked: '1' } })
    install('hoisted', { services: { a: './a' } })
    write('packages/linked/package.json', { lokstra: { services: { b: './b' } } })
    symlinkSync(join(root, 'packages/linked'), join(root, 'node_modules/linked'))
    expect(read('apps/shop').names('services')).to.deep.equal(['a', 'b'])
  })

  it('do not clash until a name is used that two packages offer', () => {
    write('package.json', { dependencies: { one: '1', two: '1' } })
    install('one', { services: { db: './db' } })
    install('two', { services: { db: './db' } })
    const manifests = read()
    expect(problems).to.deep.equal([])
    expect(manifests.find('services', 'db', problems, 'lokstra.yaml:2:3')).to.equal(undefined)
    expect(problems.map(({ code, problem, where }) => [code, problem, where])).to.deep.equal([
      ['E_OFFER_AMBIGUOUS', 'The service "db" is offered by several packages: one, two', ['lokstra.yaml:2:3']],
    ])
  })

  it('are reported with their package when they are malformed', () => {
    write('package.json', { dependencies: { a: '1', b: '1', c: '1', d: '1' } })
    install('a', { services: { x: 3, y: '../out', z: './z' } })
    install('b', [])
    install('c', { middleware: 'cors' })
    write('node_modules/d/package.json', '[]')
    expect(read().names('services')).to.deep.equal(['z'])
    expect(problems.map(({ problem }) => problem)).to.deep.equal([
      'What a offers cannot be read: lokstra.services.x must be a subpath such as "./x", received 3',
      'What a offers cannot be read: lokstra.services.y must be a subpath such as "./y", received "../out"',
      'What b offers cannot be read: "lokstra" must be an object, received []',
      'What c offers cannot be read: lokstra.middleware must be an object, received "cors"',
      'What d offers cannot be read: its package.json holds no object',
    ])
    expect(problems[0]!.where).to.deep.equal([join(root, 'node_modules/a/package.json')])
  })

  it('are empty where there is no dependency', () => {
    write('package.json', {})
    expect(read().names('services')).to.deep.equal([])
  })

  it('lead to the exports of the package, imported when asked for', async () => {
    write('package.json', { dependencies: { db: '1' } })
    install('db', { services: { pg: './pg' } }, { exports: { './pg': './dist/pg.js' } })
    write('node_modules/db/dist/pg.js', 'export class Postgres {}\n')
    const offer = read().find('services', 'pg', problems)!
    expect(Object.keys(await importOffered(offer, root))).to.deep.equal(['Postgres'])
  })

  const file = (name: string) => `./dist/${name}.js`
  const exported: Record<string, readonly [exports: unknown, subpath: string]> = {
    'for imports only': [{ '.': { types: './dist/index.d.ts', import: file('esm') } }, '.'],
    'for imports and for others': [{ require: file('cjs'), import: file('esm') }, '.'],
    'for everyone first': [{ default: file('any'), import: file('esm') }, '.'],
    nested: [{ '.': { browser: file('web'), node: { require: file('cjs'), import: file('esm') } } }, '.'],
    'as a list': [{ './pg': [{ browser: file('web') }, file('any')] }, './pg'],
    'by a pattern': [{ './*': { import: './dist/*.js' } }, './any'],
    'by the longest pattern': [{ './*': null, './sql/*.js': './dist/*.js', './sql/*': null }, './sql/any.js'],
    'by a pattern that keeps some back': [{ './*': './dist/*.js', './any': null }, './any'],
    'under another name': [{ './other': file('any') }, './pg'],
    'only for others': [{ './pg': { browser: file('web') } }, './pg'],
    'as null to imports': [{ './pg': { import: null, default: file('any') } }, './pg'],
    'as a list of which the first is null': [{ './pg': [{ import: null }, file('any')] }, './pg'],
    'as null to others': [{ './pg': { browser: null, default: file('any') } }, './pg'],
    'by main': [undefined, '.'],
  }
  for (const [how, [exports, subpath]] of Object.entries(exported)) {
    it(`lead to what a file of the application imports, exported ${how}`, async () => {
      write('package.json', { type: 'module', dependencies: { db: '1' } })
      install('db', { services: { pg: subpath } }, { ...(exports === undefined ? {} : { exports }), main: file('any') })
      for (const name of ['any', 'cjs', 'esm', 'web'])
        write(`node_modules/db/dist/${name}.js`, `export const name = '${name}'\n`)
      const specifier = join('db', subpath)
      write('application.js', `export const imported = () => import('${specifier}')\n`)
      const application = (await import(pathToFileURL(join(root, 'application.js')).href)) as {
        imported(): Promise<Record<string, unknown>>
      }
      const nameOf = (exporting: Promise<Record<string, unknown>>) =>
        exporting.then(
          ({ name }) => name,
          () => 'nothing',
        )
      const expected = await nameOf(application.imported())
      expect(await nameOf(importOffered(read().find('services', 'pg', problems)!, root))).to.equal(expected)
      if (how === 'for imports only') expect(expected).to.equal('esm')
    })
  }

  it('report an entry point that cannot be imported', async () => {
    write('package.json', { dependencies: { db: '1' } })
    install('db', { services: { pg: './pg' } }, { exports: {} })
    const offer = read().find('services', 'pg', problems)!
    const error = await importOffered(offer, root).then(
      () => expect.fail('it was imported'),
      (thrown: unknown) => thrown as LokstraError,
    )
    expect(error.code).to.equal('E_OFFER_IMPORT')
    expect(error.problem).to.contain('db/pg cannot be imported: Package subpath')
    expect(error.cause).to.be.instanceOf(Error)
  })
})
