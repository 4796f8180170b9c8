import { spawn, type ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'

import type { RunAs } from './run-as.js'

const keptLines = 20

/**
 * Runs "$@" and interrupts it when standard input ends, which is when this process is gone, however it died:
 * the kernel closes the pipe even after kill -9. SIGINT is Postgres' fast shutdown.
 */
const watchdog = `
exec 3<&0
"$@" </dev/null 3<&- &
child=$!
(read -r line <&3; kill -INT $child) 2>/dev/null &
watcher=$!
wait $child
status=$?
kill $watcher 2>/dev/null
exit $status`

/** A program that does not outlive this process. */
export class WatchedProcess {
  readonly #child: ChildProcess
  readonly #lines: string[] = []
  /** Fulfilled with how it ended, never rejected. */
  readonly ended: Promise<string>
  isRunning = true

  constructor(
    program: string,
    args: readonly string[],
    options: { readonly cwd: string; readonly user: RunAs | undefined; readonly onLine?: (line: string) => void },
  ) {
    const watched = process.platform !== 'win32'
    const [command, rest] = watched ? ['/bin/sh', ['-c', watchdog, 'sh', program, ...args]] : [program, args]
    this.#child = spawn(command, rest, {
      cwd: options.cwd,
      ...options.user,
      env: environment(options.cwd),
      stdio: ['pipe', 'ignore', 'pipe'],
      // A session of its own: Ctrl-C in a terminal must reach this process only, which then stops things in order.
      detached: watched,
      windowsHide: true,
    })
    this.#child.stdin!.on('error', () => undefined)
    createInterface(this.#child.stderr!).on('line', (line) => {
      if (this.#lines.push(line) > keptLines) this.#lines.shift()
      options.onLine?.(line)
    })
    this.ended = new Promise((resolve) => {
      const end = (reason: string): void => {
        this.isRunning = false
        resolve(reason)
      }
      this.#child.once('error', (error) => end(error.message))
      this.#child.once('close', (code, signal) => end(signal ? `killed by ${signal}` : `exit code ${code}`))
    })
  }

  /** What it said last. */
  get output(): string {
    return this.#lines.join('\n')
  }

  /** Asks it to end at once but in order. On Windows, where there is no such signal, it is ended hard. */
  interrupt(): void {
    this.#child.stdin!.end()
    if (process.platform === 'win32') this.#child.kill()
  }

  /** Whether it keeps this process alive. */
  hold(hold: boolean): void {
    const handles = [this.#child, this.#child.stdin as Socket | null, this.#child.stderr as Socket | null]
    for (const handle of handles) {
      if (hold) handle?.ref()
      else handle?.unref()
    }
  }
}

/** Nothing of this process's settings, least of all PG… variables, decides how the database behaves. */
function environment(cwd: string): NodeJS.ProcessEnv {
  const { PATH, SystemRoot, TEMP } = process.env
  return { PATH, SystemRoot, TEMP, HOME: cwd, LC_ALL: 'C' }
}
