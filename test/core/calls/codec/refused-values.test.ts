import { Body, Cookie, Get, Header, Path, Post, Put, Query, Returns, Route } from '@lokstra/core'
import { Type } from 'class-transformer'
import { IsOptional } from 'class-validator'
import { expect } from 'chai'

import { operationOf } from '../../contract/contracts.js'
import { callOperation, createInputEncoder } from './internals.js'

class Line {
  @Body() price!: number
}

class Place {
  @Path() id!: string
  @Query() since?: Date
  @Query({ type: () => String }) tags?: string[]
  @Header('x-shop') shop?: string
  @Cookie() session?: string
  @Body() amount?: number
  @Body() total?: bigint
  @Body() isGift?: boolean
  @Body() note?: string
  @Body({ type: () => Line }) lines?: Line[]
  @Body({ type: () => String }) words?: Set<string>
  @Type(() => Number) @Body() prices?: Map<string, number>
  @Body({ type: () => Object }) extra?: unknown
}

@Route('/orders')
class Orders {
  @Put('/:id')
  @Returns(undefined, 204)
  async place(_input: Place): Promise<void> {
    return Promise.resolve()
  }
}

const operation = callOperation(await operationOf(Orders), 'Orders')
const encode = createInputEncoder(operation)

/** `field, declared as …, was …` of what is refused, or the request. */
function refusalOf(input: unknown, encoder = encode): unknown {
  try {
    return encoder(input)
  } catch (error) {
    const [, field, expected, received] = /was called with (.*), which is declared as (.*) and was (.*)$/.exec(
      (error as { problem: string }).problem,
    )!
    return `${field}: ${expected}: ${received}`
  }
}

describe('a value that cannot cross to another server', () => {
  const circle: unknown[] = []
  circle.push(circle)
  const parts: readonly [input: unknown, refusal: string][] = [
    [undefined, 'its input: Place: undefined'],
    ['7', 'its input: Place: a string'],
    [{ id: 7 }, 'Place.id: string: a number'],
    [{ id: null }, 'Place.id: string: null'],
    [{ id: '\ud800' }, 'Place.id: string: text with half of a surrogate pair'],
    [{ id: '1', since: new Date(NaN) }, 'Place.since: date: an invalid date'],
    [{ id: '1', since: new Date(Date.UTC(12_000, 0)) }, 'Place.since: date: a date outside of the years 0 to 9999'],
    [{ id: '1', since: '2030-01-01' }, 'Place.since: date: a string'],
    [{ id: '1', tags: 'a' }, 'Place.tags: string[]: a string'],
    [{ id: '1', tags: ['a', undefined] }, 'Place.tags[]: string: undefined'],
    [{ id: '1', shop: Symbol('x') }, 'Place.shop: string: a symbol'],
    [{ id: '1', session: 1n }, 'Place.session: string: a bigint'],
    [{ id: '1', amount: NaN }, 'Place.amount: number: NaN'],
    [{ id: '1', amount: -Infinity }, 'Place.amount: number: -Infinity'],
    [{ id: '1', amount: 2 ** 53 }, 'Place.amount: number: an integer beyond ±9007199254740991'],
    [{ id: '1', amount: '5' }, 'Place.amount: number: a string'],
    [{ id: '1', total: 5 }, 'Place.total: bigint: a number'],
    [{ id: '1', total: 10n ** 1000n }, 'Place.total: bigint: longer than 1000 digits'],
    [{ id: '1', isGift: 'true' }, 'Place.isGift: boolean: a string'],
    [{ id: '1', note: '\udc00!' }, 'Place.note: string: text with half of a surrogate pair'],
    [{ id: '1', lines: new Set() }, 'Place.lines: Line[]: an object of class Set'],
    [{ id: '1', lines: [{ price: 1 }, undefined] }, 'Place.lines[]: Line: undefined'],
    [{ id: '1', lines: [{ price: NaN }] }, 'Line.price: number: NaN'],
    [{ id: '1', lines: [Promise.resolve()] }, 'Place.lines[]: Line: an object of class Promise'],
    [{ id: '1', words: new Map() }, 'Place.words: set of string: an object of class Map'],
    [{ id: '1', prices: new Map([[1, 2]]) }, 'a key of Place.prices: string: a number'],
    [{ id: '1', prices: new Map([['a', undefined]]) }, 'Place.prices[]: number: undefined'],
    [{ id: '1', prices: new Map([['__proto__', 1]]) }, 'a key of Place.prices: a name other than __proto__: __proto__'],
    [{ id: '1', extra: new Date(0) }, 'Place.extra: plain data: an object of class Date'],
    [{ id: '1', extra: { when: new Date(0) } }, 'Place.extra: plain data: an object of class Date'],
    [{ id: '1', extra: () => 1 }, 'Place.extra: plain data: a function'],
    [{ id: '1', extra: [1n] }, 'Place.extra[]: plain data: a bigint'],
    [{ id: '1', extra: { a: Infinity } }, 'Place.extra: plain data: Infinity'],
    [{ id: '1', extra: Buffer.from('x') }, 'Place.extra: plain data: an object of class Buffer'],
    [{ id: '1', extra: circle }, `Place.extra${'[]'.repeat(101)}: plain data: nested without an end`],
    [
      { id: '1', extra: JSON.parse('{"__proto__":1}') as unknown },
      'a key of Place.extra: a name other than __proto__: __proto__',
    ],
    [
      { id: '1', extra: { constructor: { prototype: 1 } } },
      'Place.extra: data without constructor and prototype: an object with both',
    ],
  ]
  for (const [input, refusal] of parts) {
    it(`is refused before anything is sent: ${refusal.slice(0, 90)}`, () => {
      expect(refusalOf(input)).to.equal(refusal)
    })
  }

  it('is told with the method, its place and what to do', () => {
    expect(() => encode({ id: '1', amount: NaN }))
      .to.throw(/^E_CALL_VALUE: Orders\.place was called with Place\.amount, which is declared as number and was NaN/)
      .and.include({ code: 'E_CALL_VALUE' })
      .and.have.deep.property('where', [operation.site])
  })

  it('leaves out what no field declares, and what is undefined', () => {
    expect(encode({ id: '1', isAdmin: true, note: undefined })).to.include({ body: '{}' })
  })

  it('is found in data that contains itself', async () => {
    class Node {
      @Body({ type: () => Node }) children?: Node[]
    }
    @Route()
    class Nodes {
      @Post()
      @Returns(undefined, 204)
      async grow(_input: Node): Promise<void> {
        return Promise.resolve()
      }
    }
    const grow = createInputEncoder(callOperation(await operationOf(Nodes), 'Nodes'))
    const node = new Node()
    node.children = [node]
    expect(refusalOf(node, grow)).to.match(/^Node\.children(\[\])?: Node(\[\])?: an object within itself$/)
  })
})

describe('a call as plain HTTP, which an external service is called by', () => {
  class Search {
    @Path() shop!: string
    @Path('*') rest?: string
    @Query() q?: string
    @Query() tags?: string[]
    @Query({ type: () => Number }) ids?: Set<number>
    @Query({ type: () => Line }) line?: Line
    @Query({ type: () => String, nullable: true }) @IsOptional() maybe?: string | null
    @Query() since?: Date
    @Header('x-shop') header?: string
    @Header('x-list', { type: () => String }) list?: string[]
    @Cookie() session?: string
    @Cookie() other?: string
  }

  @Route('/shops')
  class Shops {
    @Get('/:shop/files/*')
    @Returns([String])
    async search(_input: Search): Promise<string[]> {
      return Promise.resolve([])
    }
  }

  const targetOf = async (input: Partial<Search>) => {
    const search = createInputEncoder(await operationOf(Shops), '/v1')
    return refusalOf({ shop: 's', rest: 'r', ...input }, search)
  }

  it('has its values where they are declared', async () => {
    expect(
      await targetOf({
        shop: 'a/ü?&#%',
        rest: 'x/y z',
        q: 'a&b=c+d',
        tags: ['a', 'b,c'],
        ids: new Set([1, 2]),
        line: { price: 5 },
        since: new Date(0),
        header: 'in Bulk',
        list: ['a', 'b'],
        session: 'ä;=,',
        other: '1',
      }),
    ).to.deep.equal({
      verb: 'GET',
      target:
        '/v1/shops/a%2F%C3%BC%3F%26%23%25/files/x/y%20z?q=a%26b%3Dc%2Bd&tags=a&tags=b%2Cc&ids=1&ids=2&line%5Bprice%5D=5&since=1970-01-01T00%3A00%3A00.000Z',
      headers: { 'x-shop': 'in Bulk', 'x-list': 'a,b', cookie: 'session=%C3%A4%3B%3D%2C; other=1' },
      body: undefined,
    })
  })

  it('tells a list of one, an empty one and none apart', async () => {
    const queryOf = async (tags: string[] | undefined) =>
      ((await targetOf({ ...(tags && { tags }) })) as { target: string }).target.split('?')[1]
    expect(await queryOf(undefined)).to.equal(undefined)
    expect(await queryOf([])).to.equal('tags=')
    expect(await queryOf([''])).to.equal('tags[]=')
    expect(await queryOf(['a,b'])).to.equal('tags[]=a%2Cb')
    expect(await queryOf(['a'])).to.equal('tags=a')
  })

  const refused: readonly [input: Partial<Search>, refusal: string][] = [
    [{ shop: '' }, 'Search.shop: string: empty, which no path can say'],
    [{ shop: '..' }, 'Search.shop: string: a step in the path'],
    [{ rest: 'a/../b' }, 'Search.rest: string: a step in the path'],
    [{ shop: '../admin' }, 'Search.shop: string: a step in the path'],
    [{ shop: 'a/..' }, 'Search.shop: string: a step in the path'],
    [{ rest: 'a\\..\\b' }, 'Search.rest: string: a step in the path'],
    [{ shop: 'a\0.png' }, 'Search.shop: string: text with a zero, at which some servers end a path'],
    [{ maybe: null }, 'Search.maybe: string: null'],
    [{ header: 'ä' }, 'Search.header: string: text that no header can hold'],
    [{ header: 'a\r\nx-admin: 1' }, 'Search.header: string: text that no header can hold'],
    [{ list: ['a,b'] }, 'Search.list: string[]: a list with an item that is empty or has a comma'],
    [{ line: new Line() }, 'Search.line: Line: empty, which a query cannot say'],
  ]
  for (const [input, refusal] of refused) {
    it(`refuses what it cannot say: ${refusal}`, async () => {
      expect(await targetOf(input)).to.equal(refusal)
    })
  }
})
