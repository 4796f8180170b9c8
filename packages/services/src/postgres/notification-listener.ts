import { runOutsideScopes, type Logger } from '@lokstra/core'

import { toDatabaseError } from './errors.js'
import { quoteIdentifier } from './sql.js'

/** What the listener needs of a connection of its own. */
export interface ListeningClient {
  connect(): Promise<unknown>
  query(text: string): Promise<unknown>
  end(): Promise<void>
  on(event: 'notification', handler: (message: { channel: string; payload?: string | undefined }) => void): unknown
  on(event: 'error' | 'end', handler: (error?: Error) => void): unknown
}

interface Subscription {
  readonly handler: (payload: string) => unknown
  readonly onReconnect: (() => unknown) | undefined
}

const firstDelayMs = 100
const lastDelayMs = 10_000
/** A connection that only listens would not notice that its peer is gone: TCP alone takes many minutes. */
const pingIntervalMs = 30_000

/** `LISTEN` for many channels over one connection, made when it is first needed and made again when it is lost. */
export class NotificationListener {
  readonly #createClient: () => ListeningClient
  readonly #log: Logger
  readonly #channels = new Map<string, Set<Subscription>>()
  #connection: Promise<ListeningClient> | undefined
  #retry: NodeJS.Timeout | undefined
  #stopped = false

  constructor(createClient: () => ListeningClient, log: Logger) {
    this.#createClient = createClient
    this.#log = log
  }

  async listen(
    channel: string,
    handler: (payload: string) => unknown,
    onReconnect?: () => unknown,
  ): Promise<() => Promise<void>> {
    const subscription = { handler, onReconnect }
    const subscriptions = this.#channels.get(channel) ?? new Set<Subscription>()
    this.#channels.set(channel, subscriptions.add(subscription))
    try {
      const client = await this.#connect()
      await client.query(`listen ${quoteIdentifier(channel)}`)
    } catch (error) {
      await this.#remove(channel, subscription)
      throw toDatabaseError(error)
    }
    return () => this.#remove(channel, subscription)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#channels.clear()
    await this.#disconnect()
  }

  async #remove(channel: string, subscription: Subscription): Promise<void> {
    const subscriptions = this.#channels.get(channel)
    if (!subscriptions?.delete(subscription) || subscriptions.size > 0) return
    this.#channels.delete(channel)
    if (this.#channels.size === 0) return this.#disconnect()
    // Sent before anything else can listen to the channel again; without a connection there is nothing to undo.
    await this.#connection
      ?.then((client) => client.query(`unlisten ${quoteIdentifier(channel)}`))
      .catch(() => undefined)
  }

  async #disconnect(): Promise<void> {
    clearTimeout(this.#retry)
    this.#retry = undefined
    const connection = this.#connection
    this.#connection = undefined
    await connection?.then((client) => client.end()).catch(() => undefined)
  }

  #connect(): Promise<ListeningClient> {
    if (this.#stopped) return Promise.reject(new Error('Connection terminated: the database service has stopped'))
    // It outlives the request that listens first, and what it hears belongs to none.
    return this.#connection ?? runOutsideScopes(() => this.#connectAnew())
  }

  #connectAnew(): Promise<ListeningClient> {
    const client = this.#createClient()
    let lost = false
    const onLost = (): void => {
      if (lost) return
      lost = true
      clearInterval(ping)
      if (this.#connection !== connection) return
      this.#connection = undefined
      this.#reconnectAfter(firstDelayMs)
    }
    // `end` comes after every loss; `error` needs a handler so that the loss does not end the process.
    client.on('error', onLost)
    client.on('end', onLost)
    client.on('notification', ({ channel, payload }) => this.#deliver(channel, payload ?? ''))
    const ping = setInterval(() => {
      const givenUp = setTimeout(() => void client.end().catch(() => undefined), pingIntervalMs / 2)
      client.query('select 1').then(
        () => clearTimeout(givenUp),
        () => clearTimeout(givenUp),
      )
    }, pingIntervalMs)
    ping.unref()
    const connection = this.#open(client).catch((error: unknown) => {
      lost = true
      clearInterval(ping)
      if (this.#connection === connection) this.#connection = undefined
      void client.end().catch(() => undefined)
      throw error
    })
    this.#connection = connection
    return connection
  }

  async #open(client: ListeningClient): Promise<ListeningClient> {
    await client.connect()
    for (const channel of this.#channels.keys()) await client.query(`listen ${quoteIdentifier(channel)}`)
    return client
  }

  #reconnectAfter(delayMs: number): void {
    if (this.#stopped || this.#channels.size === 0) return
    this.#log.warn('notification connection lost: connecting again', { delayMs })
    clearTimeout(this.#retry)
    this.#retry = setTimeout(
      () => {
        this.#connect().then(
          () => {
            this.#log.info('notification connection restored', { channels: [...this.#channels.keys()] })
            this.#tellOfReconnection()
          },
          () => this.#reconnectAfter(Math.min(delayMs * 2, lastDelayMs)),
        )
      },
      // Spread, so that the processes of a deployment do not come back all at once.
      delayMs * (0.5 + Math.random()),
    )
  }

  #tellOfReconnection(): void {
    for (const [channel, subscriptions] of this.#channels) {
      for (const { onReconnect } of subscriptions) if (onReconnect) this.#call(channel, onReconnect)
    }
  }

  #deliver(channel: string, payload: string): void {
    for (const { handler } of this.#channels.get(channel) ?? []) {
      this.#call(channel, () => handler(payload))
    }
  }

  #call(channel: string, handler: () => unknown): void {
    void Promise.resolve()
      .then(handler)
      .catch((err: unknown) => this.#log.error('notification handler failed', { channel, err }))
  }
}
