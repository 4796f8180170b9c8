import { connect } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'

import { Body, Path, type Class } from '@lokstra/core'
import { Type } from 'class-transformer'
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsDate,
  IsEmail,
  IsInt,
  IsNotEmptyObject,
  IsOptional,
  IsString,
  Length,
  Min,
  Validate,
  ValidateIf,
  ValidateNested,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator'
import { expect } from 'chai'

import { bind, describeError, outcome, port, serveOnce, type BindRequest } from './internals.js'

class Item {
  @IsString() name!: string
  @IsInt() @Min(0) price!: number
  @IsBoolean() @IsOptional() gift?: boolean
}
class Address {
  @IsString() city!: string
  @IsOptional() @IsDate() since?: Date
}
class Batch {
  @Body() @Type(() => Item) @ValidateNested({ each: true }) items!: Item[]
}
class Order {
  @Body() @Length(1, 10) title!: string
  @Body() @IsOptional() @Type(() => Item) @ValidateNested({ each: true }) @ArrayMaxSize(3) items?: Item[]
  @Body() @IsOptional() @ValidateNested() address?: Address
  @Body() @IsOptional() @IsString({ each: true }) tags?: string[]
  @Body() urgent = false
}
const order = (values: object) => ({
  title: 't',
  items: undefined,
  address: undefined,
  tags: undefined,
  urgent: false,
  ...values,
})
const item = (values: object) => Object.assign(new Item(), values)

describe('a JSON body', () => {
  const cases: readonly [title: string, body: unknown, expected: unknown][] = [
    ['fills fields and keeps defaults', { title: 'a' }, order({ title: 'a' })],
    [
      'makes instances of nested classes',
      { title: 't', items: [{ name: 'n', price: 1 }] },
      order({ items: [item({ name: 'n', price: 1 })] }),
    ],
    [
      'drops unknown keys at every depth',
      { title: 't', admin: 1, items: [{ name: 'n', price: 1, x: 2 }] },
      order({ items: [item({ name: 'n', price: 1 })] }),
    ],
    ['tells of a missing field once', {}, ['body title required: title is required']],
    [
      'does not turn text into numbers',
      { title: 't', items: [{ name: 'n', price: '1' }] },
      ['body items[0].price isInt: price must be an integer number'],
    ],
    ['does not turn numbers into text', { title: 5 }, ['body title type: title must be a string']],
    [
      'does not turn text into booleans',
      { title: 't', urgent: 'true' },
      ['body urgent type: urgent must be a boolean'],
    ],
    ['refuses null', { title: null }, ['body title type: title must not be null']],
    [
      'refuses null in spite of @IsOptional',
      { title: 't', items: null, tags: null },
      ['body items type: items must not be null', 'body tags type: tags must not be null'],
    ],
    [
      'refuses null in a list',
      { title: 't', items: [null], tags: [null] },
      ['body items[0] type: items[0] must not be null', 'body tags[0] type: tags[0] must not be null'],
    ],
    [
      'refuses an object for a list',
      { title: 't', items: { 0: { name: 'n' } } },
      ['body items type: items must be an array'],
    ],
    ['refuses a list for an object', { title: 't', address: [] }, ['body address type: address must be an object']],
    [
      'refuses a list of lists',
      { title: 't', items: [[{ name: 'n', price: 1 }]] },
      ['body items[0] type: items[0] must be an object'],
    ],
    ['refuses text for a list', { title: 't', tags: 'a' }, ['body tags type: tags must be an array']],
    [
      'names a field deep inside',
      { title: 't', items: [{ name: 'n', price: 1 }, { name: 1, price: -1 }, 5] },
      [
        'body items[2] type: items[2] must be an object',
        'body items[1].name isString: name must be a string',
        'body items[1].price min: price must not be less than 0',
      ],
    ],
    [
      'runs rules of the list as well',
      { title: 't', items: [1, 2, 3, 4].map((price) => ({ name: 'n', price })) },
      ['body items arrayMaxSize: items must contain no more than 3 elements'],
    ],
    [
      'checks all fields',
      { title: '', urgent: 0, tags: [1] },
      [
        'body title isLength: title must be longer than or equal to 1 characters',
        'body tags isString: each value in tags must be a string',
        'body urgent type: urgent must be a boolean',
      ],
    ],
    ['ignores inherited names', '{"title":"t","constructor":1,"toString":2}', order({})],
    [
      'refuses numbers that were rounded',
      '{"title":"t","items":[{"name":"n","price":9007199254740993}]}',
      ['body items[0].price type: price must be an integer between -9007199254740991 and 9007199254740991'],
    ],
    ['may be sent in several pieces', undefined, undefined],
  ]
  for (const [title, body, expected] of cases) {
    if (expected === undefined) continue
    it(title, async () => expect(await outcome(Order, { body })).to.deep.equal(expected))
  }

  const broken: readonly [body: string, expected: string][] = [
    ['null', ' type: The body must be an object, and is null'],
    ['[]', ' type: The body must be an object, and is an array'],
    ['"x"', ' type: The body must be an object, and is a string'],
    ['1', ' type: The body must be an object, and is a number'],
    ['{"title":}', ' malformed: The body is not valid JSON: unexpected "}" at position 9'],
    ['{"title":"a"', ' malformed: The body is not valid JSON: it ends too early at position 12'],
    ['{"title":"a"}}', ' malformed: The body is not valid JSON: unexpected "}" at position 13'],
    ['{title:1}', ' malformed: The body is not valid JSON: unexpected "t" at position 1'],
    ["{'a':1}", ' malformed: The body is not valid JSON: unexpected "\'" at position 1'],
    ['[1,]', ' malformed: The body is not valid JSON: unexpected "]" at position 3'],
    ['[01]', ' malformed: The body is not valid JSON: unexpected "1" at position 2'],
    [' ', ' malformed: The body is not valid JSON: it ends too early at position 1'],
    ['{"a":"\n"}', ' malformed: The body is not valid JSON: unexpected "\\"" at position 5'],
    [
      '{"title":"a","__proto__":{"x":1}}',
      ' malformed: The body has a forbidden key: __proto__, or constructor with prototype',
    ],
    [
      '{"title":"a","x":{"\\u005f_proto__":1}}',
      ' malformed: The body has a forbidden key: __proto__, or constructor with prototype',
    ],
    [
      '{"constructor":{"prototype":{"x":1}}}',
      ' malformed: The body has a forbidden key: __proto__, or constructor with prototype',
    ],
    ['['.repeat(3_000), ' malformed: The body is nested deeper than 32 levels'],
    [`${'{"a":'.repeat(33)}1${'}'.repeat(33)}`, ' malformed: The body is nested deeper than 32 levels'],
    [
      `{${Array.from({ length: 1_001 }, (_, i) => `"k${i}":1`).join()}}`,
      ' malformed: The body has an object with more than 1000 keys',
    ],
  ]
  for (const [body, expected] of broken) {
    it(`is refused: ${JSON.stringify(body.slice(0, 40))}`, async () => {
      expect(await outcome(Order, { body })).to.deep.equal([`body ${expected}`])
    })
  }

  it('may have as many items in an array as the limit, and no more', async () => {
    const limits = { items: 3 }
    const body = (...tags: string[]) => ({ title: 't', tags, x: [[1, 2, 3], { a: 1, b: 2, c: 3, d: 4 }] })
    expect(await outcome(Order, { body: body('a', 'b', 'c'), limits })).to.deep.equal(order({ tags: ['a', 'b', 'c'] }))
    expect(await outcome(Order, { body: body('a', 'b', 'c', 'd'), limits })).to.deep.equal([
      'body  malformed: The body has an array with more than 3 items',
    ])
    expect(await outcome(Order, { body: `{"title":"t","x":[${'1,'.repeat(10_000)}1]}` })).to.deep.equal([
      'body  malformed: The body has an array with more than 10000 items',
    ])
  })

  it('is refused at its place also behind a string of megabytes', async () => {
    const limits = { bodyBytes: 32 * 1024 * 1024 }
    const body = `{"title":"${'a\\n'.repeat(4 * 1024 * 1024)}"x}`
    expect(await outcome(Order, { body, limits })).to.deep.equal([
      `body  malformed: The body is not valid JSON: unexpected "x" at position ${body.length - 2}`,
    ])
  }).timeout(10_000)

  const strings: readonly [json: string, position: number][] = [
    ['"a\\u00e4\\"', 0],
    ['"a\\x"', 0],
    ['"a\\u00g0"', 0],
    ['["\\"\\\\\\/\\b\\f\\n\\r\\t\\u00E4" 1]', 26],
  ]
  for (const [body, position] of strings) {
    it(`is refused for its string, or behind it: ${body}`, async () => {
      expect(await outcome(Order, { body })).to.have.length(1)
      expect(String(await outcome(Order, { body }))).to.match(new RegExp(`at position ${position}$`))
    })
  }

  it('may be nested as deep as the limit', async () => {
    const body = `{"title":"t","x":${'['.repeat(31)}${']'.repeat(31)}}`
    expect(await outcome(Order, { body })).to.deep.equal(order({}))
  })

  it('does not take quotes, braces and colons in texts for structure', async () => {
    const body = JSON.stringify({ title: 't', x: `\\"${'{['.repeat(40)}${':'.repeat(2_000)}\\` })
    expect(await outcome(Order, { body })).to.deep.equal(order({}))
  })

  it('may arrive in several pieces, also in the middle of a character', async () => {
    const bytes = Buffer.from('{"title":"é€"}')
    const chunks = [...bytes].map((byte) => Buffer.from([byte]))
    expect(await outcome(Order, { chunks })).to.deep.equal(order({ title: 'é€' }))
  })

  it('is refused when it is not UTF-8', async () => {
    expect(await outcome(Order, { body: Buffer.from([0x22, 0xff, 0x22]) })).to.deep.equal([
      'body  malformed: The body is not valid UTF-8',
    ])
  })

  it('reports unknown keys at every depth where the app says so', async () => {
    const body = { title: 't', itmes: [], items: [{ name: 'n', price: 1, x: 2 }] }
    expect(await outcome(Order, { body, unknownKeys: 'reject' })).to.deep.equal([
      'body items[0].x unknown: x is not a known field.',
      'body itmes unknown: itmes is not a known field. Did you mean "items"?',
    ])
  })

  for (const [what, item] of [
    ['wrong', 1],
    ['empty', {}],
  ] as const) {
    it(`with very many ${what} items is answered with a hundred errors`, async () => {
      expect(await outcome(Batch, { body: { items: Array.from({ length: 10_000 }, () => item) } })).to.have.length(100)
    })
  }

  it('is not read by a DTO without body fields', async () => {
    class OnlyPath {
      @Path() id!: string
    }
    const { value, wasSync, ctx } = await bind(OnlyPath, { params: { id: 'a' }, body: '{broken' })
    expect([{ ...(value as object) }, wasSync, ctx.bodyBytesRead]).to.deep.equal([{ id: 'a' }, true, 0])
  })

  it('may be absent: only required fields are missed then', async () => {
    expect(await outcome(Order, {})).to.deep.equal(['body title required: title is required'])
    expect(
      await outcome(Order, { headers: { 'content-type': 'application/json', 'content-length': '0' } }),
    ).to.deep.equal(['body title required: title is required'])
  })
})

describe('the whole body', () => {
  class AnyBody {
    @Body('*') all!: unknown
  }
  class ItemsBody {
    @Body('*', { type: () => Item }) items!: Item[]
  }
  class ItemBody {
    @Body('*') item!: Item
  }
  const cases: readonly [title: string, dto: Class, body: unknown, expected: unknown][] = [
    ['is anything', AnyBody, [1, { a: null }], { all: [1, { a: null }] }],
    ['is a list of objects', ItemsBody, [{ name: 'n', price: 1 }], { items: [item({ name: 'n', price: 1 })] }],
    [
      'is named by index',
      ItemsBody,
      [{ name: 'n', price: 'x' }],
      ['body [0].price isInt: price must be an integer number'],
    ],
    ['is an object', ItemBody, { name: 'n', price: 1 }, { item: item({ name: 'n', price: 1 }) }],
    ['is named by its own fields', ItemBody, { name: 'n' }, ['body price required: price is required']],
    ['has the wrong shape', ItemBody, [], ['body  type: the body must be an object']],
  ]
  for (const [title, dto, body, expected] of cases) {
    it(title, async () => expect(await outcome(dto, { body })).to.deep.equal(expected))
  }
})

describe('a list in a form', () => {
  for (const form of [
    'tags=a&tags=b&tags=c',
    'tags[]=a&tags[]=b&tags[]=c',
    'tags[0]=a&tags[1]=b&tags[2]=c',
    'tags[1]=a&tags[5]=b&tags[9]=c',
  ]) {
    it(`has as many items as the limit, and no more: ${form}`, async () => {
      const all = `title=t&${form}`
      expect(await outcome(Order, { form: all, limits: { items: 3 } })).to.have.deep.property('tags', ['a', 'b', 'c'])
      expect(await outcome(Order, { form: all, limits: { items: 2 } })).to.deep.equal([
        'body tags malformed: tags has a list with more than 2 items',
      ])
    })
  }
})

describe('a form', () => {
  const same: readonly [form: string, json: object][] = [
    ['title=a', { title: 'a' }],
    ['title=a&urgent=true', { title: 'a', urgent: true }],
    ['title=a&tags=x', { title: 'a', tags: ['x'] }],
    ['title=a&tags=x&tags=y', { title: 'a', tags: ['x', 'y'] }],
    ['title=a&tags[]=x,y', { title: 'a', tags: ['x,y'] }],
    ['title=a&address[city]=Ghent', { title: 'a', address: { city: 'Ghent' } }],
    [
      'title=a&items[0][name]=n&items[0][price]=5&items[1][name]=m&items[1][price]=6&items[1][gift]=1',
      {
        title: 'a',
        items: [
          { name: 'n', price: 5 },
          { name: 'm', price: 6, gift: true },
        ],
      },
    ],
    ['title=a&items[3][name]=n&items[3][price]=5', { title: 'a', items: [{ name: 'n', price: 5 }] }],
    ['title=+%C3%A9%2B', { title: ' é+' }],
    ['title=a&constructor=1', { title: 'a' }],
  ]
  for (const [form, json] of same) {
    it(`binds as JSON does: ${form}`, async () => {
      const result = await outcome(Order, { form })
      expect(result).to.deep.equal(await outcome(Order, { body: json }))
      expect(result).not.to.be.an('array')
    })
  }
  const broken: readonly [form: string, expected: readonly string[]][] = [
    ['title=a&items[0][name]=n&items[0][price]=x', ['body items[0].price isInt: price must be an integer number']],
    [
      'title=a&items[0][price]=',
      ['body items[0].name required: name is required', 'body items[0].price isInt: price must be an integer number'],
    ],
    ['title=a&title=b', ['body title type: title must be a string']],
    ['title=a&address=x', ['body address type: address must be an object']],
    ['title=a&address=x&address[city]=y', ['body address malformed: address is given as a text and as an object']],
    ['title=a&__proto__[x]=1', ['body __proto__[x] malformed: The body has a forbidden name']],
    [
      'title=a&address[constructor][prototype][x]=1',
      ['body address[constructor][prototype][x] malformed: The body has a forbidden name'],
    ],
    [`title=a&x${'[a]'.repeat(32)}=1`, ['body x malformed: The body is nested deeper than 32 levels']],
    [`title=a${'&x=1'.repeat(1_000)}`, ['body  malformed: The body has more than 1000 values']],
  ]
  for (const [form, expected] of broken) {
    it(`is refused: ${form.slice(0, 50)}`, async () => expect(await outcome(Order, { form })).to.deep.equal(expected))
  }
})

describe('the media type of a body', () => {
  const cases: readonly [contentType: string, isAccepted: boolean][] = [
    ['application/json', true],
    ['Application/JSON', true],
    ['application/json; charset=utf-8', true],
    ['application/json;charset="UTF-8"', true],
    ['application/json;', true],
    ['application/vnd.api+json', true],
    ['application/problem+json; charset=utf8', true],
    ['application/json; charset=latin1', false],
    ['application/json; charset=utf-8; charset=utf-16', false],
    ['application/json;charset', false],
    ['application/json, text/plain', false],
    ['application/json x', false],
    ['application /json', false],
    ['application/json\t;charset=utf-8', true],
    ['application/+json', false],
    ['application/jsonx', false],
    ['text/plain', false],
    ['multipart/form-data; boundary=x', false],
    ['json', false],
  ]
  for (const [contentType, isAccepted] of cases) {
    it(`${isAccepted ? 'accepts' : 'refuses'} ${JSON.stringify(contentType)}`, async () => {
      const { value, error } = await bind(Order, { body: { title: 't' }, headers: { 'content-type': contentType } })
      if (isAccepted) return void expect(value).to.be.instanceOf(Order)
      expect(error).to.include({ status: 415 })
      expect(error).to.have.deep.property('headers', { accept: 'application/json, application/x-www-form-urlencoded' })
    })
  }

  it('is looked at before a body without a length is read', async () => {
    const headers = { 'content-type': 'text/plain' }
    const { error, ctx } = await bind(Order, { chunks: ['{"title":', '"t"}'], headers })
    expect(error).to.include({ status: 415 })
    expect(ctx.bodyBytesRead).to.equal(0)
  })

  it('may be absent where a body without a length turns out empty', async () => {
    const headers = { 'transfer-encoding': 'chunked' }
    expect(await outcome(Order, { headers })).to.deep.equal(['body title required: title is required'])
  })

  it('is needed where there is a body', async () => {
    const { error } = await bind(Order, { body: { title: 't' }, headers: { 'content-type': '' } })
    expect(error).to.include({ status: 415 })
  })
})

describe('the size and encoding of a body', () => {
  const json = JSON.stringify({ title: 't', pad: 'x'.repeat(2_000) })
  const limits = { bodyBytes: 3_000 }
  const encoded = (encoding: string, body: Buffer, more: Partial<BindRequest> = {}) =>
    bind(Order, { body, headers: { 'content-encoding': encoding }, limits, ...more })

  const encodings: readonly [name: string, encode: (text: string) => Buffer][] = [
    ['gzip', gzipSync],
    ['GZIP', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['identity', (text) => Buffer.from(text)],
  ]
  for (const [name, encode] of encodings) {
    it(`reads ${name} and counts what comes out`, async () => {
      const { value, error, ctx } = await encoded(name, encode(json))
      expect(error).to.equal(undefined)
      expect(value).to.be.instanceOf(Order)
      expect(ctx.bodyBytesRead).to.equal(json.length)
    })
    it(`stops ${name} at the limit`, async () => {
      const { error, ctx } = await encoded(name, encode(`${json}${' '.repeat(8 * 1024 * 1024)}`))
      expect(error).to.include({ status: 413 })
      expect(ctx.bodyBytesRead).to.be.below(200_000)
    })
  }

  it('stops compressed data that gives nothing', async () => {
    const empty = Buffer.concat(Array.from({ length: 20 }, () => gzipSync('')))
    const chunks = Array.from({ length: 50 }, () => empty)
    const { error, ctx } = await bind(Order, { chunks, headers: { 'content-encoding': 'gzip' }, limits })
    expect(error).to.include({ status: 413 })
    expect(ctx.bodyBytesRead).to.equal(0)
  })

  it('refuses other encodings and says which there are', async () => {
    const { error } = await encoded('zstd', Buffer.from('x'))
    expect(error).to.include({ status: 415 })
    expect(error).to.have.deep.property('headers', { 'accept-encoding': 'gzip, deflate, br' })
  })

  for (const damaged of [
    gzipSync(json).subarray(0, 30),
    Buffer.from('not gzip'),
    Buffer.concat([gzipSync(json).subarray(0, -8), Buffer.alloc(8)]),
  ]) {
    it(`refuses damaged gzip of ${damaged.length} bytes`, async () => {
      const { error } = await encoded('gzip', damaged)
      expect(error).to.include({ status: 400, message: 'The request body is not valid gzip data' })
    })
  }

  it('refuses by Content-Length before reading', async () => {
    const { error, ctx } = await bind(Order, { body: Buffer.alloc(4_000), limits })
    expect(error).to.include({ status: 413 })
    expect(ctx.bodyBytesRead).to.equal(0)
  })

  it('refuses while reading where there is no Content-Length', async () => {
    const { error } = await bind(Order, { chunks: [Buffer.alloc(2_000), Buffer.alloc(2_000)], limits })
    expect(error).to.include({ status: 413 })
  })

  const atOnce = async (pieces: readonly string[]) => {
    const served = serveOnce(Order, { limits })
    const socket = connect(port(), '127.0.0.1')
    const chunks = [...pieces, ''].map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`)
    socket.write(
      `POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${chunks.join('')}`,
    )
    try {
      return await served
    } finally {
      socket.destroy()
    }
  }
  it('refuses what arrives with the head and is too large without saying so', async () => {
    expect((await atOnce(['{"title":"t"', ' '.repeat(3_000), '}'])).error).to.include({ status: 413 })
  })
  it('counts what arrives with the head, in several chunks', async () => {
    const { value, ctx } = await atOnce(['{"title"', ':"t"', '}'])
    expect(value).to.deep.equal(order({}))
    expect(ctx.bodyBytesRead).to.equal(13)
  })

  it('accepts a body of exactly the limit', async () => {
    const exact = `{"title":"t"${' '.repeat(3_000 - 13)}}`
    expect(await outcome(Order, { body: exact, limits })).to.deep.equal(order({}))
  })

  for (const encoding of ['identity', 'gzip']) {
    it(`survives a client that leaves in the middle (${encoding})`, async () => {
      const served = serveOnce(Order)
      const socket = connect(port(), '127.0.0.1')
      socket.write(
        `POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-encoding: ${encoding}\r\ncontent-length: 100\r\n\r\n`,
      )
      socket.write(encoding === 'gzip' ? gzipSync('{"title":').subarray(0, 12) : '{"title":', () => socket.destroy())
      const { error } = await served
      expect(describeError(error)).to.equal('400 The connection was closed before the request body was complete')
    })
  }
})

@ValidatorConstraint({ name: 'isFree', async: true })
class IsFree implements ValidatorConstraintInterface {
  async validate(value: string) {
    await Promise.resolve()
    if (value === 'boom') throw new Error('database is down')
    return value !== 'taken'
  }
  defaultMessage() {
    return '$property is taken'
  }
}
@ValidatorConstraint({ name: 'startsWithX' })
class StartsWithX implements ValidatorConstraintInterface {
  validate(value: string) {
    if (value === 'xboom') throw new Error('a fault of the validator')
    if (value === 'xtype') throw new TypeError('a fault of the validator')
    return value.startsWith('x')
  }
  defaultMessage() {
    return '$property must start with x'
  }
}

describe('rules on the body', () => {
  class Sign {
    @Body() @Validate(IsFree) @IsString() name!: string
    @Body() @IsOptional() @Validate(StartsWithX) code?: string
    @Body() @Validate(StartsWithX) key!: string
  }
  const cases: readonly [title: string, body: object, expected: unknown][] = [
    ['are awaited', { name: 'free', key: 'x' }, { name: 'free', code: undefined, key: 'x' }],
    ['report what an awaited rule says', { name: 'taken', key: 'x' }, ['body name isFree: name is taken']],
    [
      'report everything together',
      { name: 'taken', key: 'a', code: 'b' },
      [
        'body code startsWithX: code must start with x',
        'body key startsWithX: key must start with x',
        'body name isFree: name is taken',
      ],
    ],
    [
      'never see a value of the wrong type',
      { name: 1, key: 5, code: {} },
      [
        'body name isString: name must be a string',
        'body code type: code must be a string',
        'body key type: key must be a string',
      ],
    ],
    [
      'may not cope with a missing value',
      {},
      ['body name required: name is required', 'body key required: key is required'],
    ],
  ]
  for (const [title, body, expected] of cases) {
    it(title, async () => expect(await outcome(Sign, { body })).to.deep.equal(expected))
  }
  for (const body of [
    { name: 'boom', key: 'x' },
    { name: 'free', key: 'xboom' },
    { name: 'free', key: 'xtype' },
  ]) {
    it(`that throw are not passed over: ${JSON.stringify(body)}`, async () => {
      const { error } = await bind(Sign, { body })
      expect(String(error)).to.match(/database is down|a fault of the validator/)
    })
  }

  it('of nested objects are not asked where a condition switches the field off', async () => {
    class Conditional {
      @Body() kind!: string
      @Body() @ValidateIf((dto: Conditional) => dto.kind === 'a') @ValidateNested() @Type(() => Item) item?: Item
    }
    expect(await outcome(Conditional, { body: { kind: 'b', item: {} } })).to.deep.equal({ kind: 'b', item: new Item() })
    expect(await outcome(Conditional, { body: { kind: 'a', item: {} } })).to.have.length(2)
  })

  it('say nothing of the items of a list that is too long or too short, nor do other rules', async () => {
    class Listed {
      @Body()
      @ArrayMaxSize(2)
      @ArrayMinSize(1)
      @ArrayUnique()
      @IsInt({ each: true })
      @Min(1, { each: true })
      ids!: number[]
      @Body() @IsOptional() @ArrayMaxSize(1) @Type(() => Item) @ValidateNested({ each: true }) items?: Item[]
    }
    expect(await outcome(Listed, { body: { ids: [0, 0, 0], items: [{}, {}] } })).to.deep.equal([
      'body ids arrayMaxSize: ids must contain no more than 2 elements',
      'body items arrayMaxSize: items must contain no more than 1 elements',
    ])
    expect(await outcome(Listed, { body: { ids: [] } })).to.deep.equal([
      'body ids arrayMinSize: ids must contain at least 1 elements',
    ])
    expect(await outcome(Listed, { body: { ids: [0, 0] } })).to.have.length(2)
  })

  it('of class-validator that throw are broken', async () => {
    class Strange {
      @Body() @IsOptional() @IsNotEmptyObject() object?: object
    }
    expect(await outcome(Strange, { body: { object: { hasOwnProperty: 1 } } })).to.deep.equal([
      'body object isNotEmptyObject: object must be a non-empty object',
    ])
  })

  it('never see half a surrogate pair', async () => {
    class Text {
      @Body() @IsEmail() mail!: string
      @Body() @IsString({ each: true }) names!: string[]
    }
    expect(await outcome(Text, { body: { mail: '\ud800@a.de', names: ['😀', '\udc00'] } })).to.deep.equal([
      'body mail type: mail must be well-formed text, without half surrogate pairs',
      'body names[1] type: names[1] must be well-formed text, without half surrogate pairs',
    ])
  })

  it('of a nested class need the object, unless the field is optional or has a default', async () => {
    class Nesting {
      @Body() @ValidateNested() address!: Address
      @Body() item!: Item
      @Body() @Type(() => Item) @ValidateNested({ each: true }) items!: Item[]
      @Body() @IsOptional() @ValidateNested() optional?: Address
      @Body({ nullable: true }) @Type(() => Address) @ValidateNested() nullable!: Address | null
      @Body() @ValidateNested() given: Item = item({ name: 'n', price: 1 })
    }
    expect(await outcome(Nesting, { body: {} })).to.deep.equal([
      'body address required: address is required',
      'body item required: item is required',
      'body items required: items is required',
    ])
  })

  it('with groups all run: a request has no groups', async () => {
    class Grouped {
      @Body() @IsEmail({}, { groups: ['strict'] }) @Length(3, 20, { groups: ['lax'] }) mail!: string
    }
    expect(await outcome(Grouped, { body: { mail: 'x' } })).to.have.length(2)
  })

  it('honour a message for a missing value and for a wrong type', async () => {
    class Worded {
      @Body() @IsInt({ message: 'How many?' }) count!: number
    }
    expect(await outcome(Worded, { body: {} })).to.deep.equal(['body count required: How many?'])
    expect(await outcome(Worded, { body: { count: 'x' } })).to.deep.equal(['body count isInt: How many?'])
  })

  it('admit null where the field says so', async () => {
    class Nullable {
      @Body({ nullable: true }) @IsString() explicit!: string | null
      @Body() @IsOptional() @IsString() union!: string | null
      @Body() @IsArray() @IsOptional() @Type(() => String) list?: string[]
    }
    expect(await outcome(Nullable, { body: { explicit: null, union: null } })).to.deep.equal({
      explicit: null,
      union: null,
      list: undefined,
    })
    expect(await outcome(Nullable, { body: { explicit: 1, union: 2 } })).to.deep.equal([
      'body explicit isString: explicit must be a string',
      'body union isString: union must be a string',
    ])
  })
})

abstract class Pet {
  @IsString() kind!: string
}
class Cat extends Pet {
  @IsInt() lives!: number
}
class Dog extends Pet {
  @IsBoolean() barks!: boolean
}
const pets = {
  discriminator: {
    property: 'kind',
    subTypes: [
      { name: 'cat', value: Cat },
      { name: 'dog', value: Dog },
    ],
  },
  keepDiscriminatorProperty: true,
}

describe('one of several classes', () => {
  class Owner {
    @Body() @Type(() => Pet, pets) @ValidateNested({ each: true }) pets!: (Cat | Dog)[]
  }
  const cases: readonly [pets: unknown, expected: unknown][] = [
    [[{ kind: 'cat', lives: 9 }], { pets: [Object.assign(new Cat(), { kind: 'cat', lives: 9 })] }],
    [[{ kind: 'dog', lives: 9 }], ['body pets[0].barks required: barks is required']],
    [[{ kind: 'cow' }], ['body pets[0].kind type: kind must be one of cat, dog']],
    [[{}], ['body pets[0].kind required: kind is required: one of cat, dog']],
    [['cat'], ['body pets[0] type: pets[0] must be an object']],
  ]
  for (const [list, expected] of cases) {
    it(`is chosen by its discriminator: ${JSON.stringify(list)}`, async () => {
      expect(await outcome(Owner, { body: { pets: list } })).to.deep.equal(expected)
    })
  }
})
