import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { Context, Field, Get, Post, RemoteCallError, Returns, Route, Service, stream } from '@lokstra/core'
import { createTestServer, type TestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { readBlocks } from '../../helpers/markdown.js'
import { NatsServer } from '../../helpers/nats-server.js'
import { poll } from '../../helpers/poll.js'
import { repositoryRoot } from '../../helpers/repository.js'
import { createTemporaryFolder, type TemporaryFolder } from '../../helpers/temporary-folder.js'

class User {
  @Field() name!: string
}

@Service()
@Route('/users')
class UserService {
  static aborted = 0

  @Get() @Returns(User) async one(): Promise<User> {
    return Object.assign(new User(), { name: 'Ada' })
  }

  /** More than a window of pieces. */
  @Get('/all') @Returns(stream(User)) async *all(): AsyncGenerator<User> {
    for (let n = 0; n < 2_000; n++) yield Object.assign(new User(), { name: 'x'.repeat(1_000) })
  }

  @Post('/slow') @Returns(undefined, 204) async slow(ctx: Context): Promise<void> {
    await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve))
    UserService.aborted++
  }
}

/** What callers may not call. */
@Service()
@Route('/keys')
class KeyService {
  @Get() @Returns(String) async all(): Promise<string> {
    return 'all keys'
  }
}

@Route('/shop')
class Shop {
  constructor(
    readonly users: UserService,
    readonly keys: KeyService,
  ) {}
  @Get() one(): Promise<User> {
    return this.users.one()
  }
}

const folder = fileURLToPath(new URL('../../../', import.meta.url))

describe('the permissions that docs/nats.md gives to NATS users', () => {
  let files: TemporaryFolder
  let nats: NatsServer
  before(async function () {
    files = await createTemporaryFolder()
    const { text } = readBlocks(join(repositoryRoot, 'docs/nats.md')).find((block) =>
      block.text.startsWith('authorization'),
    )!
    await writeFile(join(files.path, 'nats.conf'), text.replaceAll('…', 'a-password'))
    nats = await NatsServer.startOrSkip(this, '-c', join(files.path, 'nats.conf'))
  })
  after(async () => {
    await nats?.stop()
    await files?.[Symbol.asyncDispose]()
  })

  const start = (server: 'users' | 'orders', timeout = '5s'): Promise<TestServer> =>
    createTestServer({
      folder,
      services: [UserService, KeyService],
      apps: server === 'orders' ? [{ name: 'orders', controllers: [Shop] }] : [],
      config: {
        services: { nats: { type: 'nats', servers: [nats.url], user: server, password: 'a-password' } },
        calls: { transport: 'nats', secret: 's'.repeat(32), retries: 0, timeout },
        deployments: {
          shop: {
            servers: {
              users: { apps: [{ name: 'users', listen: '127.0.0.1:0', publish: ['UserService', 'KeyService'] }] },
              orders: { apps: [{ name: 'orders', listen: '127.0.0.1:0' }] },
            },
          },
        },
      },
      server: `shop.${server}`,
      listen: true,
    })

  it('are enough for calls, streams and callers who give up', async () => {
    const users = await start('users')
    // Its second service is one that its own user may not answer for, either.
    users.expectError(/NATS refuses/)
    const orders = await start('orders')
    expect((await orders.inject('GET', '/shop')).json().data).to.deep.equal({ name: 'Ada' })
    let count = 0
    for await (const user of orders.get(UserService).all()) {
      if (++count % 500 === 0) await delay(1)
      expect(user).to.be.an.instanceOf(User)
    }
    expect(count).to.equal(2_000)
    const impatient = await start('orders', '300ms')
    const error = await impatient
      .get(UserService)
      .slow(undefined as never)
      .catch((caught: unknown) => caught)
    expect(error).to.include({ code: 'REMOTE_TIMEOUT' })
    await poll(
      () => UserService.aborted === 1,
      () => 'the operation was not told that its caller has gone',
    )
  })

  it('are none for other services', async () => {
    const users = await start('users')
    users.expectError(/NATS refuses/)
    const orders = await start('orders', '1s')
    orders.expectError(/NATS/)
    const error = await orders
      .get(KeyService)
      .all()
      .catch((caught: unknown) => caught)
    expect(error).to.be.instanceOf(RemoteCallError).and.include({ code: 'REMOTE_FAILED', executed: 'maybe' })
    expect(String((error as RemoteCallError).cause)).to.include('NATS does not allow this server to call the service')
  })
})
