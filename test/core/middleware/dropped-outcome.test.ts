import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'

import { ConflictError, Context, ForbiddenError, Get, Post, Route, type MiddlewareFunction } from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

const stream = new Readable({ read: () => undefined })

@Route()
class Pages {
  @Get('/sync') sync() {
    return 'text'
  }

  @Get('/async') async async() {
    await delay(5)
    return 'text'
  }

  @Get('/result') result(ctx: Context) {
    return ctx.stream(stream)
  }

  @Get('/nothing') nothing() {
    return undefined
  }

  @Get('/nothing-later') async nothingLater() {
    await delay(5)
  }

  @Post('/pick') async pick() {
    await delay(5)
    throw new ConflictError('none is left')
  }
}

const start = (...middleware: MiddlewareFunction[]) => createTestServer({ controllers: [Pages], middleware })

/** The ways to forget `return next()`. */
const forgetful: Readonly<Record<string, MiddlewareFunction>> = {
  'does not return what next() gave': (_ctx, next) => {
    next()
  },
  'awaits next() and returns nothing': async (_ctx, next) => {
    await next()
  },
  'calls next() late and returns nothing': async (_ctx, next) => {
    await delay(5)
    next()
  },
}

describe('a middleware that loses the result of the handler', () => {
  for (const [name, middleware] of Object.entries(forgetful)) {
    it(`is a logged 500 when it ${name}`, async () => {
      const server = await start(
        (_ctx, next) => next(),
        middleware,
        async (_ctx, next) => next(),
      )
      server.expectError(/E_OUTCOME_DROPPED/)
      for (const path of ['/sync', '/async', '/result']) {
        expect((await server.inject('GET', path)).status, path).to.equal(500)
      }
      const errors = server.logs
        .filter(({ level }) => level === 'error')
        .map(({ fields }) => (fields.err as Error).message)
      expect(errors).to.have.lengthOf(3)
      expect(errors[0]).to.match(
        /A middleware of GET \/sync returned nothing although what it called with next\(\) gave a result/,
      )
      expect(stream.destroyed).to.equal(true)
    })

    it(`is a 204 when it ${name} and there was nothing to lose`, async () => {
      const server = await start(middleware)
      for (const path of ['/nothing', '/nothing-later']) {
        expect((await server.inject('GET', path)).status, path).to.equal(204)
      }
    })
  }

  it('does not make a success of a handler that fails behind it', async () => {
    for (const [name, middleware] of Object.entries(forgetful)) {
      const server = await start(middleware)
      expect((await server.inject('POST', '/pick')).status, name).to.equal(409)
      expect(server.logs.filter(({ level }) => level === 'warn')).to.deep.equal([])
    }
  })

  it('does not make a success of middleware inside it that answers, or fails', async () => {
    const inside: Readonly<Record<string, [MiddlewareFunction, number]>> = {
      'fails later': [() => Promise.reject(new ForbiddenError()), 403],
      'fails after a while': [
        async () => {
          await delay(5)
          throw new ForbiddenError()
        },
        403,
      ],
      'answers early': [(ctx) => ctx.text('early'), 500],
      'answers with nothing': [() => Promise.resolve(undefined), 204],
    }
    for (const [name, [inner, status]] of Object.entries(inside)) {
      const server = await start(forgetful['does not return what next() gave']!, (_ctx, next) => next(), inner)
      server.expectError(/E_OUTCOME_DROPPED/)
      for (const path of ['/nothing', '/nothing-later', '/sync'])
        expect((await server.inject('GET', path)).status, `${name} ${path}`).to.equal(status)
    }
  })

  it('does not make a success of what other middleware inside it loses as well, later', async () => {
    const lost: Readonly<Record<string, [verb: string, status: number]>> = {
      '/nothing-later': ['GET', 204],
      '/sync': ['GET', 500],
      '/async': ['GET', 500],
      '/pick': ['POST', 409],
    }
    const server = await start(
      forgetful['does not return what next() gave']!,
      forgetful['calls next() late and returns nothing']!,
      forgetful['calls next() late and returns nothing']!,
    )
    server.expectError(/E_OUTCOME_DROPPED/)
    for (const [path, [verb, status]] of Object.entries(lost))
      expect((await server.inject(verb, path)).status, path).to.equal(status)
  })

  it('may swallow a failure where it says that there is no body', async () => {
    const swallow = (answer: (ctx: Context) => unknown) =>
      start(async (ctx, next) => {
        try {
          return await next()
        } catch {
          return answer(ctx)
        }
      })
    const saysSo = await swallow((ctx) => ctx.noContent())
    expect((await saysSo.inject('POST', '/pick')).status).to.equal(204)
    const saysNothing = await swallow(() => undefined)
    expect((await saysNothing.inject('POST', '/pick')).status).to.equal(409)
  })

  it('may write another answer in place of a failure, which is logged', async () => {
    const server = await start(async ({ res }, next) => {
      try {
        return await next()
      } catch {
        res.writeHead(202).write('writ')
        setImmediate(() => res.end('ten'))
        return undefined
      }
    })
    expect(await server.inject('POST', '/pick')).to.include({ status: 202, text: 'written' })
    expect(server.logs.find(({ level }) => level === 'warn')?.fields).to.have.nested.property(
      'err.message',
      'none is left',
    )
  })

  it('may answer without next()', async () => {
    const server = await start(() => undefined)
    expect((await server.inject('GET', '/sync')).status).to.equal(204)
  })

  it('may write the answer itself', async () => {
    const server = await start((ctx, next) => {
      next()
      ctx.res.writeHead(202).end('written')
    })
    expect(await server.inject('GET', '/sync')).to.include({ status: 202, text: 'written' })
  })

  it('may say that there is no body', async () => {
    const server = await start((ctx, next) => {
      next()
      return ctx.noContent()
    })
    expect((await server.inject('GET', '/sync')).status).to.equal(204)
    expect(server.logs.filter(({ level }) => level === 'error')).to.deep.equal([])
  })
})
