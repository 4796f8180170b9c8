import {
  ConflictError,
  Context,
  Field,
  Get,
  HttpError,
  Result,
  Returns,
  Route,
  Service,
  stream,
  type Class,
  type MiddlewareFunction,
} from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { ErrorMapper, Recovery } from '@lokstra/middleware/recovery'
import { expect } from 'chai'
import { IsString } from 'class-validator'

class OutOfStock extends Error {}

class Item {
  @Field() @IsString() name!: string
}

/** What becomes of a generator. */
const seen: string[] = []

@Route('/x')
class Fails {
  @Get() sync() {
    throw new OutOfStock('only 2 left')
  }
  @Get('/async') async later() {
    await Promise.resolve()
    throw new OutOfStock('only 2 left')
  }
  @Get('/http') http() {
    throw new ConflictError()
  }
  @Get('/query') query() {
    return {
      then() {
        throw new OutOfStock('only 2 left')
      },
    }
  }
  @Get('/rows') rows() {
    return { then: (resolve: (rows: number[]) => void) => void setImmediate(resolve, [1, 2]) }
  }
  @Returns(stream(Uint8Array)) @Get('/bytes') async *bytes() {
    await Promise.resolve()
    if (this.isEmpty) throw new OutOfStock('only 2 left')
    yield Buffer.from('first ')
    yield Buffer.from('second')
  }
  @Returns(stream(Uint8Array)) @Get('/result') result(ctx: Context) {
    return ctx.stream(this.bytes(), 'text/plain').withHeader('x-of', 'result')
  }
  @Returns(stream(Item)) @Get('/items') async items(ctx: Context) {
    await Promise.resolve()
    seen.push('called')
    return this.itemsOf(ctx)
  }
  async *itemsOf(ctx: Context) {
    try {
      seen.push('asked')
      if (this.isEmpty) throw new OutOfStock('only 2 left')
      yield { name: 'first' }
      yield { name: ctx.path }
    } finally {
      seen.push('stopped')
    }
  }
  isEmpty = true
  @Get('/fine') fine(ctx: Context) {
    return ctx.created(1)
  }
}

@Service()
class ShopErrors extends ErrorMapper {
  map(error: unknown): unknown {
    return error instanceof OutOfStock
      ? new ConflictError(error.message, { code: 'OUT_OF_STOCK', cause: error })
      : error
  }
}

function withEnvironment(value: string | undefined): void {
  const previous = process.env.NODE_ENV
  const set = (to: string | undefined) => {
    if (to === undefined) delete process.env.NODE_ENV
    else process.env.NODE_ENV = to
  }
  before(() => set(value))
  after(() => set(previous))
}

async function serverWith(config: object = {}, outer: MiddlewareFunction[] = [], services: Class[] = []) {
  const server = await createTestServer({
    controllers: [Fails],
    middleware: [...outer, [Recovery, { ...config }]],
    services,
  })
  server.expectError(/only 2 left/)
  return server
}

describe('the recovery middleware', () => {
  it('shows outer middleware an outcome with a status instead of an exception', async () => {
    const seen: number[] = []
    const server = await serverWith({}, [
      async (_ctx, next) => {
        const outcome = await next()
        if (Result.is(outcome)) seen.push(outcome.status)
        return outcome
      },
    ])
    for (const path of ['/x', '/x/async', '/x/query', '/x/http', '/x/fine']) await server.inject('GET', path)
    expect(seen).to.deep.equal([500, 500, 500, 409, 201])
  })

  it('waits for what can be awaited but is no promise', async () => {
    const server = await serverWith()
    expect((await server.inject('GET', '/x/rows')).json()).to.deep.equal({ status: 'success', data: [1, 2] })
  })

  it('answers as if it were not there', async () => {
    const server = await serverWith()
    const unexpected = await server.inject('GET', '/x')
    expect(unexpected.status).to.equal(500)
    expect(unexpected.json().error).to.include({ code: 'INTERNAL_ERROR', message: 'Something went wrong' })
    expect(unexpected.text).to.not.include('only 2 left')
    expect((await server.inject('GET', '/x/http')).json().error.code).to.equal('CONFLICT')
    expect((await server.inject('GET', '/x/fine')).status).to.equal(201)
  })

  it('logs an unexpected error once, with its stack', async () => {
    const server = await serverWith()
    await server.inject('GET', '/x')
    const errors = server.logs.filter(({ level }) => level === 'error')
    expect(errors).to.have.length(1)
    expect(errors[0]!.fields.err).to.be.instanceOf(OutOfStock)
  })

  it('keeps headers that outer middleware puts on the error result', async () => {
    const server = await serverWith({}, [
      async (_ctx, next) => ((await next()) as Result).withHeader('x-outer', '1').withCookie('seen', '1'),
    ])
    const { headers, status } = await server.inject('GET', '/x/http')
    expect(status).to.equal(409)
    expect(headers['x-outer']).to.equal('1')
    expect(String(headers['set-cookie'])).to.include('seen=1')
  })

  it('uses the error mapper that is registered', async () => {
    const server = await serverWith({}, [], [ShopErrors])
    for (const path of ['/x', '/x/async']) {
      const response = await server.inject('GET', path)
      expect(response.status).to.equal(409)
      expect(response.json().error).to.include({ code: 'OUT_OF_STOCK', message: 'only 2 left' })
    }
  })

  for (const path of ['/x/bytes', '/x/result', '/x/items'])
    it(`sees what a generator throws before its first item: ${path}`, async () => {
      const server = await serverWith({}, [], [ShopErrors])
      const response = await server.inject('GET', path)
      expect(response.status).to.equal(409)
      expect(response.json().error).to.include({ code: 'OUT_OF_STOCK' })
    })

  it('leaves the items of a generator as they are', async () => {
    const server = await serverWith()
    server.get(Fails).isEmpty = false
    expect((await server.inject('GET', '/x/bytes')).text).to.equal('first second')
    const result = await server.inject('GET', '/x/result')
    expect(result).to.include({ status: 200, text: 'first second' })
    expect(result.headers).to.include({ 'content-type': 'text/plain', 'x-of': 'result' })
    seen.length = 0
    expect((await server.inject('GET', '/x/items')).text).to.equal('{"name":"first"}\n{"name":"/x/items"}\n')
    expect(seen).to.deep.equal(['called', 'asked', 'stopped'])
  })

  it('asks no generator for items that nobody reads', async () => {
    const server = await serverWith({}, [], [ShopErrors])
    seen.length = 0
    expect((await server.inject('HEAD', '/x/items')).status).to.equal(200)
    expect(seen).to.deep.equal(['called'])
  })

  it('has a generator stopped whose items middleware around it has lost', async () => {
    const forgets: MiddlewareFunction = async (_ctx, next) => {
      await next()
    }
    const server = await serverWith({}, [forgets])
    server.expectError(/E_OUTCOME_DROPPED/)
    server.get(Fails).isEmpty = false
    seen.length = 0
    expect((await server.inject('GET', '/x/items')).status).to.equal(500)
    expect(seen).to.deep.equal(['called', 'asked', 'stopped'])
  })

  it('uses an error mapper that is asynchronous', async () => {
    @Service()
    class SlowErrors extends ErrorMapper {
      async map(error: unknown) {
        await Promise.resolve()
        return new ConflictError('mapped', { cause: error })
      }
    }
    const server = await serverWith({}, [], [SlowErrors])
    for (const path of ['/x', '/x/async', '/x/http']) {
      const response = await server.inject('GET', path)
      expect([path, response.status, response.json().error.message]).to.deep.equal([path, 409, 'mapped'])
    }
  })

  it('answers and logs the failure of an error mapper, thrown or rejected', async () => {
    @Service()
    class Throws extends ErrorMapper {
      map(): never {
        throw new Error('mapper failed')
      }
    }
    @Service()
    class Rejects extends ErrorMapper {
      map() {
        return Promise.reject(new Error('mapper failed'))
      }
    }
    for (const mapper of [Throws, Rejects]) {
      const server = await serverWith({}, [], [mapper])
      server.expectError(/mapper failed/)
      for (const path of ['/x', '/x/async']) expect((await server.inject('GET', path)).status).to.equal(500)
      expect(server.logs.filter(({ level }) => level === 'error')).to.have.length(2)
    }
  })

  it('catches the failure of what is awaited without being a Promise', async () => {
    const failing = { then: (_: unknown, reject: (error: Error) => unknown) => reject(new ConflictError('later')) }
    const seen: unknown[] = []
    const server = await createTestServer({
      controllers: [Fails],
      middleware: [
        async (_ctx, next) => {
          const outcome = await next()
          seen.push(Result.is(outcome) && outcome.status)
          return outcome
        },
        Recovery,
        () => failing,
      ],
    })
    expect((await server.inject('GET', '/x')).json().error.message).to.equal('later')
    expect(seen).to.deep.equal([409])
  })
})

describe('the recovery middleware with expose: development', () => {
  describe('in development', () => {
    withEnvironment('development')
    it('shows message and stack as details', async () => {
      const { error } = (await (await serverWith({ expose: 'development' })).inject('GET', '/x')).json()
      expect(error.code).to.equal('INTERNAL_ERROR')
      expect(error.details.message).to.equal('only 2 left')
      expect(error.details.stack).to.be.a('string')
    })
  })

  for (const environment of ['production', 'staging', undefined]) {
    describe(`with NODE_ENV ${environment ?? 'not set'}`, () => {
      withEnvironment(environment)
      it('shows nothing', async () => {
        const response = await (await serverWith({ expose: 'development' })).inject('GET', '/x')
        expect(response.text).to.not.include('only 2 left')
        expect(response.json().error).to.not.have.property('details')
      })
    })
  }

  describe('for errors with a status', () => {
    withEnvironment('development')
    it('changes nothing', async () => {
      const response = await (await serverWith({ expose: 'development' })).inject('GET', '/x/http')
      expect(response.json().error).to.have.all.keys('code', 'message', 'requestId')
      expect(HttpError.is(new ConflictError())).to.equal(true)
    })
  })
})
