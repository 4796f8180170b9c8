import { createServer, type IncomingMessage, type Server as HttpServer, type ServerOptions } from 'node:http'
import type { Server as HttpsServer } from 'node:https'

import type { ListenerOptions, LiveBounds, Timeouts } from './listener.js'

export interface OpenOptions extends ListenerOptions {
  /** Class of the requests; undefined for that of Node. */
  readonly IncomingMessage: typeof IncomingMessage | undefined
}

/**
 * The server of Node for an address, not yet listening. What it does about slow and oversized requests is the same in the clear and
 * with TLS. TLS is loaded where it is used only.
 */
export async function openServer(options: OpenOptions): Promise<HttpServer | HttpsServer> {
  const { tls, bounds } = options
  const server = tls ? await openTlsServer(options, tls) : createServer(httpOptions(options))
  useTimeouts(server, options.timeouts)
  // Node drops what is beyond its own bound without a word; one more shows the dispatcher that there are too many.
  server.maxHeadersCount = bounds.headerCount + 1
  useConnectionLimit(server, bounds)
  return server
}

/** For connections and requests that begin from now on. */
export function useTimeouts(server: HttpServer | HttpsServer, { headersMs, requestMs, keepAliveMs }: Timeouts): void {
  // Node refuses one that is longer than that of the request.
  server.headersTimeout = Math.min(headersMs, requestMs)
  server.requestTimeout = requestMs
  server.keepAliveTimeout = keepAliveMs
}

/** For connections that come from now on: none is closed because there are more already. */
export function useConnectionLimit(server: HttpServer | HttpsServer, { connections }: LiveBounds): void {
  server.maxConnections = connections === 0 ? Infinity : connections
}

async function openTlsServer(
  options: OpenOptions,
  { context, clientCertificate }: NonNullable<ListenerOptions['tls']>,
): Promise<HttpsServer> {
  const { createServer: createTlsServer } = await import('node:https')
  return createTlsServer({
    ...httpOptions(options),
    ...context,
    ALPNProtocols: options.http2 ? ['h2', 'http/1.1'] : ['http/1.1'],
    // A client that does not get to its request is a slow one, whatever keeps it.
    handshakeTimeout: options.timeouts.headersMs,
    requestCert: clientCertificate !== 'none',
    rejectUnauthorized: clientCertificate === 'require',
  })
}

function httpOptions({ timeouts, bounds, IncomingMessage }: OpenOptions): ServerOptions {
  const { headersMs, requestMs } = timeouts
  return {
    ...(IncomingMessage ? { IncomingMessage } : {}),
    maxHeaderSize: bounds.headerBytes,
    // Time-outs are noticed when connections are checked: often enough for the shortest of them.
    connectionsCheckingInterval: Math.max(100, Math.min(5_000, headersMs / 4, requestMs / 4)),
    // The dispatcher looks for it, and answers in the envelope.
    requireHostHeader: false,
  }
}
