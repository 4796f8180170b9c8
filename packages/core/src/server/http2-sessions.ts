import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2'

import { lingerMs } from './linger-ms.js'
import type { Timeouts } from './listener.js'
import { untilClosed } from './until-closed.js'

interface SessionState {
  /** Requests that are not answered yet. */
  open: number
  /** Requests in all. */
  count: number
  /** Milliseconds of `performance.now()` when the last request ended, or the session began. */
  usedAt: number
}

/**
 * The HTTP/2 connections of a listener. They end as those of HTTP/1.1 do: the next request is answered and told to be the last, and
 * only what is quiet is ended unasked. A GOAWAY names the last request that counts, so a client may repeat what came behind it.
 */
export class Http2Sessions {
  readonly #open = new Map<ServerHttp2Session, SessionState>()
  #requestsPerConnection: number
  readonly #timer: NodeJS.Timeout
  #timeouts: Timeouts
  #isEnding = false

  constructor(timeouts: Timeouts, requestsPerConnection: number) {
    this.#timeouts = timeouts
    this.#requestsPerConnection = requestsPerConnection
    const intervalMs = Math.max(100, Math.min(5_000, timeouts.headersMs / 4, timeouts.keepAliveMs / 4))
    this.#timer = setInterval(() => this.#endIdle(), intervalMs).unref()
  }

  get size(): number {
    return this.#open.size
  }

  reconfigure(timeouts: Timeouts, requestsPerConnection: number): void {
    this.#timeouts = timeouts
    this.#requestsPerConnection = requestsPerConnection
  }

  readonly add = (session: ServerHttp2Session): void => {
    this.#open.set(session, { open: 0, count: 0, usedAt: performance.now() })
    session.once('close', () => this.#open.delete(session))
  }

  /** Notes a request. */
  admit(stream: ServerHttp2Stream): void {
    const { session } = stream
    const state = session && this.#open.get(session as ServerHttp2Session)
    if (!session || !state) return
    state.open++
    state.count++
    stream.once('close', () => {
      state.open--
      state.usedAt = performance.now()
    })
    const isUsedUp = this.#requestsPerConnection > 0 && state.count >= this.#requestsPerConnection
    if (this.#isEnding || isUsedUp) session.close()
  }

  /** Whether the next request of a session is told to be its last. */
  announceEnd(isEnding: boolean): void {
    this.#isEnding = isEnding
  }

  /**
   * Resolves when no session is open.
   * @param quietMs  how long nothing must have been asked on a session before it is ended unasked
   */
  async retire(quietMs: number): Promise<void> {
    this.announceEnd(true)
    clearInterval(this.#timer)
    const startedAt = performance.now()
    for (const state of this.#open.values()) state.usedAt = startedAt
    await untilClosed(this.#open, () => this.#endUnused(quietMs))
  }

  destroyAll(): void {
    for (const session of this.#open.keys()) session.destroy()
  }

  #endUnused(quietMs: number): void {
    const now = performance.now()
    for (const [session, { open, usedAt }] of this.#open) {
      if (open > 0 || now - usedAt < quietMs) continue
      if (now - usedAt >= quietMs + lingerMs) session.destroy()
      else session.close()
    }
  }

  /** A ping keeps no connection: only requests do. */
  #endIdle(): void {
    const { headersMs, keepAliveMs } = this.#timeouts
    const now = performance.now()
    for (const [session, { open, count, usedAt }] of this.#open) {
      if (open > 0 || now - usedAt < (count === 0 ? headersMs : keepAliveMs)) continue
      // A request whose head never ends is none yet, and keeps a session from closing.
      if (session.closed) session.destroy()
      else session.close()
    }
  }
}
