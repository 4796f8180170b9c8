import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import type { CallConnection, CallHandler, CallRequest } from '@lokstra/core'

import { describeCallTransport, type CallTransportSubject } from '../../../contracts/call-transport.js'
import { HttpTransport } from './internals.js'
import { createRefusingUrl } from './peer.js'

const open: (() => unknown)[] = []
afterEach(() => Promise.all(open.splice(0).map((close) => close())))

/** Answers as a server does, over Node alone. */
async function respond(request: CallRequest, response: ServerResponse, handle: CallHandler): Promise<void> {
  const controller = new AbortController()
  response.on('close', () => controller.abort())
  const answer = await handle(request, controller.signal)
  if (response.destroyed) return
  response.writeHead(answer.status, answer.headers as Record<string, string>)
  if (answer.headers['content-type'] !== 'application/x-ndjson') {
    response.end(await answer.text())
    return
  }
  response.flushHeaders()
  await pipeline(Readable.from(answer.chunks()), response).catch(() => undefined)
}

function keep(connection: CallConnection): CallConnection {
  open.push(() => connection.close())
  return connection
}

function subject(address: () => string | number): CallTransportSubject {
  return {
    async open(handle) {
      const server = createServer((req, response) => {
        let body = ''
        req.setEncoding('utf8').on('data', (text: string) => (body += text))
        req.on('end', () => {
          const headers = req.headers as Record<string, string>
          const request = { verb: req.method!, target: req.url!, headers, body: body === '' ? undefined : body }
          void respond(request, response, handle)
        })
      })
      const at = address()
      await new Promise<void>((resolve) => {
        if (typeof at === 'string') server.listen(at, resolve)
        else server.listen(at, '127.0.0.1', resolve)
      })
      open.push(() => {
        server.closeAllConnections()
        server.close()
      })
      const url = typeof at === 'string' ? `unix:${at}` : `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      return {
        connection: keep(new HttpTransport().connect(url, { connections: 64 })),
        stop: () => new Promise((resolve) => server.close(() => resolve())),
      }
    },
    async openToNobody() {
      return keep(new HttpTransport().connect(await createRefusingUrl(), { connections: 64 }))
    },
  }
}

describeCallTransport('HTTP', () => subject(() => 0))
describeCallTransport('HTTP on a unix socket', () => subject(() => join(tmpdir(), `lokstra-${randomUUID()}.sock`)))
