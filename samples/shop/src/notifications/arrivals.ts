import { EventEmitter, once } from 'node:events'

import { Inject, LokstraError, OnStart, OnStop, Service } from '@lokstra/core'
import { Database } from '@lokstra/services/postgres'

const channel = 'shop_notifications'
/** Something may have arrived without a word: on PGlite, or while the connection was away. */
const lookAgainMs = 1_000

/** Tells when a user has been sent something, by whichever server. */
@Service()
export class Arrivals {
  readonly #users = new EventEmitter().setMaxListeners(0)
  #stopListening: (() => Promise<void>) | undefined

  constructor(@Inject('notificationsDb') private readonly db: Database) {}

  @OnStart()
  async listen(): Promise<void> {
    try {
      this.#stopListening = await this.db.listen(channel, (userId) => this.#users.emit(userId))
    } catch (error) {
      if (!LokstraError.is(error) || error.code !== 'E_DATABASE_LISTEN') throw error
    }
  }

  @OnStop()
  async stop(): Promise<void> {
    await this.#stopListening?.()
  }

  announce(userId: string): Promise<void> {
    return this.db.notify(channel, userId)
  }

  /** Resolves when something may have arrived, at the latest after a second or when the signal is aborted. */
  async next(userId: string, signal: AbortSignal | undefined): Promise<void> {
    const limit = new AbortController()
    const timer = setTimeout(() => limit.abort(), lookAgainMs)
    const end = () => limit.abort()
    signal?.addEventListener('abort', end)
    await once(this.#users, userId, { signal: limit.signal }).catch(() => undefined)
    signal?.removeEventListener('abort', end)
    clearTimeout(timer)
  }
}
