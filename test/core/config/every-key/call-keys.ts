import { createServer as createHttpServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

import {
  CallTransport,
  Context,
  createServer,
  external,
  Field,
  Get,
  Logger,
  Post,
  Returns,
  Route,
  Service,
  type CallConnection,
  type CallPolicy,
  type Server,
  type ServerOptions,
} from '@lokstra/core'
import { expect } from 'chai'

import { Certificates } from '../../../helpers/certificates.js'
import { recordLog } from '../../../services/recorded-log.js'
import type { KeyCase, KeyCases } from './key-case.js'
import { startYaml } from './yaml-server.js'

class Title {
  @Field() text!: string
}

@Service()
@Route('/books')
class BookService {
  @Get('/title') @Returns(Title) async title(ctx: Context): Promise<Title> {
    return Object.assign(new Title(), { text: String(ctx.headers.baggage) })
  }
}

@Service()
@Route('/rates')
class Rates {
  @Post() @Returns(Title) async today(): Promise<Title> {
    return external()
  }
}

@Route('/shelf')
class Shelf {
  constructor(
    private readonly books: BookService,
    private readonly rates: Rates,
  ) {}

  @Get('/title') title(ctx: Context) {
    return this.books.title(ctx)
  }
  @Get('/rate') rate() {
    return this.rates.today()
  }
  @Get('/kind') kind() {
    return { isItself: Object.getPrototypeOf(this.books) === BookService.prototype }
  }
}

/** Carries nothing, and says so. */
@Service({ name: 'pigeons' })
class Pigeons extends CallTransport {
  connect(): CallConnection {
    throw new Error('there are no pigeons today')
  }
}

const code: ServerOptions = {
  services: [BookService, Rates, Pigeons],
  apps: [{ name: 'api', controllers: [Shelf] }],
}

const app = `apps: [{ name: api, listen: '127.0.0.1:0', publish: [BookService] }]`

/** What a server says of how it calls `service`. */
async function policyOf(service: string, yaml: string): Promise<CallPolicy> {
  await using server = await startYaml(`${app}\n${yaml}`, { code })
  return server.server.calls().find((state) => state.service === service)!.policy
}

type Read = (policy: CallPolicy) => unknown

/** The keys of a policy: what is written, what it becomes, and where that is read. */
const policyKeys: readonly (readonly [key: string, written: string, value: unknown, read: Read])[] = [
  ['timeout', '1500ms', 1_500, (policy) => policy.timeoutMs],
  ['attemptTimeout', '700ms', 700, (policy) => policy.attemptTimeoutMs],
  ['retries', '0', 0, (policy) => policy.retries],
  ['retryBudget', '0.5', 0.5, (policy) => policy.retryBudget],
  ['connections', '3', 3, (policy) => policy.connections],
]

const nestedKeys: readonly (readonly [section: string, key: string, written: string, value: unknown, read: Read])[] = [
  ['breaker', 'failures', '2', 2, (policy) => policy.breaker.failures],
  ['breaker', 'openFor', '7s', 7_000, (policy) => policy.breaker.openForMs],
  ['bulkhead', 'concurrent', '9', 9, (policy) => policy.bulkhead.concurrent],
  ['bulkhead', 'queue', '0', 0, (policy) => policy.bulkhead.queue],
]

/** @param places  name of the class, whose calls it is about, and the configuration around a key */
function casesOf(
  places: Readonly<Record<string, readonly [service: string, around: (entry: string) => string]>>,
  keys: readonly (readonly [key: string, written: string, value: unknown, read: Read])[],
): [string, KeyCase][] {
  return Object.entries(places).flatMap(([name, [service, around]]) =>
    keys.map(([key, written, value, read]): [string, KeyCase] => [
      `${name}.${key}`,
      async () => {
        const policy = await policyOf(service, around(`${key}: ${written}`))
        expect(read(policy)).to.equal(value)
        expect(read(await policyOf(service, around('')))).not.to.equal(value)
      },
    ]),
  )
}

const ofAll = (entry: string) => `calls: { ${entry} }`
const ofOne = (entry: string) => `calls: { services: { BookService: { ${entry} } } }`
const ofOther = (entry: string) => `external: { Rates: { url: 'http://127.0.0.1:1'${entry && `, ${entry}`} } }`
const within = (section: string, around: (entry: string) => string) => (entry: string) =>
  around(entry && `${section}: { ${entry} }`)

function nestedCases(): [string, KeyCase][] {
  return nestedKeys.flatMap(([section, key, ...rest]) => {
    const className = `${section[0]!.toUpperCase()}${section.slice(1)}Config`
    return casesOf(
      {
        [className]: ['BookService', within(section, ofAll)],
        [`Own${className}`]: ['BookService', within(section, ofOne)],
      },
      [[key, ...rest]],
    )
  })
}

interface ShelfOptions {
  readonly books?: string
  readonly config?: object
  readonly set?: readonly string[]
}

/** What a server answers that calls the service of another one, and what it logs. @param options.books  the url of that one */
async function callFromShelf({ books = 'http://127.0.0.1:1', config, set = [] }: ShelfOptions) {
  const log = recordLog()
  const server: Server = createServer({
    ...code,
    services: [...code.services!, { value: log.log, provides: Logger }],
    config: {
      deployments: { split: { servers: { books: { url: books, apps: [{ publish: ['BookService'] }] }, shelf: null } } },
      apps: [{ name: 'api', listen: '127.0.0.1:0' }],
      shutdown: { idle: 0 },
      ...config,
    },
    server: 'split.shelf',
    set,
  })
  await server.start()
  try {
    const path = config && 'external' in config ? 'rate' : 'title'
    const { status } = await fetch(`${server.listeners[0]!.url}/shelf/${path}`)
    return { status, log: log.text() }
  } finally {
    await server.stop()
  }
}

async function carriedByPigeons(config: object): Promise<void> {
  const { status, log } = await callFromShelf({ config })
  expect(status).to.equal(503)
  expect(log).to.include('no pigeons')
}

/** A server of another system that remembers what it was sent. */
async function startOther(): Promise<AsyncDisposable & { readonly url: string; readonly seen: IncomingHttpHeaders[] }> {
  const seen: IncomingHttpHeaders[] = []
  const server = createHttpServer((req, res) => {
    seen.push({ ...req.headers, ':path': req.url! })
    res.setHeader('content-type', 'application/json').end('{"text":"1.09"}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    seen,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const title = '/.lokstra/calls/BookService/title'

let certificates: Certificates | undefined

after(() => certificates?.remove())

/** Calls a server that asks for certificates. @returns the status of the answer that it leads to */
async function callWithTls(tls: (certificates: Certificates) => string): Promise<number> {
  certificates ??= new Certificates()
  const { server: own, ca } = certificates
  const listen = `tls: { cert: '${own.cert}', key: '${own.key}', ca: '${ca}', clientCertificate: require }`
  const yaml = `apps: [{ name: books, listen: '127.0.0.1:0', publish: [BookService], ${listen} }]`
  await using books = await startYaml(yaml, { code: { services: [BookService] } })
  const { status } = await callFromShelf({
    books: books.url,
    config: { calls: { retries: 0 } },
    set: [`calls.tls=${tls(certificates)}`],
  })
  return status
}

const shown = ({ ca }: Certificates, client: { readonly cert: string; readonly key: string }) =>
  `{ cert: '${client.cert}', key: '${client.key}', ca: '${ca}' }`

async function certificateCase(): Promise<void> {
  expect(await callWithTls((own) => shown(own, own.issue('client')))).to.equal(200)
  const stranger = (own: Certificates) => {
    own.authority('strangers')
    return shown(own, own.issue('stranger', { by: 'strangers' }))
  }
  expect(await callWithTls(stranger)).to.equal(503)
}

export const callKeys: KeyCases = {
  ...Object.fromEntries([
    ...casesOf(
      {
        CallsConfig: ['BookService', ofAll],
        CallPolicyConfig: ['BookService', ofOne],
        ExternalConfig: ['Rates', ofOther],
      },
      policyKeys,
    ),
    ...nestedCases(),
  ]),
  async 'AppConfig.publish'() {
    await using server = await startYaml(app, { code })
    expect((await server.request(title)).status).to.equal(401)
    await using without = await startYaml(app.replace('publish: [BookService]', ''), { code })
    expect((await without.request(title)).status).to.equal(404)
  },
  async 'CallsConfig.boundary'() {
    const isItself = async (boundary: string) => {
      await using server = await startYaml(`${app}\ncalls: { boundary: ${boundary} }`, { code })
      return ((await (await server.request('/shelf/kind')).json()) as { data: { isItself: boolean } }).data.isItself
    }
    expect([await isItself('direct'), await isItself('checked')]).to.deep.equal([true, false])
  },
  async 'CallsConfig.secret'() {
    const start = (secret: string) => {
      const deployments = `deployments: { split: { servers: { books: { apps: [{ listen: '127.0.0.1:0', publish: [BookService] }] } } } }`
      return startYaml(`calls: { secret: ['${secret}'] }\n${deployments}`, {
        code: { services: [BookService], server: 'split.books' },
      })
    }
    await using books = await start('a'.repeat(32))
    const call = async (secret: string) =>
      (await callFromShelf({ books: books.url, config: { calls: { secret: [secret] } } })).status
    expect([await call('a'.repeat(32)), await call('b'.repeat(32))]).to.deep.equal([200, 502])
  },
  'CallsConfig.transport': () => carriedByPigeons({ calls: { transport: 'pigeons' } }),
  'CallPolicyConfig.transport': () =>
    carriedByPigeons({ calls: { services: { BookService: { transport: 'pigeons' } } } }),
  'ExternalConfig.transport': () =>
    carriedByPigeons({ external: { Rates: { url: 'http://127.0.0.1:1', transport: 'pigeons' } } }),
  async 'CallsConfig.answerLimit'() {
    await using other = await startOther()
    const statusWith = async (keys: string) => {
      const yaml = `${app}\ncalls: { ${keys} }\nexternal: { Rates: { url: '${other.url}' } }`
      await using server = await startYaml(yaml, { code })
      return (await server.request('/shelf/rate')).status
    }
    expect([await statusWith('answerLimit: 15b'), await statusWith('answerLimit: 10b')]).to.deep.equal([200, 502])
  },
  async 'CallsConfig.baggage'() {
    const handedOn = async (keys: string) => {
      await using server = await startYaml(`${app}\ncalls: { baggage: [${keys}] }`, { code })
      const response = await server.request('/shelf/title', { headers: { baggage: 'session=1,other=2' } })
      return ((await response.json()) as { data: { text: string } }).data.text
    }
    expect([await handedOn('session'), await handedOn('')]).to.deep.equal(['session=1', 'undefined'])
  },
  async 'CallsConfig.services'() {
    const policy = await policyOf('BookService', 'calls: { services: { BookService: { retries: 7 } } }')
    expect(policy.retries).to.equal(7)
  },
  'CallTlsConfig.cert': certificateCase,
  'CallTlsConfig.key': certificateCase,
  async 'CallTlsConfig.ca'() {
    const trusting = (own: Certificates) => shown(own, own.issue('client'))
    expect(await callWithTls(trusting)).to.equal(200)
    expect(await callWithTls((own) => trusting(own).replace(/, ca: [^ ]*/, ''))).to.equal(503)
  },
  async 'ServerConfig.external'() {
    await using other = await startOther()
    await using server = await startYaml(`${app}\nexternal: { Rates: { url: '${other.url}' } }`, { code })
    expect(((await (await server.request('/shelf/rate')).json()) as { data: unknown }).data).to.deep.equal({
      text: '1.09',
    })
    await using without = await startYaml(app, { code })
    expect((await without.request('/shelf/rate')).status).to.equal(500)
  },
  async 'ExternalConfig.url'() {
    await using other = await startOther()
    await using server = await startYaml(`${app}\nexternal: { Rates: { url: '${other.url}/v1' } }`, { code })
    expect((await server.request('/shelf/rate')).status).to.equal(200)
    expect(other.seen[0]![':path']).to.equal('/v1/rates')
  },
  async 'ExternalConfig.headers'() {
    await using other = await startOther()
    const headers = 'headers: { authorization: "Bearer ${TOKEN}" }'
    await using server = await startYaml(`${app}\nexternal: { Rates: { url: '${other.url}', ${headers} } }`, {
      code: { ...code, env: { TOKEN: 't0ken' } },
    })
    await server.request('/shelf/rate')
    expect(other.seen[0]!.authorization).to.equal('Bearer t0ken')
  },
}
