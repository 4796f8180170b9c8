import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { Get, Returns, Route, Service } from '@lokstra/core'
import { createTestServer, type TestServer } from '@lokstra/core/testing'
import { nkeys } from '@nats-io/transport-node'
import { expect } from 'chai'

import { NatsServer } from '../../helpers/nats-server.js'
import { poll } from '../../helpers/poll.js'
import { createTemporaryFolder, type TemporaryFolder } from '../../helpers/temporary-folder.js'

@Service()
@Route('/greetings')
class GreetingService {
  @Get() @Returns(String) async one(): Promise<string> {
    return 'hello'
  }
}

@Route('/shop')
class Shop {
  constructor(readonly greetings: GreetingService) {}
  @Get() one(): Promise<string> {
    return this.greetings.one()
  }
}

const folder = fileURLToPath(new URL('../../../', import.meta.url))

describe('a server whose login NATS refuses for a while', () => {
  let files: TemporaryFolder
  let nats: NatsServer
  const write = (file: string, text: string): Promise<void> => writeFile(join(files.path, file), text)
  const users = (password: string): Promise<void> =>
    write('nats.conf', `authorization { user: shop, password: ${password} }`)

  before(async function () {
    files = await createTemporaryFolder()
    await users('first')
    nats = await NatsServer.startOrSkip(this, '-c', join(files.path, 'nats.conf'))
  })
  after(async () => {
    await nats?.stop()
    await files?.[Symbol.asyncDispose]()
  })

  const start = async (server: 'greetings' | 'front', login: Record<string, unknown>): Promise<TestServer> => {
    const started = await createTestServer({
      folder,
      services: [GreetingService],
      apps: server === 'front' ? [{ name: 'front', controllers: [Shop] }] : [],
      config: {
        services: { nats: { type: 'nats', servers: [nats.url], ...login } },
        calls: { transport: 'nats', secret: 's'.repeat(32), retries: 0 },
        deployments: {
          shop: {
            servers: {
              greetings: { apps: [{ name: 'greetings', listen: '127.0.0.1:0', publish: ['GreetingService'] }] },
              front: { apps: [{ name: 'front', listen: '127.0.0.1:0' }] },
            },
          },
        },
      },
      server: `shop.${server}`,
      listen: true,
    })
    started.expectError(/NATS refuses the login/)
    return started
  }

  /** Twice for each of the two servers: the second refusal is the one that a client may take for the last word. */
  const untilRefused = (): Promise<void> =>
    poll(
      () => nats.output.split('authentication error').length > 4,
      () => `NATS refused no logins: ${nats.output}`,
    )

  const untilAnswered = (front: TestServer): Promise<void> =>
    poll(
      async () => (await front.inject('GET', '/shop')).status === 200,
      () => `no call was answered any more: ${nats.output}`,
    )

  it('is back when its password is taken again', async () => {
    await start('greetings', { user: 'shop', password: 'first' })
    const front = await start('front', { user: 'shop', password: 'first' })
    await untilAnswered(front)
    await nats.stop()
    await users('second')
    await nats.start()
    await untilRefused()
    expect((await front.inject('GET', '/shop')).status).to.equal(503)
    await nats.stop()
    await users('first')
    await nats.start()
    await untilAnswered(front)
  })

  it('logs in with what its credentials file holds by then, also after it was half written', async () => {
    const [old, renewed] = [createLogin(), createLogin()]
    await nats.stop()
    await write('nats.conf', old.config)
    await write('shop.creds', old.credentials)
    await nats.start()
    const login = { credentials: join(files.path, 'shop.creds') }
    await start('greetings', login)
    const front = await start('front', login)
    await untilAnswered(front)
    await nats.stop()
    await write('nats.conf', renewed.config)
    await write('shop.creds', renewed.credentials.slice(0, 100))
    await nats.start()
    await untilRefused()
    await write('shop.creds', renewed.credentials)
    await untilAnswered(front)
  })
})

/** A user of an account of an operator of its own: what a NATS server and a client of it need. */
function createLogin(): { config: string; credentials: string } {
  const [operator, account, user] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createUser()]
  const operatorToken = signToken(operator, operator, { type: 'operator' })
  const accountToken = signToken(operator, account, {
    type: 'account',
    limits: { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 },
  })
  const userToken = signToken(account, user, { type: 'user', subs: -1, data: -1, payload: -1 })
  return {
    config: `operator: ${operatorToken}
resolver: MEMORY
resolver_preload: { ${account.getPublicKey()}: ${accountToken} }`,
    credentials: `-----BEGIN NATS USER JWT-----
${userToken}
------END NATS USER JWT------

-----BEGIN USER NKEY SEED-----
${Buffer.from(user.getSeed()).toString()}
------END USER NKEY SEED------
`,
  }
}

type Keys = ReturnType<typeof nkeys.createUser>

function signToken(issuer: Keys, subject: Keys, nats: Record<string, unknown>): string {
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
  const claims = {
    jti: subject.getPublicKey(),
    iat: Math.floor(Date.now() / 1_000),
    iss: issuer.getPublicKey(),
    sub: subject.getPublicKey(),
    nats: { ...nats, version: 2 },
  }
  const signed = `${encode({ typ: 'JWT', alg: 'ed25519-nkey' })}.${encode(claims)}`
  return `${signed}.${Buffer.from(issuer.sign(Buffer.from(signed))).toString('base64url')}`
}
