import { request, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'

import { expect } from 'chai'

import { ChildServer } from '../../helpers/child-server.js'
import { openRaw } from '../response/raw-request.js'

const mebibyte = 1024 * 1024
const size = 100 * mebibyte
/** What a server may need more after it refused bodies of 100 MiB; any of them in memory would be more. */
const growthBytes = 64 * mebibyte

let server: ChildServer
before(async () => {
  server = await ChildServer.start('load-server.js')
})
after(() => server[Symbol.asyncDispose]())

interface Answer {
  readonly status: number
  readonly code: string
}

/** Sends as much as the server takes, and reads the answer while it does. */
function send(path: string, headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const req = request(`${server.url}${path}`, { method: 'POST', headers }, (res: IncomingMessage) => {
      let text = ''
      res.on('data', (chunk: Buffer) => (text += chunk.toString()))
      res.on('end', () => {
        req.destroy()
        const { error } = JSON.parse(text) as { error?: { code: string } }
        resolve({ status: res.statusCode!, code: error?.code ?? '' })
      })
    })
    req.on('error', reject)
    const piece = Buffer.alloc(mebibyte, ' ')
    const body = Readable.from(
      (function* () {
        for (let sent = 0; sent < size; sent += piece.length) yield piece
      })(),
    )
    body.pipe(req)
  })
}

interface Memory {
  readonly rss: number
  readonly heapUsed: number
  readonly external: number
}

async function memory(): Promise<Memory> {
  const response = await fetch(`${server.url}/memory`)
  return ((await response.json()) as { data: Memory }).data
}

const json = { 'content-type': 'application/json' }
const declared = { ...json, 'content-length': String(size) }

describe('a body of 100 MiB', () => {
  for (const [name, path, headers] of [
    ['declared', '/work', declared],
    ['chunked', '/work', json],
    ['declared, to a wildcard body', '/anything', declared],
    ['chunked, to a wildcard body', '/anything', json],
  ] as const) {
    it(`is refused with an answer that the client can read: ${name}`, async () => {
      for (let time = 0; time < 3; time++) {
        expect(await send(path, headers)).to.deep.equal({ status: 413, code: 'PAYLOAD_TOO_LARGE' })
      }
    })
  }

  it('is not read by an operation that takes none, nor where there is no operation', async () => {
    expect(await send('/unread', declared)).to.include({ status: 200 })
    expect(await send('/unread', json)).to.include({ status: 200 })
    expect(await send('/nowhere', json)).to.include({ status: 404 })
    expect(await send('/ready', json)).to.include({ status: 405 })
  })

  it('does not stay in memory, however many come at once', async () => {
    const before = await memory()
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) => send('/work', at % 2 === 0 ? declared : json)),
    )
    expect(answers.map(({ status }) => status)).to.deep.equal(Array<number>(20).fill(413))
    const after = await memory()
    expect(after.rss - before.rss).to.be.below(growthBytes)
  })

  it('does not stay in memory when it unpacks from a few kilobytes', async () => {
    const bomb = gzipSync(Buffer.alloc(size, ' '))
    const before = await memory()
    for (let time = 0; time < 20; time++) {
      const headers = { ...json, 'content-encoding': 'gzip' }
      expect((await fetch(`${server.url}/work`, { method: 'POST', headers, body: bomb })).status).to.equal(413)
    }
    expect((await memory()).rss - before.rss).to.be.below(growthBytes)
  })
})

describe('many connections', () => {
  it('of 2,000 that are idle leave the server answering', async () => {
    const before = await memory()
    const idle = await Promise.all(Array.from({ length: 2_000 }, () => openRaw(server.url, '')))
    expect((await fetch(`${server.url}/work?id=1`)).status).to.equal(200)
    expect((await memory()).rss - before.rss).to.be.below(growthBytes)
    for (const { socket } of idle) socket.destroy()
  })
})

describe('a client that vanishes', () => {
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`

  it('in the middle of a request or of an answer leaves nothing behind', async () => {
    const before = await memory()
    for (let round = 0; round < 10; round++) {
      const clients = await Promise.all(
        Array.from({ length: 40 }, (_, at) => {
          const body = `POST /work HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 90000\r\n\r\n{"text":"`
          return openRaw(
            server.url,
            [body, get('/work?id=1&ms=-1'), get('/endless'), get('/work?id=1&ms=30').repeat(5)][at % 4]!,
          )
        }),
      )
      await delay(20)
      for (const [at, { socket }] of clients.entries()) {
        if (at % 3 === 0) socket.destroy()
        else socket.resetAndDestroy()
      }
    }
    const after = await memory()
    expect(after.rss - before.rss).to.be.below(growthBytes)
    expect(server.output).to.not.match(/"level":"(?:error|fatal)"|uncaught/i)
  })

  it('is not waited for when the server stops', async () => {
    server.kill('SIGTERM')
    expect(await server.exit).to.deep.equal({ code: 0, signal: null })
    expect(server.output).to.not.include('cut off')
  })
})
