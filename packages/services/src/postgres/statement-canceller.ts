import type { EventEmitter } from 'node:events'
import type { Duplex } from 'node:stream'

import { createClient, type Client, type ReadOptions } from './connection.js'

/** How many requests are under way at once: a thousand clients that leave together must not take all connections of the server. */
const limit = 4
const timeoutMs = 5_000

/** What the driver gives for the protocol, beside what its types tell. */
interface WireConnection extends EventEmitter {
  readonly stream: Duplex
  connect(port: number | string, host?: string): void
  requestSsl(): void
  cancel(processId: number, secretKey: number): void
}

/** Asks the server to stop statements. Each request takes a connection of its own, with the same address and encryption. */
export class StatementCanceller {
  readonly #readOptions: ReadOptions
  readonly #waiting: (() => void)[] = []
  #underWay = 0

  constructor(readOptions: ReadOptions) {
    this.#readOptions = readOptions
  }

  /**
   * Stops what runs on a connection, unless that is no longer wanted when its turn comes.
   * @returns whether the request can no longer reach whatever runs there next
   */
  async cancel(client: Client, isWanted: () => boolean): Promise<boolean> {
    if (this.#underWay >= limit) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#underWay++
    try {
      return isWanted() ? await this.#send(client) : true
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#underWay--
    }
  }

  /** The server has acted on the request when it closes the connection. */
  #send(client: Client): Promise<boolean> {
    const { processID, secretKey } = client as unknown as { processID: number; secretKey: number }
    const own = createClient(this.#readOptions) as ReturnType<typeof createClient> & { sslNegotiation?: string }
    const connection = own.connection as unknown as WireConnection
    return new Promise((resolve) => {
      let isSent = false
      const send = () => {
        isSent = true
        connection.cancel(processID, secretKey)
      }
      const end = (isDone: boolean) => {
        clearTimeout(timer)
        resolve(isDone)
        connection.stream.destroy()
      }
      const timer = setTimeout(() => end(false), timeoutMs)
      connection.on('connect', () => {
        if (!own.ssl) send()
        // With TLS from the first byte there is nothing to ask for.
        else if (own.sslNegotiation !== 'direct') connection.requestSsl()
      })
      connection.on('sslconnect', send)
      connection.on('error', () => end(false))
      connection.on('end', () => end(isSent))
      if (own.host.startsWith('/')) connection.connect(`${own.host}/.s.PGSQL.${own.port}`)
      else connection.connect(own.port, own.host)
    })
  }
}
