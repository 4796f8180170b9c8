import { Allow, IsInt, IsOptional, IsString } from 'class-validator'
import { gzipSync } from 'node:zlib'

import { Body, Get, Post, Query, Route } from '@lokstra/core'
import { createTestServer, type TestServer } from '@lokstra/core/testing'
import { expect } from 'chai'

import { openRaw } from '../response/raw-request.js'

class Note {
  @Body() @IsString() text!: string
  @Body() @IsOptional() @Allow() extra?: unknown
}

class Search {
  @Query() @IsOptional() @IsInt() page?: number
}

@Route('/notes')
class Notes {
  static calls = 0

  @Get() list({ page }: Search) {
    return { page }
  }

  @Post() create({ text, extra }: Note) {
    Notes.calls++
    return { length: text.length, extra: typeof extra, polluted: 'polluted' in {} }
  }
}

let server: TestServer
before(async () => {
  server = await createTestServer({
    controllers: [Notes],
    listen: true,
    app: { limits: { body: 10_000, headers: 4_096 }, timeouts: { headers: 600, request: 900 } },
  })
})

/** Sends bytes and gives all that comes back until the server closes. */
async function exchange(bytes: string | Uint8Array): Promise<string> {
  return (await openRaw(server.url(), bytes)).closed()
}

const statuses = (answers: string) => [...answers.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status))
const envelope = (answer: string) =>
  JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as { error: { code: string; requestId: string } }
const head = 'POST /notes HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n'
const last = 'GET /notes?page=7 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n'

describe('what is no HTTP', () => {
  const malformed: Readonly<Record<string, string | Uint8Array>> = {
    'a word': 'hello\r\n\r\n',
    TLS: Buffer.from('16030100a5010000a10303', 'hex'),
    'an unknown method': 'FETCH /notes HTTP/1.1\r\nhost: a\r\n\r\n',
    'a lower-case method': 'get /notes HTTP/1.1\r\nhost: a\r\n\r\n',
    'HTTP/9.9': 'GET /notes HTTP/9.9\r\nhost: a\r\n\r\n',
    'a space in the target': 'GET /no tes HTTP/1.1\r\nhost: a\r\n\r\n',
    'NUL in the target': 'GET /notes\0 HTTP/1.1\r\nhost: a\r\n\r\n',
    'NUL in a header': 'GET /notes HTTP/1.1\r\nhost: a\r\nx: a\0b\r\n\r\n',
    'a space before the colon': 'GET /notes HTTP/1.1\r\nhost : a\r\n\r\n',
    'a header without a name': 'GET /notes HTTP/1.1\r\nhost: a\r\n: b\r\n\r\n',
    'a header without a colon': 'GET /notes HTTP/1.1\r\nhost: a\r\nnonsense\r\n\r\n',
    'a lone line feed in a header': 'GET /notes HTTP/1.1\r\nhost: a\r\nx: a\ry: b\r\n\r\n',
    'Content-Length and Transfer-Encoding': `${head}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    'two lengths': `${head}content-length: 3\r\ncontent-length: 4\r\n\r\nabcd`,
    'a negative length': `${head}content-length: -1\r\n\r\n`,
    'a length in words': `${head}content-length: ten\r\n\r\n`,
    'a length beyond all numbers': `${head}content-length: 99999999999999999999999\r\n\r\n`,
    'a transfer encoding that is not chunked': `${head}transfer-encoding: gzip\r\n\r\n`,
    'a chunk size in words': `${head}transfer-encoding: chunked\r\n\r\nzz\r\nab\r\n0\r\n\r\n`,
    'a chunk size beyond all numbers': `${head}transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n`,
    'a chunk longer than it says': `${head}transfer-encoding: chunked\r\n\r\n2\r\nabcd\r\n0\r\n\r\n`,
  }

  for (const [name, bytes] of Object.entries(malformed)) {
    it(`is answered 400 in the envelope, and the connection is closed: ${name}`, async () => {
      const answer = await exchange(bytes)
      expect(statuses(answer)).to.deep.equal([400])
      expect(answer)
        .to.match(/^connection: close\r$/m)
        .and.match(/^content-type: application\/json/m)
      expect(envelope(answer).error.code).to.equal('BAD_REQUEST')
      expect(envelope(answer).error.requestId).to.have.length(36)
    })
  }

  it('is answered 431 when the headers are too large', async () => {
    const answer = await exchange(`GET /notes HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(5_000)}\r\n\r\n`)
    expect(statuses(answer)).to.deep.equal([431])
    expect(envelope(answer).error.code).to.equal('HEADERS_TOO_LARGE')
  })

  it('is answered 431 when the target is too long, or the headers are too many', async () => {
    expect(statuses(await exchange(`GET /${'x'.repeat(5_000)} HTTP/1.1\r\nhost: a\r\n\r\n`))).to.deep.equal([431])
    expect(statuses(await exchange(`GET / HTTP/1.1\r\nhost: a\r\n${'xx: yy\r\n'.repeat(1_500)}\r\n`))).to.deep.equal([
      431,
    ])
  })

  it('leaves the answer to the request before it alone', async () => {
    const answer = await exchange(`GET /notes?page=1 HTTP/1.1\r\nhost: a\r\n\r\nnonsense\r\n\r\n`)
    expect(statuses(answer)[0]).to.equal(200)
    expect(answer).to.include('{"page":1}')
  })

  it('is answered also while more of it arrives', async () => {
    const connection = await openRaw(server.url(), 'hello\r\n\r\n')
    connection.socket.write('x'.repeat(100_000))
    expect(statuses(await connection.closed())).to.deep.equal([400])
  })
})

describe('the Host header', () => {
  it('is needed in HTTP/1.1, once', async () => {
    for (const headers of ['', 'host: a\r\nhost: a\r\n', 'Host: a\r\nhOST: b\r\n']) {
      const answer = await exchange(`GET /notes HTTP/1.1\r\n${headers}connection: close\r\n\r\n`)
      expect(statuses(answer)).to.deep.equal([400])
      expect(envelope(answer).error).to.include({
        code: 'BAD_REQUEST',
        message: 'A request needs exactly one Host header',
      })
    }
  })

  it('may be missing in HTTP/1.0', async () => {
    expect(statuses(await exchange('GET /notes HTTP/1.0\r\n\r\n'))).to.deep.equal([200])
    expect(statuses(await exchange('GET /notes HTTP/1.0\r\nhost: a\r\nhost: b\r\n\r\n'))).to.deep.equal([400])
  })
})

describe('a request target', () => {
  for (const [target, status] of [
    ['/%', 400],
    ['/%zz', 400],
    ['/%c0%ae', 400],
    ['/notes?%', 200],
    ['/notes?page=%', 400],
    ['//notes', 404],
    ['/notes/../notes', 404],
    ['/notes;a=b', 404],
    ['http://example.org/notes', 200],
    ['http://example.org', 404],
    ['http://', 404],
    ['ftp://example.org/notes', 404],
    ['*', 404],
    ['/notes#part', 400],
  ] as const) {
    it(`of ${target} is answered ${status}`, async () => {
      expect(statuses(await exchange(`GET ${target} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`))).to.deep.equal([
        status,
      ])
    })
  }

  it('of CONNECT closes the connection', async () => {
    expect(await exchange('CONNECT example.org:80 HTTP/1.1\r\nhost: a\r\n\r\n')).to.equal('')
  })

  it('of an upgrade is answered as if none was asked for', async () => {
    const upgrade = 'GET /notes HTTP/1.1\r\nhost: a\r\nconnection: upgrade, close\r\nupgrade: websocket\r\n\r\n'
    expect(statuses(await exchange(upgrade))).to.deep.equal([200])
  })
})

describe('pipelined requests', () => {
  it('are answered in order', async () => {
    const body = '{"text":"abc"}'
    const post = `${head}content-length: ${body.length}\r\n\r\n${body}`
    const chunked = `${head}transfer-encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
    const answer = await exchange(post + 'GET /missing HTTP/1.1\r\nhost: a\r\n\r\n' + chunked + last)
    expect(statuses(answer)).to.deep.equal([200, 404, 200, 200])
  })

  it('behind the answer that ends the connection are not processed', async () => {
    const { calls } = Notes
    const large = `${head}content-length: 20000\r\n\r\n${'x'.repeat(20_000)}`
    const unsupported = `POST /notes HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n`
    const answer = await exchange(large + unsupported + `${head}content-length: 12\r\n\r\n{"text":"a"}` + last)
    expect(statuses(answer).filter((status) => status >= 500)).to.deep.equal([])
    expect(Notes.calls - calls).to.be.at.most(1)
  })

  it('by the thousand are answered, or the connection is closed', async () => {
    const answer = await exchange('GET /notes HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(3_000) + last)
    expect(statuses(answer)).to.deep.equal(Array<number>(3_001).fill(200))
  })
})

describe('a body that is not what it should be', () => {
  const post = (body: string | Uint8Array, headers = '') => {
    const bytes = Buffer.from(body as string)
    return exchange(
      Buffer.concat([
        Buffer.from(`${head}${headers}connection: close\r\ncontent-length: ${bytes.length}\r\n\r\n`),
        bytes,
      ]),
    )
  }

  for (const [name, body] of Object.entries({
    '3,000 levels of arrays': `{"text":"a","extra":${'['.repeat(3_000)}${']'.repeat(3_000)}}`,
    '3,000 levels of objects, cut off': '{"a":'.repeat(1_900),
    'a key __proto__': '{"text":"a","__proto__":{"polluted":true}}',
    'a nested key __proto__': '{"text":"a","extra":{"a":{"__proto__":{"polluted":true}}}}',
    'an escaped key __proto__': '{"text":"a","extra":{"\\u005f_proto__":{"polluted":true}}}',
    'a key constructor.prototype': '{"text":"a","extra":{"constructor":{"prototype":{"polluted":true}}}}',
    'more keys than allowed': `{"text":"a","extra":{${Array.from({ length: 1_001 }, (_, key) => `"${key}":1`).join()}}}`,
    'half a text': '{"text":"a',
    'bytes that are no UTF-8': Buffer.from('7b2274657874223a22ff227d', 'hex'),
    'nothing but NUL': '\0\0\0',
    null: 'null',
  })) {
    it(`is answered 400: ${name}`, async () => {
      const answer = await post(body)
      expect(statuses(answer)).to.deep.equal([400])
      expect(envelope(answer).error.code).to.be.oneOf(['BAD_REQUEST', 'VALIDATION_ERROR'])
      expect({}).to.not.have.property('polluted')
    })
  }

  it('is answered 413 when it unpacks to more than the limit', async () => {
    const bomb = gzipSync(Buffer.alloc(8_000_000, ' '))
    expect(bomb.length).to.be.below(10_000)
    expect(statuses(await post(bomb, 'content-encoding: gzip\r\n'))).to.deep.equal([413])
  })

  it('is answered 400 when it does not unpack, and 415 when nobody can unpack it', async () => {
    expect(statuses(await post('no gzip', 'content-encoding: gzip\r\n'))).to.deep.equal([400])
    expect(statuses(await post(gzipSync('{"text":"a"}').subarray(0, 20), 'content-encoding: gzip\r\n'))).to.deep.equal([
      400,
    ])
    expect(statuses(await post('{"text":"a"}', 'content-encoding: lzma\r\n'))).to.deep.equal([415])
  })
})

describe('a client that is slow', () => {
  it('with its headers is answered 408', async () => {
    const connection = await openRaw(server.url(), 'GET /notes HTTP/1.1\r\nhost: a\r\n')
    const drip = setInterval(() => connection.socket.write('x: y\r\n'), 50)
    const answer = await connection.closed()
    clearInterval(drip)
    expect(statuses(answer)).to.deep.equal([408])
    expect(envelope(answer).error.code).to.equal('REQUEST_TIMEOUT')
  })

  it('with its body is answered 408', async () => {
    const connection = await openRaw(server.url(), `${head}content-length: 1000\r\n\r\n`)
    const drip = setInterval(() => connection.socket.write(' '), 50)
    const answer = await connection.closed()
    clearInterval(drip)
    expect(statuses(answer)).to.deep.equal([408])
  })

  it('to say anything is disconnected without an answer', async () => {
    expect(await exchange('')).to.equal('')
  })
})

describe('a client that half-closes', () => {
  it('in the middle of a request is answered 400', async () => {
    for (const part of ['GET /no', 'GET /notes HTTP/1.1\r\nhost: a\r\n', `${head}content-length: 100\r\n\r\nabc`]) {
      const connection = await openRaw(server.url(), '')
      connection.socket.end(part)
      expect(statuses(await connection.closed())).to.deep.equal([400])
    }
  })

  it('without a request is disconnected', async () => {
    const connection = await openRaw(server.url(), '')
    connection.socket.end()
    expect(await connection.closed()).to.equal('')
  })
})

describe('after all that', () => {
  it('nothing was a fault of the server, and nothing is under way', async () => {
    const answer = await server.fetch('/notes?page=3', { headers: { connection: 'close' } })
    expect(await answer.json()).to.have.nested.property('data.page', 3)
    expect(server.logs.filter(({ level }) => level === 'error' || level === 'warn' || level === 'fatal')).to.deep.equal(
      [],
    )
    expect(server.server.listeners[0]!.inFlight).to.equal(0)
  })
})
