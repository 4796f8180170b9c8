import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

import { freePort } from './free-port.js'
import { skipSuite } from './skip-suite.js'

/** Ends "$@" when standard input ends, so that no server outlives a test run that was killed. */
const watchdog = 'exec 3<&0; "$@" </dev/null 3<&- & child=$!; (read -r _ <&3; kill $child) & wait $child'

/** A NATS server of its own on a free port of 127.0.0.1. */
export class NatsServer {
  readonly url: string
  readonly #binary: string
  readonly #options: readonly string[]
  readonly #port: number
  #process: ChildProcess | undefined
  #output = ''

  private constructor(binary: string, port: number, options: readonly string[]) {
    this.#binary = binary
    this.#port = port
    this.#options = options
    this.url = `nats://127.0.0.1:${port}`
  }

  /** On PATH, or where Debian keeps it. Undefined when this machine has none. */
  static find(): string | undefined {
    const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin']
    return folders.map((folder) => join(folder, 'nats-server')).find(existsSync)
  }

  /** What it has said since it was started last. */
  get output(): string {
    return this.#output
  }

  /**
   * Skips the running suite, and says how to have it run, where there is no NATS server; fails instead when `CI=true`.
   * @param options  further words of its command line
   */
  static async startOrSkip(suite: Mocha.Context, ...options: readonly string[]): Promise<NatsServer> {
    const binary = NatsServer.find()
    if (binary === undefined) {
      skipSuite(suite, 'No NATS server on this machine: apt-get install nats-server, or put nats-server on PATH')
    }
    const server = new NatsServer(binary, await freePort(), options)
    await server.start()
    return server
  }

  /** Starts it again on the same port, after {@link stop}. */
  async start(): Promise<void> {
    const command = [this.#binary, '-a', '127.0.0.1', '-p', String(this.#port), ...this.#options]
    const child = spawn('/bin/sh', ['-c', watchdog, 'sh', ...command], { stdio: ['pipe', 'ignore', 'pipe'] })
    this.#process = child
    this.#output = ''
    await new Promise<void>((resolve, reject) => {
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text
        if (this.#output.includes('Server is ready')) resolve()
      })
      child.once('exit', () => reject(new Error(`nats-server failed: ${this.#output}`)))
    })
  }

  async stop(): Promise<void> {
    const child = this.#process
    if (child?.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.stdin?.end()
    await ended
  }
}
