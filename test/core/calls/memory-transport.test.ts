import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import { TransportError, type CallConnection, type CallHandler } from '@lokstra/core'
import { expect } from 'chai'

import type * as MemoryTransportModule from '../../../packages/core/dist/calls/memory/memory-transport.js'
import { describeCallTransport } from '../../contracts/call-transport.js'
import { load } from '../../helpers/core-internals.js'
import { HttpTransport } from './client/internals.js'

const { MemoryTransport } = await load<typeof MemoryTransportModule>('calls/memory/memory-transport.js')

async function respond(req: IncomingMessage, response: ServerResponse, handle: CallHandler): Promise<void> {
  let body = ''
  for await (const text of req.setEncoding('utf8')) body += text as string
  const controller = new AbortController()
  response.on('close', () => controller.abort())
  const headers = req.headers as Record<string, string>
  const request = { verb: req.method!, target: req.url!, headers, body: body === '' ? undefined : body }
  const answer = await handle(request, controller.signal)
  if (response.destroyed) return
  response.writeHead(answer.status, answer.headers as Record<string, string>)
  if (answer.headers['content-type'] === 'application/x-ndjson') {
    response.flushHeaders()
    await pipeline(Readable.from(answer.chunks()), response).catch(() => undefined)
  } else {
    response.end(await answer.text())
  }
}

describeCallTransport(
  'a checked boundary',
  () => ({
    open: (handle) => {
      const transport = new MemoryTransport(() => (req, response) => void respond(req, response, handle), 16 * 1024)
      return Promise.resolve({ connection: transport.connect('UserService'), stop: () => Promise.resolve() })
    },
    openToNobody: () => Promise.reject(new Error('There is always somebody in the same process')),
  }),
  { isInProcess: true },
)

const request = { verb: 'POST', target: '/a%2F../b?c=%20', headers: { 'x-odd': 'a: b' }, body: '{"name":"Ünë"}' }

function describeRequest({ method, url, headers, complete, httpVersion }: IncomingMessage, body: Buffer): string {
  const asked = [method, url, headers['x-odd'], headers['content-length'], complete, httpVersion, body.toString()]
  return JSON.stringify(asked)
}

/** Ways of Node to answer, in the order of what they say. */
const listeners: Readonly<Record<string, RequestListener>> = {
  'a head and a body': (_req, res) => res.writeHead(201, { 'X-One': ['1', '2'], 'x-two': 2 }).end('Ünë'),
  'a head as a list': (_req, res) => res.writeHead(200, 'Fine', ['x-one', '1', 'X-One', '2']).end(),
  'headers one by one': (_req, res) => {
    res.statusCode = 202
    res.setHeader('x-one', '1').appendHeader('x-one', '2')
    res.end(Buffer.from('bytes'))
  },
  'headers in both ways': (_req, res) =>
    res.setHeader('x-one', '1').writeHead(200, { 'x-two': '2' }).end('é', 'latin1'),
  'pieces without a head': (_req, res) => {
    res.write('one', () => res.write('c3a9', 'hex', () => res.end('three')))
  },
  'no body': (_req, res) => void res.writeHead(204).end(),
  'what was asked': (req, res) => {
    const pieces: Buffer[] = []
    req.on('data', (piece: Buffer) => pieces.push(piece))
    req.on('end', () => res.end(describeRequest(req, Buffer.concat(pieces))))
  },
  'what cannot be sent': (_req, res) => {
    const codes: unknown[] = []
    const note = (act: () => unknown) => {
      try {
        act()
        codes.push('taken')
      } catch (error) {
        codes.push((error as NodeJS.ErrnoException).code)
      }
    }
    note(() => res.writeHead(200, { 'x-one': 'a\nb' }))
    note(() => res.writeHead(99))
    res.removeHeader('x-one')
    note(() => res.writeHead(200))
    note(() => res.writeHead(201))
    note(() => res.setHeader('x-two', '2'))
    res.end(JSON.stringify(codes))
  },
  'after the end': (_req, res) => {
    res.on('error', () => undefined)
    res.write('{')
    res.end('}')
    res.write('more')
    res.end('more')
  },
}

async function answerOf(connection: CallConnection): Promise<unknown> {
  const { status, headers, ...answer } = await connection
    .send(request, { timeoutMs: 10_000, signal: undefined })
    .then(async (response) => ({ status: response.status, headers: response.headers, text: await response.text() }))
  return [status, headers['x-one'], headers['x-two'], answer.text]
}

const inMemory = (listener: RequestListener) => new MemoryTransport(() => listener, 16 * 1024).connect('UserService')

describe('a response in memory', () => {
  for (const [name, listener] of Object.entries(listeners)) {
    it(`says the same as over a socket: ${name}`, async () => {
      const server = createServer(listener).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const connection = new HttpTransport().connect(url, { connections: 1 })
      try {
        expect(await answerOf(inMemory(listener))).to.deep.equal(await answerOf(connection))
      } finally {
        await connection.close()
        server.close()
      }
    })
  }

  it('is closed behind its end, and was finished then', async () => {
    const events: unknown[] = []
    const closed = new Promise<void>((resolve) => {
      const connection = inMemory((req, res) => {
        for (const event of ['finish', 'close']) {
          res.on(event, () => events.push([event, res.writableEnded, res.writableFinished, res.destroyed]))
        }
        res.on('close', resolve)
        res.end(req.socket.remoteAddress)
      })
      void answerOf(connection)
    })
    await closed
    expect(events).to.deep.equal([
      ['finish', true, true, false],
      ['close', true, true, true],
    ])
  })

  it('that is destroyed breaks the call off, and a listener that throws as well', async () => {
    const outcome = (listener: RequestListener) => answerOf(inMemory(listener)).catch((error: unknown) => error)
    const destroyed = await outcome((_req, res) => void res.destroy(new Error('gone')))
    const cause = new Error('thrown')
    const thrown = await outcome(() => {
      throw cause
    })
    for (const error of [destroyed, thrown]) {
      expect(error).to.be.instanceOf(TransportError).and.include({ reason: 'reset', executed: 'maybe' })
    }
    expect(thrown).to.include({ cause })
  })
})
