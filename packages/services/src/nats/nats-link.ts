import { resolve } from 'node:path'
import { readFileSync } from 'node:fs'

import { lokstraError, type Logger } from '@lokstra/core'
import {
  connect,
  credsAuthenticator,
  errors,
  headers as createHeaders,
  type Authenticator,
  type ConnectionOptions,
  type Msg,
  type NatsConnection,
  type Subscription,
} from '@nats-io/transport-node'

import { E_NATS_UNREACHABLE } from './catalogue.js'
import type { NatsConfig } from './nats-config.js'

/** One message as it was received. */
export interface NatsMessage {
  readonly subject: string
  readonly reply: string | undefined
  readonly data: Uint8Array
  /** Value of the one header of our protocol; undefined where it has none. */
  readonly head: string | undefined
  /** NATS itself says that nobody listens on the subject that was asked. */
  readonly isUnanswerable: boolean
}

export interface NatsOutgoing {
  readonly reply?: string
  readonly header?: readonly [name: string, value: string]
}

export interface NatsSubscription {
  /** At once. */
  end(): void
  /** Takes no more, and resolves when what was received before has been handed over. */
  drain(): Promise<void>
}

/** What a message takes besides payload and header: the protocol's own words. */
const overheadBytes = 64

/** The connection to NATS, which comes back by itself. */
export class NatsLink {
  readonly #nats: NatsConnection
  readonly #log: Logger
  readonly #onLost = new Set<() => void>()
  readonly #onForbidden = new Set<(subject: string) => void>()
  #isConnected = true
  #isRefused = false

  private constructor(nats: NatsConnection, log: Logger) {
    this.#nats = nats
    this.#log = log
    void this.#watch()
  }

  /** @throws LokstraError `E_NATS_UNREACHABLE` */
  static async open(
    config: NatsConfig,
    { name, folder, log }: { name: string; folder: string; log: Logger },
  ): Promise<NatsLink> {
    const { servers, user, password, token, tls, connectTimeout } = config
    const absolute = (file: string): string => resolve(folder, file)
    try {
      const options: ConnectionOptions = {
        servers,
        name,
        timeout: connectTimeout,
        maxReconnectAttempts: -1,
        reconnectTimeWait: 250,
        reconnectJitter: 250,
        // By default the second login that is refused, however long after the first, closes the connection for good.
        ignoreAuthErrorAbort: true,
        // A dead connection is noticed within half a minute instead of four.
        pingInterval: 10_000,
        ...(user !== undefined && { user }),
        ...(password !== undefined && { pass: password }),
        ...(token !== undefined && { token }),
        ...(config.credentials !== undefined && {
          authenticator: authenticateFrom(absolute(config.credentials)),
        }),
        ...(tls && {
          tls: {
            ...(tls.ca !== undefined && { caFile: absolute(tls.ca) }),
            ...(tls.cert !== undefined && { certFile: absolute(tls.cert) }),
            ...(tls.key !== undefined && { keyFile: absolute(tls.key) }),
          },
        }),
      }
      return new NatsLink(await connect(options), log)
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw lokstraError(E_NATS_UNREACHABLE, { servers: servers.join(', '), reason }, [], { cause })
    }
  }

  /** What is sent while it is not would be kept, and sent after its caller has given up. */
  get isConnected(): boolean {
    return this.#isConnected && !this.#nats.isClosed() && !this.#nats.isDraining()
  }

  /** Bytes that fit beside a header of this length. */
  roomBeside(header: string): number {
    return (this.#nats.info?.max_payload ?? 1_048_576) - Buffer.byteLength(header) - overheadBytes
  }

  createInbox(): string {
    return `_INBOX.${crypto.randomUUID().replaceAll('-', '')}`
  }

  /** @throws what NATS says of a message that it cannot take at all, such as one that is too large, or of a connection that was closed */
  publish(subject: string, data: Uint8Array | string | undefined, { reply, header }: NatsOutgoing = {}): void {
    const headers = header && createHeaders()
    if (header) headers!.set(...header)
    this.#nats.publish(subject, data, { ...(reply !== undefined && { reply }), ...(headers && { headers }) })
  }

  /** Resolves when the NATS server has taken everything that was said before. */
  flush(): Promise<void> {
    return this.#nats.flush()
  }

  /** @param headerName  of the one header that is read */
  subscribe(
    subject: string,
    { queue, headerName }: { queue?: string; headerName?: string },
    receive: (message: NatsMessage) => void,
  ): NatsSubscription {
    const subscription: Subscription = this.#nats.subscribe(subject, {
      ...(queue !== undefined && { queue }),
      callback: (error, message) => {
        if (error) this.#log.error('NATS subscription refused', { subject, err: error })
        else receive(toMessage(message, headerName))
      },
    })
    return {
      end: () => subscription.unsubscribe(),
      // Of a connection that was closed meanwhile it throws.
      drain: async () => {
        if (!subscription.isClosed() && !this.#nats.isClosed()) await subscription.drain()
      },
    }
  }

  /** Told each time the connection is lost: what was on the way may be lost, too. @returns ends that */
  onLost(callback: () => void): () => void {
    this.#onLost.add(callback)
    return () => this.#onLost.delete(callback)
  }

  /** Told the subject of each message that the NATS server did not take because of its permissions. @returns ends that */
  onForbidden(callback: (subject: string) => void): () => void {
    this.#onForbidden.add(callback)
    return () => this.#onForbidden.delete(callback)
  }

  async close(): Promise<void> {
    if (this.#nats.isClosed()) return
    // Draining a connection that is lost would wait for it to come back.
    if (this.#isConnected) await this.#nats.drain()
    else await this.#nats.close()
  }

  async #watch(): Promise<void> {
    for await (const status of this.#nats.status()) {
      const { type } = status
      if (type === 'error' && status.error instanceof errors.PermissionViolationError) {
        const { operation, subject } = status.error
        // Of a subscription its own callback is told.
        if (operation !== 'publish') continue
        this.#log.error('NATS publish refused', { subject, err: status.error })
        for (const callback of [...this.#onForbidden]) callback(subject)
      } else if (type === 'error' && isRefusedLogin(status.error)) {
        // It is tried again several times a second.
        if (!this.#isRefused) this.#log.error('NATS refuses the login', { err: status.error })
        this.#isRefused = true
      } else if (type === 'disconnect' && this.#isConnected) {
        // Each login that is refused is one more lost connection to the library, and is not to us.
        this.#isConnected = false
        this.#log.warn('NATS connection lost')
        for (const callback of [...this.#onLost]) callback()
      } else if (type === 'reconnect' && !this.#isConnected) {
        this.#isConnected = true
        this.#isRefused = false
        this.#log.info('NATS connection restored')
      }
    }
  }
}

/**
 * Reads the file anew for each connection: users are renewed while the server runs.
 * @throws what keeps the file from being read now
 */
function authenticateFrom(file: string): Authenticator {
  const read = (): Authenticator => credsAuthenticator(readFileSync(file))
  let latest = read()
  return (nonce) => {
    try {
      const current = read()
      const login = current(nonce)
      latest = current
      return login
    } catch {
      // Half written, or gone for a moment. An error would close the connection for good.
      return latest(nonce)
    }
  }
}

function isRefusedLogin(error: Error): boolean {
  return error instanceof errors.AuthorizationError || error instanceof errors.UserAuthenticationExpiredError
}

function toMessage({ subject, reply, data, headers }: Msg, headerName: string | undefined): NatsMessage {
  const head = headerName === undefined ? '' : (headers?.get(headerName) ?? '')
  return {
    subject,
    reply: reply === '' ? undefined : reply,
    data,
    head: head === '' ? undefined : head,
    isUnanswerable: headers?.code === 503,
  }
}
