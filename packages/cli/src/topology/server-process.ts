import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { endGroup } from '../dev/process-group.js'
import type { PrefixedOutput } from './prefixed-output.js'
import { parentVariable } from './parent-variable.js'
import type { ServerMessage } from './parent.js'

const script = fileURLToPath(new URL('../../bin/lokstra.js', import.meta.url))

/** How long is waited for what a process that has ended has said last, in milliseconds. */
const lastWordsMs = 1_000

/** One run of `lokstra start --server …`. */
export class ServerProcess {
  readonly #child: ChildProcess
  /** Fulfilled when the server is ready, with its addresses; never where it ends before. */
  readonly ready: Promise<readonly string[]>
  /** Codes of what keeps the server from starting now and later; empty while nothing is known to. */
  refusal: readonly string[] = []
  /** Fulfilled when the process has ended, with how: `with code 1`, `by SIGKILL`. */
  readonly ended: Promise<string>

  /** @param args  behind `lokstra start` */
  constructor(name: string, args: readonly string[], output: PrefixedOutput) {
    this.#child = spawn(process.execPath, [script, 'start', ...args], {
      env: { ...process.env, [parentVariable]: '1' },
      // The fifth is the lifeline.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'],
      // A group of its own: Ctrl-C in a terminal must reach the supervisor only.
      detached: process.platform !== 'win32',
    })
    const { stdout, stderr, stdio } = this.#child
    for (const stream of stdio) stream?.on('error', () => undefined)
    output.follow(name, stdout!, process.stdout)
    output.follow(name, stderr!, process.stderr)
    this.ready = new Promise((resolve) => {
      this.#child.on('message', (message: ServerMessage) => {
        if (message.type === 'ready') resolve(message.urls)
        else this.refusal = message.codes
      })
    })
    this.#child.on('error', () => undefined)
    this.ended = this.#end()
  }

  async #end(): Promise<string> {
    const child = this.#child
    try {
      const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
      // What it has said last may come later.
      if (child.connected)
        await Promise.race([once(child, 'disconnect'), delay(lastWordsMs, undefined, { ref: false })])
      return signal === null ? `with code ${code}` : `by ${signal}`
    } catch (error) {
      return `: ${(error as Error).message}`
    }
  }

  /** Asks it to stop in good order. */
  stop(): void {
    endGroup(this.#child, 'SIGTERM')
  }

  /** Ends it and all that it has started at once. */
  kill(): void {
    endGroup(this.#child, 'SIGKILL')
  }
}
