import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A server in a process of its own: what can be killed, measured and restarted. Prints `listening <url>` when it is ready. */
export class ChildServer implements AsyncDisposable {
  readonly process: ChildProcess
  /** Resolves when the process has ended and its output is complete. */
  readonly exit: Promise<Exit>
  #output = ''
  #hasEnded = false

  /** @param script  compiled file below `test/dist/fixtures/servers` */
  constructor(script: string, env: Readonly<Record<string, string>> = {}) {
    const file = fileURLToPath(new URL(`../fixtures/servers/${script}`, import.meta.url))
    this.process = spawn(process.execPath, [file], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.process.stdout!, this.process.stderr!]) {
      stream.on('data', (chunk: Buffer) => (this.#output += chunk.toString()))
    }
    this.exit = once(this.process, 'close').then(([code, signal]) => {
      this.#hasEnded = true
      return { code: code as number | null, signal: signal as NodeJS.Signals | null }
    })
  }

  /** @throws with the output of a server that does not get ready */
  static async start(script: string, env?: Readonly<Record<string, string>>): Promise<ChildServer> {
    const server = new ChildServer(script, env)
    await server.until(/^listening .+$/m)
    return server
  }

  /** Standard output and standard error so far. */
  get output(): string {
    return this.#output
  }

  get url(): string {
    return /^listening (.+)$/m.exec(this.#output)![1]!
  }

  /** Resolves when the output matches. @throws when the process ends without */
  async until(pattern: RegExp): Promise<void> {
    const ended = this.exit.then(() => undefined)
    while (!pattern.test(this.#output)) {
      if (this.#hasEnded) throw new Error(`The server ended without printing ${pattern}:\n${this.#output}`)
      const streams = [this.process.stdout!, this.process.stderr!]
      const abort = new AbortController()
      const data = streams.map((stream) => once(stream, 'data', { signal: abort.signal }).catch(() => undefined))
      await Promise.race([...data, ended])
      abort.abort()
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.process.kill(signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill('SIGKILL')
    await this.exit
  }
}
