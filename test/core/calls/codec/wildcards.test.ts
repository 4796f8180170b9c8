import { Body, Cookie, Get, Header, Path, Post, Query, Returns, Route, type Class } from '@lokstra/core'
import { Type } from 'class-transformer'
import { IsOptional } from 'class-validator'
import { expect } from 'chai'

import { operationOf } from '../../contract/contracts.js'
import { callOperation, createInputEncoder, deliver, serveCalls } from './internals.js'

/** A controller whose only operation takes the DTO. */
function taking(input: Class, path = '/', verb = Post): Class {
  class Things {
    async take(_input: unknown): Promise<void> {
      return Promise.resolve()
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(Things.prototype, 'take')!
  Reflect.defineMetadata('design:paramtypes', [input], Things.prototype, 'take')
  Reflect.defineMetadata('design:returntype', Promise, Things.prototype, 'take')
  verb(path)(Things.prototype, 'take', descriptor)
  Returns(undefined, 204)(Things.prototype, 'take', descriptor)
  Route()(Things)
  return Things
}

/** What the method is given where it is called with the values. */
async function cross(input: Class, values: object): Promise<unknown> {
  const operation = callOperation(await operationOf(taking(input)), 'Things')
  let arrived: unknown
  const listener = serveCalls(operation, (given) => void (arrived = given))
  const response = await deliver(listener, createInputEncoder(operation)(values))
  expect(response.status, await response.text()).to.equal(204)
  return arrived
}

describe('a field that takes all that its source holds', () => {
  class Everything {
    @Query('*') @IsOptional() query?: Map<string, string>
    @Query() own?: string
    @Header('*') @IsOptional() headers?: Map<string, string>
    @Cookie('*') @IsOptional() cookies?: Map<string, string>
    @Body('*') @IsOptional() body?: Map<string, unknown>
    @Body() name?: string
  }

  it('crosses with what it holds and nothing of the call', async () => {
    const values = Object.assign(new Everything(), {
      query: new Map([['a[b]', '1&2']]),
      own: 'x',
      headers: new Map([['Host', 'ä\r\n']]),
      cookies: new Map([['a;b', '']]),
      body: new Map<string, unknown>([['list', [1, null, { a: true }]]]),
      name: 'n',
    })
    expect(await cross(Everything, values)).to.deep.equal(values)
  })

  it('is absent where nothing is given', async () => {
    expect(await cross(Everything, { name: 'n' })).to.deep.equal(Object.assign(new Everything(), { name: 'n' }))
  })

  it('may be the whole body, of any kind', async () => {
    class Whole {
      @Body('*') @Type(() => Number) all!: number[]
    }
    expect(await cross(Whole, { all: [1, 2] })).to.deep.equal(Object.assign(new Whole(), { all: [1, 2] }))
    const encode = createInputEncoder(await operationOf(taking(Whole)))
    expect(encode({ all: [1, 2] }).body).to.equal('[1,2]')
    expect(() => encode({})).to.throw(/Whole\.all, which is declared as number\[\] and was undefined/)
  })
})

describe('the path of a call as plain HTTP', () => {
  class Span {
    @Path() from!: string
    @Path() to!: string
    @Path() unit?: string
  }
  const pathOf = async (values: object) =>
    createInputEncoder(await operationOf(taking(Span, '/spans/:from-:to.json/:unit?', Get)))(values).target

  it('may have several values between two slashes, and lack its end', async () => {
    expect(await pathOf({ from: 'a', to: 'b', unit: 'c/d' })).to.equal('/spans/a-b.json/c%2Fd')
    expect(await pathOf({ from: 'a', to: 'b' })).to.equal('/spans/a-b.json')
  })

  it('has no values that could not be told apart', async () => {
    expect(await pathOf({ from: 'a-1', to: 'b' }).catch((error: unknown) => String(error))).to.include(
      'Span.from, which is declared as string and was text that cannot be told from what is beside it in the path',
    )
  })

  it('needs all its values', async () => {
    class Half {
      @Path() from!: string
    }
    const encode = createInputEncoder(await operationOf(taking(Half, '/spans/:from/:to', Get)))
    expect(() => encode({ from: 'a' })).to.throw(
      /the path parameter to, which is declared as text and was undefined, since no field fills it/,
    )
    expect(await pathOf({ from: 'a' }).catch((error: unknown) => String(error))).to.include(
      'Span.to, which is declared as string and was undefined',
    )
  })

  it('takes lists', async () => {
    class Ids {
      @Path({ type: () => Number }) ids!: number[]
    }
    const encode = createInputEncoder(await operationOf(taking(Ids, '/ids/:ids', Get)))
    expect(encode({ ids: [1, 2.5] }).target).to.equal('/ids/1%2C2.5')
    class Names {
      @Path({ type: () => String }) names!: string[]
    }
    const encodeNames = createInputEncoder(await operationOf(taking(Names, '/names/:names', Get)))
    expect(() => encodeNames({ names: ['a,b'] })).to.throw(/a list with an item that is empty or has a comma/)
  })
})

describe('a call that nobody of ours sends', () => {
  it('is not valid where a value comes twice, or is no JSON', async () => {
    class Search {
      @Query({ type: () => String }) tags?: string[]
      @Header('x-shop') shop?: string
    }
    const operation = callOperation(await operationOf(taking(Search)), 'Things')
    const statusOf = async (search: string, headers: Record<string, string> = {}) => {
      const listener = serveCalls(operation, () => undefined)
      const target = operation.path + search
      const response = await deliver(listener, { verb: 'POST', target, headers, body: undefined })
      await response.text()
      return response.status
    }
    expect(await statusOf('?tags=%5B%22a%22%5D', { 'lokstra-header-x-shop': 'a%20b' })).to.equal(204)
    expect(await statusOf('?tags=%5B%5D&tags=%5B%5D')).to.equal(400)
    expect(await statusOf('?tags=%5B')).to.equal(400)
    expect(await statusOf('?tags=a,b')).to.equal(400)
    expect(await statusOf('?tags=%7B%22__proto__%22%3A1%7D')).to.equal(400)
    expect(await statusOf('', { 'lokstra-header-x-shop': '%E0%A4%A' })).to.equal(400)
  })
})
