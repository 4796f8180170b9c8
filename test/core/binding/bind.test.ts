import { bind, bindAsync, Field, HttpError, LokstraError, ValidationError } from '@lokstra/core'
import { Transform, Type } from 'class-transformer'
import {
  IsEmail,
  IsEnum,
  IsInt,
  IsOptional,
  IsString,
  Min,
  Validate,
  ValidateIf,
  ValidateNested,
  ValidatorConstraint,
} from 'class-validator'
import { expect } from 'chai'

import { bindWith, InvalidInput } from './internals.js'
import { Order, order, OrderItem, Priority } from './order.js'

const fieldsOf = (run: () => unknown): readonly string[] => {
  try {
    run()
  } catch (error) {
    if (error instanceof ValidationError)
      return error.fields!.map(({ in: source, field, code }) => `${source} ${field} ${code}`)
    throw error
  }
  return []
}

describe('bind', () => {
  it('makes an instance of plain data and leaves the data as it is', () => {
    const before = structuredClone(order)
    const bound = bind(Order, order)
    expect(bound).to.be.instanceOf(Order)
    expect(bound.items[1]).to.be.instanceOf(OrderItem)
    expect(bound).to.deep.include({
      priority: Priority.High,
      total: 175.25,
      orderedAt: new Date('2024-02-27T12:30:00Z'),
    })
    expect(order).to.deep.equal(before)
    expect(bound.tags).to.not.equal(order.tags)
  })

  it('keeps what initialisers give', () => {
    const { priority, tags, gift, ...required } = order
    expect([priority, tags.length, gift]).to.deep.equal(['high', 2, true])
    expect(bind(Order, required)).to.deep.include({ priority: Priority.Low, tags: [], gift: false })
  })

  const faults: readonly [name: string, value: unknown, fields: readonly string[]][] = [
    ['undefined', undefined, ['body  type']],
    ['null', null, ['body  type']],
    ['a list', [], ['body  type']],
    ['text for a number', { ...order, total: '1' }, ['body total isNumber']],
    [
      'a nested fault',
      { ...order, items: [order.items[0], { ...order.items[1], quantity: 0 }] },
      ['body items[1].quantity min'],
    ],
    [
      'several',
      { ...order, customer: { ...order.customer, email: 'x' }, total: -1, currency: 'YYY' },
      ['body customer.email isEmail', 'body currency isIn', 'body total min'],
    ],
  ]
  for (const [name, value, fields] of faults) {
    it(`refuses ${name}`, () => expect(fieldsOf(() => bind(Order, value))).to.deep.equal(fields))
  }

  it('reads text and refuses unknown keys where asked to', () => {
    expect(bind(OrderItem, { sku: 'abc', quantity: '2', price: '1.5' }, { text: 'convert' })).to.deep.include({
      quantity: 2,
      price: 1.5,
    })
    expect(
      fieldsOf(() => bind(OrderItem, { sku: 'abc', quantity: 2, price: 1, extra: 1 }, { unknown: 'reject' })),
    ).to.deep.equal(['body extra unknown'])
  })

  it('throws an error without a stack that is an Error all the same', () => {
    let error: unknown
    try {
      bind(OrderItem, {})
    } catch (thrown) {
      error = thrown
    }
    expect(error).to.be.instanceOf(ValidationError).and.instanceOf(Error)
    expect(HttpError.is(error)).to.equal(true)
    expect(error).to.deep.include({ name: 'ValidationError', status: 400, code: 'VALIDATION_ERROR' })
    expect((error as Error).stack).to.equal('ValidationError: The request is not valid')
    expect(String(error)).to.equal('ValidationError: The request is not valid')
  })

  it('refuses a class that cannot be bound', () => {
    class Untyped {
      @ValidateNested() inner!: unknown
    }
    expect(() => bind(Untyped, {})).to.throw(LokstraError)
  })
})

describe('an enum', () => {
  enum Resolution {
    Low = 'low',
    '4K' = '4k',
  }
  enum Offset {
    Back = -1,
    Here,
    Half = 0.5,
  }
  const Interval = { '1m': '1m', '1h': '1h' } as const
  const Quality = { 1: 'low', 2: 'high' } as const
  class Video {
    @IsOptional() @IsEnum(Resolution) resolution?: Resolution
    @IsOptional() @IsEnum(Offset) offset?: Offset
    @IsOptional() @IsEnum(Interval) interval?: keyof typeof Interval
    @IsOptional() @IsEnum(Quality) quality?: 'low' | 'high'
  }

  const members: readonly object[] = [
    ...Object.values(Resolution).map((resolution) => ({ resolution })),
    ...[-1, 0, 0.5].map((offset) => ({ offset })),
    ...Object.values(Interval).map((interval) => ({ interval })),
    ...Object.values(Quality).map((quality) => ({ quality })),
  ]
  for (const member of members) {
    it(`has the member ${JSON.stringify(member)}`, () => expect(bind(Video, member)).to.deep.include(member))
  }

  const others: readonly [value: object, fields: string][] = [
    [{ resolution: '4K' }, 'body resolution isEnum'],
    // The rule itself lets the name of a member pass.
    [{ offset: 'Here' }, 'body offset type'],
    [{ offset: '0' }, 'body offset isEnum'],
    [{ offset: 1 }, 'body offset isEnum'],
    [{ interval: 1 }, 'body interval isEnum'],
    [{ quality: '1' }, 'body quality isEnum'],
  ]
  for (const [value, field] of others) {
    it(`does not have ${JSON.stringify(value)}`, () =>
      expect(fieldsOf(() => bind(Video, value))).to.deep.equal([field]))
  }
})

describe('a map or a set', () => {
  class Shelf {
    @Transform(({ value }) => (Array.isArray(value) ? new Map(value as [string, string][]) : (value as unknown)))
    @Field({ type: () => Number })
    prices!: Map<string, number>
    @Transform(({ value }) => (typeof value === 'string' ? new Set(value.split(' ')) : (value as unknown)))
    @Field({ type: () => String })
    tags!: Set<string>
    @IsOptional() @ValidateNested() @Field({ type: () => OrderItem }) items?: Map<string, OrderItem>
  }
  const item = { sku: 'abc', quantity: 1, price: 1 }
  const shelf = (prices: unknown, tags: unknown, items?: unknown) => ({ prices, tags, ...(items ? { items } : {}) })
  const prices = new Map([['a', 1]])
  const tags = new Set(['x', 'y'])

  const interpret = (value: unknown) => {
    const bound = bindWith('interpreted', Shelf, value)
    if (bound instanceof InvalidInput) throw bound.error
    return bound as Shelf
  }
  const engines = { interpreted: interpret, compiled: (value: unknown) => bind(Shelf, value) }

  for (const [engine, run] of Object.entries(engines)) {
    const wrong = (value: unknown) => fieldsOf(() => run(value))

    it(`may be given as such: ${engine}`, () => {
      for (let call = 0; call < 3; call++) {
        const bound = run(shelf(prices, tags, new Map([['b', item]])))
        expect(bound).to.deep.include({ prices, tags })
        expect(bound.prices).to.not.equal(prices)
        expect(bound.items!.get('b')).to.be.instanceOf(OrderItem)
      }
    })

    it(`may be what a transform gives: ${engine}`, () => {
      for (let call = 0; call < 3; call++) expect(run(shelf([['a', 1]], 'x y'))).to.deep.include({ prices, tags })
    })

    it(`has its items converted and checked: ${engine}`, () => {
      for (let call = 0; call < 3; call++) {
        expect(wrong(shelf(new Map([['a', 'x']]), new Set([1])))).to.deep.equal([
          'body prices.a type',
          'body tags[0] type',
        ])
        const items = new Map([['b', { ...item, price: -1 }]])
        expect(wrong(shelf(prices, tags, items))).to.deep.equal(['body items.b.price min'])
        expect(wrong(shelf(prices, prices))).to.deep.equal(['body tags type'])
      }
    })
  }
})

let calls: unknown[] = []
@ValidatorConstraint({ name: 'free' })
class Free {
  validate(value: unknown) {
    calls.push(value)
    return value !== 'taken'
  }
}
@ValidatorConstraint({ name: 'later', async: true })
class Later {
  async validate(value: unknown) {
    calls.push(value)
    return Promise.resolve(value !== 'taken')
  }
}

describe('rules of users', () => {
  class Name {
    @IsString() @Validate(Free) name!: string
  }
  class Team {
    @ValidateNested({ each: true }) @Type(() => Name) names!: Name[]
    @IsInt() @Min(1) size!: number
  }
  class Account {
    @IsEmail() email!: string
    @Validate(Later) name!: string
  }
  beforeEach(() => (calls = []))

  const teams: readonly [what: string, value: unknown, asked: readonly string[], fields: readonly string[]][] = [
    ['valid', { names: [{ name: 'a' }, { name: 'b' }], size: 1 }, ['a', 'b'], []],
    [
      'broken by such a rule',
      { names: [{ name: 'a' }, { name: 'taken' }], size: 1 },
      ['a', 'taken'],
      ['body names[1].name free'],
    ],
    ['broken elsewhere', { names: [{ name: 'a' }, { name: 'b' }], size: 0 }, ['a', 'b'], ['body size min']],
    [
      'broken beside',
      { names: [{ name: 'a' }, { name: 5 }], size: 0 },
      ['a'],
      ['body names[1].name isString', 'body size min'],
    ],
  ]
  for (const [what, value, asked, fields] of teams) {
    it(`are asked once of input that is ${what}`, () => {
      expect(fieldsOf(() => bind(Team, value))).to.deep.equal(fields)
      expect(calls).to.deep.equal(asked)
    })
  }

  it('are told at the place of their item, whatever is wrong before it', () => {
    class Teams {
      @IsOptional() @ValidateNested({ each: true }) @Type(() => Name) list?: Name[]
      @IsOptional() @ValidateNested({ each: true }) @Type(() => Name) set?: Set<Name>
      @IsOptional() @ValidateNested({ each: true }) @Type(() => Name) map?: Map<string, Name>
    }
    const wrong = { name: 'taken' }
    for (let call = 0; call < 3; call++) {
      for (const name of ['list', 'set']) {
        expect(fieldsOf(() => bind(Teams, { [name]: [null, wrong, 5, { name: 'a' }, 5, wrong] }))).to.deep.equal([
          ...[0, 2, 4].map((index) => `body ${name}[${index}] type`),
          ...[1, 5].map((index) => `body ${name}[${index}].name free`),
        ])
      }
      expect(fieldsOf(() => bind(Teams, { map: { a: null, b: wrong, c: 5, d: wrong } }))).to.deep.equal([
        ...['body map.a type', 'body map.c type'],
        ...['body map.b.name free', 'body map.d.name free'],
      ])
    }
  })

  it('may be asynchronous in bindAsync alone', async () => {
    expect(() => bind(Account, { email: 'a@example.com', name: 'x' }))
      .to.throw(LokstraError)
      .with.property('code', 'E_RULE_ASYNC')
    calls = []
    expect(await bindAsync(Account, { email: 'a@example.com', name: 'x' })).to.be.instanceOf(Account)
    expect(calls).to.deep.equal(['x'])
    const failure = await bindAsync(Account, { email: 'a@example.com', name: 'taken' }).catch((error: unknown) => error)
    expect(failure).to.be.instanceOf(ValidationError)
    expect((failure as ValidationError).fields).to.deep.include({
      in: 'body',
      field: 'name',
      code: 'later',
      message: '',
    })
  })
})

describe('transforms', () => {
  class Teapot extends HttpError {
    constructor() {
      super(418, 'no')
    }
  }
  class Form {
    @Transform(({ value }) => (value as string).trim()) @IsString() title!: string
    @Transform(({ value, obj }) => ((obj as Form).title === 'twice' ? Number(value) * 2 : (value as unknown)))
    @IsInt()
    count = 1
    @IsOptional()
    @Transform(({ value }) => {
      if (value === 'http') throw new Teapot()
      if (value === 'fault') throw new Error('broken')
      return value as string
    })
    @IsString()
    note?: string
    @Transform(({ value }) => (value === '' ? undefined : (value as unknown)))
    @ValidateIf((form: Form) => form.count > 5)
    @IsEmail()
    email = 'none@example.com'
  }

  it('apply before the type is looked at, and see the raw object', () => {
    expect(bind(Form, { title: ' a ' })).to.deep.include({ title: 'a', count: 1 })
    expect(bind(Form, { title: 'twice', count: '2' })).to.deep.include({ title: 'twice', count: 4 })
    expect(bind(Form, { title: 'a', email: '' }).email).to.equal('none@example.com')
  })

  it('that stumble over a value of the wrong type make it a wrong value', () => {
    expect(fieldsOf(() => bind(Form, { title: 5 }))).to.deep.equal(['body title isString'])
  })

  it('may throw an HttpError; any other error is a fault', () => {
    expect(() => bind(Form, { title: 'a', note: 'http' })).to.throw(Teapot)
    expect(() => bind(Form, { title: 'a', note: 'fault' })).to.throw('broken')
  })
})

describe('a list', () => {
  class Batch {
    @ValidateNested({ each: true }) @Type(() => OrderItem) items!: OrderItem[]
    @IsEmail({}, { each: true }) mails: string[] = []
  }
  const item = { sku: 'abc', quantity: 1, price: 1 }

  it('of thousands names the one item that is wrong', () => {
    const items = [...Array.from({ length: 9_999 }, () => item), { ...item, price: -1 }]
    expect(fieldsOf(() => bind(Batch, { items }))).to.deep.equal(['body items[9999].price min'])
    const mails = [...Array.from({ length: 9_999 }, () => 'a@example.com'), 'x']
    expect(fieldsOf(() => bind(Batch, { items: [], mails }))).to.deep.equal(['body mails isEmail'])
    expect(bind(Batch, { items: [], mails: mails.slice(0, -1) }).mails).to.have.length(9_999)
  })

  it('of thousands of wrong items is told a hundred times', () => {
    expect(
      fieldsOf(() => bind(Batch, { items: Array.from({ length: 9_999 }, () => ({ ...item, price: -1 })) })),
    ).to.have.length(100)
  })

  it('of items that only the interpreter accepts is complete', () => {
    class Detail {
      @IsInt() code!: number
    }
    class Line {
      kind = 'a'
      // What the condition switches off may break its rules.
      @ValidateIf((line: Line) => line.kind === 'b') @ValidateNested() @Type(() => Detail) detail!: Detail
    }
    class Lines {
      @ValidateNested({ each: true }) @Type(() => Line) lines!: Line[]
    }
    const { lines } = bind(Lines, { lines: Array.from({ length: 150 }, () => ({ detail: {} })) })
    expect(lines).to.have.length(150)
    expect(lines[149]!.detail).to.be.instanceOf(Detail)
  })
})
