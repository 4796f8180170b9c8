import type { SecureContextOptions } from 'node:tls'

import { CallTransport, type CallConnection } from '../call-transport.js'
import { HttpConnection } from './http-connection.js'

/** The certificate that this server shows others, and the authorities that it trusts. */
export type CallTls = Pick<SecureContextOptions, 'cert' | 'key' | 'ca' | 'minVersion'>

export interface HttpTransportOptions {
  readonly tls?: CallTls | undefined
  /** Milliseconds until a connection stands. Default 2,000. */
  readonly connectTimeoutMs?: number | undefined
  /** Largest answer that is read as a whole, in bytes. Default 16 MiB. Streams have no limit. */
  readonly answerLimitBytes?: number | undefined
  /** Milliseconds for which a stream may be silent before it counts as broken. Default 60,000; 0 for no limit. */
  readonly streamIdleMs?: number | undefined
}

/** HTTP/1.1 over TCP, TLS or a unix socket, over connections that are kept open. */
export class HttpTransport extends CallTransport {
  #options: HttpTransportOptions
  readonly #connections = new Set<HttpConnection>()

  constructor(options: HttpTransportOptions = {}) {
    super()
    this.#options = options
  }

  /** @param url  `http://…`, `https://…`, a path in it going before those of the calls, or `unix:/path/of/socket` */
  connect(url: string, { connections }: { readonly connections: number }): CallConnection {
    const connection = new HttpConnection(url, connections, this.#options)
    this.#connections.add(connection)
    return {
      send: (request, options) => connection.send(request, options),
      close: () => {
        this.#connections.delete(connection)
        return connection.close()
      },
    }
  }

  /** For connections that are opened from now on. Calls under way end over those that they have. */
  useTls(tls: CallTls): void {
    this.#options = { ...this.#options, tls }
    for (const connection of this.#connections) connection.useTls(tls)
  }
}
