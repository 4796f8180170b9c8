import { Context, Get, NotFoundError, Route } from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { RequestId } from '@lokstra/middleware/request-id'
import { expect } from 'chai'

@Route('/id')
class Shows {
  @Get() get(ctx: Context) {
    return ctx.requestId
  }
  @Get('/error') error() {
    throw new NotFoundError()
  }
}

const serverWith = (config: object = {}) =>
  createTestServer({ controllers: [Shows], middleware: [[RequestId, { ...config }]] })

describe('the requestId middleware', () => {
  it('takes over an acceptable id and answers it', async () => {
    const server = await serverWith()
    const response = await server.inject('GET', '/id', { headers: { 'x-request-id': 'abc-1.2:3/4+5=6@7~8_9' } })
    expect(response.json().data).to.equal('abc-1.2:3/4+5=6@7~8_9')
    expect(response.headers['x-request-id']).to.equal('abc-1.2:3/4+5=6@7~8_9')
  })

  it('makes up a new id for each request without one', async () => {
    const server = await serverWith()
    const [first, second] = [await server.inject('GET', '/id'), await server.inject('GET', '/id')]
    expect(first.headers['x-request-id']).to.equal(first.json().data)
    expect(first.json().data).to.not.equal(second.json().data)
  })

  it('does not take over what is too long, empty or has other characters', async () => {
    const server = await serverWith()
    for (const id of ['a'.repeat(129), '', ' ', 'a b', 'a"b', 'a{b}', '<script>', 'a;b', 'caf\u00e9']) {
      const response = await server.inject('GET', '/id', { headers: { 'x-request-id': id } })
      expect(response.json().data).to.match(/^[0-9a-f-]{36}$/)
    }
    expect(
      (await server.inject('GET', '/id', { headers: { 'x-request-id': 'a'.repeat(128) } })).json().data,
    ).to.have.length(128)
  })

  it('trusts nobody when told so', async () => {
    const server = await serverWith({ trustIncoming: false })
    const response = await server.inject('GET', '/id', { headers: { 'x-request-id': 'mine' } })
    expect(response.json().data).to.not.equal('mine')
  })

  it('may use another header', async () => {
    const server = await serverWith({ header: 'X-Correlation-Id' })
    const response = await server.inject('GET', '/id', { headers: { 'x-correlation-id': 'mine' } })
    expect(response.headers['x-correlation-id']).to.equal('mine')
  })

  it('names error answers too, in header and body', async () => {
    const server = await serverWith()
    const response = await server.inject('GET', '/id/error', { headers: { 'x-request-id': 'mine' } })
    expect(response.headers['x-request-id']).to.equal('mine')
    expect(response.json().error.requestId).to.equal('mine')
  })
})
