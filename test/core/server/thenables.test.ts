import { Get, Route } from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

/** As query builders do: nothing happens until somebody asks for the result. */
class Query {
  then(resolve: (rows: unknown) => void, reject: (reason: unknown) => void): void {
    if (this.rows === undefined) setImmediate(reject, new Error('no such table'))
    else setImmediate(resolve, this.rows)
  }

  constructor(private readonly rows?: unknown[]) {}
}

@Route()
class Queries {
  @Get('/rows')
  rows() {
    return new Query([1, 2])
  }

  @Get('/broken')
  broken() {
    return new Query()
  }
}

describe('a handler that returns what can be awaited but is no promise', () => {
  it('answers with what it resolves to', async () => {
    const server = await createTestServer({ controllers: [Queries] })
    expect((await server.inject('GET', '/rows')).json()).to.deep.equal({ status: 'success', data: [1, 2] })
  })

  it('answers 500 when it rejects', async () => {
    const server = await createTestServer({ controllers: [Queries] })
    server.expectError(/no such table/)
    expect((await server.inject('GET', '/broken')).status).to.equal(500)
  })
})
