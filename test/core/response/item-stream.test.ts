import { Readable } from 'node:stream'

import { ConflictError, Context, Get, Head, Returns, Route, stream, type Class } from '@lokstra/core'
import { createTestServer } from '@lokstra/core/testing'
import { Exclude, Expose } from 'class-transformer'
import { expect } from 'chai'

import { poll } from '../../helpers/poll.js'

class Todo {
  @Expose({ name: 'key' }) id = 0
  title = ''
  @Exclude() secret = 'hunter2'
}

function serverOf(item: Class, give: (ctx: Context) => unknown, listen = true) {
  @Route('/items')
  class Items {
    @Get()
    @Returns(stream(item), 201)
    all(ctx: Context): unknown {
      return give(ctx)
    }
    @Head('/head')
    @Returns(stream(item))
    head(ctx: Context): unknown {
      return give(ctx)
    }
  }
  return createTestServer({ controllers: [Items], listen })
}

const todo = (id: number) => Object.assign(new Todo(), { id, title: `Todo ${id}`, note: 'undeclared' })

describe('a declared stream', () => {
  it('is written item by item as lines of JSON, with the declared fields and status', async () => {
    const server = await serverOf(Todo, async function* () {
      await Promise.resolve()
      yield todo(1)
      yield { id: 2, title: 'a\nb' }
    })
    const response = await server.fetch('/items')
    expect(response.status).to.equal(201)
    expect(response.headers.get('content-type')).to.equal('application/x-ndjson')
    expect(await response.text()).to.equal('{"key":1,"title":"Todo 1"}\n{"key":2,"title":"a\\nb"}\n')
  })

  it('may have no items', async () => {
    const response = await (await serverOf(Todo, () => Readable.from([]))).fetch('/items')
    expect([response.status, await response.text()]).to.deep.equal([201, ''])
  })

  it('may be of scalars and of nothing', async () => {
    const response = await (await serverOf(Number, () => Readable.from([1, 2.5]))).fetch('/items')
    expect(await response.text()).to.equal('1\n2.5\n')
    const server = await serverOf(String, async function* () {
      await Promise.resolve()
      yield undefined
      yield null
    })
    expect(await (await server.fetch('/items')).text()).to.equal('null\nnull\n')
  })

  it('is of bytes where it says so', async () => {
    const server = await serverOf(Uint8Array, () => Readable.from([Buffer.from([0, 255]), 'é']))
    const response = await server.fetch('/items')
    expect(response.headers.get('content-type')).to.equal('application/octet-stream')
    expect(Buffer.from(await response.arrayBuffer()).toString('hex')).to.equal('00ffc3a9')
  })

  it('may be a result of its own instead', async () => {
    const server = await serverOf(Todo, (ctx) => ctx.stream(Readable.from(['a']), 'text/csv'))
    const response = await server.fetch('/items')
    expect([response.headers.get('content-type'), await response.text()]).to.deep.equal(['text/csv', 'a'])
  })

  it('has a head without items for HEAD', async () => {
    const source = Readable.from([todo(1)])
    const server = await serverOf(Todo, () => source)
    const response = await server.fetch('/items/head', { method: 'HEAD' })
    expect(response.headers.get('content-type')).to.equal('application/x-ndjson')
    await poll(
      () => source.destroyed,
      () => 'The source was not released',
    )
  })

  it('is an error answer when it fails before its first item', async () => {
    const server = await serverOf(Todo, async function* () {
      await Promise.resolve()
      yield* [] as Todo[]
      throw new ConflictError('Not now')
    })
    expect((await server.fetch('/items')).status).to.equal(409)
  })

  const failures: readonly [what: string, rest: () => Generator, logged: RegExp][] = [
    [
      'its source fails',
      // eslint-disable-next-line require-yield -- it fails instead
      function* () {
        throw new Error('lost the database')
      },
      /lost the database/,
    ],
    [
      'an item is not what is declared',
      function* () {
        yield { id: {} }
      },
      /E_OUTPUT_VALUE: Items\.all answers with Todo\.id, which is declared as number and was an object/,
    ],
    [
      'an item is a map',
      function* () {
        yield new Map()
      },
      /E_OUTPUT_VALUE: Items\.all answers with data, which is declared as Todo and was an object of class Map/,
    ],
  ]
  for (const [what, rest, logged] of failures) {
    it(`is cut off when ${what} later`, async () => {
      const server = await serverOf(Todo, () =>
        Readable.from(
          (function* () {
            yield todo(1)
            yield* rest()
          })(),
        ),
      )
      server.expectError(logged)
      const failure: unknown = await server
        .fetch('/items')
        .then((response) => response.text())
        .catch((error: unknown) => error)
      expect(failure).to.be.instanceOf(TypeError)
    })
  }

  const others: readonly [what: string, value: unknown, received: string][] = [
    ['a list', [todo(1)], 'an array'],
    ['one item', todo(1), 'an object of class Todo'],
    ['text', 'text', 'a string'],
  ]
  for (const [what, value, received] of others) {
    it(`is a logged 500 when it is ${what}`, async () => {
      const server = await serverOf(Todo, () => value, false)
      server.expectError(new RegExp(`which is declared as stream of Todo and was ${received}`))
      expect((await server.inject('GET', '/items')).status).to.equal(500)
    })
  }

  it('is printed with its contract', async () => {
    const server = await serverOf(Todo, () => undefined, false)
    expect(await server.server.describeRoutes({ plan: true })).to.match(/output +201 stream of Todo\n +key: number/)
    const bytes = await serverOf(Uint8Array, () => undefined, false)
    expect(await bytes.server.describeRoutes({ plan: true })).to.match(/output +201 stream of bytes\n/)
  })
})
