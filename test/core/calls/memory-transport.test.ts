import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

import type { CallHandler } from '@lokstra/core'

import type * as MemoryTransportModule from '../../../packages/core/dist/calls/memory/memory-transport.js'
import { describeCallTransport } from '../../contracts/call-transport.js'

const file = new URL('../../../../packages/core/dist/calls/memory/memory-transport.js', import.meta.url)
const { MemoryTransport } = (await import(file.href)) as typeof MemoryTransportModule

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
