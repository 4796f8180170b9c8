import { Body, Context, Cookie, Get, Header, Path, Post, Put, Query, Route } from '@lokstra/core'
import { createTestServer, type TestServer } from '@lokstra/core/testing'
import { expect } from 'chai'
import { Type } from 'class-transformer'
import {
  IsBoolean,
  IsDate,
  IsDefined,
  IsEmail,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator'
import fc from 'fast-check'

import { openRaw } from '../response/raw-request.js'

class Item {
  @IsString() @MaxLength(20) name!: string
  @IsInt() @Min(0) count!: number
}

class Save {
  @Path() @IsInt() id!: number
  @Query() @IsOptional() @IsBoolean() dry?: boolean
  @Query() @IsOptional() @Type(() => String) tags?: string[]
  @Header('x-tenant') @IsOptional() @IsIn(['a', 'b']) tenant?: string
  @Cookie() @IsOptional() @IsString() session?: string
  @Body() @IsEmail() mail!: string
  @Body() @IsOptional() @IsDate() @Type(() => Date) at?: Date
  @Body() @IsDefined() @Type(() => Item) @ValidateNested({ each: true }) items!: Item[]
}

class Page {
  @Query() @IsInt() @Min(1) @Max(1_000) page = 1
  @Query() @IsOptional() @Type(() => Object) filter?: Record<string, unknown>
}

@Route('/orders')
class Orders {
  @Get() list({ page, filter }: Page, ctx: Context) {
    return ctx.ok({ page, filter, cookies: ctx.cookies, query: ctx.query })
  }

  @Put('/:id') save({ id, items, tags }: Save) {
    return { id, items: items.length, tags }
  }

  @Post() add(ctx: Context) {
    return ctx.path
  }
}

const body =
  '{"mail":"a@example.org","at":"2026-01-02T03:04:05Z","items":[{"name":"x","count":3},{"name":"\\u00e9","count":0}]}'
const form = 'mail=a%40example.org&items[0][name]=x&items[0][count]=1'
const valid = [
  'GET /orders?page=2&filter[a]=b&filter[c][]=d HTTP/1.1\r\nhost: a\r\ncookie: a=b; c="d%20e"\r\nconnection: close\r\n\r\n',
  `PUT /orders/7?dry=true&tags=a,b&tags=c HTTP/1.1\r\nhost: a\r\nx-tenant: a\r\ncookie: session=s\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  `PUT /orders/8 HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
  `PUT /orders/9 HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: ${form.length}\r\nconnection: close\r\n\r\n${form}`,
  'POST /orders HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\nexpect: 100-continue\r\nconnection: close\r\n\r\nabc',
  'OPTIONS * HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n',
].map((text) => Buffer.from(text, 'latin1'))

/** What parsers trip over. */
const tokens = [
  '\r\n',
  '\r\n\r\n',
  '\0',
  '%',
  '%00',
  '%ff',
  '[',
  ']',
  '[]',
  '{',
  '}',
  '"',
  '\\u0000',
  '__proto__',
  '&',
  '=',
  ';',
  ',',
  ':',
  '../',
  '\x7f',
  '\xff',
  '-1',
  '1e999',
  'null',
  '[[[[',
].map((text) => Buffer.from(text, 'latin1'))

const mutation = fc.record({
  at: fc.nat(400),
  kind: fc.constantFrom('flip', 'insert', 'delete', 'repeat', 'token', 'cut'),
  length: fc.integer({ min: 1, max: 12 }),
  byte: fc.nat(255),
  token: fc.constantFrom(...tokens),
})

function mutate(
  bytes: Buffer,
  { at, kind, length, byte, token }: typeof mutation extends fc.Arbitrary<infer T> ? T : never,
): Buffer {
  const start = at % (bytes.length + 1)
  const [head, tail] = [bytes.subarray(0, start), bytes.subarray(start)]
  switch (kind) {
    case 'flip':
      return Buffer.concat([head, Buffer.from([(tail[0] ?? 0) ^ (1 << (byte % 8))]), tail.subarray(1)])
    case 'insert':
      return Buffer.concat([head, Buffer.alloc(length, byte), tail])
    case 'delete':
      return Buffer.concat([head, tail.subarray(length)])
    case 'repeat':
      return Buffer.concat([head, ...Array.from({ length }, () => tail.subarray(0, 8)), tail])
    case 'token':
      return Buffer.concat([head, token, tail])
    case 'cut':
      return head
  }
}

describe('requests with a few bytes changed', () => {
  let server: TestServer
  before(async () => {
    server = await createTestServer({ controllers: [Orders], listen: true, app: { limits: { body: 4_096 } } })
  })

  it('are answered below 500, or the connection is closed', async function () {
    this.timeout(60_000)
    // A failure prints its seed; FUZZ_SEED repeats it.
    const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31)
    const input = fc.tuple(fc.constantFrom(...valid), fc.array(mutation, { minLength: 0, maxLength: 4 }))
    await fc.assert(
      fc.asyncProperty(input, async ([request, mutations]) => {
        const bytes = mutations.reduce(mutate, request)
        const logged = server.logs.length
        const connection = await openRaw(server.url(), '')
        // The end of the client's side makes up for lengths that now promise more.
        connection.socket.end(bytes)
        const answer = await connection.closed()
        const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
        expect(statuses.filter((status) => status >= 500)).to.deep.equal([])
        expect(server.logs.slice(logged).filter(({ level }) => level === 'error' || level === 'fatal')).to.deep.equal(
          [],
        )
      }),
      { seed, numRuns: 1_500, interruptAfterTimeLimit: 20_000 },
    )
  })

  it('leave the server as it was', async () => {
    for (const request of valid) {
      const answer = await (await openRaw(server.url(), request)).closed()
      expect(answer).to.match(/^HTTP\/1\.1 (?:20[04]|100)/)
    }
    expect(server.server.listeners[0]!.inFlight).to.equal(0)
  })
})
