import {
  Body,
  Context,
  describeContracts,
  Field,
  Get,
  NotFoundError,
  Path,
  Post,
  Query,
  readContracts,
  Returns,
  Route,
  Throws,
  type Contracts,
} from '@lokstra/core'
import { Type } from 'class-transformer'
import {
  ArrayMinSize,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsOptional,
  Length,
  Matches,
  MaxDate,
  Min,
  ValidateNested,
} from 'class-validator'
import { expect } from 'chai'

import { operationsOf } from '../contract/contracts.js'

class Line {
  @Length(1, 20) sku!: string
  @IsInt() @Min(1) quantity = 1
  @IsOptional() @ValidateNested({ each: true }) @Type(() => Line) parts?: Line[]
}
class PlaceOrder {
  @Path() @IsInt() shop!: number
  @Query('dry') dryRun = false
  @Body() @ArrayMinSize(1) @ValidateNested({ each: true }) @Type(() => Line) lines!: Line[]
  @Body() @IsIn(['card', 'cash']) @IsNotEmpty() way!: string
  @Body({ nullable: true }) @Matches(/^[a-z]+$/i) note: string | null = null
  @Body() @IsOptional() @MaxDate(() => new Date()) since?: Date
}
class Order {
  @Field() id!: number
  @Field({ nullable: true, type: () => Date }) paid!: Date | null
  @Field({ type: () => Line }) lines!: Line[]
}

@Route('/shops/:shop/orders')
class OrderService {
  @Post() @Returns(Order, 201) @Throws(NotFoundError) async place(_: PlaceOrder, __: Context): Promise<void> {}
  @Get('/all') @Returns([Order]) async all(): Promise<void> {}
}

const described = async () => describeContracts(new Map([['OrderService', await operationsOf(OrderService)]]))

const withoutHashes = (contracts: Contracts): unknown =>
  JSON.parse(JSON.stringify(contracts, (key, value: unknown) => (key === 'hash' ? undefined : value)))

describe('the description of a service', () => {
  it('is all that its callers rely on, as plain sorted data', async () => {
    const lines = { type: { array: { object: 'Line' } } }
    const order = { id: { type: 'number' }, lines, paid: { type: 'date', nullable: true } }
    const line = { parts: { ...lines, optional: true }, quantity: { type: 'number' }, sku: { type: 'string' } }
    expect(withoutHashes(await described())).to.deep.equal({
      version: 1,
      services: {
        OrderService: {
          operations: {
            all: {
              verb: 'GET',
              path: '/shops/:shop/orders/all',
              idempotent: true,
              output: { status: 200, type: { array: { object: 'Order' } } },
              errors: [],
              types: { output: { Line: line, Order: order } },
            },
            place: {
              verb: 'POST',
              path: '/shops/:shop/orders',
              idempotent: false,
              input: {
                dryRun: { from: 'query', name: 'dry', type: 'boolean' },
                lines: {
                  from: 'body',
                  type: { array: { object: 'Line' } },
                  required: true,
                  rules: [{ rule: 'arrayMinSize', arguments: [1] }],
                },
                note: {
                  from: 'body',
                  type: 'string',
                  nullable: true,
                  rules: [{ rule: 'matches', arguments: ['/^[a-z]+$/i'] }],
                },
                shop: { from: 'path', type: 'number', required: true, rules: [{ rule: 'isInt' }] },
                since: { from: 'body', type: 'date', rules: [{ rule: 'maxDate' }] },
                way: {
                  from: 'body',
                  type: { enum: ['card', 'cash'] },
                  required: true,
                  rules: [{ rule: 'isNotEmpty' }],
                },
              },
              output: { status: 201, type: { object: 'Order' } },
              errors: [{ type: 'NotFoundError', status: 404, code: 'NOT_FOUND' }],
              types: {
                input: {
                  Line: {
                    parts: lines,
                    quantity: {
                      type: 'number',
                      rules: [{ rule: 'min', arguments: [1] }, { rule: 'isInt' }],
                    },
                    sku: { type: 'string', required: true, rules: [{ rule: 'isLength', arguments: [1, 20] }] },
                  },
                },
                output: { Line: line, Order: order },
              },
            },
          },
        },
      },
    })
  })

  it('survives being written and read', async () => {
    const contracts = await described()
    expect(readContracts(JSON.stringify(contracts, undefined, 2), 'file')).to.deep.equal(contracts)
  })

  it('tells classes of one name apart', async () => {
    const part = (property: string) => {
      class Part {}
      Reflect.defineMetadata('design:type', Number, Part.prototype, property)
      Field()(Part.prototype, property as never)
      return Part
    }
    const [first, second] = [part('a'), part('b')]
    class Both {
      @Field({ type: () => first }) one!: object
      @Field({ type: () => second }) two!: object
    }
    @Route('/both')
    class Service {
      @Get() @Returns(Both) get(): void {}
    }
    const { services } = describeContracts(new Map([['Service', await operationsOf(Service)]]))
    expect(services.Service!.operations.get!.types!.output).to.deep.equal({
      Both: { one: { type: { object: 'Part' } }, two: { type: { object: 'Part#2' } } },
      Part: { a: { type: 'number' } },
      'Part#2': { b: { type: 'number' } },
    })
  })
})

describe('reading contracts', () => {
  type Change = readonly [name: string, change: (text: string) => string, problem: RegExp]
  const changes: readonly Change[] = [
    ['what is no JSON', () => '{', /it is no JSON/],
    ['another shape', () => '[]', /the whole is no object/],
    ['another version', (text) => text.replace('"version":1', '"version":2'), /its version is 2, and 1 is/],
    [
      'an operation that was edited',
      (text) => text.replace('"date"', '"number"'),
      /the hash of .*\.(all|place) is not/,
    ],
    [
      'an operation that was taken out',
      (text) => text.replace(/"all":.*?"place"/, '"place"'),
      /the hash of services\.OrderService is/,
    ],
    ['an unknown type', (text) => text.replace('"date"', '"complex"'), /paid\.type is "complex", which is no type/],
    ['a class that is not there', (text) => text.replace('"object":"Line"', '"object":"Row"'), /names "Row"/],
    ['lists that are none', (text) => text.replace('"errors":[]', '"errors":{}'), /all\.errors is no list/],
    ['errors without a code', (text) => text.replace('"code":"NOT_FOUND"', '"code":7'), /errors\[0\] lacks/],
    ['fields from nowhere', (text) => text.replace('"from":"query"', '"from":1'), /dryRun\.from is no text/],
    ['rules without a name', (text) => text.replace('"rule":"isInt"', '"rule":{}'), /rules\[\d\] lacks its name/],
  ]
  for (const [name, change, problem] of changes) {
    it(`refuses ${name}, and says where`, async () => {
      const text = change(JSON.stringify(await described()))
      expect(() => readContracts(text, 'lokstra.contracts.json'))
        .to.throw(problem)
        .with.property('code', 'E_CONTRACTS_FORMAT')
    })
  }

  it('refuses what is nested without end', () => {
    const depth = 5_000
    const type = `${'{"array":'.repeat(depth)}"string"${'}'.repeat(depth)}`
    const operation = `{"verb":"GET","path":"/","idempotent":true,"output":{"status":200,"type":${type}},"errors":[]}`
    const text = `{"version":1,"services":{"A":{"operations":{"b":${operation}}}}}`
    expect(() => readContracts(text, 'answer')).to.throw(/E_CONTRACTS_FORMAT/)
  })
})
