import { createServer as createHttpServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

import {
  Body,
  ConflictError,
  Context,
  external,
  Field,
  Get,
  Header,
  Path,
  Post,
  RemoteCallError,
  Returns,
  Route,
  Service,
  Throws,
} from '@lokstra/core'
import { createTestServer, override, type TestServer } from '@lokstra/core/testing'
import { IsInt, IsString } from 'class-validator'
import { expect } from 'chai'

import { placeOf, problemOf } from '../../helpers/boot-problems.js'

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
): Promise<AsyncDisposable & { readonly url: string; readonly seen: Seen[] }> {
  const seen: Seen[] = []
  const server = createHttpServer((req, res) => {
    let body = ''
    req.on('data', (chunk) => (body += String(chunk)))
    req.on('end', () => {
      seen.push({ line: `${req.method} ${req.url}`, headers: req.headers, body })
      res.writeHead(answer[0], { 'content-type': 'application/json' }).end(answer[1])
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
      const error = await till
        .get(PaymentGateway)
        .charge({ cents: 1, key: 'k' })
        .then(
          () => undefined,
          (thrown: unknown) => thrown,
        )
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
      'E_EXTERNAL_INVALID',
      placeOf(import.meta.url, 'transfer'),
    ])
    expect(problem.problem).to.include('Transfer.all, which takes the whole body, beside Transfer.cents')
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
