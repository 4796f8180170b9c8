import { Cookie, Header, Path, Query } from '@lokstra/core'
import { Transform, Type } from 'class-transformer'
import { IsArray, IsDate, IsEnum, IsInt, IsObject, IsOptional, IsString, Matches, Max, Min } from 'class-validator'
import { expect } from 'chai'

import { bind, outcome } from './internals.js'

enum Color {
  Red = 'red',
  Blue = 'blue',
}
enum Level {
  Low,
  High,
}

class Conversions {
  @Query() number?: number
  @Query() boolean?: boolean
  @Query() bigint?: bigint
  @Query() date?: Date
  @Query() string?: string
  @Query() @IsOptional() @IsEnum(Color) color?: Color
  @Query() @IsOptional() @IsEnum(Level) level?: Level
}

const must = (name: string, what: string) => [`query ${name} type: ${name} must be ${what}`]
const range = 'an integer between -9007199254740991 and 9007199254740991'

describe('converting text', () => {
  const cases: readonly [query: string, expected: unknown][] = [
    ['number=42', { number: 42 }],
    ['string=50%+off%21', { string: '50% off!' }],
    ['string=caf%C3%A9%20100%', { string: 'café 100%' }],
    ['string=%2541%FF', { string: '%41\ufffd' }],
    ['number=-0.5e2', { number: -50 }],
    ['number=0', { number: 0 }],
    ['number=9007199254740991', { number: 9007199254740991 }],
    ['number=9007199254740993', must('number', range)],
    ['number=1e400', must('number', 'a number')],
    ...[
      'abc',
      '',
      '%20',
      '0x10',
      '+1',
      '1_000',
      '.5',
      '5.',
      '01',
      'NaN',
      'Infinity',
      '1%20',
      '1n',
      '1,5',
      '%D9%A1',
    ].map((text): [string, unknown] => [`number=${text}`, must('number', 'a number')]),
    ['number=1&number=2', must('number', 'a number')],
    ['boolean=true', { boolean: true }],
    ['boolean=1', { boolean: true }],
    ['boolean=false', { boolean: false }],
    ['boolean=0', { boolean: false }],
    ...['', 'yes', 'TRUE', 'on', '2'].map((text): [string, unknown] => [
      `boolean=${text}`,
      must('boolean', 'a boolean'),
    ]),
    ['boolean', must('boolean', 'a boolean')],
    ['bigint=9007199254740993', { bigint: 9007199254740993n }],
    ['bigint=-7', { bigint: -7n }],
    ...['', '1.0', '0x10', '1e3', '9'.repeat(1_001)].map((text): [string, unknown] => [
      `bigint=${text}`,
      must('bigint', 'an integer'),
    ]),
    ['date=2024-02-29', { date: new Date('2024-02-29T00:00:00Z') }],
    ['date=2024-02-29T12:30:00Z', { date: new Date('2024-02-29T12:30:00Z') }],
    ['date=2024-02-29T12:30:00.123456%2B02:00', { date: new Date('2024-02-29T10:30:00.123Z') }],
    ['date=2024-02-29T12:30', { date: new Date('2024-02-29T12:30:00Z') }],
    ...[
      '2023-02-29',
      '2024-04-31',
      '2024-13-01',
      '2024-00-10',
      '2024-01-01T24:00:00Z',
      '2024-01-01T10:60:00Z',
      '2024-1-1',
      '1700000000',
      'yesterday',
      '',
    ].map((text): [string, unknown] => [`date=${text}`, must('date', 'an ISO 8601 date')]),
    ['string=', { string: '' }],
    ['string=a%2Cb+c', { string: 'a,b c' }],
    ['string=100%', { string: '100%' }],
    ['string=a&string=b', must('string', 'a string')],
    ['color=blue', { color: 'blue' }],
    ['color=green', ['query color isEnum: color must be one of the following values: red, blue']],
    ['level=1', { level: 1 }],
    ['level=High', must('level', 'one of 0, 1')],
  ]
  for (const [query, expected] of cases) {
    it(`reads ?${query.length > 60 ? `${query.slice(0, 60)}…` : query}`, async () => {
      const result = await outcome(Conversions, { verb: 'GET', search: `?${query}` })
      if (Array.isArray(expected)) expect(result).to.deep.equal(expected)
      else expect(result).to.deep.include(expected)
    })
  }
})

class Page {
  @Query() @IsInt() @Min(1) page = 1
  @Query('per_page') @IsInt({ message: '$property needs a whole number, not $value' }) @Max(100) size = 20
  @Query() @IsOptional() done?: boolean
}

describe('a query', () => {
  const cases: readonly [query: string, expected: unknown][] = [
    ['', { page: 1, size: 20, done: undefined }],
    ['?page=3&per_page=5&done=1', { page: 3, size: 5, done: true }],
    ['?size=5&unknown=1', { page: 1, size: 20, done: undefined }],
    ['?page=abc', ['query page isInt: page must be an integer number']],
    ['?page=', ['query page isInt: page must be an integer number']],
    ['?page=0', ['query page min: page must not be less than 1']],
    ['?page=1.5', ['query page isInt: page must be an integer number']],
    ['?per_page=x', ['query per_page isInt: per_page needs a whole number, not x']],
    ['?per_page=101', ['query per_page max: per_page must not be greater than 100']],
    [
      '?page=x&per_page=500&done=maybe',
      [
        'query page isInt: page must be an integer number',
        'query per_page max: per_page must not be greater than 100',
        'query done type: done must be a boolean',
      ],
    ],
    ['?__proto__=1', ['query __proto__ malformed: The query has a forbidden name']],
    ['?a[__proto__][b]=1', ['query a[__proto__][b] malformed: The query has a forbidden name']],
    ['?%5F%5Fproto%5F%5F[x]=1', ['query __proto__[x] malformed: The query has a forbidden name']],
    ['?constructor[prototype][x]=1', ['query constructor[prototype][x] malformed: The query has a forbidden name']],
    ['?constructor.prototype=1', ['query constructor.prototype malformed: The query has a forbidden name']],
    ['?constructor=1', { page: 1, size: 20, done: undefined }],
    [`?a${'[b]'.repeat(32)}=1`, ['query a malformed: The query is nested deeper than 32 levels']],
    [`?${'a=1&'.repeat(1_000)}a=1`, ['query  malformed: The query has more than 1000 values']],
  ]
  for (const [search, expected] of cases) {
    it(`answers ${search.slice(0, 50) || 'no query'}`, async () => {
      expect(await outcome(Page, { verb: 'GET', search })).to.deep.equal(expected)
    })
  }

  it('is bound synchronously', async () => {
    expect((await bind(Page, { verb: 'GET', search: '?page=2' })).wasSync).to.equal(true)
  })
})

class Lists {
  @Query() @IsArray() @IsInt({ each: true }) ids?: number[] = undefined
  @Query() @IsString({ each: true }) tags: string[] = ['default']
  @Query({ type: () => Boolean }) flags?: Set<boolean>
  @Query() @IsOptional() @IsDate({ each: true }) days?: Date[]
}

describe('a list in a query', () => {
  const cases: readonly [query: string, expected: unknown][] = [
    ['ids=1', { ids: [1] }],
    ['ids=1,2,3', { ids: [1, 2, 3] }],
    ['ids=1&ids=2', { ids: [1, 2] }],
    ['ids[]=1&ids[]=2', { ids: [1, 2] }],
    ['ids[0]=1&ids[1]=2', { ids: [1, 2] }],
    ['ids=', { ids: [] }],
    ['ids=1&tags=a,b', { tags: ['a', 'b'] }],
    ['ids=1&tags=a,b&tags=c', { tags: ['a,b', 'c'] }],
    ['ids=1&tags[]=a,b', { tags: ['a,b'] }],
    ['ids=1', { tags: ['default'] }],
    ['ids=1&flags=1,0', { flags: new Set([true, false]) }],
    ['ids=1&days=2024-01-01', { days: [new Date('2024-01-01')] }],
    ['ids=1,x,y', ['query ids isInt: each value in ids must be an integer number']],
    ['ids=1&ids=', ['query ids isInt: each value in ids must be an integer number']],
    ['ids=1&flags=1,maybe', ['query flags[1] type: flags[1] must be a boolean']],
    ['tags=a', ['query ids required: ids is required']],
  ]
  for (const [query, expected] of cases) {
    it(`reads ?${query}`, async () => {
      const result = await outcome(Lists, { verb: 'GET', search: `?${query}` })
      if (Array.isArray(expected)) expect(result).to.deep.equal(expected)
      else expect(result).to.deep.include(expected)
    })
  }
})

class Range {
  @IsInt() min!: number
  @IsOptional() @IsInt() max?: number
}
class Maps {
  @Query() @IsOptional() @IsObject() filter?: Record<string, string>
  @Query() @Type(() => Object) anything?: unknown
  @Query({ type: () => Number }) counts?: Map<string, number>
  @Query() @IsOptional() price?: Range
  @Query('*') all!: Record<string, unknown>
}

describe('a map in a query', () => {
  const cases: readonly [query: string, expected: unknown][] = [
    ['filter[a]=1&filter[b][c]=x', { filter: { a: '1', b: { c: 'x' } } }],
    [
      'counts[a]=1&counts[b]=2',
      {
        counts: new Map([
          ['a', 1],
          ['b', 2],
        ]),
      },
    ],
    ['filter=1', ['query filter isObject: filter must be an object']],
    ['filter=1&filter=2', ['query filter isObject: filter must be an object']],
    ['anything[a]=1', { anything: { a: '1' } }],
    ['anything=1&anything=2', { anything: ['1', '2'] }],
    ['counts[0]=1', { counts: new Map([['0', 1]]) }],
    ['counts[a]=x', ['query counts.a type: a must be a number']],
    ['price[min]=5', { price: Object.assign(new Range(), { min: 5 }) }],
    ['price[min]=x', ['query price.min isInt: min must be an integer number']],
    ['price[max]=1', ['query price.min required: min is required']],
    ['price=5', ['query price type: price must be an object']],
    ['x=1&y=2&y=3', { all: { x: '1', y: ['2', '3'] } }],
    ['filter[__proto__]=1', ['query filter[__proto__] malformed: The query has a forbidden name']],
    [
      'filter[constructor][prototype]=1',
      ['query filter[constructor][prototype] malformed: The query has a forbidden name'],
    ],
  ]
  for (const [query, expected] of cases) {
    it(`reads ?${query}`, async () => {
      const result = await outcome(Maps, { verb: 'GET', search: `?${query}` })
      if (Array.isArray(expected)) expect(result).to.deep.equal(expected)
      else expect(plain(result)).to.deep.include(plain(expected))
    })
  }
})

class Untyped {
  @Query() @IsOptional() owner: string | undefined
  @Query() record?: Record<string, string>
  @Query() @IsArray() @IsOptional() tags?: string[]
  @Query() @IsOptional() set?: Set<string>
  @Query() @IsOptional() @Transform(({ value }) => JSON.parse(value as string) as unknown) json: object | undefined
}

describe('a query of which nothing tells the type', () => {
  const must = (name: string) => [`query ${name} type: ${name} must be a string`]
  const cases: readonly [query: string, expected: unknown][] = [
    ['owner=1', { owner: '1' }],
    ['owner=1&owner=2', must('owner')],
    ['owner[$ne]=1', { owner: undefined }],
    ['record=1', { record: '1' }],
    ['record[a]=1', { record: undefined }],
    ['tags=a&tags=b', { tags: ['a', 'b'] }],
    ['tags[0][$ne]=1', ['query tags[0] type: tags[0] must be a string']],
    ['set=a,b', { set: new Set(['a', 'b']) }],
    ['set[0][$ne]=1', ['query set[0] type: set[0] must be a string']],
    ['json={"a":1}', { json: { a: 1 } }],
  ]
  for (const [query, expected] of cases) {
    it(`has text: ?${query}`, async () => {
      for (let call = 0; call < 3; call++) {
        const result = await outcome(Untyped, { verb: 'GET', search: `?${query}` })
        if (Array.isArray(expected)) expect(result).to.deep.equal(expected)
        else expect(result).to.deep.include(expected)
      }
    })
  }
})

/** Objects made from names have no prototype, which chai tells apart. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Map) return value
  if (Array.isArray(value)) return value.map(plain)
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]))
}

class Everywhere {
  @Path() @IsInt() id!: number
  @Header('X-Tenant') @Matches(/^[a-z]+$/) tenant = 'none'
  @Header('x-ids') @IsOptional() @IsInt({ each: true }) ids?: number[]
  @Cookie('session') session?: string
  @Query('id') otherId?: string
}

describe('path, headers and cookies', () => {
  const request = { verb: 'GET', params: { id: '7' } } as const
  const cases: readonly [title: string, options: object, expected: unknown][] = [
    [
      'fill only the fields declared for them',
      { search: '?id=9&session=x&tenant=y' },
      { id: 7, tenant: 'none', otherId: '9', session: undefined },
    ],
    ['take header names in any case', { headers: { 'X-TENANT': 'acme' } }, { tenant: 'acme' }],
    ['split lists in headers', { headers: { 'x-ids': '1, 2 ,3' } }, { ids: [1, 2, 3] }],
    ['join repeated headers', { headers: { 'x-ids': ['1', '2'] } }, { ids: [1, 2] }],
    ['decode cookies', { headers: { cookie: 'a=1; session=%C3%A9' } }, { session: 'é' }],
    ['survive cookies that cannot be decoded', { headers: { cookie: 'session=%E0%A4' } }, { session: '%E0%A4' }],
    [
      'name the header',
      { headers: { 'x-tenant': '1' } },
      ['header x-tenant matches: x-tenant must match /^[a-z]+$/ regular expression'],
    ],
    ['name the path parameter', { params: { id: 'x' } }, ['path id isInt: id must be an integer number']],
  ]
  for (const [title, options, expected] of cases) {
    it(title, async () => {
      const result = await outcome(Everywhere, { ...request, ...options })
      if (Array.isArray(expected)) expect(result).to.deep.equal(expected)
      else expect(result).to.deep.include(expected)
    })
  }
})
