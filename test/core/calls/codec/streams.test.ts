import { Readable } from 'node:stream'
import { ReadableStream } from 'node:stream/web'

import {
  BadRequestError,
  ConflictError,
  Get,
  HttpError,
  Returns,
  Route,
  stream,
  Throws,
  type Class,
} from '@lokstra/core'
import { Type } from 'class-transformer'
import { expect } from 'chai'
import fc from 'fast-check'

import { poll } from '../../../helpers/poll.js'
import { operationOf } from '../../contract/contracts.js'
import {
  callOperation,
  createErrorDecoder,
  createOutputDecoder,
  deliver,
  logger,
  serveCalls,
  type CallResponse,
} from './internals.js'

class Order {
  id = 0
  @Type(() => Date) since?: Date
}

class OutOfStock extends ConflictError {}

async function streaming(item: Class) {
  @Route()
  class Orders {
    @Get()
    @Returns(stream(item))
    @Throws(OutOfStock)
    async *list(): AsyncGenerator {
      // Each test gives its own items.
    }
  }
  return callOperation(await operationOf(Orders), 'Orders')
}

const ofOrders = await streaming(Order)
const ofBytes = await streaming(Uint8Array)
const ofTexts = await streaming(String)

const decodeError = createErrorDecoder(ofOrders.errors)
const failures = {
  answered: (body: unknown) => decodeError(body) ?? new HttpError(502, 'undeclared'),
  broken: (cause: unknown) => new HttpError(502, 'broken', { cause }),
}

/** What the caller gets of what the method gives. */
async function call(operation: typeof ofOrders, items: () => unknown, signal?: AbortSignal) {
  const request = { verb: 'GET', target: operation.path, headers: {}, body: undefined }
  const response = await deliver(serveCalls(operation, items), request, signal)
  return { response, decode: () => createOutputDecoder(operation.output, 'Orders.list', failures)(response) }
}

async function itemsOf(operation: typeof ofOrders, items: () => unknown): Promise<readonly unknown[]> {
  const { response, decode } = await call(operation, items)
  expect(response.status).to.equal(200)
  return collect((await decode()) as AsyncIterable<unknown>)
}

async function collect(items: AsyncIterable<unknown>): Promise<unknown[]> {
  const all: unknown[] = []
  for await (const item of items) all.push(item)
  return all
}

function order(id: number): Order {
  return Object.assign(new Order(), { id, since: new Date(id) })
}

function* orders(count: number): Generator<Order> {
  for (let id = 0; id < count; id++) yield order(id)
}

/** Items, and then the error of the source. */
async function read(given: AsyncIterable<unknown>): Promise<{ items: unknown[]; error: unknown }> {
  const items: unknown[] = []
  try {
    for await (const item of given) items.push(item)
    return { items, error: undefined }
  } catch (error) {
    return { items, error }
  }
}

/** An answer whose body comes in these pieces, and then ends or breaks off. */
function answerOf(chunks: Iterable<Uint8Array>, end?: Error): CallResponse {
  return {
    status: 200,
    headers: {},
    text: () => expect.fail('A stream is not read as a whole'),

    chunks: async function* () {
      yield* chunks
      if (end) throw end
    },
  }
}

async function readAnswer(chunks: Iterable<Uint8Array>, end?: Error) {
  const decode = createOutputDecoder(ofTexts.output, 'Orders.list', failures)
  return read((await decode(answerOf(chunks, end))) as AsyncIterable<unknown>)
}

describe('a stream of items', () => {
  const sources: readonly [what: string, items: () => unknown][] = [
    [
      'an async generator',
      async function* () {
        for (const one of orders(3)) {
          await Promise.resolve()
          yield one
        }
      },
    ],
    ['a stream of Node', () => Readable.from(orders(3))],
    ['a stream of the web', () => ReadableStream.from(orders(3))],
    ['a promise of one', () => Promise.resolve(Readable.from(orders(3)))],
  ]
  for (const [what, items] of sources) {
    it(`arrives item by item as instances: ${what}`, async () => {
      const arrived = await itemsOf(ofOrders, items)
      expect(arrived).to.deep.equal([order(0), order(1), order(2)])
      expect(arrived[0]).to.be.instanceOf(Order)
    })
  }

  it('may have no items', async () => {
    expect(await itemsOf(ofOrders, () => Readable.from([]))).to.deep.equal([])
  })

  it('leaves its connection to the calls behind it', async () => {
    const sockets = new Set<unknown>()
    for (let count = 0; count < 12; count++) {
      const callee = serveCalls(ofOrders, () => Readable.from(orders(2)))
      const request = { verb: 'GET', target: ofOrders.path, headers: {}, body: undefined }
      const response = await deliver((req, res) => {
        sockets.add(req.socket)
        callee(req, res)
      }, request)
      const decode = createOutputDecoder(ofOrders.output, 'Orders.list', failures)
      expect(await collect((await decode(response)) as AsyncIterable<unknown>)).to.have.length(2)
    }
    // As many as the callers here may have open.
    expect(sockets.size).to.be.at.most(4)
  })

  it('may have very many', async () => {
    const { decode } = await call(ofOrders, () => Readable.from(orders(20_000)))
    let next = 0
    for await (const item of (await decode()) as AsyncIterable<Order>) expect(item.id).to.equal(next++)
    expect(next).to.equal(20_000)
  })

  it('fails with an error that is declared as one of its class, after the items before it', async () => {
    const { decode } = await call(ofOrders, async function* () {
      yield* orders(2)
      await Promise.resolve()
      throw new OutOfStock('No more')
    })
    const { items, error } = await read((await decode()) as AsyncIterable<unknown>)
    expect(items).to.deep.equal([order(0), order(1)])
    expect(error).to.be.instanceOf(OutOfStock).with.property('message', 'No more')
  })

  it('fails where its source fails, with the cause in the log of the callee alone', async () => {
    const { decode } = await call(ofOrders, function () {
      return Readable.from(
        (function* () {
          yield* orders(1)
          throw new TypeError('password=hunter2')
        })(),
      )
    })
    const { items, error } = await read((await decode()) as AsyncIterable<unknown>)
    expect(items).to.have.length(1)
    expect(error).to.include({ message: 'undeclared' })
    expect(logger.lines.at(-1)).to.include({ level: 'error', message: 'stream failed' })
    expect(logger.lines.at(-1)!.fields.err).to.have.property('message', 'password=hunter2')
  })

  it('fails where an item is not what is declared', async () => {
    const { decode } = await call(ofOrders, () => Readable.from([order(0), { id: 'one' }]))
    const { items, error } = await read((await decode()) as AsyncIterable<unknown>)
    expect(items).to.have.length(1)
    expect(error).to.include({ message: 'undeclared' })
    expect(logger.lines.at(-1)!.fields.err).to.include({ code: 'E_OUTPUT_VALUE' })
  })

  it('is an error answer where its source fails before the first item', async () => {
    const { response } = await call(ofOrders, () =>
      (async function* () {
        await Promise.resolve()
        yield* orders(0)
        throw new OutOfStock('None at all')
      })(),
    )
    expect(response.status).to.equal(409)
    expect(decodeError(JSON.parse(await response.text()))).to.be.instanceOf(OutOfStock)
  })

  it('is an error where the method gives anything else', async () => {
    const { response } = await call(ofOrders, () => [order(1)])
    expect(response.status).to.equal(500)
    await response.text()
    expect(logger.lines.at(-1)!.fields.err).to.have.property(
      'problem',
      'Orders.list answers with data, which is declared as stream of Order and was an array',
    )
  })

  it('stops its source where the caller leaves the loop', async () => {
    let given = 0
    let isStopped = false
    const { decode } = await call(ofOrders, async function* () {
      try {
        for (;;) {
          await new Promise((resolve) => setTimeout(resolve, 1))
          yield order(given++)
        }
      } finally {
        isStopped = true
      }
    })
    for await (const item of (await decode()) as AsyncIterable<Order>) if (item.id === 3) break
    await poll(
      () => isStopped,
      () => 'The source was not stopped',
    )
    expect(given).to.be.greaterThan(3)
  })

  it('stops its source where the caller gives up', async () => {
    let isStopped = false
    const controller = new AbortController()
    const { decode } = await call(
      ofOrders,
      async function* () {
        try {
          for (;;) {
            await new Promise((resolve) => setTimeout(resolve, 1))
            yield order(1)
          }
        } finally {
          isStopped = true
        }
      },
      controller.signal,
    )
    const items = (await decode()) as AsyncIterable<unknown>
    const reading = read(
      (async function* () {
        for await (const item of items) {
          controller.abort(new Error('enough'))
          yield item
        }
      })(),
    )
    expect((await reading).error).to.include({ message: 'broken' })
    await poll(
      () => isStopped,
      () => 'The source was not stopped',
    )
  })

  it('is given no faster than it is taken', async () => {
    let given = 0
    const text = 'x'.repeat(64 * 1024)
    const { decode } = await call(ofTexts, async function* () {
      for (; given < 2_000; given++) {
        await Promise.resolve()
        yield text
      }
    })
    const items = ((await decode()) as AsyncIterable<string>)[Symbol.asyncIterator]()
    await items.next()
    // It comes to rest when all that lies between the two is full.
    let before = -1
    await poll(
      async () => {
        const rests = given === before
        before = given
        await new Promise((resolve) => setTimeout(resolve, 100))
        return rests
      },
      () => `The source went on to ${given} items`,
    )
    expect(given).to.be.lessThan(1_000)
    await items.return?.()
  })
})

describe('the answer that holds a stream of items', () => {
  const encode = (text: string) => Buffer.from(text)

  it('may be divided anywhere', async () => {
    const property = fc.asyncProperty(
      fc.array(fc.string({ unit: 'binary', maxLength: 8 }), { maxLength: 6 }),
      fc.array(fc.nat(40), { maxLength: 8 }),
      async (texts, cuts) => {
        const bytes = encode(texts.map((text) => `${JSON.stringify(text)}\n`).join('') + '.\n')
        const places = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length]
        const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end))
        expect(await readAnswer(chunks)).to.deep.equal({ items: texts, error: undefined })
      },
    )
    await fc.assert(property)
  })

  const broken: readonly [what: string, text: string][] = [
    ['ends without its end', '"a"\n"b"\n'],
    ['ends within an item', '"a"\n"b"\n"c'],
    ['ends within its end', '"a"\n"b"\n.'],
    ['ends within an error', '"a"\n"b"\n!{"error":{"type"'],
    ['is no JSON', '"a"\n"b"\n<html>\n'],
    ['is of another type', '"a"\n"b"\n5\n.\n'],
    ['is empty', ''],
  ]
  for (const [what, text] of broken) {
    it(`is an error after what came before when it ${what}`, async () => {
      const { items, error } = await readAnswer([encode(text)])
      expect(items).to.deep.equal(text === '' ? [] : ['a', 'b'])
      expect(error).to.include({ message: 'broken' })
      expect((error as HttpError).cause).to.include({ code: 'E_CALL_RESULT' })
    })
  }

  it('is complete at its end, whatever comes behind', async () => {
    const complete = { items: ['a'], error: undefined }
    expect(await readAnswer([encode('"a"\n.\n')], new Error('reset'))).to.deep.equal(complete)
    expect(await readAnswer([encode('"a"\n.\n'), encode('"b"\n.\n')])).to.deep.equal(complete)
  })

  it('is an error when it breaks off, also behind a whole item', async () => {
    const cause = new Error('reset')
    expect((await readAnswer([encode('"a"\n')], cause)).error).to.include({ message: 'broken', cause })
  })

  it('is an error when it is not UTF-8', async () => {
    const { error } = await readAnswer([Buffer.from([34, 0xff, 34, 10])])
    expect((error as HttpError).cause).to.have.property(
      'problem',
      'The answer of Orders.list cannot be read: it is not valid UTF-8',
    )
  })

  it('is an error when an item has no end', async () => {
    const piece = encode('x'.repeat(1024 * 1024))
    let sent = 0
    const endless = (function* () {
      for (; sent < 100; sent++) yield piece
    })()
    const { error } = await readAnswer(endless)
    expect((error as HttpError).cause).to.have.property('code', 'E_CALL_RESULT')
    expect(sent).to.be.lessThan(20)
  })
})

describe('a stream of bytes', () => {
  it('arrives as it is', async () => {
    const sent = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251))
    const arrived = await itemsOf(ofBytes, () => Readable.from([sent.subarray(0, 7), sent.subarray(7)]))
    expect(Buffer.concat(arrived as Buffer[]).equals(sent)).to.equal(true)
  })

  it('fails where its source fails', async () => {
    const { decode } = await call(ofBytes, async function* () {
      yield Buffer.from('some')
      await new Promise((resolve) => setTimeout(resolve, 20))
      throw new BadRequestError('no more')
    })
    const { items, error } = await read((await decode()) as AsyncIterable<unknown>)
    expect(Buffer.concat(items as Buffer[]).toString()).to.equal('some')
    expect(error).to.include({ message: 'broken' })
  })
})
