import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { lokstraError, type Logger } from '@lokstra/core'

import { E_EMBEDDED_IN_USE, E_EMBEDDED_START } from '../catalogue.js'
import { programOf, type Binaries } from './binaries.js'
import { pathFor, type Cluster } from './cluster.js'
import type { RunAs } from './run-as.js'
import { WatchedProcess } from './watched-process.js'

/** Recovery after a crash is part of a start. */
const readyLimitMs = 100_000
const stopLimitMs = 10_000
const launchAttempts = 5
const lastRestartDelayMs = 10_000

export interface ServerSettings {
  readonly binaries: Binaries
  readonly cluster: Cluster
  readonly user: RunAs | undefined
  readonly durable: boolean
}

/** A Postgres server on a free port of 127.0.0.1. It ends with this process, and is started again when it ends before. */
export class PostgresServer {
  readonly #settings: ServerSettings
  readonly #log: Logger
  #port = 0
  #process: WatchedProcess | undefined
  #stopping = false
  #restart: Promise<void> | undefined

  constructor(settings: ServerSettings, log: Logger) {
    this.#settings = settings
    this.#log = log
  }

  /** @returns the url to connect to */
  async start(): Promise<string> {
    this.#port = await freePort()
    await this.#launch(true)
    const password = await this.#settings.cluster.password()
    return `postgres://postgres:${password}@127.0.0.1:${this.#port}/postgres`
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await this.#restart
    const running = this.#process
    if (!running?.isRunning) return
    running.hold(true)
    running.interrupt()
    const ended = await Promise.race([running.ended, delay(stopLimitMs, undefined, { ref: false })])
    if (ended !== undefined) return
    this.#log.warn('embedded Postgres does not stop: killing it')
    const pid = await this.#postmasterPid()
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
    await running.ended
  }

  /** @param anyPort  whether another port may be taken when this one is not free any more */
  async #launch(anyPort: boolean): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const server = this.#spawn()
      const ending = await ready(server)
      if (ending === undefined) {
        this.#process = server.process
        server.process.hold(false)
        void server.process.ended.then((reason) => this.#onEnd(reason))
        return
      }
      const { output } = server.process
      if (attempt < launchAttempts && !this.#stopping) {
        if (anyPort && /could not bind|Address already in use/.test(output)) {
          this.#port = await freePort()
          continue
        }
        // Connections of a killed server need a moment to notice; they hold its memory until then.
        if (/shared memory block .* still in use/.test(output)) {
          await delay(200 * attempt)
          continue
        }
      }
      if (output.includes('lock file "postmaster.pid" already exists')) {
        const file = join(this.#settings.cluster.dataFolder, 'postmaster.pid')
        const params = { folder: this.#settings.cluster.folder, pid: (await this.#postmasterPid()) ?? 0, file }
        throw lokstraError(E_EMBEDDED_IN_USE, params)
      }
      const binary = programOf(this.#settings.binaries, 'postgres')
      throw lokstraError(E_EMBEDDED_START, { binary, output: `${output}\n(${ending})`.trim() })
    }
  }

  #spawn(): { process: WatchedProcess; isReady: Promise<true> } {
    const { binaries, cluster, user, durable } = this.#settings
    const settings = {
      port: this.#port,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      shared_buffers: '32MB',
      TimeZone: 'UTC',
      log_timezone: 'UTC',
      lc_messages: 'C',
      ...(!durable && { fsync: 'off', full_page_writes: 'off' }),
    }
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    let onReady: (value: true) => void
    const isReady = new Promise<true>((resolve) => (onReady = resolve))
    const child = new WatchedProcess(
      programOf(binaries, 'postgres'),
      ['-D', pathFor(cluster.dataFolder, user), ...args],
      {
        cwd: cluster.dataFolder,
        user,
        onLine: (line) => {
          this.#log.debug('embedded Postgres output', { line })
          if (line.includes('database system is ready to accept connections')) onReady(true)
        },
      },
    )
    return { process: child, isReady }
  }

  #onEnd(reason: string): void {
    if (this.#stopping) return
    this.#log.error('embedded Postgres ended: starting it again', { reason, output: this.#process?.output })
    this.#restart = this.#relaunch()
  }

  async #relaunch(): Promise<void> {
    for (let delayMs = 100; !this.#stopping; delayMs = Math.min(delayMs * 2, lastRestartDelayMs)) {
      try {
        await this.#launch(false)
        this.#log.info('embedded Postgres started again')
        return
      } catch (err) {
        this.#log.error('embedded Postgres could not be started again', { err, delayMs })
        await delay(delayMs, undefined, { ref: false })
      }
    }
  }

  async #postmasterPid(): Promise<number | undefined> {
    const text = await readFile(join(this.#settings.cluster.dataFolder, 'postmaster.pid'), 'utf8').catch(() => '')
    const pid = Number.parseInt(text, 10)
    return pid > 0 ? pid : undefined
  }
}

/** @returns undefined when the server is ready, else how it ended */
async function ready(server: { process: WatchedProcess; isReady: Promise<true> }): Promise<string | undefined> {
  const timer = new AbortController()
  const late = delay(readyLimitMs, 'late' as const, { signal: timer.signal }).catch(() => 'late' as const)
  const outcome = await Promise.race([server.isReady, server.process.ended, late])
  timer.abort()
  if (outcome === true) return undefined
  if (outcome !== 'late') return outcome
  server.process.interrupt()
  return `not ready within ${readyLimitMs / 1000} s`
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve, reject) => probe.once('error', reject).listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  if (typeof address !== 'object' || !address) throw new Error('The system gave no free port')
  return address.port
}
