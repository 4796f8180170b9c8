import {
  All,
  BadRequestError,
  Body,
  compareContracts,
  ConflictError,
  Delete,
  Duration,
  Field,
  Get,
  Header,
  HttpError,
  NotFoundError,
  Path,
  Post,
  Put,
  Query,
  stream,
  type Class,
} from '@lokstra/core'
import { Type } from 'class-transformer'
import * as cv from 'class-validator'
import { expect } from 'chai'

import { contractsOf, orderService, type Decorator, type Design } from './described.js'

/** Each change with `!` in front when it breaks the consumer, without the name of the operation. */
async function changes(consumer: Design, provider: Design): Promise<readonly string[]> {
  const [was, is] = [await contractsOf(orderService(consumer)), await contractsOf(orderService(provider))]
  return compareContracts(was, is).map(({ breaking, message }) => {
    return `${breaking ? '! ' : ''}${message.replace(/^OrderService\.place:? /, '')}`
  })
}

/** A class with one field `value` that the decorators describe. */
function field(type: unknown, ...decorators: Decorator[]): Class {
  return fields({ value: [type, ...decorators] })
}

function fields(
  design: Readonly<Record<string, readonly [type: unknown, ...decorators: Decorator[]]>>,
  name = 'Shape',
): Class {
  const made = { [name]: class {} }[name]!
  for (const [property, [type, ...decorators]] of Object.entries(design)) {
    Reflect.defineMetadata('design:type', type, made.prototype, property)
    for (const decorator of decorators) decorator(...([made.prototype, property] as never[]))
  }
  return made
}

const required = cv.IsDefined()
const inBody = Body()
type Case = readonly [name: string, consumer: Design, provider: Design, found: readonly string[]]

/** Of the one field of an input. */
function input(name: string, consumer: Class, provider: Class, ...found: string[]): Case {
  return [name, { input: consumer }, { input: provider }, found]
}

/** Of the one field of what is answered. */
function output(name: string, consumer: Class, provider: Class, ...found: string[]): Case {
  return [name, { returns: [consumer] }, { returns: [provider] }, found]
}

/** Of the rules of one required field. */
function rules(
  name: string,
  type: unknown,
  consumer: readonly Decorator[],
  provider: readonly Decorator[],
  ...found: string[]
): Case {
  return input(name, field(type, inBody, required, ...consumer), field(type, inBody, required, ...provider), ...found)
}

enum Way {
  Card = 'card',
  Cash = 'cash',
}
enum MoreWays {
  Card = 'card',
  Cash = 'cash',
  Bank = 'bank',
}
const line = (...more: Decorator[]) => fields({ sku: [String, required, ...more] }, 'Line')
const nested = (type: Class) => [Object, inBody, cv.ValidateNested(), Type(() => type)] as const
const card = fields({ digits: [String, required] }, 'Card')
const cash = fields({ amount: [Number, required] }, 'Cash')
const union = (by: string, ...values: readonly Class[]) =>
  Type(() => Object, {
    discriminator: { property: by, subTypes: values.map((value) => ({ name: value.name, value })) },
  })

class Missing extends HttpError {
  static readonly status = 404
  static readonly code = 'MISSING'
}
const missing = (status: number, code: string) =>
  ({
    Missing: class Missing extends HttpError {
      static readonly status = status
      static readonly code = code
    },
  }).Missing

const operations: readonly Case[] = [
  ['the verb', { decorate: Post }, { decorate: Put }, ['! POST became PUT', 'is idempotent now']],
  [
    'idempotency that is lost',
    { decorate: Delete },
    { decorate: All },
    ['! DELETE became ALL', '! is not idempotent any more, and consumers repeat it'],
  ],
  [
    'the path',
    { path: '/new' },
    { path: '/place' },
    ['/orders/new became /orders/place, and calls go by the name of the method'],
  ],
  [
    'the pattern of a parameter',
    { path: '/:id', input: field(String, Path('id')) },
    { path: '/:id(\\d+)', input: field(String, Path('id')) },
    ['/orders/:id became /orders/:id(\\d+), and calls go by the name of the method'],
  ],
  [
    'the name of a parameter',
    { path: '/:id/:at', input: fields({ id: [String, Path()], at: [Number, Path()] }) },
    { path: '/:order/:line', input: fields({ order: [String, Path()], line: [Number, Path()] }) },
    [
      '/orders/:id/:at became /orders/:order/:line, and calls go by the name of the method',
      '! input.at: is gone: what the consumer sends is ignored',
      '! input.id: is gone: what the consumer sends is ignored',
      'input.line: is new',
      'input.order: is new',
    ],
  ],
  ['an input at all', {}, { input: field(String, inBody, required) }, ['! input.value: is new and required']],
  ['a status', { returns: [card, 200] }, { returns: [card, 201] }, ['output: 200 became 201']],
  [
    'a stream of bytes that becomes one of items',
    { returns: [stream(Uint8Array)] },
    { returns: [stream(field(String, Field()))] },
    ['! output: gives items, gave bytes'],
  ],
  [
    'a stream of items that becomes one of bytes',
    { returns: [stream(field(String, Field()))] },
    { returns: [stream(Uint8Array)] },
    ['! output: gives bytes, gave items'],
  ],
  [
    'an output that is gone',
    { returns: [card] },
    { returns: [undefined, 204] },
    ['output: 200 became 204', '! output: is gone'],
  ],
  [
    'an output where there was none',
    { returns: [undefined, 204] },
    { returns: [card, 200] },
    ['output: 204 became 200', 'output: is new'],
  ],
  [
    'errors',
    { throws: [NotFoundError, ConflictError, Missing] },
    { throws: [ConflictError, missing(410, 'GONE'), BadRequestError] },
    [
      '! errors.Missing: code MISSING became GONE',
      '! errors.Missing: status 404 became 410',
      '! errors.NotFoundError: is gone',
      'errors.BadRequestError: is new: the consumer meets it as a failed call',
    ],
  ],
]

const inputs: readonly Case[] = [
  input(
    'a new required field',
    field(String, inBody),
    fields({ value: [String, inBody], more: [String, inBody, required] }),
    '! input.more: is new and required',
  ),
  input(
    'a new optional field',
    field(String, inBody),
    fields({ value: [String, inBody], more: [String, inBody] }),
    'input.more: is new',
  ),
  input(
    'a field that is gone',
    fields({ value: [String, inBody], more: [String, inBody] }),
    field(String, inBody),
    '! input.more: is gone: what the consumer sends is ignored',
  ),
  input(
    'a field that is one of all',
    field(String, Query()),
    fields({ rest: [Map, Query('*'), Type(() => String)] }),
    '! input.value: is gone: what the consumer sends is ignored',
    'input.rest: is new',
  ),
  input(
    'another name on the wire',
    field(String, Body('qty')),
    field(String, Body('quantity')),
    '! input.value: is called "quantity" on the wire, was "qty"',
  ),
  input('another name of the property alone', field(String, Body('qty')), fields({ quantity: [String, Body('qty')] })),
  input('another source', field(String, inBody), field(String, Query()), '! input.value: comes from query, was body'),
  input(
    'a field that becomes required',
    field(String, inBody),
    field(String, inBody, required),
    '! input.value: is required, was optional',
  ),
  input(
    'a field that becomes optional',
    field(String, inBody, required),
    field(String, inBody),
    'input.value: is optional, was required',
  ),
  input(
    'null that is refused',
    field(String, Field({ nullable: true })),
    field(String, inBody),
    '! input.value: must not be null, and could be',
  ),
  input(
    'null that is taken',
    field(String, inBody),
    field(String, Field({ nullable: true })),
    'input.value: may be null, and could not be',
  ),
  input('another type', field(Number, inBody), field(String, inBody), '! input.value: number became string'),
  input(
    'another type in the text of a query',
    field(Number, Query()),
    field(String, Query()),
    'input.value: number became string',
  ),
  input('the way back', field(String, Query()), field(Number, Query()), '! input.value: string became number'),
  input(
    'another type of the items',
    field(
      Array,
      Header(),
      Type(() => Number),
    ),
    field(
      Array,
      Header(),
      Type(() => String),
    ),
    '! input.value[]: number became string',
  ),
  input(
    'any value',
    field(Number, inBody),
    field(Object, inBody, cv.Allow(), Field({ type: () => Object })),
    'input.value: number became any',
    'input.value: may be null, and could not be',
  ),
  input(
    'any value no more',
    field(Object, inBody, Field({ type: () => Object })),
    field(Number, inBody),
    '! input.value: any became number',
    '! input.value: must not be null, and could be',
  ),
  input(
    'a list of it',
    field(String, inBody),
    field(
      Array,
      inBody,
      Type(() => String),
    ),
    '! input.value: string became string[]',
  ),
  input(
    'a set instead of a list',
    field(
      Array,
      inBody,
      Type(() => String),
    ),
    field(
      Set,
      inBody,
      Type(() => String),
    ),
    '! input.value: string[] became set of string, and what is in it twice arrives once',
  ),
  input(
    'the values of a map',
    field(
      Map,
      inBody,
      Type(() => Number),
    ),
    field(
      Map,
      inBody,
      Type(() => Date),
    ),
    '! input.value{}: number became date',
  ),
  input(
    'more members of an enum',
    field(String, inBody, cv.IsEnum(Way)),
    field(String, inBody, cv.IsEnum(MoreWays)),
    'input.value: the value "bank" is new',
  ),
  input(
    'fewer members of an enum',
    field(String, inBody, cv.IsEnum(MoreWays)),
    field(String, inBody, cv.IsEnum(Way)),
    '! input.value: the value "bank" is gone',
  ),
  input(
    'an enum that was free',
    field(String, inBody, required),
    field(String, inBody, required, cv.IsIn(['a', 'b'])),
    '! input.value: string became a | b',
  ),
  input(
    'a free text that was an enum',
    field(String, inBody, required, cv.IsIn(['a', 'b'])),
    field(String, inBody, required),
    'input.value: a | b became string',
  ),
  input(
    'an enum of one rule instead of another',
    field(String, inBody, cv.IsEnum(Way)),
    field(String, inBody, cv.IsIn(['card', 'cash'])),
  ),
  input(
    'a field of a nested class',
    field(...nested(line())),
    field(...nested(line(cv.MaxLength(5)))),
    '! input.value.sku: at most 5 characters, was unbounded',
  ),
  input(
    'the name of a nested class alone',
    field(...nested(line())),
    field(...nested(fields({ sku: [String, required] }, 'Row'))),
  ),
  input(
    'a variant that is gone',
    field(Object, inBody, cv.ValidateNested(), union('kind', card, cash)),
    field(Object, inBody, cv.ValidateNested(), union('kind', card)),
    '! input.value: the variant "Cash" is gone',
  ),
  input(
    'a variant that is new, and one that changes',
    field(Object, inBody, cv.ValidateNested(), union('kind', card)),
    field(Object, inBody, cv.ValidateNested(), union('kind', fields({ digits: [Number, required] }, 'Card'), cash)),
    'input.value: the variant "Cash" is new',
    '! input.value<Card>.digits: string became number',
  ),
  input(
    'another discriminator',
    field(Object, inBody, cv.ValidateNested(), union('kind', card)),
    field(Object, inBody, cv.ValidateNested(), union('type', card)),
    '! input.value: its variants are told apart by "type", were by "kind"',
  ),
]

const ruleCases: readonly Case[] = [
  rules('a bound that comes', Number, [], [cv.Min(1)], '! input.value: at least 1, was unbounded'),
  rules('a bound that goes', Number, [cv.Max(9)], [], 'input.value: unbounded, was at most 9'),
  rules('a tighter bound', Number, [cv.Min(1)], [cv.Min(5)], '! input.value: at least 5, was at least 1'),
  rules('a wider bound', Number, [cv.Max(5)], [cv.Max(9)], 'input.value: at most 9, was at most 5'),
  rules(
    'a bound that is not reached',
    Number,
    [cv.Min(0)],
    [cv.IsPositive()],
    '! input.value: more than 0, was at least 0',
  ),
  rules('the same bound in other words', String, [cv.MinLength(1), cv.MaxLength(5)], [cv.Length(1, 5)]),
  rules(
    'a length',
    String,
    [cv.Length(1, 200)],
    [cv.Length(1, 100)],
    '! input.value: at most 100 characters, was at most 200 characters',
  ),
  rules(
    'bytes',
    String,
    [cv.IsByteLength(0, 9)],
    [cv.IsByteLength(0, 8)],
    '! input.value: at most 8 bytes, was at most 9 bytes',
  ),
  rules(
    'the items',
    Array,
    [cv.ArrayMaxSize(5), cv.IsString({ each: true })],
    [cv.ArrayMaxSize(9), cv.ArrayNotEmpty(), cv.IsString({ each: true })],
    '! input.value: at least 1 items, was unbounded',
    'input.value: at most 9 items, was at most 5 items',
  ),
  rules(
    'a bound of each item',
    Array,
    [cv.IsInt({ each: true })],
    [cv.IsInt({ each: true }), cv.Max(3, { each: true })],
    '! input.value: each at most 3, was unbounded',
  ),
  rules('a rule that comes', String, [], [cv.IsEmail()], '! input.value: isEmail is new'),
  rules('a rule that goes', String, [cv.IsEmail()], [], 'input.value: isEmail is gone'),
  rules(
    'another pattern',
    String,
    [cv.Matches(/^a/)],
    [cv.Matches(/^[ab]/)],
    '! input.value: matches(/^a/) became matches(/^[ab]/)',
  ),
  rules(
    'more that is not allowed',
    String,
    [cv.IsNotIn(['a'])],
    [cv.IsNotIn(['a', 'b'])],
    '! input.value: isNotIn(["a"]) became isNotIn(["a","b"])',
  ),
  rules(
    'less that is not allowed',
    String,
    [cv.IsNotIn(['a', 'b'])],
    [cv.IsNotIn(['a'])],
    'input.value: isNotIn(["a","b"]) became isNotIn(["a"])',
  ),
  rules('what follows from what was there', String, [cv.MinLength(1)], [cv.MinLength(1), cv.IsNotEmpty()]),
  rules('what says the type again', Number, [], [cv.IsNumber(), cv.IsNotEmpty()]),
  rules(
    'options of a type',
    Number,
    [],
    [cv.IsNumber({ maxDecimalPlaces: 2 })],
    '! input.value: isNumber({"maxDecimalPlaces":2}) is new',
  ),
  rules(
    'a rule that gets a condition',
    String,
    [cv.IsEmail()],
    [cv.IsEmail({}, { validateIf: () => true })],
    'input.value: isEmail became isEmail if a condition holds',
  ),
  rules(
    'a rule that loses its condition',
    String,
    [cv.Length(1, 2, { validateIf: () => true })],
    [cv.Length(1, 2)],
    '! input.value: at least 1 characters, was unbounded',
    '! input.value: at most 2 characters, was unbounded',
    'input.value: isLength(1, 2) if a condition holds is gone',
  ),
  input(
    'rules that get a condition',
    field(String, inBody, cv.IsEmail()),
    field(
      String,
      inBody,
      cv.IsEmail(),
      cv.ValidateIf(() => true),
    ),
    'input.value: is required where its rules say so, was required',
    'input.value: its rules hold on a condition only',
  ),
  input(
    'rules that lose their condition',
    field(
      String,
      inBody,
      cv.IsEmail(),
      cv.ValidateIf(() => true),
    ),
    field(String, inBody, cv.IsEmail()),
    '! input.value: is required, was required where its rules say so',
    '! input.value: its rules hold always, and held on a condition',
  ),
]

const ifSo = { validateIf: () => true }
const listOf = (type: unknown, ...decorators: Decorator[]) =>
  [Array, inBody, required, Type(() => type as never), ...decorators] as const

/** Faults of the comparison, as they were found. */
const breakingAfterAll: readonly Case[] = [
  rules(
    'another pattern that holds on a condition',
    String,
    [cv.Matches(/^a/)],
    [cv.Matches(/^b/, ifSo)],
    '! input.value: matches(/^a/) became matches(/^b/) if a condition holds',
  ),
  input(
    'a new field that a condition makes required',
    field(String, inBody),
    fields({
      value: [String, inBody],
      more: [String, inBody, cv.IsDefined(), cv.ValidateIf(() => true)],
    }),
    '! input.more: is new and required where its rules say so',
  ),
  input(
    'a new object that a condition makes required, by its type alone',
    field(String, inBody),
    fields({
      value: [String, inBody],
      more: [Object, Body({ nullable: false }), cv.ValidateIf(() => true), union('kind', card, cash)],
    }),
    '! input.more: is new and required where its rules say so',
  ),
  input(
    'an object with a condition that may be null, and so absent',
    field(
      ...nested(line()),
      cv.ValidateIf(() => true),
      Field({ nullable: true }),
    ),
    field(
      ...nested(line()),
      cv.ValidateIf(() => true),
      Field({ nullable: true }),
      cv.IsNotEmpty(),
    ),
    '! input.value: is required where its rules say so, was optional',
  ),
  input(
    'a text whose rule lets absence pass, on a condition',
    field(
      String,
      inBody,
      cv.ValidateIf(() => true),
      cv.IsNotIn(['a']),
    ),
    field(
      String,
      inBody,
      cv.ValidateIf(() => true),
      cv.IsNotIn(['a']),
      cv.IsString(),
    ),
    '! input.value: is required where its rules say so, was optional',
  ),
  input(
    'a new field that a rule with a condition makes required',
    field(String, inBody),
    fields({ value: [String, inBody], more: [String, inBody, cv.IsDefined(ifSo)] }),
    '! input.more: is new and required where its rules say so',
  ),
  input(
    'a field that becomes required on a condition',
    field(String, inBody, cv.IsOptional()),
    field(
      String,
      inBody,
      cv.IsDefined(),
      cv.ValidateIf(() => true),
    ),
    '! input.value: is required where its rules say so, was optional',
    'input.value: its rules hold on a condition only',
  ),
  output(
    'a list that becomes one which may have the same twice',
    field(
      Set,
      Field(),
      Type(() => Number),
    ),
    field(
      Array,
      Field(),
      Type(() => Number),
    ),
    '! output.value: set of number became number[], and what is in it twice arrives once',
  ),
  output(
    'what may be absent',
    field(String, Field()),
    field(String, Field(), cv.IsOptional()),
    '! output.value: may be absent, and was always there',
  ),
]

/** Changes that nobody notices, and that were told to break callers. */
const harmless: readonly Case[] = [
  rules('a length of none', String, [cv.MaxLength(5)], [cv.Length(0, 5)]),
  rules(
    'a bound that gets a condition',
    String,
    [cv.MinLength(2)],
    [cv.MinLength(1, ifSo)],
    'input.value: unbounded, was at least 2 characters',
  ),
  rules('options that say nothing', String, [cv.IsEmail()], [cv.IsEmail({})]),
  rules(
    'rules that let all members of an enum pass',
    String,
    [cv.IsIn(['a', 'ab'])],
    [cv.Length(1, 2), cv.IsNotEmpty()],
    'input.value: a | ab became string',
  ),
  rules(
    'a bound that all numbers of an enum are within',
    Number,
    [cv.IsIn([1, 5])],
    [cv.Min(1), cv.Max(5)],
    'input.value: 1 | 5 became number',
  ),
  input(
    'a set of what is in a list once',
    field(...listOf(String, cv.ArrayUnique())),
    field(
      Set,
      inBody,
      required,
      Type(() => String),
    ),
    'input.value: string[] became set of string',
    'input.value: arrayUnique is gone',
  ),
  input(
    'a list without anything twice instead of a set',
    field(
      Set,
      inBody,
      required,
      Type(() => String),
    ),
    field(...listOf(String, cv.ArrayUnique())),
    'input.value: set of string became string[]',
  ),
  input(
    'a set of dates, no two of which are the same',
    field(...listOf(Date)),
    field(
      Set,
      inBody,
      required,
      Type(() => Date),
    ),
    'input.value: date[] became set of date',
  ),
  input(
    'the number of a duration',
    field(Number, inBody, Duration()),
    field(Number, inBody),
    'input.value: duration became number',
  ),
  input('the case of a header', field(String, Header('X-Shop')), field(String, Header('x-shop'))),
  ['verbs that are called alike', { decorate: All }, { decorate: Post }, ['ALL became POST']],
  input(
    'the order of fields and members',
    fields({ a: [String, inBody, cv.IsIn(['x', 'y'])], b: [Number, inBody] }),
    fields({ b: [Number, inBody], a: [String, inBody, cv.IsIn(['y', 'x'])] }),
  ),
  output(
    'what is always there',
    field(String, Field(), cv.IsOptional()),
    field(String, Field()),
    'output.value: is always there, and could be absent',
  ),
]

const outputs: readonly Case[] = [
  output(
    'a field that is gone',
    fields({ value: [String, Field()], more: [String, Field()] }),
    field(String, Field()),
    '! output.more: is gone',
  ),
  output(
    'a field that is new',
    field(String, Field()),
    fields({ value: [String, Field()], more: [String, Field()] }),
    'output.more: is new',
  ),
  output(
    'null where there was none',
    field(String, Field()),
    field(String, Field({ nullable: true })),
    '! output.value: may be null, and could not be',
  ),
  output(
    'null no more',
    field(String, Field({ nullable: true })),
    field(String, Field()),
    'output.value: must not be null, and could be',
  ),
  output('another type', field(Number, Field()), field(String, Field()), '! output.value: number became string'),
  output(
    'any value that was typed',
    field(Number, Field()),
    field(Object, Field({ type: () => Object })),
    '! output.value: number became any',
    '! output.value: may be null, and could not be',
  ),
  output(
    'a type where any value was expected',
    field(Object, Field({ type: () => Object })),
    field(Number, Field()),
    'output.value: any became number',
    'output.value: must not be null, and could be',
  ),
  output(
    'more members of an enum',
    field(String, Field(), cv.IsEnum(Way)),
    field(String, Field(), cv.IsEnum(MoreWays)),
    '! output.value: the value "bank" is new, and the consumer does not know it',
  ),
  output(
    'fewer members of an enum',
    field(String, Field(), cv.IsEnum(MoreWays)),
    field(String, Field(), cv.IsEnum(Way)),
    'output.value: the value "bank" is gone',
  ),
  output(
    'an enum that was free',
    field(String, Field()),
    field(String, Field(), cv.IsEnum(Way)),
    'output.value: string became card | cash',
  ),
  output(
    'a free text that was an enum',
    field(String, Field(), cv.IsEnum(Way)),
    field(String, Field()),
    '! output.value: card | cash became string',
  ),
  output('rules, which nobody checks', field(String, Field()), field(String, Field(), cv.MaxLength(3))),
  [
    'what a list holds',
    { returns: [[field(Number, Field())]] },
    { returns: [[field(Date, Field())]] },
    ['! output[].value: number became date'],
  ],
  output(
    'a variant that is new',
    field(Object, Field(), union('kind', card)),
    field(Object, Field(), union('kind', card, cash)),
    '! output.value: the variant "Cash" is new, and the consumer does not know it',
  ),
  output(
    'a variant that is gone',
    field(Object, Field(), union('kind', card, cash)),
    field(Object, Field(), union('kind', card)),
    'output.value: the variant "Cash" is gone',
  ),
]

describe('comparing contracts', () => {
  const groups: Readonly<Record<string, readonly Case[]>> = {
    'of operations': operations,
    'of inputs': inputs,
    'of rules': ruleCases,
    'of outputs': outputs,
    'of what looked harmless': breakingAfterAll,
    'of what is harmless': harmless,
  }
  for (const [group, cases] of Object.entries(groups)) {
    describe(group, () => {
      for (const [name, consumer, provider, found] of cases) {
        it(`tells of ${name}`, async () => {
          expect(await changes(consumer, provider)).to.deep.equal(found)
        })
      }
    })
  }

  it('tells of services and operations that come and go', async () => {
    const [was, is] = [
      await contractsOf(orderService({}, 'byId', 'old')),
      await contractsOf(orderService({}, 'byId', 'young')),
    ]
    const { OrderService } = was.services
    const consumer = { ...was, services: { OrderService: OrderService!, UserService: OrderService! } }
    const provider = { ...is, services: { OrderService: is.services.OrderService!, CartService: OrderService! } }
    expect(compareContracts(consumer, provider)).to.deep.equal([
      {
        service: 'OrderService',
        operation: 'old',
        kind: 'operation-removed',
        breaking: true,
        message: 'OrderService.old: is gone',
      },
      {
        service: 'OrderService',
        operation: 'young',
        kind: 'operation-added',
        breaking: false,
        message: 'OrderService.young: is new',
      },
      { service: 'UserService', kind: 'service-removed', breaking: true, message: 'UserService: is gone' },
      { service: 'CartService', kind: 'service-added', breaking: false, message: 'CartService: is new' },
    ])
  })

  it('names service, operation and path of a change', async () => {
    const was = await contractsOf(orderService({ input: fields({ quantity: [Number, inBody] }) }))
    const is = await contractsOf(orderService({ input: fields({ quantity: [String, inBody] }) }))
    expect(compareContracts(was, is)).to.deep.equal([
      {
        service: 'OrderService',
        operation: 'place',
        path: 'input.quantity',
        kind: 'type-changed',
        breaking: true,
        message: 'OrderService.place input.quantity: number became string',
      },
    ])
  })

  it('follows classes that refer to themselves, and tells once of a class that is used twice', async () => {
    class Was {
      @Field() at!: number
      @Field({ type: () => Was }) next?: Was
      @Field({ type: () => Was }) all?: Was[]
    }
    class Is {
      @Field() at!: Date
      @Field({ type: () => Is }) next?: Is
      @Field({ type: () => Is }) all?: Is[]
    }
    expect(await changes({ decorate: Get, returns: [Was] }, { decorate: Get, returns: [Is] })).to.deep.equal([
      '! output.at: number became date',
    ])
  })
})
