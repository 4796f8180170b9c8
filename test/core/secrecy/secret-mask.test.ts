import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import {
  createServer,
  describeBootFailure,
  OnConfigReload,
  OnStart,
  secretMask,
  Service,
  type Server,
} from '@lokstra/core'
import { expect } from 'chai'
import { IsString } from 'class-validator'

import { createAppFolder, type AppFolder } from '../../helpers/app-folder.js'
import { problemOf, rejection } from '../../helpers/boot-problems.js'
import { silentLogger } from '../../helpers/silent-logger.js'

class ClientConfig {
  @IsString() secret = ''
  @IsString() other = ''
}

@Service({ name: 'live', config: ClientConfig, eager: true })
class LiveClient {
  constructor(readonly config: ClientConfig) {}
  @OnConfigReload() take(): void {}
}

@Service({ name: 'fixed', config: ClientConfig, eager: true })
class FixedClient {
  constructor(readonly config: ClientConfig) {}
}

@Service({ name: 'failing', config: ClientConfig, eager: true })
class FailingClient {
  constructor(readonly config: ClientConfig) {}
  @OnStart() connect(): never {
    throw new Error('no access', { cause: new Error(`refused ${this.config.secret}`) })
  }
}

describe('the mask of secrets', () => {
  let folder: AppFolder
  const servers: Server[] = []
  beforeEach(async () => {
    folder = await createAppFolder({ 'lokstra.yaml': '' })
  })
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop()
    await folder[Symbol.asyncDispose]()
  })

  /** A server that is configured with these secrets, for a service of this type. */
  async function serverWith(secrets: readonly string[], type: 'live' | 'fixed' | 'failing' = 'live'): Promise<Server> {
    for (const [index, secret] of secrets.entries()) await writeFile(join(folder.path, `s${index}`), secret)
    const text = secrets.map((_, index) => `\${secret:file:s${index}}`).join(' ')
    await writeFile(
      join(folder.path, 'lokstra.yaml'),
      `secrets: { file: { type: file, dir: . } }\nservices: { client: { type: ${type}, secret: '${text}' } }\n`,
    )
    const file = join(folder.path, 'lokstra.yaml')
    const services = [{ live: LiveClient, fixed: FixedClient, failing: FailingClient }[type], silentLogger]
    const server = createServer({ file, env: {}, services })
    servers.push(server)
    return server
  }

  const startWith = async (...secrets: readonly string[]) => (await serverWith(secrets)).start({ listen: false })

  it('hides the longest of secrets that begin alike, wherever they stand', async () => {
    await startWith('mask-abc', 'mask-abcdef')
    expect(secretMask.apply('mask-abcdef,mask-abc-mask-abcdef')).to.equal('***,***-***')
    expect(secretMask.apply('mask-ab')).to.equal('mask-ab')
  })

  it('knows them as they stand in JSON and in URLs, in either case of the escapes', async () => {
    await startWith('mask "ü/+')
    const url = new URL('http://user@host/')
    url.password = 'mask "ü/+'
    for (const text of [JSON.stringify('mask "ü/+').slice(1, -1), url.password, encodeURIComponent('mask "ü/+')]) {
      expect(secretMask.apply(`<${text}>`)).to.equal('<***>')
      expect(secretMask.apply(`<${text.replace(/%../g, (byte) => byte.toLowerCase())}>`)).to.equal('<***>')
    }
  })

  it('knows them in Base64, with its padding or without', async () => {
    await startWith('mask>of?base64~64')
    const bytes = Buffer.from('mask>of?base64~64')
    for (const text of [bytes.toString('base64'), bytes.toString('base64url')])
      expect(secretMask.apply(`<${text}>`)).to.match(/^<\*\*\*=*>$/)
  })

  it('leaves ordinary words and numbers readable, except where a secret is expected', async () => {
    const ordinary = ['postgres', 'ab1!', '123456', 'Development', '======', 'q7']
    await startWith(...ordinary)
    for (const word of ordinary)
      expect(secretMask.apply(`the ${word} of 1${word}2`)).to.equal(`the ${word} of 1${word}2`)
    const shown = secretMask.apply(
      'postgres://postgres:postgres@db/postgres password=postgres "apiKey":"123456" token: ab1!, tokens: postgres',
    )
    expect(shown).to.equal(
      'postgres://postgres:***@db/postgres password=*** "apiKey":"***" token: ***, tokens: postgres',
    )
    expect(secretMask.apply(JSON.stringify({ json: '{"dbPassword":"postgres"}' }))).to.contain('***')
    expect(secretMask.apply('password=postgresql')).to.equal('password=postgresql')
  })

  it('shows no configured value that is a secret, however short it is', async () => {
    await writeFile(join(folder.path, 'pin'), '42x')
    const file = join(folder.path, 'lokstra.yaml')
    const secrets = 'secrets: { file: { type: file, dir: . } }\n'
    await writeFile(file, `${secrets}apps: [{ name: api, limits: { depth: '\${secret:file:pin}' } }]\n`)
    expect((await problemOf({ file })).problem).to.equal(
      'apps.api.limits.depth must be a number, received a secret (not shown)',
    )
    await writeFile(file, `${secrets}name: 'a \${secret:file:pin} b'\n`)
    const configuration = await createServer({ file }).configuration()
    expect(configuration.values).to.include({ name: '***' })
  })

  it('forgets them when the server stops, and after a check', async () => {
    const server = await serverWith(['mask-of-one-run'])
    await server.check()
    expect(secretMask.apply('mask-of-one-run')).to.equal('mask-of-one-run')
    await server.start({ listen: false })
    expect(secretMask.apply('mask-of-one-run')).to.equal('***')
    await server.stop()
    expect(secretMask.apply('mask-of-one-run')).to.equal('mask-of-one-run')
  })

  it('keeps what any of several servers uses', async () => {
    const first = await startWith('mask-of-both')
    await startWith('mask-of-both', 'mask-of-second')
    await first.stop()
    expect(secretMask.apply('mask-of-both mask-of-second')).to.equal('*** ***')
  })

  it('hides those of a failed start in its causes, although nothing else does any more', async () => {
    const server = await serverWith(['mask-of-failure'], 'failing')
    const failure = await rejection(server.start({ listen: false }))
    expect(secretMask.apply('mask-of-failure')).to.equal('mask-of-failure')
    expect(describeBootFailure(failure)).to.contain('refused ***').and.not.contain('mask-of-failure')
  })

  it('forgets those that a reload has replaced, one reload later', async () => {
    const server = await startWith('mask-first')
    for (const next of ['mask-second', 'mask-third']) {
      await writeFile(join(folder.path, 's0'), next)
      const { changes, needsRestart } = await server.reload()
      expect(changes).to.deep.equal([
        { path: 'services.client.secret', previous: 'a secret (not shown)', next: 'a secret (not shown)' },
      ])
      expect(needsRestart).to.deep.equal([])
    }
    expect(secretMask.apply('mask-first mask-second mask-third')).to.equal('mask-first *** ***')
  })

  it('keeps those that are in use until a restart', async () => {
    const server = await serverWith(['mask-first'], 'fixed')
    await server.start({ listen: false })
    for (const next of ['mask-second', 'mask-third']) {
      await writeFile(join(folder.path, 's0'), next)
      expect((await server.reload()).needsRestart).to.deep.equal(['services.client.secret'])
    }
    expect(secretMask.apply('mask-first mask-second mask-third')).to.equal('*** *** ***')
  })

  it('forgets those of a configuration that is refused', async () => {
    const server = await startWith('mask-first')
    await writeFile(join(folder.path, 's0'), 'mask-refused')
    const file = join(folder.path, 'lokstra.yaml')
    await writeFile(file, `${await readFile(file, 'utf8')}nme: 1\n`)
    expect(await server.reload()).to.include({ outcome: 'refused' })
    expect(secretMask.apply('mask-first mask-refused')).to.equal('*** mask-refused')
  })
})
