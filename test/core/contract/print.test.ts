import {
  Body,
  ConflictError,
  Context,
  createServer,
  Delete,
  Field,
  Get,
  Header,
  Middleware,
  Path,
  Post,
  Query,
  Returns,
  Route,
  Throws,
  type DescribeOptions,
} from '@lokstra/core'
import { Expose, Transform, Type } from 'class-transformer'
import { IsEmail, IsIn, IsInt, IsOptional, Length, Matches, Min, ValidateIf, ValidateNested } from 'class-validator'
import { expect } from 'chai'

class Card {
  @Length(4, 4) digits!: string
}
class Cash {
  @Min(1) amount!: number
}
class Line {
  @Length(1, 20, { groups: ['new'] }) @Matches(/^[A-Z]/, { always: true }) sku!: string
  @IsInt({ validateIf: () => true }) quantity = 1
  @IsOptional() @ValidateNested({ each: true }) @Type(() => Line) parts?: Line[]
}
class PlaceOrder {
  @Path() @IsInt() shop!: number
  @Header('x-tenant', { description: 'Who\n  orders', example: 'acme', deprecated: true })
  @IsOptional()
  tenant?: string
  @Body() @IsEmail() @Transform(({ value }) => value as unknown) mail!: string
  @Body() @IsIn(['card', 'cash'], { each: true }) ways: string[] = ['card']
  @Body() @ValidateNested({ each: true }) @Type(() => Line) lines!: Line[]
  @Body()
  @ValidateNested()
  @Type(() => Card, {
    discriminator: {
      property: 'kind',
      subTypes: [
        { name: 'card', value: Card },
        { name: 'cash', value: Cash },
      ],
    },
  })
  payment!: Card | Cash
  @Body()
  @ValidateIf(() => true)
  @Transform(({ value }) => value as unknown)
  @Transform(({ value }) => value as unknown)
  @Type(() => String)
  note!: string | null
}
class Order {
  @Field({ description: 'Number', examples: [7, 8] }) id!: number
  @Expose({ name: 'placed_at' }) at!: Date
  @Type(() => Number) totals!: Map<string, number>
  @Type(() => Order) parent?: Order
}
const first = (_: Context, next: () => unknown) => next()

@Route('/shops/:shop/orders')
class Orders {
  @Post({
    summary: 'Places',
    description: 'An order\n  with lines',
    tags: ['a', 'b'],
    deprecated: true,
    handlerTimeout: '2s',
  })
  @Returns(Order, 201)
  @Throws(ConflictError)
  @Middleware(first)
  place(_: PlaceOrder, __: Context) {}
  @Get({ handlerTimeout: 0 }) @Returns([String]) list() {}
  @Delete('/:id') @Returns(undefined, 204) remove(_: Context) {}
}
class Search {
  @Query() q = ''
}
@Route('/search')
class Searches {
  @Get() find(_: Search) {}
}

async function describeRoutes(options: DescribeOptions): Promise<string> {
  const mounts = [{ prefix: '/files', description: 'files', handle: () => undefined }]
  const text = await createServer({
    apps: [
      { name: 'api', listen: ':1', controllers: [Orders], mounts },
      { name: 'admin', listen: ':2', controllers: [Searches] },
    ],
  }).describeRoutes(options)
  return text.replace(/ {2}[^ ]*print\.test\.ts:\d+$/gm, '  here')
}

describe('the printed contract', () => {
  it('says all there is of each operation', async () => {
    expect(await describeRoutes({ plan: true })).to.equal(`api  :1
  POST /shops/:shop/orders
    handler     Orders.place(input, context)  here
    summary     Places
    description An order with lines
    tags        a, b
    deprecated  yes
    middleware  first
    timeout     2s
    input       PlaceOrder
      path.shop: number, required
        isInt
      header.x-tenant: string, optional, property tenant, deprecated
        Who orders
        for example 'acme'
        isOptional
      body.mail: string, required, format email, transformed
        isEmail
      body.ways: (card | cash)[], default [ 'card' ]
        isIn([ 'card', 'cash' ]) each
      body.lines: Line[], required
        nestedValidation each
        sku: string, required
          matches(/^[A-Z]/) always, isLength(1, 20) groups [new]
        quantity: number, default 1
          isInt if a condition holds
        parts: Line[], optional
          nestedValidation each, isOptional
          Line, as above
      body.payment: Card | Cash, required
        nestedValidation
        kind 'card': Card
          digits: string, required
            isLength(4, 4)
        kind 'cash': Cash
          amount: number, required
            min(1)
      body.note: string | null, optional, transformed 2 times
        conditionalValidation
    output      201 Order
      id: number
        Number
        for example 7, 8
      placed_at: date, property at
      totals: map of number
      parent: Order
        Order, as above
    error       409 CONFLICT (ConflictError)
    formatter   lokstra

  GET /shops/:shop/orders
    handler     Orders.list()  here
    middleware  none
    timeout     none
    input       none
    output      200 string[]
    formatter   lokstra

  DELETE /shops/:shop/orders/:id
    handler     Orders.remove(context)  here
    middleware  none
    timeout     30s, as in the app
    input       none
    output      204
    formatter   lokstra

  GET /files
    handler     files  here
    middleware  none
    timeout     30s, as in the app
    formatter   lokstra

  GET /files/*
    handler     files  here
    middleware  none
    timeout     30s, as in the app
    formatter   lokstra

admin  :2
  GET /search
    handler     Searches.find(input)  here
    middleware  none
    timeout     30s, as in the app
    input       Search
      query.q: string, default ''
    output      200
    formatter   lokstra`)
  })

  it('shows the emitted code below each contract, and implies it', async () => {
    const text = await describeRoutes({ code: true })
    expect(text).to.match(/ {2}POST \/shops\/:shop\/orders\n {4}handler/)
    expect(text).to.match(/\n\n {4}code of the input\n {6}function [\s\S]* {8}const target = new PlaceOrder\(\)/)
    expect(text).to.match(/\n\n {4}code of the output\n {6}function /)
    expect(text.match(/code of the input/g)).to.have.length(2)
    expect(text.match(/code of the output/g)).to.have.length(2)
    expect(text).not.to.match(/[ \t]$/m)
  })

  it('is one line for each route without options', async () => {
    expect((await describeRoutes({})).split('\n').slice(-2)).to.deep.equal([
      'admin  :2',
      '  GET  /search  bind Search(query.q: string) › Searches.find › lokstra  at test/core/contract/print.test.ts:90',
    ])
  })
})
