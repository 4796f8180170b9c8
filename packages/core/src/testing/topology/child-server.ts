import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'

import { compiledFolder } from '../../errors/compiled-folder.js'
import { settlesWithin } from '../../promises/settles-within.js'
import type { LogLine } from '../memory-logger.js'
import { readLogLine } from './read-log-line.js'
import { urlOf, type ServerOrder, type TopologyServer } from './topology-server.js'

const script = join(compiledFolder, 'testing/topology/server-process.js')
/** Longer than any server may take; then it is killed. */
const stopLimitMs = 30_000
/** For what has outlived the processes, such as their database. */
const keptLimitMs = 20_000

/** What a process tells of its server. */
export type FromServer =
  | { readonly type: 'ready' }
  /** `text` as it is shown on a terminal. */
  | { readonly type: 'failed'; readonly text: string }

/** A server in a process of its own, which ends with this one. */
export class ChildServer implements TopologyServer {
  readonly name: string
  readonly logs: LogLine[] = []
  readonly #order: ServerOrder
  /** One for each process: what outlives them ends when all are closed. */
  readonly #lifelines = new Set<Duplex>()
  #child: ChildProcess | undefined
  #ended: Promise<void> = Promise.resolve()

  constructor(order: ServerOrder) {
    this.name = order.name
    this.#order = order
  }

  get isRunning(): boolean {
    return this.#child !== undefined
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  url(app: string): string | undefined {
    return urlOf(this.#order, app)
  }

  async start(): Promise<void> {
    if (this.#child) return
    const { file, server, set, env = process.env } = this.#order
    const child = spawn(process.execPath, ['--enable-source-maps', script, JSON.stringify({ file, server, set })], {
      env,
      // The fifth is the lifeline.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'],
    })
    this.#child = child
    this.#keep(child.stdio[4] as Duplex)
    const firstLine = this.logs.length
    for (const stream of [child.stdout!, child.stderr!]) this.#read(stream)
    // Not its `close`: what has outlived it may hold its output open.
    this.#ended = once(child, 'exit').then(
      () => this.#noteEnd(child),
      () => this.#noteEnd(child),
    )
    const failure = await Promise.race([
      once(child, 'message').then(([message]) => {
        const said = message as FromServer
        return said.type === 'failed' ? said.text : undefined
      }),
      this.#ended.then(() =>
        this.logs
          .slice(firstLine)
          .map(({ message }) => message)
          .join('\n'),
      ),
    ])
    if (failure === undefined) return
    await this.#ended
    throw new Error(`The server ${this.name} did not start:\n${failure}`)
  }

  async stop(): Promise<void> {
    const child = this.#child
    if (!child) return
    child.kill('SIGTERM')
    const limit = setTimeout(() => child.kill('SIGKILL'), stopLimitMs)
    await this.#ended
    clearTimeout(limit)
  }

  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL')
    await this.#ended
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  /** Lets go of what has outlived the processes, and waits until it has ended. */
  async release(): Promise<void> {
    await Promise.all(
      [...this.#lifelines].map(async (lifeline) => {
        const closed = once(lifeline, 'close')
        lifeline.resume().end()
        if (!(await settlesWithin(closed, keptLimitMs))) lifeline.destroy()
      }),
    )
  }

  #keep(lifeline: Duplex): void {
    this.#lifelines.add(lifeline)
    lifeline.on('error', () => undefined).once('close', () => this.#lifelines.delete(lifeline))
  }

  #noteEnd(child: ChildProcess): void {
    if (this.#child === child) this.#child = undefined
  }

  #read(stream: NodeJS.ReadableStream): void {
    let rest = ''
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop()!
      for (const line of lines) this.logs.push(readLogLine(line))
    })
    stream.on('end', () => rest === '' || this.logs.push(readLogLine(rest)))
  }
}
