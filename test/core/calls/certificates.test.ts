import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'

import { Context, Get, Returns, Route, Service, stream } from '@lokstra/core'
import { createTestServer, type TestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { problemsOf } from '../../helpers/boot-problems.js'
import { Certificates } from '../../helpers/certificates.js'
import { startLive, type LiveServer } from '../../helpers/live-config.js'
import { poll } from '../../helpers/poll.js'

/** Says who calls. */
@Service()
@Route('/mirror')
class Mirror {
  static goOn: () => void = () => undefined

  @Get() @Returns(String) async caller(ctx: Context): Promise<string> {
    return String(ctx.clientCertificate?.subject.CN)
  }

  /** Ends when it is told to. */
  @Get('/long') @Returns(stream(String)) async *long(ctx: Context): AsyncGenerator<string> {
    yield String(ctx.clientCertificate?.subject.CN)
    await new Promise<void>((resolve) => (Mirror.goOn = resolve))
    yield 'the end'
  }
}

@Route('/look')
class Looker {
  constructor(private readonly mirror: Mirror) {}
  @Get() look(): Promise<string> {
    return this.mirror.caller(undefined as never)
  }
}

describe('the certificate that a server shows those that it calls', () => {
  let certificates: Certificates
  let mirror: TestServer
  before(async () => {
    certificates = new Certificates()
    certificates.issue('first')
    certificates.issue('second')
    certificates.authority('stranger')
    certificates.issue('impostor', { by: 'stranger' })
  })
  beforeEach(async () => {
    const { cert, key } = certificates.server
    mirror = await createTestServer({
      services: [Mirror],
      config: {
        apps: [
          {
            name: 'mirror',
            listen: '127.0.0.1:0',
            publish: ['Mirror'],
            tls: { cert, key, ca: certificates.ca, clientCertificate: 'require' },
          },
        ],
      },
      listen: true,
    })
  })
  after(() => certificates.remove())

  const yaml = (cert: string, key = cert.replace('.pem', '.key'), more = ''): string => `${more}
apps: [{ name: app, listen: '127.0.0.1:0' }]
calls: { retries: 0, tls: { cert: ${cert}, key: ${key}, ca: ${certificates.ca} } }
deployments:
  split:
    servers:
      mirror: { url: '${mirror.url()}', apps: [{ publish: [Mirror] }] }
      looker: { apps: [{ name: app }] }
`
  const start = (text: string): Promise<LiveServer> =>
    startLive(text, {
      services: [Mirror],
      apps: [{ name: 'app', controllers: [Looker] }],
      server: 'split.looker',
    })
  const seen = async (live: LiveServer): Promise<unknown> => (await live.test.inject('GET', '/look')).json().data
  const path = (name: string): string => certificates.path(name)

  it('is that of calls.tls, and one that nobody vouches for is refused', async () => {
    await using live = await start(yaml(path('first.pem')))
    expect(await seen(live)).to.equal('first')
    await using impostor = await start(yaml(path('impostor.pem')))
    const response = await impostor.test.inject('GET', '/look')
    expect([response.status, response.json().error.code]).to.deep.equal([503, 'REMOTE_UNAVAILABLE'])
  })

  it('changes with its configuration, and calls under way go on', async () => {
    await using live = await start(yaml(path('first.pem')))
    const long = live.test.get(Mirror).long(undefined as never)
    expect((await long.next()).value).to.equal('first')
    const { applied, needsRestart } = await live.change(yaml(path('second.pem')))
    expect(applied).to.deep.equal(['calls.tls.cert', 'calls.tls.key'])
    expect(needsRestart).to.deep.equal([])
    expect(await seen(live)).to.equal('second')
    Mirror.goOn()
    expect((await long.next()).value).to.equal('the end')
    expect((await long.next()).done).to.equal(true)
  })

  it('changes with its files, which are watched', async () => {
    await using live = await start(yaml(path('first.pem')))
    const put = async (name: string): Promise<void> => {
      for (const end of ['pem', 'key']) await copyFile(path(`${name}.${end}`), join(live.folder, `it.${end}`))
    }
    await put('first')
    await live.change(yaml('it.pem', 'it.key', 'reload: { watch: true }'))
    expect(await seen(live)).to.equal('first')
    await put('second')
    await poll(
      async () => (await seen(live)) === 'second',
      () => 'the new certificate is not shown',
    )
    const told = live.test.logs.filter(({ message }) => message === 'configuration reloaded')
    expect(told.at(-1)!.fields.applied).to.deep.equal(['calls.tls.cert'])
  })

  it('is told of where it expires soon, at the start and when it is replaced', async () => {
    certificates.issue('brief', { days: ['-days', '3'] })
    await using live = await start(yaml(path('brief.pem')))
    const warnings = (): number => live.test.logs.filter(({ fields }) => fields.code === 'W_TLS_EXPIRES').length
    expect(warnings()).to.equal(1)
    await live.change(yaml(path('first.pem')))
    await live.change(yaml(path('brief.pem')))
    expect(warnings()).to.equal(2)
  })

  it('stays where the new one cannot be used', async () => {
    await using live = await start(yaml(path('first.pem')))
    const refused = await live.change(yaml(path('second.pem'), path('first.key')))
    expect(refused.problems.map(({ code }) => code)).to.deep.equal(['E_TLS_KEY'])
    expect(await seen(live)).to.equal('first')
  })

  describe('and is none, where only authorities are configured', () => {
    const tls = /tls: \{.*?\}/
    const trusting = (ca: string): string => yaml(path('first.pem')).replace(tls, `tls: { ca: ${ca} }`)
    let open: TestServer
    beforeEach(async () => {
      const { cert, key } = certificates.server
      open = await createTestServer({
        services: [Mirror],
        config: {
          apps: [
            {
              name: 'mirror',
              listen: '127.0.0.1:0',
              publish: ['Mirror'],
              tls: { cert, key, ca: certificates.ca, clientCertificate: 'request' },
            },
          ],
        },
        listen: true,
      })
    })
    const toOpen = (text: string): string => text.replace(mirror.url(), open.url())

    it('calls servers that those authorities vouch for, and no others', async () => {
      await using live = await start(toOpen(trusting(certificates.ca)))
      expect(await seen(live)).to.equal('undefined')
      await using doubtful = await start(toOpen(trusting(path('stranger.pem'))))
      const response = await doubtful.test.inject('GET', '/look')
      expect([response.status, response.json().error.code]).to.deep.equal([503, 'REMOTE_UNAVAILABLE'])
    })

    it('takes other authorities, and a certificate, while it runs', async () => {
      await using live = await start(toOpen(trusting(path('stranger.pem'))))
      const { applied } = await live.change(toOpen(trusting(certificates.ca)))
      expect(applied).to.deep.equal(['calls.tls.ca'])
      expect(await seen(live)).to.equal('undefined')
      await live.change(toOpen(yaml(path('first.pem'))))
      expect(await seen(live)).to.equal('first')
      await live.change(toOpen(trusting(certificates.ca)))
      expect(await seen(live)).to.equal('undefined')
    })

    it('takes the authorities of a file that changes, and says which it was', async () => {
      await using live = await start(toOpen(trusting(certificates.ca)))
      await copyFile(path('stranger.pem'), join(live.folder, 'it.pem'))
      await live.change(toOpen(`reload: { watch: true }${trusting('it.pem')}`))
      expect((await live.test.inject('GET', '/look')).status).to.equal(503)
      await copyFile(certificates.ca, join(live.folder, 'it.pem'))
      await poll(
        async () => (await live.test.inject('GET', '/look')).status === 200,
        () => 'the new authorities are not trusted',
      )
      const told = live.test.logs.filter(({ message }) => message === 'configuration reloaded')
      expect(told.at(-1)!.fields.applied).to.deep.equal(['calls.tls.ca'])
    })

    it('is told at boot of a file that is no authority, and of one half of a certificate', async () => {
      const problemsWith = async (own: object): Promise<readonly string[]> => {
        const config = { apps: [{ name: 'app', publish: ['Mirror'] }], calls: { tls: own } }
        const problems = await problemsOf({ services: [Mirror], config })
        return problems.map(({ code, problem }) => `${code} ${problem.replaceAll(certificates.folder, '')}`)
      }
      const ca = certificates.ca
      expect(await problemsWith({ ca: path('first.key') })).to.deep.equal([
        'E_TLS_FILE The file of authorities /first.key holds no certificate in PEM form',
      ])
      for (const [own, missing] of [
        [{ ca, cert: path('first.pem') }, ['calls.tls.key']],
        [{ ca, key: path('first.key') }, ['calls.tls.cert']],
        [{ cert: path('first.pem') }, ['calls.tls.key']],
        [{}, ['calls.tls.cert', 'calls.tls.key']],
      ] as const) {
        const problems = await problemsWith(own)
        expect(problems.map((text) => /calls\.tls\.\w+/.exec(text)![0])).to.deep.equal(missing)
      }
    })

    it('cannot stand for calls.secret in production: nobody would know who calls', async () => {
      const codes = async (tls: object): Promise<readonly string[]> => {
        const servers = {
          mirror: { url: open.url(), apps: [{ publish: ['Mirror'] }] },
          looker: { apps: [{ name: 'app' }] },
        }
        const problems = await problemsOf({
          services: [Mirror],
          apps: [{ name: 'app', controllers: [Looker] }],
          server: 'split.looker',
          config: { apps: [{ name: 'app' }], calls: { tls }, deployments: { split: { servers } } },
          env: { LOKSTRA_ENV: 'production' },
        })
        return problems.map(({ code }) => code)
      }
      const { ca } = certificates
      expect(await codes({ ca })).to.deep.equal(['E_CALLS_SECRET'])
      expect(await codes({ ca, cert: path('first.pem'), key: path('first.key') })).to.deep.equal([])
    })
  })

  it('needs a restart where there was none', async () => {
    const without = yaml(path('first.pem')).replace(/tls: \{.*?\} \}/, '}')
    await using live = await start(without)
    expect((await live.change(yaml(path('first.pem')))).needsRestart).to.deep.equal(['calls.tls'])
  })

  it('is told at boot where its files are not there, are those of another key or have expired', async () => {
    certificates.issue('old', { days: ['-days', '-1'] })
    const codes = async (tls: object): Promise<readonly string[]> => {
      const config = { apps: [{ name: 'app', publish: ['Mirror'] }], calls: { tls } }
      const problems = await problemsOf({ services: [Mirror], config })
      return problems.map(({ code, problem }) => `${code} ${problem.replaceAll(certificates.folder, '')}`)
    }
    const { cert, key } = { cert: path('first.pem'), key: path('first.key') }
    expect(await codes({ cert: path('none.pem'), key })).to.deep.equal([
      'E_TLS_FILE The certificate /none.pem does not exist',
    ])
    expect(await codes({ cert, key: path('second.key') })).to.deep.equal([
      'E_TLS_KEY The private key /second.key does not belong to the certificate /first.pem',
    ])
    const [expired, ...others] = await codes({ cert: path('old.pem'), key: path('old.key') })
    expect(expired).to.match(/^E_TLS_DATES The certificate \/old\.pem expired on \d{4}-/)
    expect(others).to.deep.equal([])
  })
})
