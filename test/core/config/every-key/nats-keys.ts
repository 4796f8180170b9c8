import { setTimeout as delay } from 'node:timers/promises'

import type { CallResponse } from '@lokstra/core'
import { NatsTransport } from '@lokstra/services/nats'
import { expect } from 'chai'

import { Certificates } from '../../../helpers/certificates.js'
import { NatsServer } from '../../../helpers/nats-server.js'
import { describeFailure } from './describe-failure.js'
import type { KeyCases } from './key-case.js'
import { probeApp, startYaml } from './yaml-server.js'

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

async function startNats(suite: Mocha.Context, ...options: readonly string[]): Promise<NatsServer> {
  const nats = await NatsServer.startOrSkip(suite, ...options)
  open.push(() => nats.stop())
  return nats
}

const yaml = ({ url }: { readonly url: string }, keys = '') =>
  probeApp('', `services: { nats: { type: nats, servers: ['${url}'], ${keys} } }`)

async function start(nats: NatsServer, keys = ''): Promise<NatsTransport> {
  const server = await startYaml(yaml(nats, keys))
  open.push(() => server[Symbol.asyncDispose]())
  return server.server.get(NatsTransport)
}

const refusal = (nats: { readonly url: string }, keys = '') => describeFailure(startYaml(yaml(nats, keys)))

const calling = { verb: 'GET', target: '/.lokstra/calls/UserService/users', headers: {}, body: undefined }
const within = (timeoutMs: number) => ({ timeoutMs, signal: undefined })

const answer = (headers: CallResponse['headers'], chunks: () => AsyncGenerator<Uint8Array>): CallResponse => ({
  status: 200,
  headers,
  text: () => Promise.resolve('{}'),
  chunks,
})

/** A certificate of its own for NATS, which asks its clients for theirs. */
async function startNatsWithTls(suite: Mocha.Context) {
  const certificates = new Certificates()
  open.push(() => certificates.remove())
  const { ca, server } = certificates
  const client = certificates.issue('client')
  const options = ['--tlsverify', '--tlscert', server.cert, '--tlskey', server.key, '--tlscacert', ca]
  const nats = await startNats(suite, ...options)
  return { url: nats.url.replace('127.0.0.1', 'localhost'), nats, ca, client }
}

export const natsKeys: KeyCases = {
  async 'services.nats.servers'() {
    const transport = await start(await startNats(this))
    transport.ping()
    expect(await refusal({ url: 'nats://127.0.0.1:1' })).to.include('nats://127.0.0.1:1')
  },
  async 'services.nats.user'() {
    const nats = await startNats(this, '--user', 'shop', '--pass', 'open sesame')
    ;(await start(nats, `user: shop, password: 'open sesame'`)).ping()
    expect(await refusal(nats, `user: other, password: 'open sesame'`)).to.include('E_NATS_UNREACHABLE')
  },
  async 'services.nats.password'() {
    const nats = await startNats(this, '--user', 'shop', '--pass', 'open sesame')
    expect(await refusal(nats, 'user: shop, password: wrong')).to.include('E_NATS_UNREACHABLE')
  },
  async 'services.nats.token'() {
    const nats = await startNats(this, '--auth', 'a-token')
    ;(await start(nats, 'token: a-token')).ping()
    expect(await refusal(nats)).to.include('E_NATS_UNREACHABLE')
  },
  async 'services.nats.credentials'() {
    expect(await refusal(await startNats(this), 'credentials: ./shop.creds')).to.include('shop.creds')
  },
  async 'services.nats.connectTimeout'() {
    const startedAt = performance.now()
    // A network that is not routed: nobody answers, and nobody refuses.
    expect(await refusal({ url: 'nats://203.0.113.1:4222' }, 'connectTimeout: 300ms')).to.include('203.0.113.1')
    expect(performance.now() - startedAt).to.be.below(15_000)
  },
  async 'services.nats.subject'() {
    const nats = await startNats(this)
    const stop = await (
      await start(nats, 'subject: one')
    ).serve(['UserService'], () => Promise.resolve(answer({}, async function* () {})))
    open.push(stop)
    const send = async (keys: string) => {
      const connection = (await start(nats, keys)).connect()
      return connection.send(calling, within(10_000)).then(
        ({ status }) => status,
        (error: unknown) => (error as { reason: string }).reason,
      )
    }
    expect([await send('subject: one'), await send('subject: two')]).to.deep.equal([200, 'refused'])
  },
  async 'services.nats.streamIdle'() {
    const nats = await startNats(this)
    const callee = await start(nats)
    const silent = answer({ 'content-type': 'application/octet-stream' }, async function* () {
      yield Buffer.from('x')
      await delay(2_000)
      yield Buffer.from('y')
    })
    open.push(await callee.serve(['UserService'], () => Promise.resolve(silent)))
    const read = async (keys: string) => {
      let text = ''
      try {
        const response = await (await start(nats, keys)).connect().send(calling, within(10_000))
        for await (const piece of response.chunks()) text += Buffer.from(piece).toString()
      } catch (error) {
        text += (error as { reason: string }).reason
      }
      return text
    }
    expect(await Promise.all([read('streamIdle: 200ms'), read('streamIdle: 60s')])).to.deep.equal(['xtimeout', 'xy'])
  },
  async 'NatsTlsConfig.ca'() {
    const { url, client, ca } = await startNatsWithTls(this)
    const own = `cert: '${client.cert}', key: '${client.key}'`
    expect(await refusal({ url }, `tls: { ${own} }`)).to.include('E_NATS_UNREACHABLE')
    const server = await startYaml(yaml({ url }, `tls: { ${own}, ca: '${ca}' }`))
    await server[Symbol.asyncDispose]()
  },
  async 'NatsTlsConfig.cert'() {
    const { url, ca } = await startNatsWithTls(this)
    expect(await refusal({ url }, `tls: { ca: '${ca}' }`)).to.include('E_NATS_UNREACHABLE')
  },
  async 'NatsTlsConfig.key'() {
    const { url, ca, client } = await startNatsWithTls(this)
    const keys = `tls: { ca: '${ca}', cert: '${client.cert}', key: './missing.key' }`
    expect(await refusal({ url }, keys)).to.include('missing.key')
  },
}
