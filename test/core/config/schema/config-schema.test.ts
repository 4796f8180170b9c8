import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { createServer, Service, type MiddlewareHandler, type Next } from '@lokstra/core'
import { expect } from 'chai'

import { readBlocks } from '../../../helpers/markdown.js'
import { repositoryFiles, repositoryRoot } from '../../../helpers/repository.js'
import { documentationPages } from '../../../docs/pages.js'
import {
  compileSchema,
  packagesSchema,
  readYaml,
  shippedFile,
  shippedSchema,
  testFolder,
  type Schema,
} from './compile-schema.js'

/** A configuration, and where it stands. */
interface Written {
  readonly place: string
  readonly text: string
}

const blocks: readonly Written[] = documentationPages().flatMap((file) =>
  readBlocks(join(repositoryRoot, file))
    .filter(({ lang }) => /^ya?ml$/.test(lang))
    .map(({ line, text }) => ({ place: `${file}:${line}`, text })),
)
/** Of one environment, laid over the main file. */
const isLayer = ({ text }: Written) => /^# lokstra\.\w+\.yaml\b/.test(text)
const inPages = blocks.filter(
  (block) => !isLayer(block) && (/^# lokstra\.yaml\b/.test(block.text) || /^(?:apps|services):/m.test(block.text)),
)

const inFiles: readonly Written[] = repositoryFiles()
  .filter((file) => /^(?:samples|docs|packages\/cli\/templates)\/.*lokstra(?:\.\w+)?\.ya?ml$/.test(file))
  .map((file) => ({ place: file, text: readFileSync(join(repositoryRoot, file), 'utf8') }))

/** Keys that a schema names anywhere, each with its schema. */
function* keysOf(
  node: unknown,
  path = '',
): Iterable<{ readonly path: string; readonly schema: Schema; readonly isRequired: boolean }> {
  if (typeof node !== 'object' || node === null) return
  const { properties, required = [] } = node as { properties?: Record<string, Schema>; required?: readonly string[] }
  for (const [key, schema] of Object.entries(properties ?? {})) {
    yield { path: `${path}.${key}`, schema, isRequired: required.includes(key) }
  }
  for (const [key, inner] of Object.entries(node)) if (key !== 'if') yield* keysOf(inner, `${path}/${key}`)
}

const checkShipped = compileSchema(shippedSchema())

describe('the JSON Schema of the configuration', () => {
  it('knows that a certificate of calls and its key belong together, and that authorities may stand alone', () => {
    const problemsOf = (tls: unknown) => checkShipped({ calls: { tls } })
    const cert = 'tls/orders.pem'
    const key = 'tls/orders.key'
    const ca = 'tls/ca.pem'
    for (const tls of [{ cert, key }, { ca }, { cert, key, ca }, '${TLS}'])
      expect(problemsOf(tls), JSON.stringify(tls)).to.deep.equal([])
    for (const tls of [{ cert }, { key }, { cert, ca }, { key, ca }, {}])
      expect(problemsOf(tls), JSON.stringify(tls)).not.to.deep.equal([])
    // What a deployment lays over the rest need not be whole.
    const deployments = { shop: { servers: { users: { calls: { tls: { cert } } } } } }
    expect(checkShipped({ calls: { tls: { cert, key } }, deployments })).to.deep.equal([])
  })

  it('is a schema of draft 7', async () => {
    const schema = await packagesSchema()
    expect(schema.$schema).to.equal('http://json-schema.org/draft-07/schema#')
    expect(compileSchema(schema)({})).to.deep.equal([])
  })

  it('is shipped as core and the packages of this repository have it', async () => {
    const text = `${JSON.stringify(await packagesSchema({ allowsOtherNames: true }), undefined, 2)}\n`
    expect(readFileSync(shippedFile, 'utf8') === text, 'run npm run docs:schema').to.equal(true)
  })

  it('is the same text however often it is made', async () => {
    expect(JSON.stringify(await packagesSchema())).to.equal(JSON.stringify(await packagesSchema()))
  })

  // A layer shows what the keys below it show.
  it('says of every key what it is for, and what holds without it', () => {
    const silent = [...keysOf(shippedSchema())].filter(({ path, schema, isRequired }) => {
      if (/^\/definitions\/(?:layer|deployments)\b/.test(path)) return false
      const { description = '', default: given } = schema as { description?: string; default?: unknown }
      const isSection = '$ref' in schema
      return description === '' || !(isRequired || isSection || given !== undefined || /\bdefault\b/i.test(description))
    })
    expect(silent.map(({ path }) => path)).to.deep.equal([])
  })

  it('shows times and sizes as people write them', () => {
    const { definitions } = shippedSchema() as { definitions: Record<string, { properties: Record<string, Schema> }> }
    expect(definitions.LimitsConfig!.properties.body!.default).to.equal('1MiB')
    expect(definitions.TimeoutsConfig!.properties.request!.default).to.equal('1m')
    expect(definitions.ShutdownConfig!.properties.idle!.default).to.equal('500ms')
    expect(definitions['middleware.cors']!.properties.maxAge!.default).to.equal('10m')
  })

  for (const { place, text } of [...inPages, ...inFiles]) {
    it(`accepts ${place}`, () => {
      expect(checkShipped(readYaml(text))).to.deep.equal([])
    })
  }

  for (const { place, text } of blocks.filter(isLayer)) {
    it(`accepts as a layer ${place}`, () => {
      const { definitions } = shippedSchema()
      expect(compileSchema({ $ref: '#/definitions/layer', definitions })(readYaml(text))).to.deep.equal([])
    })
  }

  it('takes the services that one depends on as text as well', () => {
    const errors = (dependsOn: unknown) => checkShipped({ services: { cache: { type: 'cache', dependsOn } } })
    for (const right of ['db, log', ['db'], '${NAMES}']) expect(errors(right).join()).to.not.include('dependsOn')
    for (const wrong of [3, [''], { db: true }]) expect(errors(wrong).join()).to.include('dependsOn')
  })

  it('lets deployments and servers say a part, take keys away, and hold nothing of the root', () => {
    const errors = (deployment: object) => checkShipped({ deployments: { split: deployment } })
    const part = { services: { db: { poolSize: 5 }, cache: null }, apps: [{ listen: ':3001', limits: { body: null } }] }
    expect(errors({ ...part, servers: { users: { ...part, url: 'http://users:3001' }, all: null } })).to.deep.equal([])
    for (const wrong of [{ name: 'shop' }, { discover: [] }, { deployments: {} }, { url: 'http://a' }]) {
      expect(errors(wrong)).not.to.deep.equal([])
    }
    for (const wrong of [{ url: 'users:3001' }, { servers: {} }, { apps: [{ listn: ':3001' }] }]) {
      expect(errors({ servers: { users: wrong } })).not.to.deep.equal([])
    }
  })

  it('knows the classes that the code of a server registers, by their names', async () => {
    class Greeting implements MiddlewareHandler {
      handle(_: unknown, next: Next): unknown {
        return next()
      }
    }
    Service({ name: 'greeting' })(Greeting)
    const server = createServer({
      folder: testFolder,
      services: [Greeting],
      namedMiddleware: { tenant: (_, next) => next() },
    })
    const check = compileSchema((await server.configurationSchema()) as Schema)
    expect(check({ services: { a: { type: 'greeting' }, b: { type: 'Greeting' } } })).to.deep.equal([])
    expect(check({ middleware: ['greeting', 'tenant', { greeting: null }] })).to.deep.equal([])
    expect(check({ services: { a: { type: 'greting' } } })).to.include(
      '/services/a/type: must be equal to one of the allowed values',
    )
    expect(check({ middleware: ['tenent'] })).not.to.deep.equal([])
    expect(check({ services: { a: { type: 'greeting', size: 1 } } })).to.include(
      '/services/a: must NOT have additional properties',
    )
  })
})

const fixtures = join(repositoryRoot, 'test/fixtures/config/broken')

describe('broken configurations and the JSON Schema', () => {
  for (const name of readdirSync(fixtures)) {
    const files = readdirSync(join(fixtures, name))
    if (!files.includes('lokstra.yaml') || files.includes('beyond-schema')) continue
    it(`refuses ${name}`, () => {
      const text = readFileSync(join(fixtures, name, 'lokstra.yaml'), 'utf8')
      expect(checkShipped(readYaml(text))).not.to.deep.equal([])
    })
  }
})
