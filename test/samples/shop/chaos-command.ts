import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

export interface ChaosRun {
  readonly code: number | null
  readonly output: string
}

/**
 * A minute less than what its tests have, in milliseconds. What the command waits for at most in each of its steps is more than that
 * together, so that it is known here only which step it has come to.
 */
const limitMs = 300_000
/** How many of its last lines are shown when it does not end. */
const shownLines = 20

/** Runs the chaos command, and ends what is left of it after the test. */
export class ChaosCommand {
  #running: ChildProcess | undefined

  /** @throws Error when it does not end in time, with what it waits for as far as can be seen */
  async run(file: string, args: readonly string[], cwd: string): Promise<ChaosRun> {
    const { DATABASE_URL: _, ...env } = process.env
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
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), limitMs)
    try {
      const [code] = (await once(child, 'close', { signal: late.signal })) as [number | null]
      return { code, output }
    } catch (error) {
      if (!late.signal.aborted) throw error
      throw new Error(`${whatIsLeft(child)}; it said last:\n${lastLines(output)}`, { cause: error })
    } finally {
      clearTimeout(timer)
    }
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

function whatIsLeft({ exitCode, signalCode }: ChildProcess): string {
  const limit = `within ${limitMs / 1_000} s`
  if (exitCode === null && signalCode === null) return `The command did not end ${limit}`
  return `The command ended (${exitCode ?? signalCode}), but something that it has started held its output ${limit}`
}

function lastLines(output: string): string {
  return output.trimEnd().split('\n').slice(-shownLines).join('\n')
}
