import { createServer as createHttpServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

import {
  Body,
  CallTransport,
  ConflictError,
  Context,
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
import { IsInt, IsString, Length, Min, ValidateNested } from 'class-validator'
import { expect } from 'chai'

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
