import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { EntranceRequest } from '@lokstra/core'

import { eventsPath, failurePage, waitingPage } from './error-page.js'
import type { Failure } from './messages.js'

const codes = {
  build: 'BUILD_FAILED',
  start: 'START_FAILED',
  crash: 'SERVER_CRASHED',
  configuration: 'CONFIGURATION_FAILED',
}

/** Answers requests while the project does not run: 503 in the envelope, or a page for whoever looks at one. */
export class Refusals {
  #failure: Failure | undefined
  readonly #waiting = new Set<ServerResponse>()
  readonly #servers = new Map<EntranceRequest['tls'], Server>()

  /** Why there is no answer from now on; undefined while it is on its way. */
  set failure(failure: Failure | undefined) {
    this.#failure = failure
    this.reloadPages()
  }

  answer(socket: Socket, tls: EntranceRequest['tls']): void {
    let server = this.#servers.get(tls)
    if (!server) {
      server = tls ? createTlsServer(tls, this.#onRequest) : createServer(this.#onRequest)
      server.on('clientError', (_error: Error, broken: Duplex) => broken.destroy())
      server.on('tlsClientError', (_error: Error, broken: Duplex) => broken.destroy())
      // It makes Node look for slow requests.
      server.emit('listening')
      this.#servers.set(tls, server)
    }
    server.emit('connection', socket)
  }

  /** Tells the pages that are shown to ask again. */
  reloadPages(): void {
    for (const res of this.#waiting) res.end('data: reload\n\n')
    this.#waiting.clear()
  }

  readonly #onRequest = (req: IncomingMessage, res: ServerResponse): void => {
    req.resume()
    res.setHeader('connection', 'close')
    res.setHeader('cache-control', 'no-store')
    if (req.url === eventsPath) this.#keep(res)
    else if (isNavigation(req)) this.#sendPage(res)
    else this.#sendEnvelope(req, res)
  }

  #keep(res: ServerResponse): void {
    res.setHeader('content-type', 'text/event-stream')
    res.flushHeaders()
    this.#waiting.add(res)
    res.once('close', () => this.#waiting.delete(res))
  }

  #sendPage(res: ServerResponse): void {
    res.statusCode = 503
    res.setHeader('content-type', 'text/html; charset=utf-8')
    res.end(this.#failure ? failurePage(this.#failure) : waitingPage())
  }

  #sendEnvelope(req: IncomingMessage, res: ServerResponse): void {
    const { origin } = req.headers
    if (origin !== undefined && isOfThisMachine(origin)) {
      // Else pages of a front end in development are not even shown what is wrong. Pages of others must not read the code in it.
      res.setHeader('access-control-allow-origin', origin)
      res.setHeader('access-control-allow-credentials', 'true')
      res.setHeader('vary', 'origin')
    }
    if (req.method === 'OPTIONS' && req.headers['access-control-request-method'] !== undefined) {
      res.setHeader('access-control-allow-methods', req.headers['access-control-request-method'])
      res.setHeader('access-control-allow-headers', req.headers['access-control-request-headers'] ?? '')
      res.writeHead(204).end()
      return
    }
    const failure = this.#failure
    const error = failure
      ? { code: codes[failure.kind], message: `${failure.title}\n${failure.text}` }
      : { code: 'BUILD_PENDING', message: 'The project is still being built and started' }
    res.writeHead(503, { 'content-type': 'application/json; charset=utf-8', 'retry-after': '1' })
    res.end(JSON.stringify({ status: 'error', error }))
  }
}

/** Whether somebody looks at the answer in a browser. */
function isNavigation({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && /\btext\/html\b/.test(headers.accept ?? '')
}

/** @param origin  as a browser sends it: `null` where it keeps it to itself */
function isOfThisMachine(origin: string): boolean {
  return /^https?:\/\/(?:(?:[^/:]+\.)?localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(origin)
}
