import { setTimeout as delay } from 'node:timers/promises'

import { HealthWatch } from './health-watch.js'
import type { PrefixedOutput } from './prefixed-output.js'
import { ServerProcess } from './server-process.js'

const firstPauseMs = 500
const longestPauseMs = 30_000
/** A server that was ready for so long is started again at once when it dies, in milliseconds. */
const steadyMs = 5_000

/** What a server is started with. */
export interface KeptServer {
  readonly name: string
  /** Behind `lokstra start`. */
  readonly args: readonly string[]
  /** Index among its addresses, and path, of what says whether it is ready; undefined where nothing does. */
  readonly health: { readonly listener: number; readonly path: string } | undefined
  /** What is said before it starts; undefined for nothing. */
  readonly warning: string | undefined
}

/**
 * Keeps one server running: what dies is started again, after longer and longer pauses where it does so soon; but not what says that it
 * could not start then either.
 */
export class ServerKeeper {
  readonly #server: KeptServer
  readonly #output: PrefixedOutput
  readonly #stopping = new AbortController()
  #process: ServerProcess | undefined
  #running: Promise<void> | undefined
  #tellStarted: () => void = () => undefined
  /** Fulfilled when the server was ready for the first time, or has failed to become so. */
  readonly started: Promise<void>
  #tellGivenUp: () => void = () => undefined
  /** Fulfilled when the server is not started again. */
  readonly givenUp: Promise<void>

  constructor(server: KeptServer, output: PrefixedOutput) {
    this.#server = server
    this.#output = output
    this.started = new Promise((resolve) => (this.#tellStarted = resolve))
    this.givenUp = new Promise((resolve) => (this.#tellGivenUp = resolve))
  }

  start(): void {
    if (this.#server.warning !== undefined) this.#output.say(this.#server.name, this.#server.warning)
    this.#running = this.#keep()
  }

  /** Resolves when the server has stopped in good order. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#process?.stop()
    await this.#running
  }

  /** Ends it at once. */
  kill(): void {
    this.#stopping.abort()
    this.#process?.kill()
  }

  async #keep(): Promise<void> {
    const { signal } = this.#stopping
    let pauseMs = firstPauseMs
    while (!signal.aborted) {
      const { how, readyMs, refusal } = await this.#runOnce()
      this.#tellStarted()
      if (signal.aborted) {
        this.#say(`stopped ${how}`)
        return
      }
      if (refusal.length > 0) {
        this.#say(`ended ${how}; is not started again, which does not mend ${refusal.join(', ')}`)
        this.#tellGivenUp()
        return
      }
      if (readyMs > steadyMs) {
        pauseMs = firstPauseMs
        this.#say(`ended ${how}; starts again`)
        continue
      }
      this.#say(`ended ${how}; starts again in ${pauseMs / 1_000} s`)
      await delay(pauseMs, undefined, { signal }).catch(() => undefined)
      pauseMs = Math.min(pauseMs * 2, longestPauseMs)
    }
  }

  /** @returns how it ended, how long it was ready before, and what keeps it from starting again */
  async #runOnce(): Promise<{ readonly how: string; readonly readyMs: number; readonly refusal: readonly string[] }> {
    const { name, args, health } = this.#server
    const server = (this.#process = new ServerProcess(name, args, this.#output))
    let watch: HealthWatch | undefined
    let readyAt = Infinity
    void server.ready.then((urls) => {
      readyAt = performance.now()
      this.#say(`listens on ${urls.join(', ')}`)
      const url = health && urls[health.listener]
      if (url !== undefined) watch = new HealthWatch(url, health!.path, (text) => this.#say(text))
      this.#tellStarted()
    })
    const how = await server.ended
    watch?.close()
    return { how, readyMs: performance.now() - readyAt, refusal: server.refusal }
  }

  #say(text: string): void {
    this.#output.say(this.#server.name, text)
  }
}
