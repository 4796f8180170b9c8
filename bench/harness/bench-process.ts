import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface ProcessOptions {
  /** Core to run on; undefined for any. */
  readonly core: number | undefined
  readonly args?: readonly string[]
  /** Folder of the compiled scripts. Default: {@link BenchProcess.scripts}. */
  readonly scripts?: string
}

/** A process of this benchmark, in production mode, on a core of its own; asked and answering by messages. */
export class BenchProcess implements AsyncDisposable {
  /** Folder of the scripts as the build leaves them. */
  static readonly built = fileURLToPath(new URL('../', import.meta.url))
  static scripts = BenchProcess.built
  readonly #child: ChildProcess
  readonly #script: string
  #output = ''

  /** @param script  compiled file below that folder, without extension */
  constructor(script: string, { core, args = [], scripts = BenchProcess.scripts }: ProcessOptions) {
    this.#script = script
    const file = join(scripts, `${script}.js`)
    const command = [process.execPath, '--expose-gc', file, ...args]
    if (core !== undefined) command.unshift('taskset', '-c', String(core))
    this.#child = spawn(command[0]!, command.slice(1), {
      env: { ...process.env, NODE_ENV: 'production', NODE_OPTIONS: '', NODE_V8_COVERAGE: '' },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.on('data', (chunk: Buffer) => (this.#output = (this.#output + chunk.toString()).slice(-10_000)))
    }
  }

  /** Its next message. @throws with its output when it ends without one */
  async message<T>(): Promise<T> {
    const abort = new AbortController()
    const ended = once(this.#child, 'close', { signal: abort.signal }).then(([code]) => {
      throw new Error(`${this.#script} ended with ${String(code)}:\n${this.#output}`)
    })
    try {
      return (await Promise.race([once(this.#child, 'message', { signal: abort.signal }), ended]))[0] as T
    } finally {
      ended.catch(() => undefined)
      abort.abort()
    }
  }

  async ask<T>(question: unknown): Promise<T> {
    const answer = this.message<T>()
    this.#child.send(question as object)
    return answer
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const closed = once(this.#child, 'close')
    this.#child.kill('SIGKILL')
    await closed
  }
}
