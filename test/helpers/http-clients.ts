import { once } from 'node:events'
import {
  Agent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http'
import {
  connect as connectHttp2,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders as Http2Headers,
} from 'node:http2'
import { Agent as TlsAgent, request as httpsRequest } from 'node:https'
import type { Readable, Writable } from 'node:stream'

/** One request as a client sees it, whatever the protocol. */
export interface ClientExchange {
  /** Takes the request's body. */
  readonly body: Writable
  /** The head of the answer. Rejects when there is none. */
  readonly head: Promise<{ readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: Readable }>
  /** Gives the request up. */
  abort(): void
}

export interface HttpClient extends AsyncDisposable {
  open(method: string, path: string, headers?: OutgoingHttpHeaders): ClientExchange
}

export interface ClientAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly bytes: Buffer
  json(): Record<string, unknown> & { error?: { code: string; message: string; requestId: string } }
}

/** Sends a whole request and takes the whole answer. Rejects when it is cut off. */
export async function exchange(
  client: HttpClient,
  method: string,
  path: string,
  { headers = {}, body }: { headers?: OutgoingHttpHeaders; body?: string | Uint8Array } = {},
): Promise<ClientAnswer> {
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
  const open = client.open(method, path, { ...length, ...headers })
  open.body.end(body)
  const { status, headers: received, body: stream } = await open.head
  const bytes = await readAll(stream)
  return {
    status,
    headers: received,
    bytes,
    json: () => JSON.parse(bytes.toString()) as ReturnType<ClientAnswer['json']>,
  }
}

export async function readAll(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** HTTP/1.1 over connections that are kept, with TLS where the URL says so. */
export function http1Client(url: string, ca?: Buffer): HttpClient {
  const isSecure = url.startsWith('https:')
  const agent = isSecure ? new TlsAgent({ keepAlive: true, ...(ca ? { ca } : {}) }) : new Agent({ keepAlive: true })
  return {
    open(method, path, headers = {}) {
      const send = isSecure ? httpsRequest : httpRequest
      const req = send(`${url}${path}`, { method, headers, agent })
      req.on('error', () => undefined)
      const head = once(req, 'response').then(([res]) => {
        const { statusCode, headers: received } = res as IncomingMessage
        return { status: statusCode!, headers: received, body: res as IncomingMessage }
      })
      head.catch(() => undefined)
      return { body: req, head, abort: () => req.destroy() }
    },
    [Symbol.asyncDispose]: () => Promise.resolve(agent.destroy()),
  }
}

/** HTTP/2 over one connection: agreed on with TLS, by prior knowledge in the clear. */
export function http2Client(url: string, ca?: Buffer): HttpClient & { readonly session: ClientHttp2Session } {
  const session = connectHttp2(url, ca ? { ca } : {})
  session.on('error', () => undefined)
  return {
    session,
    open(method, path, headers = {}) {
      const stream = session.request({ ':method': method, ':path': path, ...headers }, { endStream: false })
      stream.on('error', () => undefined)
      const head = once(stream, 'response').then(([received]) => {
        const { ':status': status, ...rest } = received as Http2Headers
        return { status: Number(status), headers: rest, body: untilComplete(stream) }
      })
      head.catch(() => undefined)
      return { body: stream, head, abort: () => stream.close(8) }
    },
    [Symbol.asyncDispose]: async () => {
      if (session.destroyed) return
      session.destroy()
      await once(session, 'close')
    },
  }
}

/** A stream that is reset without an error code of its own must not pass for complete. */
function untilComplete(stream: ClientHttp2Stream): Readable {
  stream.once('close', () => {
    if (stream.rstCode !== 0) stream.destroy(new Error(`reset with ${stream.rstCode}`))
  })
  return stream
}
