import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { ServerOptions } from '@lokstra/core'

import type { Failure, FromWorker, ToWorker } from './messages.js'
import { endGroup } from './process-group.js'

const script = fileURLToPath(new URL('./worker.js', import.meta.url))
/** What a process gets to stop in order, in milliseconds. Its own time limits are shorter, but its code may hang. */
const stopLimitMs = 5_000
/** Requests under way when a file changes: they are about to be answered by code that is no more. */
const drained = ['shutdown.drainDelay=0s', 'shutdown.timeout=1s', 'shutdown.idle=0s']

/** Listens for processes of the project. */
export interface Doors {
  /** @throws the error of the system */
  open(request: Extract<FromWorker, { type: 'enter' }>, worker: WorkerProcess): Promise<AddressInfo>
}

/** What a process serves. */
export interface Started {
  readonly urls: readonly string[]
  /** Absolute paths of files of packages that it has imported. */
  readonly packages: readonly string[]
}

/** What came of a configuration that was read again. */
export type Reloaded =
  | { readonly outcome: 'done' }
  | { readonly outcome: 'needs-restart'; readonly paths: readonly string[] }
  | { readonly outcome: 'failed'; readonly failure: Failure }

/** One process of the project. It is there before it has something to run, and runs one server. */
export class WorkerProcess {
  readonly #child: ChildProcess
  readonly #doors: Doors
  /** Milliseconds since the epoch; it has loaded nothing before. */
  readonly spawnedAt = Date.now()
  /** Fulfilled when it has ended, with why. */
  readonly ended: Promise<Failure>
  #isStopping = false
  #crash = ''
  #onWarmed: ((files: readonly string[]) => void) | undefined
  #onStarted: ((result: Started | Failure) => void) | undefined
  #onReloaded: ((result: Reloaded) => void) | undefined

  constructor(doors: Doors, env: NodeJS.ProcessEnv) {
    this.#doors = doors
    this.#child = spawn(process.execPath, ['--enable-source-maps', script], {
      env,
      serialization: 'advanced',
      // The fifth is the lifeline.
      stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'],
      // A group of its own: Ctrl-C in a terminal must reach the supervisor only.
      detached: process.platform !== 'win32',
    })
    for (const stream of this.#child.stdio) stream?.on('error', () => undefined)
    this.#child.on('error', () => undefined)
    this.#child.on('message', (message) => this.#receive(message as FromWorker))
    this.ended = once(this.#child, 'exit').then(
      ([code, signal]) => this.#ending(signal === null ? `with code ${code}` : `by ${signal}`),
      (error: unknown) => this.#ending(`: ${(error as Error).message}`),
    )
  }

  /** It is ending, or has ended, because it was told to. */
  get isStopping(): boolean {
    return this.#isStopping
  }

  /**
   * Has it load what starting needs before there is something to start, and these files.
   * @returns absolute paths of all that it has loaded; never fulfilled when it ends, or starts something, before
   */
  warm(files: readonly string[]): Promise<readonly string[]> {
    this.#tell({ type: 'warm', files })
    return new Promise((resolve) => (this.#onWarmed = resolve))
  }

  /** @returns where it serves, or why it does not */
  async start(options: ServerOptions, color: boolean): Promise<Started | Failure> {
    const started = new Promise<Started | Failure>((resolve) => (this.#onStarted = resolve))
    this.#tell({ type: 'start', options: { ...options, set: [...drained, ...(options.set ?? [])] }, color })
    return Promise.race([started, this.ended])
  }

  async reload(): Promise<Reloaded> {
    const reloaded = new Promise<Reloaded>((resolve) => (this.#onReloaded = resolve))
    this.#tell({ type: 'reload' })
    return Promise.race([reloaded, this.ended.then((failure) => ({ outcome: 'failed' as const, failure }))])
  }

  /** Gives it a connection. One that ends meanwhile takes the connection with it. */
  take(entrance: number, head: Buffer, socket: Socket): void {
    if (this.#child.connected) {
      this.#child.send({ type: 'connection', entrance, head } satisfies ToWorker, socket, {}, () => undefined)
    } else socket.destroy()
  }

  /** Resolves when it has ended: in order, or after a while in any case. */
  async stop(): Promise<void> {
    if (!this.#isStopping) {
      this.#isStopping = true
      this.#tell({ type: 'stop' })
      const timer = setTimeout(() => this.kill(), stopLimitMs)
      void this.ended.then(() => clearTimeout(timer))
    }
    await this.ended
  }

  kill(): void {
    endGroup(this.#child, 'SIGKILL')
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case 'enter':
        this.#doors.open(message, this).then(
          (bound) => this.#tell({ type: 'entered', entrance: message.entrance, bound }),
          (error: unknown) => {
            const { code = '', message: text } = error as NodeJS.ErrnoException
            this.#tell({ type: 'entrance-failed', entrance: message.entrance, code, message: text })
          },
        )
        break
      case 'warmed':
        this.#onWarmed?.(message.files)
        break
      case 'ready':
        this.#onStarted?.(message)
        break
      case 'failed':
        this.#onStarted?.({ kind: 'start', title: 'The server cannot start', ...message })
        break
      case 'crashed':
        this.#crash ||= message.text
        break
      case 'reloaded': {
        const { needsRestart: paths } = message
        this.#onReloaded?.(paths.length > 0 ? { outcome: 'needs-restart', paths } : { outcome: 'done' })
        break
      }
      case 'refused':
        this.#onReloaded?.({
          outcome: 'failed',
          failure: { kind: 'configuration', title: 'The configuration has mistakes', ...message },
        })
        break
    }
  }

  #ending(how: string): Failure {
    const title = `The server ended ${how}`
    return { kind: 'crash', title, text: this.#crash || 'Its output in the terminal may say why.', shown: undefined }
  }

  #tell(message: ToWorker): void {
    if (this.#child.connected) this.#child.send(message, () => undefined)
  }
}
