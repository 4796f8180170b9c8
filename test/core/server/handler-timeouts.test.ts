import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'

import {
  Context,
  Field,
  Get,
  Middleware,
  Post,
  Returns,
  Route,
  stream,
  type MiddlewareFunction,
  type Next,
} from '@lokstra/core'
import { createTestServer, type TestServer } from '@lokstra/core/testing'
import { expect } from 'chai'
import { IsString } from 'class-validator'

import { collectGarbage } from '../../helpers/collect-garbage.js'
import { poll } from '../../helpers/poll.js'
import { openRaw } from '../response/raw-request.js'

const limitMs = 100
const never = new Promise<never>(() => undefined)

/** What handlers leave for the tests. */
const seen: {
  signal?: AbortSignal
  isStopped?: boolean
  release?: (value: unknown) => void
  fail?: (error: Error) => void
} = {}

function late(): Promise<unknown> {
  return new Promise((resolve, reject) => {
    seen.release = resolve
    seen.fail = reject
  })
}

/** Handlers that outlast the limit, and what lets them go on. */
const outlasting: (() => void)[] = []

function untilReleased(): Promise<void> {
  return new Promise((resolve) => outlasting.push(resolve))
}

/** Lets as many handlers go on once a request that began after theirs was given up: the limit of the app is over for them as well. */
async function outlast(server: TestServer, handlers: number): Promise<void> {
  await poll(
    () => outlasting.length === handlers,
    () => `${outlasting.length} handlers have begun in place of ${handlers}`,
  )
  expect((await server.inject('GET', '/never')).status).to.equal(503)
  for (const release of outlasting.splice(0)) release()
}

class Item {
  @Field() @IsString() name!: string
}

@Route()
class Slow {
  @Get('/never') never() {
    return new Promise(() => undefined)
  }

  @Get('/soon') soon() {
    return delay(1)
  }

  @Get('/signal') async signal(ctx: Context) {
    seen.signal = ctx.signal
    await new Promise((_resolve, reject) =>
      ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason as Error)),
    )
  }

  @Get('/late') async late(ctx: Context) {
    const outcome = await late()
    seen.signal = ctx.signal
    return outcome
  }

  @Get('/unlimited', { handlerTimeout: 0 }) async unlimited() {
    await untilReleased()
    return 'done'
  }

  @Get('/longer', { handlerTimeout: '5s' }) async longer() {
    await untilReleased()
    return 'done'
  }

  @Get('/stream') stream(ctx: Context) {
    return ctx.stream(
      (async function* () {
        yield 'first '
        await untilReleased()
        yield 'last'
      })(),
    )
  }

  /** Its first item, and its first chunk, come late, or never. */
  @Returns(stream(Item)) @Get('/items') async *items(ctx: Context) {
    seen.signal = ctx.signal
    try {
      yield (await late()) as Item
    } finally {
      seen.isStopped = true
    }
  }

  @Get('/chunks') chunks(ctx: Context) {
    return ctx.stream(this.items(ctx))
  }

  @Get('/chunks-later') async chunksLater(ctx: Context) {
    await delay(1)
    return ctx.stream(this.items(ctx))
  }

  @Get('/direct') async direct({ res }: Context) {
    res.writeHead(200)
    res.write('first ')
    await untilReleased()
    res.end('last')
  }

  @Get('/answered') async answered(ctx: Context) {
    seen.signal = ctx.signal
    ctx.res.end('answered')
    await untilReleased()
  }

  @Get('/direct-fails') async directFails({ res }: Context) {
    res.writeHead(200)
    res.write('first ')
    await untilReleased()
    throw new Error('half way')
  }

  @Middleware((_ctx: Context, _next: Next) => never)
  @Get('/middleware')
  middleware() {
    return 'never reached'
  }

  @Middleware(async (_ctx: Context, next: Next) => {
    await late()
    return next()
  })
  @Get('/late-next')
  lateNext(ctx: Context) {
    seen.signal = ctx.signal
    return 'late'
  }

  @Post('/body') async body(ctx: Context) {
    const body = ctx.body()
    outlasting.push(() => undefined)
    return (await body).length
  }

  @Post('/unread') unread() {
    return never
  }
}

const start = (listen = false) =>
  createTestServer({ controllers: [Slow], app: { timeouts: { handler: limitMs } }, listen })

describe('a handler that takes longer than its timeout', () => {
  it('is answered for with 503, and logged once with its route', async () => {
    const server = await start()
    const startedAt = performance.now()
    const response = await server.inject('GET', '/never')
    expect(performance.now() - startedAt).to.be.within(limitMs, 2_000)
    expect(response.status).to.equal(503)
    expect(response.json()).to.have.nested.property('error.code', 'HANDLER_TIMEOUT')
    const lines = server.logs.filter(({ message }) => message === 'request failed')
    expect(lines).to.have.lengthOf(1)
    expect(lines[0]!.fields).to.include({ method: 'GET', route: '/never' })
  })

  it('sees its signal aborted with a TimeoutError, and may reject with that', async () => {
    const server = await start()
    expect((await server.inject('GET', '/signal')).status).to.equal(503)
    await delay(10)
    expect(seen.signal).to.have.nested.property('reason.name', 'TimeoutError')
    expect(server.logs.filter(({ message }) => message.includes('timeout'))).to.deep.equal([])
  })

  it('gets an aborted signal also when it asks for it afterwards', async () => {
    const server = await start()
    delete seen.signal
    await server.inject('GET', '/late')
    seen.release!('too late')
    await poll(
      () => seen.signal !== undefined,
      () => 'The handler did not go on',
    )
    expect(seen.signal).to.include({ aborted: true })
  })

  it('has its late stream released', async () => {
    const server = await start(true)
    await server.fetch('/late')
    const stream = new Readable({ read: () => undefined })
    seen.release!(stream)
    await poll(
      () => stream.destroyed,
      () => 'The stream is still open',
    )
  })

  it('has its late failure logged', async () => {
    const server = await start(true)
    await server.fetch('/late')
    seen.fail!(new Error('the database is gone'))
    const line = () => server.logs.find(({ message }) => message === 'request failed after its handler timeout')
    await poll(
      () => line() !== undefined,
      () => 'The failure is not logged',
    )
    expect(line()?.fields).to.have.nested.property('err.message', 'the database is gone')
  })

  it('is limited by its middleware as well', async () => {
    const server = await start()
    expect((await server.inject('GET', '/middleware')).status).to.equal(503)
  })

  it('still runs behind a middleware that goes on late, with its signal aborted', async () => {
    const server = await start(true)
    delete seen.signal
    expect((await server.fetch('/late-next')).status).to.equal(503)
    seen.release!(undefined)
    await poll(
      () => seen.signal !== undefined,
      () => 'The handler was not called',
    )
    expect(seen.signal).to.include({ aborted: true })
  })

  it('is logged also when its client has left', async () => {
    const server = await start(true)
    const connection = await openRaw(server.url(), 'GET /never HTTP/1.1\r\nhost: a\r\n\r\n')
    connection.socket.destroy()
    const failures = () => server.logs.filter(({ message }) => message === 'request failed')
    await poll(
      () => failures().length > 0,
      () => 'The request is not logged',
    )
    expect(failures()).to.have.lengthOf(1)
  })

  it('does not keep a server from stopping', async () => {
    const server = await start(true)
    expect((await server.fetch('/never')).status).to.equal(503)
    const startedAt = performance.now()
    await server.server.stop()
    expect(performance.now() - startedAt).to.be.below(2_000)
    expect(server.logs.some(({ message }) => message.includes('cut off'))).to.equal(false)
  })
})

for (const path of ['/items', '/chunks', '/chunks-later']) {
  describe(`a stream whose first item takes longer than the handler timeout: ${path}`, () => {
    it('is answered for with 503, its signal aborted and what comes after all released', async () => {
      const server = await start(true)
      delete seen.isStopped
      const response = await server.fetch(path)
      expect(response.status).to.equal(503)
      expect(await response.json()).to.have.nested.property('error.code', 'HANDLER_TIMEOUT')
      expect(seen.signal).to.have.nested.property('reason.name', 'TimeoutError')
      seen.release!({ name: 'late' })
      await poll(
        () => seen.isStopped === true,
        () => 'The generator goes on',
      )
      expect(server.logs.map(({ message }) => message)).to.not.include('response cut off')
    })
  })
}

describe('a handler timeout', () => {
  it('is that of the operation where it has one of its own, and 0 is none', async () => {
    const server = await start()
    const asked = ['/longer', '/unlimited'].map((path) => server.inject('GET', path))
    await outlast(server, 2)
    const responses = await Promise.all(asked)
    expect(responses.map(({ status }) => status)).to.deep.equal([200, 200])
  })

  it('does not cut a response that has begun', async () => {
    const server = await start(true)
    const asked = ['/stream', '/direct'].map(async (path) => (await server.fetch(path)).text())
    await outlast(server, 2)
    const texts = await Promise.all(asked)
    expect(texts).to.deep.equal(['first last', 'first last'])
  })

  it('is nothing to a handler that goes on after it has answered', async () => {
    const server = await start(true)
    expect(await (await server.fetch('/answered')).text()).to.equal('answered')
    await outlast(server, 1)
    expect(seen.signal).to.include({ aborted: false })
    const others = server.logs.filter(({ fields }) => fields.route !== '/never')
    expect(others.filter(({ level }) => level === 'error' || level === 'warn')).to.deep.equal([])
  })

  it('leaves a response that has begun to be cut off when its handler fails', async () => {
    const server = await start(true)
    server.expectError(/half way/)
    const asked = server
      .fetch('/direct-fails')
      .then((response) => response.text())
      .catch((error: unknown) => error)
    await outlast(server, 1)
    const failure = await asked
    expect(failure).to.be.instanceOf(Error)
    expect(server.logs.map(({ message }) => message)).to.include('response cut off')
  })

  it('does not count while a body that is read still arrives', async () => {
    const server = await start(true)
    const head = 'POST /body HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\nconnection: close\r\n\r\nab'
    const connection = await openRaw(server.url(), head)
    await outlast(server, 1)
    connection.socket.write('cd')
    expect(await connection.closed()).to.include('"data":4')
  })

  it('counts while a body arrives that nobody reads', async () => {
    const server = await start(true)
    const connection = await openRaw(server.url(), 'POST /unread HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\nab')
    expect(await connection.until('HANDLER_TIMEOUT')).to.include('HTTP/1.1 503')
    connection.socket.destroy()
  })

  it('ends for each of thousands of pending requests', async () => {
    const server = await start()
    const responses = await Promise.all(Array.from({ length: 3_000 }, () => server.inject('GET', '/never')))
    expect(new Set(responses.map(({ status }) => status))).to.deep.equal(new Set([503]))
  })
})

describe('what is kept of requests that were answered', () => {
  it('is nothing, whether they were answered at once, later or after their time', async () => {
    const contexts: WeakRef<Context>[] = []
    const remember: MiddlewareFunction = (ctx, next) => {
      contexts.push(new WeakRef(ctx))
      return next()
    }
    const server = await createTestServer({
      controllers: [Slow],
      app: { timeouts: { handler: limitMs } },
      middleware: [remember],
    })
    for (let round = 0; round < 10; round++) {
      const paths = Array.from({ length: 1_000 }, (_, index) => (index % 100 === 0 ? '/never' : '/soon'))
      await Promise.all(paths.map((path) => server.inject('GET', path)))
    }
    await delay(20)
    collectGarbage()
    expect(contexts).to.have.lengthOf(10_000)
    expect(contexts.filter((ref) => ref.deref() !== undefined)).to.have.length.below(100)
  })
})
