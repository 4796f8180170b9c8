import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { All, createServer, Get, Returns, Route, Service, type ServerOptions } from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { exchange, http1Client, type HttpClient } from '../../helpers/http-clients.js'
import { silentLogger } from '../../helpers/silent-logger.js'
import { createTemporaryFolder } from '../../helpers/temporary-folder.js'
import { startUpstream } from '../mounts/upstream.js'
import { code, startOrders, UserService } from './shop.js'
import { signByHand } from './sign-by-hand.js'

@Service()
@Route('/clock')
class ClockService {
  @Get() @Returns(Number) async now(): Promise<number> {
    return 0
  }
}

@Route('/')
class Everything {
  @Get('/:a/:b/:c/:d') four() {
    return 'what clients are offered'
  }
  @All('/*') all() {
    return 'what clients are offered'
  }
}

const secret = 'k'.repeat(32)
const operation = '/.lokstra/calls/UserService/byId?:id=7'

function call(client: HttpClient, target: string, verb = 'GET') {
  return exchange(client, verb, target, { headers: signByHand(target, secret, { verb }) })
}

/** What a server of another version would ask for, and what nobody should. */
const unknown = [
  ['GET', '/.lokstra/calls/UserService/gone'],
  ['POST', '/.lokstra/calls/UserService/byId'],
  ['GET', '/.lokstra/calls/GoneService/byId'],
  ['GET', '/.lokstra/contracts/more'],
  ['POST', '/.lokstra/contracts'],
  ['OPTIONS', '/.lokstra/calls/UserService/byId'],
] as const

/** Answers as if it were everything, and notes what has come to it. */
async function startRecording(): Promise<AsyncDisposable & { readonly url: string; readonly seen: string[] }> {
  const seen: string[] = []
  const upstream = await startUpstream((req, res) => {
    seen.push(`${req.method} ${req.url}`)
    res.end('{"id":7,"name":"Mallory","since":"2020-01-01T00:00:00.000Z"}')
  })
  return { ...upstream, seen }
}

describe('calls at an address', () => {
  it('are not passed on by a proxy for all of it, whatever they ask for', async () => {
    await using upstream = await startRecording()
    await using users = await createTestServer({
      ...code,
      config: { calls: { secret } },
      app: { publish: [UserService], mounts: [{ proxy: { prefix: '/', target: upstream.url } }] },
      listen: true,
    })
    await using client = http1Client(users.url())
    expect((await call(client, operation)).json()).to.include({ name: 'Ada' })
    for (const [verb, target] of unknown) expect((await call(client, target, verb)).status, target).to.equal(404)
    expect(upstream.seen).to.deep.equal([])
    expect((await exchange(client, 'GET', '/other')).status).to.equal(200)
    expect(upstream.seen).to.deep.equal(['GET /other'])
  })

  it('are not answered with files or pages, nor by operations for all paths', async () => {
    await using folder = await createTemporaryFolder()
    writeFileSync(join(folder.path, 'index.html'), '<h1>page</h1>')
    await using users = await createTestServer({
      ...code,
      folder: folder.path,
      config: { calls: { secret } },
      app: { publish: [UserService], controllers: [Everything], mounts: [{ spa: { prefix: '/', dir: '.' } }] },
      listen: true,
    })
    await using client = http1Client(users.url())
    expect((await call(client, operation)).json()).to.include({ name: 'Ada' })
    for (const [verb, target] of unknown) expect((await call(client, target, verb)).status, target).to.equal(404)
    expect((await exchange(client, 'GET', '/a/b/c/d')).json()).to.include({ data: 'what clients are offered' })
  })

  it('come through a proxy below a path of the address, which adds what proxies add', async () => {
    await using users = await createTestServer({
      ...code,
      config: { calls: { secret } },
      app: { publish: [UserService] },
      listen: true,
    })
    const proxy = { prefix: '/internal/users', target: users.url(), stripPrefix: true }
    await using gateway = await createTestServer({ app: { mounts: [{ proxy }] }, listen: true })
    await using orders = await startOrders([`${gateway.url()}/internal/users/`], { config: { calls: { secret } } })
    expect((await orders.inject('GET', '/orders/of/7')).json().data).to.include({ id: 7, isUser: true })
    expect((await orders.inject('GET', '/orders/of/404')).json().error.code).to.equal('USER_UNKNOWN')
    await users.server.stop()
    const failed = await orders.inject('GET', '/orders/of/7')
    expect([failed.status, failed.json().error.code]).to.deep.equal([502, 'REMOTE_FAILED'])
  })

  it('fail where the other server has no such operation, and is a proxy for the rest', async () => {
    await using upstream = await startRecording()
    await using other = await createTestServer({
      services: [ClockService],
      app: { publish: [ClockService], mounts: [{ proxy: { prefix: '/', target: upstream.url } }] },
      listen: true,
    })
    await using orders = await startOrders([other.url()])
    const answer = await orders.inject('GET', '/orders/of/7')
    expect(answer.status).to.equal(502)
    expect(answer.json()).to.have.nested.property('error.code', 'REMOTE_FAILED')
    expect(upstream.seen).to.deep.equal([])
  })

  it('may be those of several apps, with prefixes of their own', async () => {
    const options: ServerOptions = {
      services: [UserService, ClockService, silentLogger],
      config: {
        calls: { secret },
        apps: [
          { name: 'users', prefix: '/u', listen: 'unix:shared.sock', publish: ['UserService'] },
          { name: 'clock', prefix: '/c', listen: 'unix:shared.sock', publish: ['ClockService'] },
          { name: 'public', listen: 'unix:shared.sock', publish: [] },
        ],
      },
    }
    const server = createServer(options)
    await server.check()
    const routes = (await server.routes()).flatMap((app) => app.routes.map(({ path }) => path))
    expect(routes.filter((path) => path.startsWith('/.lokstra')).sort()).to.deep.equal([
      '/.lokstra/*',
      '/.lokstra/calls/ClockService/now',
      '/.lokstra/calls/UserService/byId',
      '/.lokstra/calls/UserService/register',
      '/.lokstra/calls/UserService/seen',
      '/.lokstra/contracts',
    ])
    expect(await server.describeRoutes()).to.match(/^ +ALL +\/\.lokstra\/\* +404 for any other call › call {2}at /m)
  })
})
