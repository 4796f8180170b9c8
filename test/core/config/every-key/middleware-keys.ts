import { setTimeout as delay } from 'node:timers/promises'

import { expect } from 'chai'

import type { KeyCases } from './key-case.js'
import { probe, probeApp, startYaml, type YamlServer } from './yaml-server.js'

const start = (middleware: string) => startYaml(probeApp('', `middleware: [${middleware}]`), { code: probe })
const origin = 'https://shop.example'

/** The headers of an answer to a page of another origin. */
async function crossOrigin(
  config: string,
  init: { readonly method?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Headers> {
  await using server = await start(`{ cors: { origins: ['${origin}'], ${config} } }`)
  const { headers } = await server.request('/probe', { ...init, headers: { origin, ...init.headers } })
  return headers
}

const preflight = (config: string) =>
  crossOrigin(config, { method: 'OPTIONS', headers: { 'access-control-request-method': 'PUT' } })

/** The line that is logged once the response has ended. */
async function requestLine(server: YamlServer): Promise<Record<string, unknown> | undefined> {
  for (let left = 100; left > 0; left--) {
    const line = server.log.lines.find(({ msg }) => msg === 'request')
    if (line) return line
    await delay(10)
  }
  return undefined
}

async function logged(config: string, path = '/probe', init?: RequestInit) {
  await using server = await start(`{ requestLogger: { ${config} } }`)
  await server.request(path, init)
  return await requestLine(server)
}

export const middlewareKeys: KeyCases = {
  async 'middleware.bodyLimit.limit'() {
    await using server = await start('{ bodyLimit: { limit: 10b } }')
    const headers = { 'content-type': 'application/json' }
    const { status } = await server.request('/probe', { method: 'POST', headers, body: '{"value":"long"}' })
    expect(status).to.equal(413)
  },
  async 'middleware.cors.origins'() {
    expect((await crossOrigin('')).get('access-control-allow-origin')).to.equal(origin)
  },
  async 'middleware.cors.methods'() {
    expect((await preflight('methods: [PUT]')).get('access-control-allow-methods')).to.equal('PUT')
  },
  async 'middleware.cors.headers'() {
    expect((await preflight(`headers: 'x-a, x-b'`)).get('access-control-allow-headers')).to.equal('x-a, x-b')
  },
  async 'middleware.cors.exposeHeaders'() {
    expect((await crossOrigin('exposeHeaders: [x-total]')).get('access-control-expose-headers')).to.equal('x-total')
  },
  async 'middleware.cors.credentials'() {
    expect((await crossOrigin('credentials: true')).get('access-control-allow-credentials')).to.equal('true')
  },
  async 'middleware.cors.maxAge'() {
    expect((await preflight('maxAge: 90s')).get('access-control-max-age')).to.equal('90')
  },
  async 'middleware.recovery.expose'() {
    const before = process.env.NODE_ENV
    process.env.NODE_ENV = 'test'
    try {
      const textOf = async (expose: string) => {
        await using server = await start(`{ recovery: { expose: ${expose} } }`)
        return await (await server.request('/probe/fail')).text()
      }
      expect(await textOf('development')).to.contain('the secret reason')
      expect(await textOf('never')).not.to.contain('the secret reason')
    } finally {
      if (before === undefined) delete process.env.NODE_ENV
      else process.env.NODE_ENV = before
    }
  },
  async 'middleware.requestId.header'() {
    await using server = await start('{ requestId: { header: x-trace } }')
    expect((await server.request('/probe')).headers.has('x-trace')).to.equal(true)
  },
  async 'middleware.requestId.trustIncoming'() {
    const idFor = async (trustIncoming: boolean) => {
      await using server = await start(`{ requestId: { trustIncoming: ${trustIncoming} } }`)
      return (await server.request('/probe', { headers: { 'x-request-id': 'mine' } })).headers.get('x-request-id')
    }
    expect([(await idFor(true)) === 'mine', (await idFor(false)) === 'mine']).to.deep.equal([true, false])
  },
  async 'middleware.requestLogger.slow'() {
    expect(await logged('slow: 0')).to.include({ slow: true })
    expect(await logged('slow: 1m')).not.to.have.property('slow')
  },
  async 'middleware.requestLogger.skip'() {
    expect(await logged(`skip: ['/probe/*', /other]`)).to.include({ path: '/probe' })
    expect(await logged('skip: /pro*')).to.equal(undefined)
  },
  async 'middleware.requestLogger.query'() {
    expect(await logged('query: true', '/probe?page=2')).to.include({ query: 'page=2' })
    expect(await logged('query: false', '/probe?page=2')).not.to.have.property('query')
  },
  async 'middleware.requestLogger.redactQuery'() {
    const line = await logged('query: true, redactQuery: [page]', '/probe?page=2')
    expect(line).to.have.property('query', new URLSearchParams({ page: '[redacted]' }).toString())
  },
  async 'middleware.requestLogger.userAgent'() {
    const init = { headers: { 'user-agent': 'probe/1' } }
    expect(await logged('userAgent: true', '/probe', init)).to.include({ userAgent: 'probe/1' })
  },
}

const files = { 'web/index.html': 'index', 'web/start.html': 'start', 'web/a.txt': 'a' }

/** Status, text and cache header of an answer by a mount. */
async function mounted(mount: string, path: string) {
  await using server = await startYaml(probeApp(`mounts: [{ ${mount} }]`), { code: probe, files })
  const response = await server.request(path, { headers: { accept: 'text/html' } })
  return { status: response.status, text: await response.text(), cache: response.headers.get('cache-control') }
}

export const mountKeys: KeyCases = {
  async 'mounts.static.dir'() {
    expect(await mounted('static: { dir: web }', '/a.txt')).to.include({ status: 200, text: 'a' })
  },
  async 'mounts.static.prefix'() {
    expect(await mounted('static: { dir: web, prefix: /files }', '/files/a.txt')).to.include({ status: 200, text: 'a' })
  },
  async 'mounts.static.index'() {
    expect(await mounted('static: { dir: web, index: start.html }', '/')).to.include({ text: 'start' })
  },
  async 'mounts.static.maxAge'() {
    expect((await mounted('static: { dir: web, maxAge: 1m }', '/a.txt')).cache).to.contain('max-age=60')
  },
  async 'mounts.spa.dir'() {
    expect(await mounted('spa: { dir: web }', '/deep/link')).to.include({ status: 200, text: 'index' })
  },
  async 'mounts.spa.prefix'() {
    expect(await mounted('spa: { dir: web, prefix: /app }', '/app/deep')).to.include({ status: 200, text: 'index' })
  },
  async 'mounts.spa.index'() {
    expect(await mounted('spa: { dir: web, index: start.html }', '/deep')).to.include({ text: 'start' })
  },
  async 'mounts.spa.maxAge'() {
    expect((await mounted('spa: { dir: web, maxAge: 1m }', '/a.txt')).cache).to.contain('max-age=60')
  },
}
