import { createServer as createHttpServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

import {
  Body,
  CallTransport,
  ConflictError,
  Context,
  Cookie,
  external,
  factory,
  Field,
  Get,
  Header,
  Path,
  Post,
  RemoteCallError,
  Returns,
  Route,
  Service,
  stream,
  Throws,
  type CallConnection,
  type Class,
  type ServiceRegistration,
} from '@lokstra/core'
import { createTestServer, override, type TestServer } from '@lokstra/core/testing'
import { Type } from 'class-transformer'
import { IsInt, IsOptional, IsString, Length, Min, ValidateNested } from 'class-validator'
import { expect } from 'chai'
import fc from 'fast-check'

import { placeOf, problemOf, problemsOf } from '../../helpers/boot-problems.js'

class Charge {
  @Body() @IsInt() cents!: number
  @Header('idempotency-key') @IsString() key!: string
}

class ReceiptId {
  @Path() @IsString() id!: string
}

class Receipt {
  @Field() id!: string
  @Field() at!: Date
}

class CardRefusedError extends ConflictError {
  constructor() {
    super('The card was refused', { code: 'CARD_REFUSED' })
  }
}

@Service()
@Route('/charges')
class PaymentGateway {
  @Post() @Returns(Receipt, 201) @Throws(CardRefusedError) async charge(charge: Charge): Promise<Receipt> {
    return external(charge)
  }
  @Get('/:id') @Returns(Receipt) async receipt(id: ReceiptId): Promise<Receipt> {
    return external(id)
  }
}

@Route('/pay')
class Till {
  constructor(private readonly payments: PaymentGateway) {}
  @Post() pay(ctx: Context) {
    ctx.tenant = 'acme'
    return this.payments.charge({ cents: 500, key: 'k1' })
  }
}

interface Seen {
  readonly line: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** The other system. */
async function startGateway(
  answer: readonly [status: number, body: string],
  type = 'application/json',
): Promise<AsyncDisposable & { readonly url: string; readonly seen: Seen[] }> {
  const seen: Seen[] = []
  const server = createHttpServer((req, res) => {
    let body = ''
    req.on('data', (chunk) => (body += String(chunk)))
    req.on('end', () => {
      seen.push({ line: `${req.method} ${req.url}`, headers: req.headers, body })
      res.writeHead(answer[0], { 'content-type': type }).end(answer[1])
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    seen,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function startTill(url: string): Promise<TestServer> {
  const config = { external: { PaymentGateway: { url, headers: { Authorization: 'Bearer t' }, retries: 0 } } }
  return createTestServer({ services: [PaymentGateway], controllers: [Till], config })
}

class Point {
  @Field() x!: number
}

/** What injects a service, so that it can be asked for. */
function userOf(type: Class<object>): ServiceRegistration {
  return factory({ name: 'user', inject: [type], eager: true, create: (service: object) => ({ service }) })
}

function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
}

const receipt = '{"id":"r1","at":"2026-01-02T03:04:05.000Z","internal":"not declared"}'

describe('a service of another system', () => {
  it('is called as its class describes it, with the headers of the configuration', async () => {
    await using gateway = await startGateway([201, receipt])
    const till = await startTill(gateway.url)
    const response = await till.inject('POST', '/pay', {
      headers: { cookie: 'a=b', traceparent: `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01` },
    })
    expect(response.json().data).to.deep.equal({ id: 'r1', at: '2026-01-02T03:04:05.000Z' })
    const [{ line, headers, body }] = gateway.seen as [Seen]
    expect([line, body]).to.deep.equal(['POST /v1/charges', '{"cents":500}'])
    expect(headers).to.include({
      authorization: 'Bearer t',
      'idempotency-key': 'k1',
      'content-type': 'application/json',
    })
    expect(headers).to.have.property('traceparent')
    expect(Object.keys(headers).filter((name) => name.startsWith('lokstra') || name === 'cookie')).to.deep.equal([])
  })

  it('gives instances of the declared class, and escapes what goes into its path', async () => {
    await using gateway = await startGateway([200, receipt])
    const till = await startTill(gateway.url)
    const found = await till.get(PaymentGateway).receipt({ id: 'a/b c' })
    expect(found).to.be.an.instanceof(Receipt)
    expect(found.at.getUTCFullYear()).to.equal(2026)
    expect(found).not.to.have.property('internal')
    expect(gateway.seen[0]!.line).to.equal('GET /v1/charges/a%2Fb%20c')
  })

  it('may begin its answers with a byte order mark', async () => {
    await using gateway = await startGateway([200, `\ufeff${receipt}`])
    const till = await startTill(gateway.url)
    expect((await till.get(PaymentGateway).receipt({ id: 'a' })).id).to.equal('r1')
  })

  it('throws the declared error of a status', async () => {
    await using gateway = await startGateway([409, '{"whatever":1}'])
    const till = await startTill(gateway.url)
    const response = await till.inject('POST', '/pay')
    expect([response.status, response.json().error.code]).to.deep.equal([409, 'CARD_REFUSED'])
  })

  it('fails with 502 for any other status, and for an answer that makes no sense', async () => {
    for (const answer of [
      [422, '{}'],
      [201, 'not json'],
      [201, '{"id":7}'],
    ] as const) {
      await using gateway = await startGateway(answer)
      const till = await startTill(gateway.url)
      const error = await failureOf(till.get(PaymentGateway).charge({ cents: 1, key: 'k' }))
      expect(error, answer[1]).to.be.an.instanceof(RemoteCallError)
      expect(error, answer[1]).to.include({
        code: 'REMOTE_FAILED',
        service: 'PaymentGateway',
        method: 'charge',
        executed: 'maybe',
      })
    }
  })

  it('cannot have a body that one field takes whole and another in part', async () => {
    class Transfer {
      @Body('*') all!: Map<string, string>
      @Body() @IsInt() cents!: number
    }
    @Service()
    @Route('/transfers')
    class Bank {
      @Post() // at: transfer
      @Returns(undefined, 204)
      async transfer(transfer: Transfer): Promise<void> {
        return external(transfer)
      }
    }
    const problem = await problemOf({
      services: [Bank],
      config: { external: { Bank: { url: 'https://bank.example' } } },
    })
    expect([problem.code, String(problem.where)]).to.deep.equal([
      'E_EXTERNAL_OPERATION',
      placeOf(import.meta.url, 'transfer'),
    ])
    expect(problem.problem).to.include('Transfer.all takes the whole body, beside Transfer.cents')
  })

  it('is nowhere that no server can be', async () => {
    @Service()
    @Route('/places')
    class Atlas {
      @Get() @Returns(String) async name(): Promise<string> {
        return external()
      }
    }
    const problems = await problemsOf({
      services: [Atlas],
      config: { external: { Atlas: { url: ['https://atlas.example:99999', 'http://10.0.0.1'] } } },
    })
    expect(problems.map(({ code }) => code)).to.deep.equal(['E_CONFIG_VALUE_INVALID'])
    expect(problems[0]!.problem).to.include('must be an address such as "https://pay.example/v1"')
  })

  it('is told at boot of all that could never be called, as what it is', async () => {
    class Place {
      @Path() point!: Point
    }
    class Conflict extends ConflictError {}
    @Service()
    @Route('/places')
    class Atlas {
      @Get('/:point') @Returns(String) async name(place: Place): Promise<string> {
        return external(place)
      }
      @Get('/by/:id') @Returns(String) async byId(): Promise<string> {
        return external()
      }
      @Get('/sync') @Returns(String) sync(): string {
        return 'now'
      }
      @Post() async add(): Promise<string> {
        return external()
      }
      @Post('/twice') @Returns(String) @Throws(CardRefusedError, Conflict) async twice(): Promise<string> {
        return external()
      }
    }
    const problems = await problemsOf({
      services: [Atlas],
      config: {
        external: {
          Atlas: { url: 'https://atlas.example', headers: { 'x y': 'a', authorization: 'Bearer secret-token\n' } },
        },
      },
    })
    const texts = problems.map(({ code, problem }) => `${code} ${problem}`)
    const names = 'E_EXTERNAL_OPERATION Atlas'
    const cannot = 'describes another system and cannot be called'
    expect(texts).to.have.members([
      'E_EXTERNAL_INVALID external.Atlas: headers.x y is no name of a header',
      'E_EXTERNAL_INVALID external.Atlas: headers.authorization has a value with characters that no header can hold',
      'E_FIELD_NOT_TEXT Place.point comes from the path and is an object, which cannot be written there',
      `${names}.byId ${cannot}: no field of its input fills :id in its path`,
      `${names}.sync ${cannot}: it does not return a promise, and an answer of another server takes time`,
      `${names}.add ${cannot}: nothing says what it returns`,
      `${names}.twice ${cannot}: CardRefusedError and Conflict, which it declares with @Throws, all have the status 409`,
    ])
    expect(JSON.stringify(problems)).not.to.include('secret-token')
  })

  it('is sent no input that breaks its rules, and the defaults of its class', async () => {
    class Line {
      @Field() @Min(1) amount!: number
    }
    class Order {
      @Body({ type: () => Line }) @ValidateNested({ each: true }) lines!: Line[]
      @Body() currency = 'EUR'
    }
    @Service()
    @Route('/orders')
    class Wholesale {
      @Post() @Returns(undefined, 204) async place(order: Order): Promise<void> {
        return external(order)
      }
    }
    await using system = await startGateway([204, ''])
    const config = { external: { Wholesale: { url: system.url } } }
    const server = await createTestServer({ services: [Wholesale, userOf(Wholesale)], config })
    const wholesale = server.get(Wholesale)
    await wholesale.place({ lines: [{ amount: 2 }] } as Order)
    expect(system.seen.map(({ body }) => body)).to.deep.equal(['{"lines":[{"amount":2}],"currency":"EUR"}'])
    const error = await failureOf(wholesale.place({ lines: [{ amount: 0 }], currency: 'EUR' }))
    expect(error).to.be.an.instanceof(RemoteCallError)
    expect(error).to.include({ code: 'REMOTE_FAILED', executed: 'no', attempts: 0 })
    expect(String((error as Error).cause)).to.include(
      'Wholesale.place was called with a Order that breaks its rules: amount must not be less than 1. Nothing was sent',
    )
    expect(system.seen).to.have.length(1)
  })

  it('fails with 502 for a result that breaks the rules of its class', async () => {
    class Rate {
      @Field() @IsString() @Length(3, 3) currency!: string
    }
    @Service()
    @Route('/rates')
    class Bank {
      @Get() @Returns([Rate]) async all(): Promise<Rate[]> {
        return external()
      }
    }
    for (const [body, complaint] of [
      ['[{"currency":"EUR"},{"currency":"EURO"}]', 'currency must be shorter than or equal to 3 characters'],
      ['[{}]', 'currency must be a string'],
    ] as const) {
      await using system = await startGateway([200, body])
      const config = { external: { Bank: { url: system.url } } }
      const server = await createTestServer({ services: [Bank, userOf(Bank)], config })
      const error = (await failureOf(server.get(Bank).all())) as RemoteCallError
      expect(error).to.include({ code: 'REMOTE_FAILED', executed: 'maybe' })
      expect(String(error.cause)).to.include('E_CALL_RESULT').and.to.include(complaint)
    }
  })

  describe('whose result lacks a field', () => {
    class Place {
      @Field() @IsString() city!: string
    }
    class Card {
      @Field() kind = 'card'
      @Field() @IsString() number!: string
    }
    class Cash {
      @Field() kind = 'cash'
    }
    class Invoice {
      @Field() place!: Place
      @Field() @ValidateNested() seller!: Place
      @Field()
      @Type(() => Object, {
        discriminator: {
          property: 'kind',
          subTypes: [
            { name: 'card', value: Card },
            { name: 'cash', value: Cash },
          ],
        },
      })
      paid!: Card | Cash
      @Field() @IsOptional() @ValidateNested() branch?: Place
      @Field({ type: () => Place, nullable: true }) old!: Place | null
      @Field() note?: string
      @Field() copies = 1
    }
    @Service()
    @Route('/invoices')
    class Ledger {
      @Get() @Returns(Invoice) async last(): Promise<Invoice> {
        return external()
      }
      @Get('/all') @Returns([Invoice]) async all(): Promise<Invoice[]> {
        return external()
      }
      @Get('/totals') @Returns([Number]) async totals(): Promise<number[]> {
        return external()
      }
      @Get('/stream') @Returns(stream(Invoice)) async *each(): AsyncGenerator<Invoice> {
        yield* external() as AsyncGenerator<Invoice>
      }
    }
    const whole = { place: { city: 'A' }, seller: { city: 'B' }, paid: { kind: 'cash' } }
    const ask = async <T>(
      body: string,
      call: (ledger: Ledger) => Promise<T>,
      type?: string,
      status = 200,
    ): Promise<T> => {
      await using system = await startGateway([status, body], type)
      const config = { external: { Ledger: { url: system.url } } }
      const server = await createTestServer({ services: [Ledger, userOf(Ledger)], config })
      return await call(server.get(Ledger))
    }
    const complaintOf = async (body: unknown, call: (ledger: Ledger) => Promise<unknown>): Promise<string> => {
      const error = (await failureOf(ask(JSON.stringify(body), call))) as RemoteCallError
      expect(error).to.be.an.instanceof(RemoteCallError)
      expect(error).to.include({ code: 'REMOTE_FAILED', executed: 'maybe' })
      return String(error.cause)
    }

    it('has those that are optional as undefined, nullable or not', async () => {
      const invoice = await ask(JSON.stringify({ ...whole, note: undefined }), (ledger) => ledger.last())
      expect(invoice).to.be.an.instanceof(Invoice)
      expect([invoice.branch, invoice.old, invoice.note, invoice.copies]).to.deep.equal([
        undefined,
        undefined,
        undefined,
        undefined,
      ])
      const nulls = await ask(JSON.stringify({ ...whole, old: null }), (ledger) => ledger.last())
      expect(nulls.old).to.equal(null)
    })

    for (const [field, missing, asNull] of [
      ['place', 'Invoice.place is missing', 'Invoice.place is null'],
      ['seller', 'Invoice.seller is missing', 'nested property seller must be either object or array'],
      ['paid', 'Invoice.paid is missing', 'Invoice.paid is null'],
    ] as const) {
      it(`fails with 502 and names it: ${field}, which its contract requires`, async () => {
        for (const [value, complaint] of [
          [undefined, missing],
          [null, asNull],
        ] as const) {
          const wrong = { ...whole, [field]: value }
          for (const text of [
            await complaintOf(wrong, (ledger) => ledger.last()),
            await complaintOf([whole, wrong], (ledger) => ledger.all()),
          ]) {
            expect(text).to.include('E_CALL_RESULT').and.to.include(complaint)
          }
        }
      })
    }

    it('names all of them, and those that rules ask for once', async () => {
      const text = await complaintOf({ place: {} }, (ledger) => ledger.last())
      for (const complaint of ['city must be a string', 'Invoice.seller is missing', 'Invoice.paid is missing']) {
        expect(text.split(complaint), complaint).to.have.length(2)
      }
      expect(text).not.to.include('Place.city is missing')
    })

    it('fails with 502 where all of it is null or missing, whatever the status', async () => {
      for (const [status, body, complaint] of [
        [200, 'null', 'it is null, and declared as Invoice'],
        [200, '', 'it is empty, and declared as Invoice'],
        [204, '', 'it is empty, and declared as Invoice'],
      ] as const) {
        const error = (await failureOf(ask(body, (ledger) => ledger.last(), undefined, status))) as RemoteCallError
        expect(error, body).to.include({ code: 'REMOTE_FAILED', executed: 'maybe' })
        expect(String(error.cause)).to.include('E_CALL_RESULT').and.to.include(complaint)
      }
      const each = (ledger: Ledger) => ledger.each().next()
      const error = (await failureOf(ask('null\n', each, 'application/x-ndjson'))) as RemoteCallError
      expect(String(error.cause)).to.include('it is null, and declared as Invoice')
    })

    it('fails with 502 where an element is null', async () => {
      const complaint = 'an element of Invoice[] is null'
      expect(await complaintOf([whole, null], (ledger) => ledger.all())).to.include(complaint)
      expect(await complaintOf([1, null], (ledger) => ledger.totals())).to.include('an element of number[] is null')
      expect(await ask('[1, 2]', (ledger) => ledger.totals())).to.deep.equal([1, 2])
    })

    it('takes a stream that begins with a byte order mark', async () => {
      const first = await ask(
        `\ufeff${JSON.stringify(whole)}\n`,
        (ledger) => ledger.each().next(),
        'application/x-ndjson',
      )
      expect(first.value).to.be.an.instanceof(Invoice)
    })

    it('ends a stream at the item', async () => {
      const lines = [whole, { ...whole, seller: undefined }, whole].map((one) => `${JSON.stringify(one)}\n`).join('')
      const seen: string[] = []
      const read = async (ledger: Ledger): Promise<void> => {
        for await (const { seller } of ledger.each()) seen.push(seller.city)
      }
      const error = (await failureOf(ask(lines, read, 'application/x-ndjson'))) as RemoteCallError
      expect(seen).to.deep.equal(['B'])
      expect(String(error.cause)).to.include('Invoice.seller is missing')
    })
  })

  it('streams lines of JSON as other systems write them, and checks each', async () => {
    class Tick {
      @Field() @IsInt() n!: number
    }
    @Service()
    @Route('/ticks')
    class Ticker {
      @Get() @Returns(stream(Tick)) async *ticks(): AsyncGenerator<Tick> {
        yield* external() as AsyncGenerator<Tick>
      }
    }
    const read = async (body: string): Promise<readonly unknown[]> => {
      await using system = await startGateway([200, body], 'application/x-ndjson')
      const config = { external: { Ticker: { url: system.url } } }
      const server = await createTestServer({ services: [Ticker, userOf(Ticker)], config })
      const seen: unknown[] = []
      try {
        for await (const tick of server.get(Ticker).ticks()) seen.push(tick instanceof Tick ? tick.n : tick)
      } catch (error) {
        seen.push((error as RemoteCallError).code)
      }
      return seen
    }
    expect(await read('{"n":1}\n\n{"n":2}\n{"n":3}')).to.deep.equal([1, 2, 3])
    expect(await read('')).to.deep.equal([])
    expect(await read('{"n":1}\n{"n":1.5}\n{"n":3}\n')).to.deep.equal([1, 'REMOTE_FAILED'])
    expect(await read('{"n":1}\n{"n":')).to.deep.equal([1, 'REMOTE_FAILED'])
  })

  it('is called over HTTP whatever carries the calls of the project, which cannot carry its', async () => {
    @Service({ name: 'wire' })
    class Wire extends CallTransport {
      override connect(): CallConnection {
        throw new Error('Nothing goes over the wire')
      }
      override serve(): never {
        throw new Error('Nothing comes over the wire')
      }
    }
    await using gateway = await startGateway([200, receipt])
    const services = [PaymentGateway, Wire, userOf(PaymentGateway)]
    const config = (own: object = {}) => ({
      calls: { transport: 'wire' },
      external: { PaymentGateway: { url: gateway.url, ...own } },
    })
    const till = await createTestServer({ services, config: config() })
    expect((await till.get(PaymentGateway).receipt({ id: 'r1' })).id).to.equal('r1')
    const problem = await problemOf({ services, config: config({ transport: 'wire' }) })
    expect(problem.code).to.equal('E_EXTERNAL_INVALID')
    expect(problem.problem).to.include('wire carries calls between servers of the project')
  })

  it('sends what its caller gives as one request, whatever text that is, or not at all', async () => {
    await using gateway = await startGateway([200, receipt])
    const payments = (await startTill(gateway.url)).get(PaymentGateway)
    const piece = fc.constantFrom(
      '..',
      '.',
      '/',
      '\\',
      '\r\n',
      '\n',
      '\0',
      '%2e',
      '%00',
      '?',
      '#',
      ' ',
      'a',
      'ä',
      '\u{1f600}',
      '\ud800',
      ': ',
    )
    const text = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join(''))
    await fc.assert(
      fc.asyncProperty(text, async (given) => {
        for (const call of [() => payments.receipt({ id: given }), () => payments.charge({ cents: 1, key: given })]) {
          gateway.seen.splice(0)
          const error = await failureOf(call())
          if (error !== undefined) {
            expect(error).to.include({ code: 'E_CALL_VALUE' })
            expect(gateway.seen).to.deep.equal([])
            continue
          }
          const [{ line, headers }, ...more] = gateway.seen as [Seen]
          expect(more).to.deep.equal([])
          const id = /^GET \/v1\/charges\/([^/?#\s]+)$/.exec(line)?.[1]
          expect(id === undefined ? headers['idempotency-key'] : decodeURIComponent(id)).to.equal(given)
          expect(new URL(line.split(' ')[1]!, gateway.url).pathname).to.match(/^\/v1\/charges/)
          expect(Object.keys(headers)).to.have.members([
            'host',
            'connection',
            'authorization',
            ...(id === undefined ? ['idempotency-key', 'content-type', 'content-length'] : []),
          ])
        }
      }),
    )
  })

  for (const name of [
    'Authorization',
    'Connection',
    'Content-Length',
    'Content-Type',
    'Host',
    'Transfer-Encoding',
    'TraceParent',
    'Lokstra-Signature',
    'Cookie',
  ]) {
    it(`has no field in the header ${name}, which is said elsewhere`, async () => {
      class Transfer {
        @Body() @IsInt() cents!: number
        @Header(name) @IsString() text!: string
        @Cookie('session') @IsString() session!: string
      }
      @Service()
      @Route('/transfers')
      class Bank {
        @Post() // at: said elsewhere
        @Returns(undefined, 204)
        async transfer(transfer: Transfer): Promise<void> {
          return external(transfer)
        }
      }
      const problem = await problemOf({
        services: [Bank],
        config: { external: { Bank: { url: 'https://bank.example', headers: { authorization: 'Bearer t' } } } },
      })
      expect([problem.code, String(problem.where)]).to.deep.equal([
        'E_EXTERNAL_OPERATION',
        placeOf(import.meta.url, 'said elsewhere'),
      ])
      expect(problem.problem).to.include(`Transfer.text goes into the header ${name.toLowerCase()}, which `)
    })
  }

  it('has no cookies where the configuration gives them', async () => {
    class Transfer {
      @Cookie('session') @IsString() session!: string
    }
    @Service()
    @Route('/transfers')
    class Bank {
      @Post() @Returns(undefined, 204) async transfer(transfer: Transfer): Promise<void> {
        return external(transfer)
      }
    }
    const problem = await problemOf({
      services: [Bank],
      config: { external: { Bank: { url: 'https://bank.example', headers: { cookie: 'a=b' } } } },
    })
    expect(problem.problem).to.include('Transfer.session goes into the header cookie, which')
  })

  it('has headers in the configuration that can be sent, and is told of all others at once', async () => {
    const headers = {
      host: 'pay.internal',
      'X-Shop': 'a',
      'x-shop': 'b',
      'x shop': 'c',
      'content-length': '1',
      'Accept-Encoding': 'gzip',
      tracestate: 'a=b',
      'lokstra-call': 'me',
      authorization: 'Bearer s3cret\n',
    }
    const problems = await problemsOf({
      services: [PaymentGateway],
      config: { external: { PaymentGateway: { url: 'https://pay.example', headers } } },
    })
    expect(problems.map(({ code }) => code)).to.deep.equal(Array(8).fill('E_EXTERNAL_INVALID'))
    expect(problems.map(({ problem }) => problem.replace('external.PaymentGateway: headers.', ''))).to.deep.equal([
      'X-Shop is there twice, in another case',
      'x-shop is there twice, in another case',
      'x shop is no name of a header',
      'content-length is about how a request is sent',
      'Accept-Encoding asks for answers that are compressed, which are not read',
      'tracestate carries on the trace of the request that calls',
      'lokstra-call is one of the calls between servers of a project',
      'authorization has a value with characters that no header can hold',
    ])
    expect(String(problems)).not.to.include('s3cret')
  })

  it('says what is missing when it is not configured, and is replaced in tests', async () => {
    const options = { services: [PaymentGateway], controllers: [Till] }
    const unset = await createTestServer(options)
    unset.expectError(/E_EXTERNAL_UNSET/)
    expect((await unset.inject('POST', '/pay')).status).to.equal(500)
    expect(String(unset.logs.at(-1)!.fields.err)).to.match(/E_EXTERNAL_UNSET[^]*external\.test\.ts:\d+/)
    const fake = override(PaymentGateway, {
      charge: async () => Object.assign(new Receipt(), { id: 'fake', at: new Date(0) }),
    })
    const replaced = await createTestServer({
      ...options,
      overrides: [fake],
      config: { external: { PaymentGateway: { url: 'http://127.0.0.1:9' } } },
    })
    expect((await replaced.inject('POST', '/pay')).json().data.id).to.equal('fake')
  })
})
