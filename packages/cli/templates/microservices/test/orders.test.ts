import { createTestServer, type TestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

/** Where each app is: in one server, or in two. */
interface Deployment {
  readonly users: TestServer
  readonly orders: TestServer
}

const deployments: Readonly<Record<string, () => Promise<Deployment>>> = {
  'in one process': async () => {
    const server = await createTestServer({ file: 'lokstra.yaml', env: {} })
    return { users: server, orders: server }
  },
  'in a process each': async () => {
    const users = await createTestServer({
      file: 'lokstra.yaml',
      server: 'microservices.users',
      env: {},
      listen: true,
    })
    const env = { USERS_URL: users.url('users') }
    return {
      users,
      orders: await createTestServer({
        file: 'lokstra.yaml',
        server: 'microservices.orders',
        env,
      }),
    }
  },
}

for (const [name, deploy] of Object.entries(deployments))
  describe(`orders ${name}`, () => {
    let users: TestServer
    let orders: TestServer

    beforeEach(async () => {
      ;({ users, orders } = await deploy())
    })

    const place = (userId: number) =>
      orders.inject('POST', '/orders', {
        app: 'orders',
        body: { userId, item: 'oranges' },
      })

    it('name the user who placed them', async () => {
      await users.inject('POST', '/users', {
        app: 'users',
        body: { name: 'Ada' },
      })
      const placed = await place(1)
      expect(placed.status).to.equal(201)
      expect(placed.json().data).to.deep.equal({
        id: 1,
        item: 'oranges',
        customer: 'Ada',
      })
      const list = await orders.inject('GET', '/orders', { app: 'orders' })
      expect(list.json().data).to.deep.equal([placed.json().data])
    })

    it('are refused when there is no such user', async () => {
      const answer = await place(7)
      expect(answer.status).to.equal(422)
      expect(answer.json().error.message).to.equal('There is no user 7')
    })
  })

describe('orders without the server of users', () => {
  it('are answered with 502', async () => {
    const { users, orders } = await deployments['in a process each']!()
    await users.dispose()
    const answer = await orders.inject('POST', '/orders', {
      body: { userId: 1, item: 'oranges' },
    })
    expect(answer.status).to.equal(502)
  })
})
