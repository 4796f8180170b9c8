import { gzipSync } from 'node:zlib'

import { createServer, factory, Get, Inject, OnStart, Post, Route, Service } from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { expect } from 'chai'
import { IsString } from 'class-validator'

import { rejection } from '../../helpers/boot-problems.js'

/** As query builders do: nothing happens until somebody asks for the result. */
class Query {
  then(resolve: (rows: unknown) => void, reject: (reason: unknown) => void): void {
    if (this.rows === undefined) setImmediate(reject, new Error('no such table'))
    else setImmediate(resolve, this.rows)
  }

  constructor(private readonly rows?: unknown[]) {}
}

/** As a query builder does that writes its statement when it is asked for the result, and cannot. */
class BrokenQuery {
  then(): void {
    throw new TypeError('value.toISOString is not a function')
  }
}

class Unreadable {
  get then(): unknown {
    throw new TypeError('this one is over')
  }
}

class NewRow {
  @IsString() name!: string
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

  @Get('/unwritten')
  unwritten() {
    return new BrokenQuery()
  }

  @Post('/rows')
  create(row: NewRow) {
    return row.name === 'unwritten' ? new BrokenQuery() : new Unreadable()
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

  it('answers 500 when it throws as soon as it is awaited', async () => {
    const server = await createTestServer({ controllers: [Queries] })
    server.expectError(/toISOString/)
    expect((await server.inject('GET', '/unwritten')).status).to.equal(500)
  })

  for (const encoding of ['identity', 'gzip']) {
    it(`answers 500 when it throws as soon as it is awaited, which waited for a body (${encoding})`, async () => {
      const server = await createTestServer({ controllers: [Queries] })
      server.expectError(/toISOString|this one is over/)
      for (const name of ['unwritten', 'unreadable']) {
        const text = JSON.stringify({ name })
        const body = encoding === 'gzip' ? gzipSync(text) : Buffer.from(text)
        const headers = { 'content-type': 'application/json', 'content-encoding': encoding }
        const response = await server.inject('POST', '/rows', { headers, body })
        expect(response.status).to.equal(500)
        expect(response.json()).to.have.nested.property('error.code', 'INTERNAL_ERROR')
      }
    })
  }
})

describe('a service whose start gives what can be awaited but is no promise', () => {
  it('is awaited in hooks', async () => {
    @Service({ eager: true })
    class Broken {
      @OnStart() start() {
        return new Query()
      }
    }
    const error = await rejection(createServer({ services: [Broken] }).start({ listen: false }))
    expect(error.problem).to.equal('Broken.start failed: no such table')
  })

  it('is awaited in factories', async () => {
    const rows = factory({ name: 'rows', eager: true, create: () => new Query([1, 2]) })
    const server = await createTestServer({ services: [rows] })
    expect(server.server.get('rows')).to.deep.equal([1, 2])
  })

  it('is refused of factories that are asked for each object anew', async () => {
    const rows = factory({ name: 'rows', lifetime: 'transient', create: () => new Query([1, 2]) })
    @Service({ eager: true })
    class User {
      constructor(@Inject('rows') readonly rows: object) {}
    }
    const error = await rejection(createServer({ services: [rows, User] }).start({ listen: false }))
    expect(error.code).to.equal('E_FACTORY_ASYNC')
  })
})
