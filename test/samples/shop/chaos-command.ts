import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

export interface ChaosRun {
  readonly code: number | null
  readonly output: string
}

/** Runs the chaos command, and ends what is left of it after the test. */
export class ChaosCommand {
  #running: ChildProcess | undefined

  async run(file: string, args: readonly string[], cwd: string): Promise<ChaosRun> {
    // Coverage of servers that are killed is lost, and that of the others costs more than all they do.
    const { NODE_V8_COVERAGE: _, DATABASE_URL: __, ...env } = process.env
    const child = (this.#running = spawn(file, args, {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that it and what it starts can be ended together.
      detached: true,
    }))
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text))
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, output }
  }

  end(): void {
    if (this.#running?.pid === undefined) return
    try {
      process.kill(-this.#running.pid, 'SIGKILL')
    } catch {
      // Nothing of it is left.
    }
    this.#running = undefined
  }
}
