import { createTestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { code, deployments, OrderController, startSplit, UserService } from './shop.js'

describe('a service of another server', () => {
  it('is called through the constructor parameter that asks for its class', async () => {
    const { orders } = await startSplit()
    const response = await orders.inject('GET', '/orders/of/7?view=x')
    expect(response.json().data).to.deep.equal({
      id: 7,
      name: 'x',
      since: '2020-01-07T00:00:00.000Z',
      isUser: true,
      isDate: true,
    })
  })

  it('is never constructed where it is called', async () => {
    const before = UserService.constructed
    const { orders } = await startSplit()
    await orders.inject('GET', '/orders/of/7')
    expect(UserService.constructed).to.equal(before + 1)
  })

  it('throws the errors that it declares as what they are', async () => {
    const { orders } = await startSplit()
    const response = await orders.inject('GET', '/orders/of/404')
    expect(response.status).to.equal(404)
    expect(response.json().error).to.include({ code: 'USER_UNKNOWN', message: 'There is no user 404' })
    expect(response.json().error.details).to.deep.equal({ id: 404 })
  })

  it('fails with 502 for any other error, whose text stays in the log', async () => {
    const { users, orders } = await startSplit()
    const response = await orders.inject('GET', '/orders/of/500')
    expect(response.json().error).to.include({ code: 'REMOTE_FAILED', message: 'UserService failed' })
    const { requestId } = response.json().error as { requestId: string }
    const line = users.logs.find(({ level }) => level === 'error')!
    expect(line.fields).to.include({ requestId })
    expect(line.fields.err).to.have.property('message', 'the database is on fire')
    users.expectError(/on fire/)
  })

  it('says in the log of the caller which fields of an input it refuses, and nothing of it to clients', async () => {
    const { orders } = await startSplit()
    const response = await orders.inject('GET', '/orders/rename')
    expect([response.status, response.json().error.message]).to.deep.equal([502, 'UserService failed'])
    const causes = orders.logs.map(({ fields }) => (fields.err as Error | undefined)?.cause)
    expect(String(causes.find((cause) => cause !== undefined))).to.match(
      /^Error: UserService\.register was answered with 400: VALIDATION_ERROR, .*, name must be longer than or equal to 1 characters \(request /,
    )
  })

  it('says what to do about an error that it does not declare, in one process as well', async () => {
    const { orders } = await startSplit()
    const whole = await createTestServer({
      ...code,
      apps: [{ name: 'orders', controllers: [OrderController] }],
      config: { deployments, calls: { boundary: 'checked' } },
    })
    for (const server of [orders, whole]) {
      expect((await server.inject('GET', '/orders/take')).status).to.equal(502)
      const causes = server.logs.map(({ fields }) => (fields.err as Error | undefined)?.cause)
      expect(String(causes.find((cause) => cause !== undefined))).to.match(
        /UserService\.register was answered with 409: CONFLICT, The name is taken \(.*\)\. .* declares with @Throws/,
      )
    }
  })

  it('has its operations only', async () => {
    const { orders } = await startSplit()
    const users = orders.get(UserService)
    expect(() => users.secret()).to.throw(
      /E_REMOTE_MEMBER: UserService\.secret cannot be used: UserService runs on server users of split/,
    )
    expect(() => users.cache).to.throw(/E_REMOTE_MEMBER: UserService\.cache cannot be used/)
    expect(() => Object.assign(users, { cache: 1 })).to.throw(/E_REMOTE_MEMBER: UserService\.cache cannot be set/)
    expect(users).to.be.an.instanceof(UserService)
    expect(await Promise.resolve(users)).to.equal(users)
    expect(Object.keys(users)).to.have.members(['byId', 'register', 'seen'])
  })
})
